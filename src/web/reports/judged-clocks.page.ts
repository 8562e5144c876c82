import { Injectable } from '@nestjs/common';
import type { CurrentUser } from '../../identity/current-user.js';
import { Database } from '../../platform/database/database.js';
import { span } from '../../platform/rendering/times.js';
import { Now } from '../../platform/time/now.js';
import { groupings } from '../../reports/compliance.report.js';
import { JudgedClocksReport, outcomes, type JudgedClock } from '../../reports/judged-clocks.report.js';
import { metrics } from '../../sla/promises.js';
import { metricName } from '../clock-chip.js';
import { shownPeriod } from './period.js';

const OUTCOMES = {
  met: 'kept',
  breached: 'broken',
  running: 'still running',
  stopped: 'fulfilled, the slowest first',
} as const;

/** The tickets behind one number of the report. */
@Injectable()
export class JudgedClocksPage {
  constructor(
    private readonly database: Database,
    private readonly report: JudgedClocksReport,
    private readonly now: Now,
  ) {}

  async read(user: CurrentUser, query: Readonly<Record<string, unknown>>): Promise<object> {
    const now = this.now.read();
    const period = shownPeriod(query, user.timezone, now);
    const groupBy = groupings.find((one) => one === query['groupBy']) ?? 'level';
    const key = typeof query['key'] === 'string' ? query['key'] : null;
    const metric = metrics.find((one) => one === query['metric']) ?? null;
    const outcome = outcomes.find((one) => one === query['outcome']) ?? 'breached';
    const clocks = await this.report.ask(this.database, period, { groupBy, key, metric, outcome });
    const back = new URLSearchParams({ from: period.firstDay, to: period.lastDay, groupBy });
    return {
      title: 'Tickets behind the number',
      back: `/reports/sla?${back.toString()}`,
      period,
      outcomeWords: OUTCOMES[outcome],
      what: [
        metric === null ? null : metricName(metric),
        key === null || groupBy === 'metric' ? null : key === '' ? 'none' : key,
      ].filter((part) => part !== null),
      rows: clocks.map((clock) => ({
        ...clock,
        metricName: metricName(clock.metric),
        used: usedOfTarget(clock),
        late: lateness(clock, now),
      })),
    };
  }
}

/** What a clock that counts right now has used is known when it stops. */
function usedOfTarget({ dueAt, stoppedAt, elapsedSeconds, targetSeconds }: JudgedClock): string {
  const counting = stoppedAt === null && dueAt !== null;
  return counting ? `counting, of ${span(targetSeconds)}` : `${span(elapsedSeconds)} of ${span(targetSeconds)}`;
}

/** On the wall clock, since that is what the customer waited. */
function lateness({ dueAt, stoppedAt }: JudgedClock, now: Date): string | null {
  if (dueAt === null) return null;
  const seconds = ((stoppedAt ?? now).getTime() - dueAt.getTime()) / 1000;
  return seconds > 0 ? span(seconds) : null;
}

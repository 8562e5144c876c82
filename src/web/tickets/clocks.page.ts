import { Injectable } from '@nestjs/common';
import { mayActAs, type CurrentUser } from '../../identity/current-user.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import { fullTime } from '../../platform/rendering/times.js';
import { Now } from '../../platform/time/now.js';
import { Clocks, type ClockWithLedger } from '../../sla/clocks.js';
import { Measures, type MeasureWithLedger } from '../../sla/measures.js';
import type { LedgerLine, Metric } from '../../sla/promises.js';
import { metricName } from '../clock-chip.js';
import { CLOCK_EVENTS, clockName, clockStory, type ClockEvent } from './clock-story.js';

const KINDS = {
  counting: { symbol: 'play', label: 'Counting' },
  paused: { symbol: 'pause', label: 'Paused' },
  closed: { symbol: 'moon', label: 'Closed hours' },
} as const satisfies Record<LedgerLine['kind'], object>;

const STATES: Record<ClockWithLedger['state'], string> = {
  running: 'running',
  paused: 'paused',
  met: 'met',
  breached: 'missed',
  cancelled: 'cancelled',
};

/** A clock that a date set by hand holds for, or could; and one that waits for a person. */
interface OpenClock {
  readonly metric: Metric;
  readonly cycle: number;
  readonly manualDueAt: Date | null;
  readonly aside: string | null;
}

interface ShownTicket {
  readonly subject: string;
  readonly uncounted: string | null;
}

/** Every clock of a ticket with its account: each stretch of time, what it was, and why. */
@Injectable()
export class TicketClocksPage {
  constructor(
    private readonly database: Database,
    private readonly clocks: Clocks,
    private readonly measures: Measures,
    private readonly now: Now,
  ) {}

  async read(user: CurrentUser, number: number): Promise<object> {
    const ticket = await this.ticket(number);
    const at = this.now.read();
    const [clocks, measures, events, open] = await Promise.all([
      this.clocks.explained(this.database, number, at),
      this.measures.explained(this.database, number, at),
      this.database.query<ClockEvent>(CLOCK_EVENTS, [number]),
      this.open(number),
    ]);
    const story = clockStory(events, user.timezone);
    return {
      title: `Clocks of #${number}`,
      number,
      subject: ticket.subject,
      uncounted: ticket.uncounted,
      at,
      clocks: clocks.map((clock) => {
        const same = (one: { metric: Metric; cycle: number }): boolean =>
          one.metric === clock.metric && one.cycle === clock.cycle;
        const now = open.find(same);
        return {
          ...clock,
          id: `${clock.metric}-${clock.cycle}`,
          name: clockName(clock.metric, clock.cycle),
          stateWords: clock.breachedAt !== null && clock.stoppedAt === null ? 'overdue' : STATES[clock.state],
          aside: now?.aside ?? null,
          byHand: (now?.manualDueAt ?? null) !== null,
          ledger: clock.ledger.map(shown),
          events: story.filter(same).map((event) => ({ at: event.at, words: event.words })),
        };
      }),
      measures: measures.filter((measure) => !hasClock(measure, clocks)).map(measureShown),
      due: dueForms(user, open),
    };
  }

  private async ticket(number: number): Promise<ShownTicket> {
    const [ticket] = await this.database.query<ShownTicket>(
      `select subject, (select because from uncounted_ticket where ticket_number = number) as uncounted
       from ticket where number = $1`,
      [number],
    );
    if (ticket === undefined) throw Problem.notFound(`There is no ticket #${number}.`);
    return ticket;
  }

  private async open(number: number): Promise<OpenClock[]> {
    return this.database.query<OpenClock>(
      `select metric, cycle, manual_due_at as "manualDueAt", set_aside_because as aside from clock
       where ticket_number = $1 and state in ('running', 'paused') and withdrawn_at is null order by started_at, id`,
      [number],
    );
  }
}

const shown = (line: LedgerLine): object => ({ ...line, ...KINDS[line.kind] });

/** A clock that counts the same tells it already. */
function hasClock({ metric, ledger }: MeasureWithLedger, clocks: readonly ClockWithLedger[]): boolean {
  return clocks.some((clock) => {
    const began = ledger[0]?.from ?? null;
    return clock.metric === metric && clock.state !== 'cancelled' && (began === null || clock.startedAt === began);
  });
}

function measureShown({
  metric,
  cycle,
  team,
  seconds,
  counting,
  calendar,
  calendarVersion,
  ledger,
}: MeasureWithLedger) {
  return {
    id: `measured-${metric}-${cycle}`,
    name: team === null ? metricName(metric) : `${metricName(metric)}: ${team}`,
    stateWords: counting ? 'counting' : 'not counting',
    seconds,
    calendar,
    calendarVersion,
    ledger: ledger.map(shown),
  };
}

/** What a manager may set by hand: one form for all clocks that are open, and one to take back what was set. */
function dueForms(user: CurrentUser, open: readonly OpenClock[]): object | null {
  if (open.length === 0 || !mayActAs(user, 'manager')) return null;

  const choices = open.map(({ metric }) => ({ value: metric, label: metricName(metric) }));
  const set = open.flatMap(({ metric, manualDueAt }) =>
    manualDueAt === null ? [] : [{ metric, label: metricName(metric), at: fullTime(manualDueAt, user.timezone) }],
  );
  return { choices, set, timezone: user.timezone };
}

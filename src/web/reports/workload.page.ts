import { Injectable } from '@nestjs/common';
import type { CurrentUser } from '../../identity/current-user.js';
import { Database } from '../../platform/database/database.js';
import { Now } from '../../platform/time/now.js';
import { WorkloadReport, type WorkloadPart } from '../../reports/workload.report.js';
import { statusMark } from '../tickets/marks.js';
import { shownPeriod } from './period.js';

const WORDS: Record<WorkloadPart, string> = {
  opened: 'came in',
  resolved: 'resolved',
  backlog: 'left at the end',
};

/** The tickets behind one number of how much there was to do. */
@Injectable()
export class WorkloadPage {
  constructor(
    private readonly database: Database,
    private readonly report: WorkloadReport,
    private readonly now: Now,
  ) {}

  async read(user: CurrentUser, query: Readonly<Record<string, unknown>>, part: WorkloadPart): Promise<object> {
    const period = shownPeriod(query, user.timezone, this.now.read());
    const { counted, tickets } = await this.database.readOnly(async (tx) => ({
      counted: (await this.report.ask(tx, period))[part],
      tickets: await this.report.tickets(tx, period, part),
    }));
    const groupBy = typeof query['groupBy'] === 'string' ? query['groupBy'] : 'level';
    return {
      title: 'Tickets behind the number',
      back: `/reports/sla?${new URLSearchParams({ from: period.firstDay, to: period.lastDay, groupBy }).toString()}`,
      period,
      counted,
      words: WORDS[part],
      cut: tickets.length < counted,
      rows: tickets.map((ticket) => ({ ...ticket, status: statusMark(ticket.status) })),
    };
  }
}

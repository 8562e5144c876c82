import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import type { Period } from './compliance.report.js';

export interface Workload {
  /** Tickets that came in. */
  readonly opened: number;
  /** Tickets that were resolved at least once. */
  readonly resolved: number;
  /** Tickets that were open at the period's end: new, open, waiting or on hold. */
  readonly backlog: number;
}

/** How much came in in a period, how much was done, how much was left. Spam counts nowhere. */
@Injectable()
export class WorkloadReport {
  async ask(asked: Pick<Transaction, 'query'>, { from, to }: Period): Promise<Workload> {
    const [row] = await asked.query<Workload>(
      `select
         (select count(*)::integer from ticket where created_at >= $1 and created_at < $2 and status <> 'spam') as opened,
         (select count(distinct ticket_number)::integer from ticket_event
          where type = 'status' and data ->> 'status' = 'resolved' and at >= $1 and at < $2) as resolved,
         (select count(*)::integer from ticket, lateral (
            select coalesce(
              (select data ->> 'status' from ticket_event
               where ticket_number = ticket.number and at < $2 and type in ('created', 'status') order by at desc, id desc limit 1),
              'new') as status,
              (select type = 'merged' from ticket_event
               where ticket_number = ticket.number and at < $2 and type in ('merged', 'unmerged') order by at desc, id desc limit 1) as merged
          ) as then_
          where created_at < $2 and (closed_at is null or closed_at >= $2)
            and then_.status in ('new', 'open', 'waiting', 'on-hold') and then_.merged is not true) as backlog`,
      [from, to],
    );
    if (row === undefined) throw new Error('PostgreSQL answered no row to a question without conditions.');
    return row;
  }
}

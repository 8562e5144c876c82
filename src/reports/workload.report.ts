import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import type { TicketStatus } from '../tickets/status.js';
import type { Period } from './compliance.report.js';

export interface Workload {
  /** Tickets that came in. */
  readonly opened: number;
  /** Tickets that were resolved at least once. */
  readonly resolved: number;
  /** Tickets that were open at the period's end: new, open, waiting or on hold. */
  readonly backlog: number;
}

export const workloads = ['opened', 'resolved', 'backlog'] as const;
export type WorkloadPart = (typeof workloads)[number];

/** One ticket behind a number. */
interface CountedTicket {
  readonly number: number;
  readonly subject: string;
  readonly level: string;
  readonly status: TicketStatus;
  readonly requester: string;
  readonly organisation: string | null;
  readonly agent: string | null;
  readonly createdAt: Date;
}

const MOST = 500;

/** The tickets that each number counts, from $1 to $2. */
const COUNTED: Record<WorkloadPart, string> = {
  opened: `select number from ticket where created_at >= $1 and created_at < $2 and status <> 'spam'`,
  resolved: `select distinct ticket_number as number from ticket_event
    where type = 'status' and data ->> 'status' = 'resolved' and at >= $1 and at < $2`,
  backlog: `select number from ticket, lateral (
      select coalesce(
        (select data ->> 'status' from ticket_event
         where ticket_number = ticket.number and at < $2 and type in ('created', 'status') order by at desc, id desc limit 1),
        'new') as status,
        (select type = 'merged' from ticket_event
         where ticket_number = ticket.number and at < $2 and type in ('merged', 'unmerged') order by at desc, id desc limit 1) as merged
    ) as then_
    where created_at < $2 and (closed_at is null or closed_at >= $2)
      and then_.status in ('new', 'open', 'waiting', 'on-hold') and then_.merged is not true`,
};

/** How much came in in a period, how much was done, how much was left. Spam counts nowhere. */
@Injectable()
export class WorkloadReport {
  async ask(asked: Pick<Transaction, 'query'>, { from, to }: Period): Promise<Workload> {
    const counts = workloads.map((part) => `(select count(*)::integer from (${COUNTED[part]}) as counted) as ${part}`);
    const [row] = await asked.query<Workload>(`select ${counts.join(', ')}`, [from, to]);
    if (row === undefined) throw new Error('PostgreSQL answered no row to a question without conditions.');
    return row;
  }

  /** The tickets behind one of the numbers, counted in the same way; the first 500, the latest first. */
  async tickets(asked: Pick<Transaction, 'query'>, { from, to }: Period, part: WorkloadPart): Promise<CountedTicket[]> {
    return asked.query<CountedTicket>(
      `with period as (select $1::timestamptz as from, $2::timestamptz as to), counted as (${COUNTED[part]})
       select ticket.number, ticket.subject, ticket.level, ticket.status, coalesce(nullif(contact.name, ''), contact.email) as requester,
         organisation.name as organisation, app_user.name as agent, ticket.created_at as "createdAt"
       from counted
         join ticket using (number)
         join contact on contact.id = ticket.requester_id
         left join organisation on organisation.id = ticket.organisation_id
         left join app_user on app_user.id = ticket.assignee_id
       order by ticket.number desc limit ${MOST}`,
      [from, to],
    );
  }
}

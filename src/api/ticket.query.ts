import { Injectable } from '@nestjs/common';
import type { CurrentUser } from '../identity/current-user.js';
import { isStaff } from '../identity/current-user.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { Clocks } from '../sla/clocks.js';
import { searchFor } from '../tickets/search.js';
import { TicketAccess } from '../tickets/ticket-access.js';
import { Cursors, limitOf, type Page, type PageQuery } from './paging.js';
import { ticketColumns, ticketJson, ticketTables, type TicketJson, type TicketRecord } from './shapes/ticket.js';

export interface TicketsQuery extends PageQuery {
  readonly status?: readonly string[];
  readonly level?: readonly string[];
  readonly queue?: string;
  readonly assignee?: string;
  readonly requester?: string;
  readonly organisation?: string;
  readonly tag?: string;
  readonly breached?: boolean;
  readonly q?: string;
  readonly sort?: 'nextDue' | 'created' | 'updated';
}

type Asked = Pick<Transaction, 'query'>;
type Place = readonly [moment: string | null, number: number];
type ListedTicket = TicketRecord & { readonly nextDue: Date | null };

const isPlace = (value: unknown): value is Place => {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [moment, number] = value as unknown[];
  return (
    (moment === null || (typeof moment === 'string' && !Number.isNaN(Date.parse(moment)))) && Number.isInteger(number)
  );
};

/** Each order by a moment and, of two at the same moment, the number: its SQL, what comes after a place, and that place. */
const ORDERS = {
  nextDue: {
    cursors: new Cursors<Place>('tickets by nextDue', isPlace),
    order: `next_due asc nulls last, ticket.number desc`,
    after: (moment: string, number: string) =>
      `(next_due > ${moment} or (next_due is not distinct from ${moment} and ticket.number < ${number}) or (next_due is null and ${moment} is not null))`,
    momentOf: ({ nextDue }: ListedTicket) => nextDue,
  },
  created: {
    cursors: new Cursors<Place>('tickets by created', isPlace),
    order: `ticket.created_at desc, ticket.number desc`,
    after: (moment: string, number: string) => `(ticket.created_at, ticket.number) < (${moment}, ${number})`,
    momentOf: ({ createdAt }: ListedTicket) => createdAt,
  },
  updated: {
    cursors: new Cursors<Place>('tickets by updated', isPlace),
    order: `ticket.updated_at desc, ticket.number desc`,
    after: (moment: string, number: string) => `(ticket.updated_at, ticket.number) < (${moment}, ${number})`,
    momentOf: ({ updatedAt }: ListedTicket) => updatedAt,
  },
};

/** Tickets as the API shows them: one, or a page of those that somebody may see. */
@Injectable()
export class TicketPages {
  constructor(
    private readonly access: TicketAccess,
    private readonly clocks: Clocks,
    private readonly now: Now,
  ) {}

  async one(asked: Asked, number: number): Promise<{ ticket: TicketJson; version: number }> {
    const [row] = await asked.query<TicketRecord>(
      `select ${ticketColumns} from ${ticketTables} where ticket.number = $1`,
      [number],
    );
    if (row === undefined) throw Problem.notFound(`There is no ticket #${number}.`);
    return { ticket: ticketJson(row, (await this.clocksOf(asked, [row])).get(number) ?? []), version: row.version };
  }

  async page(asked: Asked, caller: CurrentUser, query: TicketsQuery): Promise<Page<TicketJson>> {
    const { cursors, order, after, momentOf } = ORDERS[query.sort ?? 'nextDue'];
    const limit = limitOf(query);
    const where = new Conditions();
    const visible = this.access.visible(caller, where.next);
    where.add(visible.sql, ...visible.parameters);
    const place = cursors.read(query);
    if (place !== null) where.add(after(`$${where.next}::timestamptz`, `$${where.next + 1}::integer`), ...place);
    filter(where, query, isStaff(caller));
    const rows = await asked.query<ListedTicket>(
      `select ${ticketColumns}, next_due as "nextDue" from ${ticketTables},
         lateral (select min(due_at) as next_due from clock
           where clock.ticket_number = ticket.number and state = 'running' and withdrawn_at is null) as due
       where ${where.sql} order by ${order} limit ${limit + 1}`,
      where.parameters,
    );
    const clocks = await this.clocksOf(asked, rows);
    return cursors.page(
      rows,
      limit,
      (row) => [momentOf(row)?.toISOString() ?? null, row.number],
      ({ nextDue: _, ...row }) => ticketJson(row, clocks.get(row.number) ?? []),
    );
  }

  private clocksOf(asked: Asked, rows: readonly TicketRecord[]): ReturnType<Clocks['of']> {
    return this.clocks.of(
      asked,
      rows.map(({ number }) => number),
      this.now.read(),
    );
  }
}

/** Conditions with their parameters, numbered as they come. */
class Conditions {
  readonly parameters: unknown[] = [];
  private readonly conditions: string[] = [];

  get next(): number {
    return this.parameters.length + 1;
  }

  get sql(): string {
    return this.conditions.join(' and ');
  }

  add(sql: string, ...parameters: readonly unknown[]): void {
    this.conditions.push(sql);
    this.parameters.push(...parameters);
  }
}

function filter(where: Conditions, query: TicketsQuery, inside: boolean): void {
  const { status, level, queue, assignee, requester, organisation, tag, breached, q } = query;
  where.add('ticket.merged_into is null');
  if (status !== undefined) where.add(`ticket.status = any($${where.next})`, status);
  if (level !== undefined) where.add(`ticket.level = any($${where.next})`, level);
  if (queue !== undefined) where.add(`queue.name = $${where.next}`, queue);
  if (assignee === 'none') where.add('ticket.assignee_id is null');
  else if (assignee !== undefined) where.add(`assignee.email = lower($${where.next})`, assignee);
  if (requester !== undefined) where.add(`requester.email = lower($${where.next})`, requester);
  if (organisation !== undefined) where.add(`lower(organisation.name) = lower($${where.next})`, organisation);
  if (tag !== undefined) where.add(`ticket.tags @> array[lower($${where.next})]`, tag);
  if (breached !== undefined) where.add(`${breached ? '' : 'not '}exists (${BREACHED})`);
  if (q !== undefined) search(where, q, inside);
}

const BREACHED = `select from clock where clock.ticket_number = ticket.number and breached_at is not null
  and withdrawn_at is null and state <> 'cancelled'`;

function search(where: Conditions, words: string, inside: boolean): void {
  const found = searchFor(words, { first: where.next, publicOnly: !inside });
  // Nothing but punctuation: there is nothing to be found.
  if (found === null) where.add('false');
  else where.add(found.sql, ...found.parameters);
}

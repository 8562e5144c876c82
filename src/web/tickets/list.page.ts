import { Injectable } from '@nestjs/common';
import type { CurrentUser } from '../../identity/current-user.js';
import { Database } from '../../platform/database/database.js';
import { MOST_COUNTED } from '../../platform/rendering/helpers.js';
import { span } from '../../platform/rendering/times.js';
import { Now } from '../../platform/time/now.js';
import { searchFor } from '../../tickets/search.js';
import { choosableStatuses, statuses, type TicketStatus } from '../../tickets/status.js';
import type { ClockChip } from '../clock-chip.js';
import { ClockRows } from './clock-rows.js';
import { listAddress, type ListState } from './list-state.js';
import { statusMark, type LevelMark, type StatusMark } from './marks.js';
import { queueOf, viewFor } from './views.js';

const PAGE_SIZE = 50;
const SHOWN_TAGS = 2;

const SORTS = {
  nextDue: { words: 'next due first', label: 'Next due first', sql: null },
  updated: {
    words: 'last changed first',
    label: 'Last changed first',
    sql: 'ticket.updated_at desc, ticket.number desc',
  },
  created: { words: 'newest first', label: 'Newest first', sql: 'ticket.created_at desc, ticket.number desc' },
} as const;

interface ListedTicket {
  readonly number: number;
  readonly subject: string;
  readonly status: TicketStatus;
  readonly level: string;
  readonly levelTitle: string;
  readonly levelRank: number;
  readonly requester: string;
  readonly organisation: string | null;
  readonly assignee: string | null;
  readonly tags: readonly string[];
  readonly lastActor: 'customer' | 'agent' | null;
  readonly at: Date;
  readonly snippet: string | null;
}

interface Row {
  readonly number: number;
  readonly href: string;
  readonly subject: string;
  readonly snippet: string | null;
  readonly requester: string;
  readonly organisation: string | null;
  readonly level: LevelMark;
  readonly status: StatusMark;
  readonly assignee: string | null;
  readonly tags: readonly string[];
  readonly moreTags: number;
  readonly lastActor: 'customer' | 'agent' | null;
  readonly at: Date;
  readonly chip: ClockChip | null;
  readonly current: boolean;
}

interface Choice {
  readonly value: string;
  readonly label: string;
  readonly selected: boolean;
}

/** What the selected tickets can become. */
interface BulkChoices {
  readonly agents: readonly { readonly name: string; readonly email: string }[];
  readonly statuses: readonly StatusMark[];
  readonly levels: readonly { readonly name: string; readonly title: string }[];
  readonly queues: readonly string[];
}

export interface TicketListModel {
  readonly title: string;
  readonly orderWords: string;
  readonly here: string;
  /** Where to ask whether something has come in since. */
  readonly newsHref: string;
  readonly rows: readonly Row[];
  readonly pages: {
    readonly total: number;
    readonly from: number;
    readonly to: number;
    readonly previous: string | null;
    readonly next: string | null;
  };
  readonly filter: {
    readonly view: string;
    readonly q: string;
    readonly focus: boolean;
    readonly statuses: readonly Choice[] | null;
    readonly levels: readonly Choice[];
    readonly sorts: readonly Choice[];
    readonly narrowed: boolean;
    readonly clear: string;
  };
  readonly empty: { readonly symbol: string; readonly title: string; readonly text: string };
  readonly bulk: BulkChoices;
}

/** The list of tickets: one view of them, narrowed and ordered as the address says. */
@Injectable()
export class TicketListPage {
  constructor(
    private readonly database: Database,
    private readonly clockRows: ClockRows,
    private readonly now: Now,
  ) {}

  async read(
    user: CurrentUser,
    shown: ListState,
    { open, focus = false }: { open?: number; focus?: boolean } = {},
  ): Promise<TicketListModel> {
    const view = viewFor(shown.view);
    const { where, parameters } = conditionOf(user, shown);
    const [total, tickets, bulk] = await Promise.all([
      this.count(where, parameters),
      this.tickets(where, parameters, shown),
      this.bulkChoices(),
    ]);
    const reading = { now: this.now.read(), timezone: user.timezone };
    const chips = await this.clockRows.dueNext(
      tickets.map(({ number }) => number),
      reading,
    );
    const from = (shown.page - 1) * PAGE_SIZE + 1;
    const to = from + tickets.length - 1;
    return {
      title: view.label,
      orderWords: SORTS[shown.sort].words,
      here: listAddress('/tickets', shown),
      newsHref: `${listAddress('/tickets/news', shown)}&after=${reading.now.toISOString()}`,
      rows: tickets.map((ticket) => rowOf(ticket, shown, chips.get(ticket.number) ?? null, open)),
      pages: {
        total,
        from: tickets.length === 0 ? 0 : from,
        to,
        previous: shown.page > 1 ? listAddress('/tickets', shown, { page: shown.page - 1 }) : null,
        next:
          to < total || (total === MOST_COUNTED && tickets.length === PAGE_SIZE)
            ? listAddress('/tickets', shown, { page: shown.page + 1 })
            : null,
      },
      filter: {
        view: shown.view,
        q: shown.q,
        focus,
        statuses: shown.view === 'all' ? statusChoices(shown.status) : null,
        levels: [
          choice('', 'Any level', shown.level),
          ...bulk.levels.map(({ name }) => choice(name, name, shown.level)),
        ],
        sorts: Object.entries(SORTS).map(([value, { label }]) => choice(value, label, shown.sort)),
        narrowed: shown.q !== '' || shown.level !== '' || (shown.view === 'all' && shown.status !== ''),
        clear: listAddress('/tickets', shown, { q: '', level: '', status: '', page: 1 }),
      },
      bulk,
      empty: tickets.length > 0 ? NOT_EMPTY : await this.emptyWords(reading.now),
    };
  }

  /** How many tickets of this list came in after that instant. */
  async news(user: CurrentUser, shown: ListState, after: Date): Promise<{ count: number; href: string }> {
    const { where, parameters } = conditionOf(user, shown);
    const since = `$${parameters.length + 1}`;
    const count = await this.count(`(${where}) and ticket.created_at > ${since}`, [...parameters, after]);
    return { count, href: listAddress('/tickets', shown, { page: 1 }) };
  }

  private async count(where: string, parameters: readonly unknown[]): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      `select count(*)::integer as count from (
         select from ticket where ${where} limit ${MOST_COUNTED}) as counted`,
      parameters,
    );
    return row?.count ?? 0;
  }

  private async tickets(where: string, parameters: readonly unknown[], state: ListState): Promise<ListedTicket[]> {
    const numbers = await this.chosen(where, parameters, state);
    return this.database.query<ListedTicket>(
      `select ticket.number, ticket.subject, ticket.status, ticket.level, level.title as "levelTitle",
         (select count(*)::integer from level as other where (other.position, other.name) <= (level.position, level.name)) as "levelRank",
         coalesce(nullif(contact.name, ''), contact.email) as requester, organisation.name as organisation,
         app_user.name as assignee, ticket.tags, ticket.last_actor as "lastActor",
         coalesce(ticket.last_message_at, ticket.created_at) as at, said.snippet
       from unnest($1::integer[]) with ordinality as chosen (number, place)
         join ticket using (number)
         join level on level.name = ticket.level
         join contact on contact.id = ticket.requester_id
         left join organisation on organisation.id = ticket.organisation_id
         left join app_user on app_user.id = ticket.assignee_id
         left join lateral (
           select regexp_replace(left(new_text, 300), '\\s+', ' ', 'g') as snippet from message
           where ticket_number = ticket.number and kind in ('customer', 'reply') order by created_at desc, position desc limit 1) as said on true
       order by chosen.place`,
      [numbers],
    );
  }

  /** The numbers of one page of tickets, in their order. */
  private async chosen(where: string, parameters: readonly unknown[], { sort, page }: ListState): Promise<number[]> {
    const skipped = (page - 1) * PAGE_SIZE;
    const order = SORTS[sort].sql;
    if (order !== null) {
      return this.numbers(
        `select ticket.number from ticket where ${where} order by ${order} limit ${PAGE_SIZE} offset ${skipped}`,
        parameters,
      );
    }
    const promised = await this.promised(where, parameters, skipped + PAGE_SIZE);
    const first = promised.slice(skipped);
    if (first.length === PAGE_SIZE) return first;

    const rest = await this.numbers(
      `select ticket.number from ticket
       where ${where} and not exists (
         select from clock where clock.ticket_number = ticket.number and clock.state = 'running' and clock.withdrawn_at is null)
       order by ticket.number limit ${PAGE_SIZE - first.length} offset ${Math.max(0, skipped - promised.length)}`,
      parameters,
    );
    return [...first, ...rest];
  }

  /**
   * The first tickets of which something is promised, the next due one first. Walks along the index of what is due next: nobody sorts a
   * million promises to show fifty. A ticket with several of them is met several times, so the walk may have to go on.
   */
  private async promised(where: string, parameters: readonly unknown[], count: number): Promise<number[]> {
    for (let steps = 3 * count; ; steps *= 2) {
      const met = await this.numbers(
        `select ticket.number from ticket join clock on clock.ticket_number = ticket.number
         where ${where} and clock.state = 'running' and clock.withdrawn_at is null
         order by clock.due_at, clock.ticket_number limit ${steps}`,
        parameters,
      );
      const tickets = [...new Set(met)];
      if (tickets.length >= count || met.length < steps) return tickets.slice(0, count);
    }
  }

  private async numbers(sql: string, parameters: readonly unknown[]): Promise<number[]> {
    return (await this.database.query<{ number: number }>(sql, parameters)).map(({ number }) => number);
  }

  private async bulkChoices(): Promise<BulkChoices> {
    const [row] = await this.database.query<Omit<BulkChoices, 'statuses'>>(
      `select
         coalesce((select json_agg(json_build_object('name', name, 'title', title) order by position, name) from level), '[]') as levels,
         array(select name from queue order by name collate "und-x-icu") as queues,
         coalesce((select json_agg(json_build_object('name', name, 'email', email) order by name collate "und-x-icu")
           from app_user where role <> 'customer' and disabled_at is null and not service), '[]') as agents`,
    );
    return { agents: [], levels: [], queues: [], ...row, statuses: choosableStatuses.map((name) => statusMark(name)) };
  }

  private async emptyWords(now: Date): Promise<TicketListModel['empty']> {
    const [row] = await this.database.query<{ dueAt: Date | null; any: boolean }>(
      `select min(due_at) as "dueAt", exists (select from ticket) as any from clock where state = 'running' and withdrawn_at is null`,
    );
    if (row?.any !== true) {
      return {
        symbol: 'inbox',
        title: 'No tickets yet',
        text: 'Send a mail to the support address, or fill in the form of the help centre.',
      };
    }
    const next = row.dueAt === null ? 'No promise is open.' : nextPromise(row.dueAt, now);
    return { symbol: 'circle-check-big', title: 'Nothing left to do here', text: next };
  }
}

const NOT_EMPTY = { symbol: 'inbox', title: '', text: '' };

function nextPromise(dueAt: Date, now: Date): string {
  const seconds = (dueAt.getTime() - now.getTime()) / 1000;
  return seconds > 0
    ? `The next promise of the desk is due in ${span(seconds)}.`
    : 'Elsewhere in the desk a promise is overdue.';
}

function conditionOf(user: CurrentUser, shown: ListState): { where: string; parameters: unknown[] } {
  const parameters: unknown[] = [];
  const conditions: string[] = [];
  const parameter = (value: unknown): string => `$${parameters.push(value)}`;

  const { condition } = viewFor(shown.view);
  conditions.push(condition.includes('$me') ? condition.replace('$me', parameter(user.id)) : condition);
  const queue = queueOf(shown.view);
  if (queue !== null) conditions.push(`ticket.queue_id = (select id from queue where name = ${parameter(queue)})`);
  if (shown.level !== '') conditions.push(`ticket.level = ${parameter(shown.level)}`);
  if (shown.view === 'all' && shown.status !== '') conditions.push(`ticket.status = ${parameter(shown.status)}`);
  if (shown.q !== '') {
    const search = searchFor(shown.q, { first: parameters.length + 1, publicOnly: false });
    conditions.push(search === null ? 'false' : search.sql);
    if (search !== null) parameters.push(...search.parameters);
  }
  return { where: conditions.map((one) => `(${one})`).join(' and '), parameters };
}

function rowOf(ticket: ListedTicket, shown: ListState, chip: ClockChip | null, open: number | undefined): Row {
  const { number, subject, snippet, requester, organisation, assignee, tags, lastActor, at } = ticket;
  return {
    ...{ number, subject, snippet, requester, organisation, assignee, lastActor, at, chip },
    href: listAddress(`/tickets/${number}`, shown),
    level: { name: ticket.level, rank: ticket.levelRank, title: ticket.levelTitle },
    status: statusMark(ticket.status),
    tags: tags.slice(0, SHOWN_TAGS),
    moreTags: Math.max(0, tags.length - SHOWN_TAGS),
    current: number === open,
  };
}

function statusChoices(selected: string): Choice[] {
  return [
    choice('', 'Any status', selected),
    ...statuses.filter((name) => name !== 'spam').map((name) => choice(name, statusMark(name).label, selected)),
  ];
}

function choice(value: string, label: string, selected: string): Choice {
  return { value, label, selected: value === selected };
}

import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem } from '../../platform/problems/problem.js';
import { Calendars } from '../../support-hours/calendars.js';
import type { Actor } from '../../tickets/actor.js';
import type { TicketEventData, TicketEventType } from '../../tickets/ticket-events.js';
import type { CalendarTerms, PolicyTerms } from '../clock/targets.js';
import type { Metric, Timeline, TimelineEvent } from '../clock/timeline.js';
import type { CalendarChosen, PolicyChosen } from './ticket-terms.js';

interface EventRow {
  readonly ticket: number;
  readonly at: Date;
  readonly type: TicketEventType;
  readonly by: Actor;
  readonly data: unknown;
}

/** What a ticket's history says: its timeline, and what it was last promised. */
export interface TicketHistory {
  readonly timeline: Timeline;
  readonly policy: PolicyChosen | null;
  readonly calendar: CalendarChosen | null;
}

/** Tickets' histories as timelines. */
@Injectable()
export class TicketTimelines {
  constructor(private readonly calendars: Calendars) {}

  async of(tx: Pick<Transaction, 'query'>, tickets: readonly number[]): Promise<Map<number, TicketHistory>> {
    const rows = await tx.query<EventRow>(
      `select ticket_number as ticket, at, type, by, data from ticket_event
       where ticket_number = any($1::integer[]) order by ticket_number, at, id`,
      [tickets],
    );
    const calendars = await this.calendarsIn(tx, rows);
    const histories = new Map<number, TicketHistory>();
    for (const [ticket, events] of byTicket(rows)) {
      histories.set(ticket, {
        timeline: events.flatMap((row) => eventFrom(row, calendars)),
        policy: (events.findLast(({ type }) => type === 'policy')?.data as PolicyChosen | undefined) ?? null,
        calendar: (events.findLast(({ type }) => type === 'calendar')?.data as CalendarChosen | undefined) ?? null,
      });
    }
    return histories;
  }

  private async calendarsIn(
    tx: Pick<Transaction, 'query'>,
    rows: readonly EventRow[],
  ): Promise<Map<string, CalendarTerms>> {
    const found = new Map<string, CalendarTerms>();
    for (const { type, data } of rows) {
      if (type !== 'calendar') continue;

      const chosen = data as CalendarChosen;
      if (found.has(keyOf(chosen))) continue;
      const terms = await this.terms(tx, chosen);
      if (terms !== null) found.set(keyOf(chosen), terms);
    }
    return found;
  }

  /** Null where the calendar has been removed since: then no clock leans on it any more, and the next one counts. */
  private async terms(
    tx: Pick<Transaction, 'query'>,
    { id, calendar, version }: CalendarChosen,
  ): Promise<CalendarTerms | null> {
    try {
      return { id, name: calendar, version, hours: await this.calendars.compiled(tx, id, version) };
    } catch (error) {
      if (error instanceof Problem && error.kind === 'not-found') return null;
      throw error;
    }
  }
}

function byTicket(rows: readonly EventRow[]): Map<number, EventRow[]> {
  const groups = new Map<number, EventRow[]>();
  for (const row of rows) {
    const group = groups.get(row.ticket);
    if (group === undefined) groups.set(row.ticket, [row]);
    else group.push(row);
  }
  return groups;
}

const keyOf = ({ id, version }: CalendarChosen): string => `${id} ${version}`;

function eventFrom(row: EventRow, calendars: ReadonlyMap<string, CalendarTerms>): TimelineEvent[] {
  const { at, type, by } = row;
  const person = by.kind === 'user' ? by.id : null;
  switch (type) {
    case 'created': {
      const { by: opener, status, level } = row.data as TicketEventData['created'];
      return [{ at, person, type, by: opener, status, level }];
    }
    case 'status':
      return [{ at, person, type, status: (row.data as TicketEventData['status']).status }];
    case 'level':
      return [{ at, person, type, level: (row.data as TicketEventData['level']).level }];
    case 'policy':
      return [{ at, person, type, policy: policyFrom(row.data as PolicyChosen) }];
    case 'calendar': {
      const calendar = calendars.get(keyOf(row.data as CalendarChosen));
      return calendar === undefined ? [] : [{ at, person, type, calendar }];
    }
    case 'manualDue': {
      const { metric, dueAt } = row.data as TicketEventData['manualDue'];
      return [{ at, person, type, metric: metric as Metric, dueAt: dueAt === null ? null : new Date(dueAt) }];
    }
    case 'assigned':
      return [{ at, person, type, team: (row.data as { readonly team?: string | null }).team }];
    default:
      return [{ at, person, type }];
  }
}

function policyFrom({ id, policy, version, terms }: PolicyChosen): PolicyTerms {
  return { ...(terms as Omit<PolicyTerms, 'id' | 'name' | 'version'>), id, name: policy, version };
}

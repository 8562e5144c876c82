import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem } from '../../platform/problems/problem.js';
import { Calendars } from '../../support-hours/calendars.js';
import type { Actor } from '../../tickets/actor.js';
import type { TicketEventData, TicketEventType } from '../../tickets/ticket-events.js';
import type { JournalEntry } from '../../tickets/ticket-journal.js';
import type { Agreement, CalendarTerms, PolicyTerms } from '../clock/targets.js';
import { inOrder, type Metric, type Timeline, type TimelineEvent } from '../clock/timeline.js';
import type { AgreementChosen, CalendarChosen, PolicyChosen } from './ticket-terms.js';

/** An event of a ticket's history as it is stored. */
export interface EventRow {
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
  readonly agreement: AgreementChosen | null;
}

/** A calendar as histories name it. */
type CalendarNamed = Pick<CalendarChosen, 'calendar' | 'version' | 'id'>;

/** Tickets' histories as timelines. */
@Injectable()
export class TicketTimelines {
  constructor(private readonly calendars: Calendars) {}

  async of(tx: Pick<Transaction, 'query'>, tickets: readonly number[]): Promise<Map<number, TicketHistory>> {
    const rows = await this.read(tx, tickets);
    const calendars = await this.calendarsIn(tx, rows);
    const histories = new Map<number, TicketHistory>();
    for (const [ticket, events] of byTicket(rows)) {
      histories.set(ticket, {
        timeline: timelineFrom(events, calendars),
        policy: (events.findLast(({ type }) => type === 'policy')?.data as PolicyChosen | undefined) ?? null,
        calendar: (events.findLast(({ type }) => type === 'calendar')?.data as CalendarChosen | undefined) ?? null,
        agreement: (events.findLast(({ type }) => type === 'agreement')?.data as AgreementChosen | undefined) ?? null,
      });
    }
    return histories;
  }

  /** All that has happened to these tickets. */
  async events(tx: Pick<Transaction, 'query'>, tickets: readonly number[]): Promise<Map<number, EventRow[]>> {
    return byTicket(await this.read(tx, tickets));
  }

  /** A history as it would go on with these entries. */
  async continued(
    tx: Pick<Transaction, 'query'>,
    ticket: number,
    history: TicketHistory,
    entries: readonly JournalEntry[],
  ): Promise<TicketHistory> {
    const rows = entries.map((entry): EventRow => ({ ticket, ...entry }));
    const calendars = await this.calendarsIn(tx, rows);
    return {
      ...history,
      timeline: inOrder([...history.timeline, ...timelineFrom(rows, calendars)]),
    };
  }

  private async read(tx: Pick<Transaction, 'query'>, tickets: readonly number[]): Promise<EventRow[]> {
    return tx.query<EventRow>(
      `select ticket_number as ticket, at, type, by, data from ticket_event
       where ticket_number = any($1::integer[]) order by ticket_number, at, id`,
      [tickets],
    );
  }

  private async calendarsIn(
    tx: Pick<Transaction, 'query'>,
    rows: readonly EventRow[],
  ): Promise<Map<string, CalendarTerms>> {
    const found = new Map<string, CalendarTerms>();
    for (const row of rows) {
      const chosen = calendarIn(row);
      if (chosen === null || found.has(calendarKey(chosen))) continue;

      const terms = await this.terms(tx, chosen);
      if (terms !== null) found.set(calendarKey(chosen), terms);
    }
    return found;
  }

  /** Null where the calendar has been removed since: then no clock leans on it any more, and the next one counts. */
  private async terms(
    tx: Pick<Transaction, 'query'>,
    { id, calendar, version }: CalendarNamed,
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

function calendarIn({ type, data }: EventRow): CalendarNamed | null {
  if (type === 'calendar') return data as CalendarChosen;
  return type === 'agreement' ? (data as AgreementChosen).calendar : null;
}

/** The calendars, by `calendarKey`, are those that the events name. */
export function timelineFrom(
  events: readonly EventRow[],
  calendars: ReadonlyMap<string, CalendarTerms>,
): TimelineEvent[] {
  return events.flatMap((event) => eventFrom(event, calendars));
}

export const calendarKey = ({ id, version }: Pick<CalendarNamed, 'id' | 'version'>): string => `${id} ${version}`;

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
      const calendar = calendars.get(calendarKey(row.data as CalendarChosen));
      return calendar === undefined ? [] : [{ at, person, type, calendar }];
    }
    case 'agreement':
      return [{ at, person, type, agreement: agreementFrom(row.data as AgreementChosen, calendars) }];
    case 'manualDue': {
      const { metric, dueAt } = row.data as TicketEventData['manualDue'];
      return [{ at, person, type, metric: metric as Metric, dueAt: dueAt === null ? null : new Date(dueAt) }];
    }
    case 'assigned':
      return [{ at, person, type, team: (row.data as TicketEventData['assigned']).team }];
    default:
      return [{ at, person, type }];
  }
}

/** A policy as the history writes it, for its clocks. */
export function policyFrom({ id, policy, version, terms }: PolicyChosen): PolicyTerms {
  return { ...(terms as Omit<PolicyTerms, 'id' | 'name' | 'version'>), id, name: policy, version };
}

function agreementFrom(
  { team, handling, calendar }: AgreementChosen,
  calendars: ReadonlyMap<string, CalendarTerms>,
): Agreement | null {
  if (team === null) return null;
  return {
    team,
    target: handling,
    calendar: calendar === null ? null : (calendars.get(calendarKey(calendar)) ?? null),
  };
}

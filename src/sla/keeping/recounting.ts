import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../platform/database/transaction.js';
import { Calendars } from '../../support-hours/calendars.js';
import type { ClockRow } from '../clock.entity.js';
import { isOpen } from '../clock/clock.js';
import { byOtherHours } from '../clock/other-hours.js';
import type { CalendarTerms, PolicyTerms } from '../clock/targets.js';
import { change, type Change } from './clock-changes.js';
import { clockColumns, clockOf, snapshotOf, valuesOf } from './clock-rows.js';
import type { CalendarChosen, PolicyChosen, TicketTraits } from './ticket-terms.js';
import { policyFrom, type TicketHistory } from './ticket-timelines.js';

/** What a ticket was last promised, as its history says, and when it last said anything. */
export interface LastPromised extends Pick<TicketHistory, 'policy' | 'calendar'> {
  readonly lastAt: Date;
}

/** A ticket to which nothing happens but that another calendar is chosen for it. */
export interface OtherHours {
  readonly ticket: TicketTraits;
  readonly policy: PolicyChosen;
  readonly calendar: CalendarChosen;
}

interface LastRow {
  readonly ticket: number;
  readonly policy: string | null;
  readonly calendar: string | null;
  readonly lastAt: Date;
}

/**
 * Counts open clocks anew without their tickets' histories, where only the calendar is another one: what is stored is a replay of the
 * history, so one event more needs no more than what is stored.
 */
@Injectable()
export class Recounting {
  /** What histories say of policies and calendars, read once: thousands of tickets say the same. */
  private readonly policies = new Readings<PolicyChosen>();
  private readonly chosen = new Readings<CalendarChosen>();

  constructor(private readonly calendars: Calendars) {}

  async lastPromised(tx: Transaction, tickets: readonly number[]): Promise<Map<number, LastPromised>> {
    const last = (type: string): string =>
      `(array_agg(data::text order by at desc, id desc) filter (where type = '${type}'))[1]`;
    const rows = await tx.query<LastRow>(
      `select ticket_number as ticket, ${last('policy')} as policy, ${last('calendar')} as calendar, max(at) as "lastAt"
       from ticket_event where ticket_number = any($1::integer[]) group by ticket_number`,
      [tickets],
    );
    return new Map(
      rows.map(({ ticket, policy, calendar, lastAt }) => [
        ticket,
        { policy: this.policies.of(policy), calendar: this.chosen.of(calendar), lastAt },
      ]),
    );
  }

  /**
   * The open clocks of these tickets, counted anew; a ticket left out needs its history. They are not held, for that would be one more
   * change of each row: whoever saves them finds out whether one was struck meanwhile.
   */
  async recount(tx: Transaction, tickets: readonly OtherHours[], now: Date): Promise<Map<number, Change[]>> {
    const rows = await this.openClocks(
      tx,
      tickets.map(({ ticket }) => ticket.number),
    );
    const recounted = new Map<number, Change[]>();
    for (const { ticket, policy, calendar: chosen } of tickets) {
      const hours = await this.calendars.compiled(tx, chosen.id, chosen.version);
      const calendar = { id: chosen.id, name: chosen.calendar, version: chosen.version, hours };
      const changes = counted(ticket, rows.get(ticket.number) ?? [], { policy: policyFrom(policy), calendar }, now);
      if (changes !== null) recounted.set(ticket.number, changes);
    }
    return recounted;
  }

  private async openClocks(tx: Transaction, tickets: readonly number[]): Promise<Map<number, ClockRow[]>> {
    const rows = await tx.query<ClockRow>(
      `select ${clockColumns} from clock
       where ticket_number = any($1::integer[]) and state in ('running', 'paused') and withdrawn_at is null
       order by id`,
      [tickets],
    );
    const byTicket = new Map<number, ClockRow[]>();
    for (const row of rows) {
      const others = byTicket.get(row.ticketNumber);
      if (others === undefined) byTicket.set(row.ticketNumber, [row]);
      else others.push(row);
    }
    return byTicket;
  }
}

/** Null where one of the clocks needs the history: its moment has come and it has not been struck, or it leans on more than the policy. */
function counted(
  ticket: TicketTraits,
  rows: readonly ClockRow[],
  terms: { readonly policy: PolicyTerms; readonly calendar: CalendarTerms },
  now: Date,
): Change[] | null {
  const changes: Change[] = [];
  for (const row of rows) {
    const clock = clockOf(row, terms.policy, terms.calendar);
    const struck = row.nextMomentAt === null || row.nextMomentAt > now;
    const after = struck && isOpen(clock) ? byOtherHours(clock, terms.policy, terms.calendar, now) : null;
    if (after === null) return null;
    changes.push(change(row, valuesOf(after, ticket.number, snapshotOf(ticket))));
  }
  return changes;
}

const MOST_READINGS = 1_000;

class Readings<T> {
  private readonly known = new Map<string, T>();

  of(json: string | null): T | null {
    if (json === null) return null;
    const known = this.known.get(json);
    if (known !== undefined) return known;

    const read = JSON.parse(json) as T;
    if (this.known.size >= MOST_READINGS) this.known.clear();
    this.known.set(json, read);
    return read;
  }
}

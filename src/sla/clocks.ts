import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { Calendars } from '../support-hours/calendars.js';
import type { ClockRow } from './clock.entity.js';
import { clockJson, type ClockJson } from './clock/clock-json.js';
import { strike, type Seen } from './clock/clock.js';
import { explain, type LedgerLine } from './clock/explain.js';
import { metrics } from './clock/timeline.js';
import { clockColumns, clockOf } from './keeping/clock-rows.js';

type Asked = Pick<Transaction, 'query'>;

export type ClockWithLedger = ClockJson & { readonly ledger: readonly LedgerLine[] };

interface NamedRow extends ClockRow {
  readonly policyName: string;
  readonly calendarName: string;
}

/** The clocks of tickets, to be shown. */
@Injectable()
export class Clocks {
  constructor(private readonly calendars: Calendars) {}

  /** The clocks of one ticket with their ledgers. */
  async explained(asked: Asked, ticket: number, at: Date): Promise<ClockWithLedger[]> {
    const clocks = (await this.read(asked, [ticket], at)).get(ticket) ?? [];
    return clocks.map((clock) => ({ ...clockJson(clock, at), ledger: explain(clock, at) }));
  }

  /** The clocks of each of these tickets. */
  async of(asked: Asked, tickets: readonly number[], at: Date): Promise<Map<number, ClockJson[]>> {
    const found = await this.read(asked, tickets, at);
    return new Map([...found].map(([ticket, clocks]) => [ticket, clocks.map((clock) => clockJson(clock, at))]));
  }

  /** One clock by its id, as an incident names it. */
  async byId(asked: Asked, id: string, at: Date): Promise<ClockJson | null> {
    const [row] = await asked.query<NamedRow>(`${SELECT} where clock.id = $1`, [id]);
    return row === undefined ? null : clockJson(await this.clockFrom(asked, row, at), at);
  }

  private async read(asked: Asked, tickets: readonly number[], at: Date): Promise<Map<number, Seen[]>> {
    const rows = await asked.query<NamedRow>(
      `${SELECT} where clock.ticket_number = any($1::integer[]) and clock.withdrawn_at is null
       order by clock.ticket_number, array_position($2::text[], clock.metric), clock.cycle`,
      [tickets, metrics],
    );
    const found = new Map<number, Seen[]>(tickets.map((ticket) => [ticket, []]));
    for (const row of rows) found.get(row.ticketNumber)?.push(await this.clockFrom(asked, row, at));
    return found;
  }

  /** What has come by now is shown, whether or not a worker has been there yet. */
  private async clockFrom(asked: Asked, row: NamedRow, at: Date): Promise<Seen> {
    const hours = await this.calendars.compiled(asked, row.calendarId, row.calendarVersion);
    const clock = clockOf(
      row,
      { id: row.policyId, name: row.policyName, version: row.policyVersion, targets: {} },
      { id: row.calendarId, name: row.calendarName, version: row.calendarVersion, hours },
    );
    return clock.state === 'running' ? strike(clock, at) : clock;
  }
}

const SELECT = `select ${clockColumns}, policy.name as "policyName", calendar.name as "calendarName"
  from clock join policy on policy.id = clock.policy_id join calendar on calendar.id = clock.calendar_id`;

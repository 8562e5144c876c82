import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { Calendars } from '../../support-hours/calendars.js';
import { clockChip, type ClockChip, type ClockRow, type Reading } from '../clock-chip.js';

/** A clock with the calendar by which it counts. */
export interface ShownClock extends ClockRow {
  readonly calendarId: string;
  readonly calendarVersion: number;
}

/** SQL for the columns of a ShownClock; tables `clock` and, joined to the left, `policy_version`. */
export const CLOCK_COLUMNS = `clock.id, clock.ticket_number as ticket, clock.metric, clock.cycle, clock.state,
  clock.target_seconds::float as "targetSeconds", clock.elapsed_seconds::float as "elapsedSeconds",
  clock.counting_since as "countingSince", clock.due_at as "dueAt", clock.stopped_at as "stoppedAt",
  clock.breached_at as "breachedAt", clock.manual_due_at as "manualDueAt", policy_version.definition -> 'warnAt' as "warnAt",
  clock.calendar_id as "calendarId", clock.calendar_version as "calendarVersion"`;

export const CLOCK_TABLES = `clock left join policy_version
  on policy_version.policy_id = clock.policy_id and policy_version.version = clock.policy_version`;

/** Clocks as chips. */
@Injectable()
export class ClockRows {
  constructor(
    private readonly database: Database,
    private readonly calendars: Calendars,
  ) {}

  /** The one clock to show in a row of a list: due next, else paused, else the one that ended last. */
  async dueNext(tickets: readonly number[], reading: Reading): Promise<Map<number, ClockChip>> {
    const clocks = await this.database.query<ShownClock>(
      `select distinct on (clock.ticket_number) ${CLOCK_COLUMNS} from ${CLOCK_TABLES}
       where clock.ticket_number = any($1::integer[]) and clock.state <> 'cancelled' and clock.withdrawn_at is null
       order by clock.ticket_number, array_position(array['running', 'paused'], clock.state) nulls last, clock.due_at,
         clock.stopped_at desc, clock.id`,
      [tickets],
    );
    const chips = new Map<number, ClockChip>();
    for (const clock of clocks) chips.set(clock.ticket, brief(clock, await this.chip(clock, reading)));
    return chips;
  }

  async chip(clock: ShownClock, reading: Reading): Promise<ClockChip> {
    const calendar = await this.calendars.compiled(this.database, clock.calendarId, clock.calendarVersion);
    return clockChip(clock, calendar, reading);
  }
}

/** A row has no room for how early or late. */
function brief({ state }: ShownClock, chip: ClockChip): ClockChip {
  if (state === 'met') return { ...chip, text: 'met' };
  return state === 'breached' ? { ...chip, text: 'missed' } : chip;
}

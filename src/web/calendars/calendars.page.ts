import { Injectable } from '@nestjs/common';
import type { BusinessCalendar } from '../../calendar/business-calendar.js';
import { CalendarError } from '../../calendar/calendar-error.js';
import { zoneOf } from '../../calendar/local-time.js';
import { DeskFiles } from '../../desk-file/desk-files.js';
import { leaningOn } from '../../desk-file/leaning.js';
import { Database } from '../../platform/database/database.js';
import { Now } from '../../platform/time/now.js';
import { ALWAYS_OPEN, Calendars, type StoredCalendar } from '../../support-hours/calendars.js';
import { hoursOf } from '../../support-hours/written-calendar.js';
import { exceptionsInWords, weekInWords, type ExceptionRow } from '../calendar-in-words.js';
import { weekBars } from './week-bars.js';
import { dateOfLocal } from './year-view.js';

/** Whether a calendar is open, and when that changes; null: it never does. */
export interface Standing {
  readonly open: boolean;
  readonly changesAt: Date | null;
}

export const pathOf = (name: string): string => `/admin/calendars/${encodeURIComponent(name)}`;

/** All calendars at a glance. */
@Injectable()
export class CalendarsPage {
  constructor(
    private readonly database: Database,
    private readonly calendars: Calendars,
    private readonly files: DeskFiles,
    private readonly now: Now,
  ) {}

  async read(): Promise<object> {
    const now = this.now.read();
    return this.database.readOnly(async (tx) => {
      const whole = await this.files.whole(tx);
      const failing = await tx.query<{ name: string }>(
        `select distinct name from holiday_feed join calendar on calendar.id = calendar_id where fault is not null`,
      );
      const rows: object[] = [];
      for (const calendar of await this.calendars.list(tx)) {
        const compiled = await this.calendars.compiled(tx, calendar.id, calendar.version);
        const { name, definition } = calendar;
        rows.push({
          name,
          href: pathOf(name),
          timezone: definition.timezone,
          week: weekInWords(definition).filter(({ hours }) => hours !== 'closed'),
          bars: weekBars(definition),
          ...standing(compiled, now),
          nextHoliday: nextHoliday(calendar, now),
          uses: leaningOn(whole, 'calendars', name).map(({ what }) => what),
          feedFails: failing.some((one) => one.name === name),
          isAlways: name === ALWAYS_OPEN,
        });
      }
      return { title: 'Calendars', rows };
    });
  }
}

export function standing(calendar: BusinessCalendar, now: Date): Standing {
  const open = calendar.isOpen(now);
  if (calendar.alwaysOpen) return { open, changesAt: null };

  try {
    return { open, changesAt: open ? calendar.nextClose(now) : calendar.nextOpen(now) };
  } catch (error) {
    // One that is open for longer than calendars look ahead, or that does not open any more.
    if (error instanceof CalendarError) return { open, changesAt: null };
    throw error;
  }
}

export function todayIn(timezone: string, now: Date): string {
  return dateOfLocal(zoneOf(timezone).toLocal(now.getTime()));
}

function nextHoliday({ definition, sourced }: StoredCalendar, now: Date): ExceptionRow | null {
  const coming = exceptionsInWords(hoursOf(definition, sourced), todayIn(definition.timezone, now));
  return coming[0] ?? null;
}

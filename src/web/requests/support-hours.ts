import { Injectable } from '@nestjs/common';
import type { BusinessCalendar } from '../../calendar/business-calendar.js';
import { DeskStore } from '../../desk/desk.store.js';
import { Database } from '../../platform/database/database.js';
import { Now } from '../../platform/time/now.js';
import { Calendars } from '../../support-hours/calendars.js';

const DAY_MS = 86_400_000;
const SHOWN_DAYS = 7;

interface DayHours {
  readonly name: string;
  readonly date: string;
  readonly today: boolean;
  /** `09:00–17:00`, empty when closed all day. */
  readonly hours: readonly string[];
}

export interface HoursModel {
  readonly alwaysOpen: boolean;
  readonly open: boolean;
  /** When that changes next; null where it never does. */
  readonly changesAt: Date | null;
  readonly days: readonly DayHours[];
}

/** The desk's support hours of the coming week as the reader's own clock shows them, holidays and all. */
@Injectable()
export class SupportHours {
  constructor(
    private readonly database: Database,
    private readonly desks: DeskStore,
    private readonly calendars: Calendars,
    private readonly now: Now,
  ) {}

  async read(timezone: string): Promise<HoursModel> {
    const calendar = await this.calendar();
    const now = this.now.read();
    if (calendar.alwaysOpen) return { alwaysOpen: true, open: true, changesAt: null, days: [] };

    const open = calendar.isOpen(now);
    return {
      alwaysOpen: false,
      open,
      changesAt: open ? calendar.nextClose(now) : calendar.nextOpen(now),
      days: week(calendar, timezone, now),
    };
  }

  private async calendar(): Promise<BusinessCalendar> {
    const { defaultCalendar } = await this.desks.read();
    const stored = await this.calendars.byName(this.database, defaultCalendar);
    if (stored === null) throw new Error(`The desk's calendar ${defaultCalendar} is missing.`);
    return this.calendars.compiled(this.database, stored.id, stored.version);
  }
}

function week(calendar: BusinessCalendar, timezone: string, now: Date): DayHours[] {
  const named = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, weekday: 'long' });
  const dated = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, day: 'numeric', month: 'short' });
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const days = Array.from({ length: SHOWN_DAYS }, (_, ahead) => {
    const at = new Date(now.getTime() + ahead * DAY_MS);
    return { name: named.format(at), date: dated.format(at), today: ahead === 0, hours: [] as string[] };
  });
  // From the start of today wherever the reader is; what begins on one day and ends on the next stands where it begins.
  const segments = calendar.segments(new Date(now.getTime() - DAY_MS), new Date(now.getTime() + SHOWN_DAYS * DAY_MS));
  for (const { from, to, open } of segments) {
    const day = open ? days.find(({ date }) => date === dated.format(from)) : undefined;
    day?.hours.push(`${clock.format(from)}–${clock.format(to)}`);
  }
  return days;
}

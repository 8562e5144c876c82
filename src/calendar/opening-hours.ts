import type { CalendarDefinition, DayHours } from './calendar-definition.js';
import { DAY_MS, dayOfDate, Holidays } from './holidays.js';
import { clip, subtract, unite, type Span } from './spans.js';

const MINUTE_MS = 60_000;

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** `09:30` in minutes since midnight, up to `24:00`; null if it is no time of day. */
export function minutesOf(text: string): number | null {
  const parts = /^(\d{2}):(\d{2})$/.exec(text);
  if (parts === null) return null;

  const minutes = Number(parts[1]) * 60 + Number(parts[2]);
  return Number(parts[2]) < 60 && minutes <= 24 * 60 ? minutes : null;
}

/**
 * The hours of a calendar on the line of local wall time: milliseconds since 1970-01-01T00:00 as a wall clock would show
 * them, knowing nothing of zones. Where the clocks are changed is the business of who lays this line over real time.
 */
export class OpeningHours {
  private readonly week: readonly (readonly Span[])[];
  private readonly breaks: readonly (readonly Span[])[];
  private readonly overrides: ReadonlyMap<number, readonly Span[]>;
  private readonly holidays: Holidays;

  constructor(definition: Pick<CalendarDefinition, 'week' | 'holidays' | 'yearlyHolidays' | 'overrides' | 'breaks'>) {
    this.week = WEEKDAYS.map((weekday) => spansOf(definition.week[weekday] ?? []));
    this.breaks = WEEKDAYS.map((weekday) => spansOf(definition.breaks?.[weekday] ?? []));
    this.overrides = new Map(
      Object.entries(definition.overrides ?? {}).map(([date, hours]) => [dayOfDate(date) ?? NaN, spansOf(hours)]),
    );
    const dates = (definition.holidays ?? []).map((holiday) => (typeof holiday === 'string' ? holiday : holiday.date));
    this.holidays = new Holidays(dates, definition.yearlyHolidays ?? []);
  }

  /** Whether there is no moment at which it could be closed. */
  get alwaysOpen(): boolean {
    return this.holidays.none && this.overrides.size === 0 && this.openMsOfAWeek() === 7 * DAY_MS;
  }

  /** Whether neither its week nor any override holds open time. */
  get neverOpen(): boolean {
    return this.openMsOfAWeek() === 0 && [...this.overrides.values()].every((hours) => hours.length === 0);
  }

  /**
   * The open spans of local time in `[from, to)`, united and in order. An override replaces the hours that begin on its
   * date, breaks included, and beats a holiday; a holiday takes away the hours that begin on it; the tail of the night
   * before stays in both cases. Breaks close their part of the wall clock, whichever day the hours began on.
   */
  between(from: number, to: number): Span[] {
    const weekly: Span[] = [];
    const breaks: Span[] = [];
    const replaced: Span[] = [];
    for (let day = Math.floor(from / DAY_MS) - 1; day * DAY_MS < to; day++) {
      const override = this.overrides.get(day);
      if (override === undefined) {
        if (!this.holidays.has(day)) place(weekly, this.week[weekdayOf(day)], day);
        place(breaks, this.breaks[weekdayOf(day)], day);
      } else {
        place(replaced, override, day);
      }
    }
    const regular = subtract(unite(weekly), unite(breaks));
    return clip(unite(replaced.length === 0 ? regular : [...regular, ...replaced]), from, to);
  }

  /** Of a week in which nothing special happens, with what the week before leaves in it. */
  private openMsOfAWeek(): number {
    const open = subtract(unite(threeWeeks(this.week)), unite(threeWeeks(this.breaks)));
    return clip(open, 7 * DAY_MS, 14 * DAY_MS).reduce((sum, { from, to }) => sum + to - from, 0);
  }
}

function threeWeeks(hours: readonly (readonly Span[])[]): Span[] {
  const spans: Span[] = [];
  for (let day = 0; day < 21; day++) place(spans, hours[day % 7], day);
  return spans;
}

/** Hours that end before they begin end on the next day. */
function spansOf(hours: DayHours): readonly Span[] {
  return hours.map(([from, to]) => {
    const start = minutesOf(from) ?? NaN;
    const end = minutesOf(to) ?? NaN;
    return { from: start * MINUTE_MS, to: end * MINUTE_MS + (end < start ? DAY_MS : 0) };
  });
}

function place(spans: Span[], hours: readonly Span[] | undefined, day: number): void {
  for (const { from, to } of hours ?? []) spans.push({ from: day * DAY_MS + from, to: day * DAY_MS + to });
}

/** 0 for Monday; 1 January 1970 was a Thursday. */
function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

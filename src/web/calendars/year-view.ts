import type { CalendarDefinition } from '../../calendar/calendar-definition.js';
import { DAY_MS } from '../../calendar/holidays.js';
import { OpeningHours } from '../../calendar/opening-hours.js';
import { dated } from '../../support-hours/written-calendar.js';

/** What a date is: open as usual, open for much less than the longest day, closed as every week, a holiday, other hours. */
export type DayKind = 'open' | 'half' | 'closed' | 'holiday' | 'exception';

export interface YearDay {
  readonly date: string;
  readonly day: number;
  readonly kind: DayKind;
  readonly today: boolean;
  /** `Thu 24 Dec: 09:00–12:00, other hours than usual` */
  readonly words: string;
}

export interface YearMonth {
  readonly name: string;
  /** Weeks from Monday; null where a day belongs to another month. */
  readonly weeks: readonly (readonly (YearDay | null)[])[];
}

/** Shorter than this share of the week's longest day, a day counts as half. */
const HALF = 0.7;
const MINUTE_MS = 60_000;

const named = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });
const monthNamed = new Intl.DateTimeFormat('en-GB', { month: 'long', timeZone: 'UTC' });

/** A year of a calendar, day by day, by the wall clock. */
export function yearOf(calendar: CalendarDefinition, year: number, today: string): YearMonth[] {
  const describe = describer(calendar, today);
  return Array.from({ length: 12 }, (_, month) => {
    const first = Date.UTC(year, month, 1) / DAY_MS;
    const count = Date.UTC(year, month + 1, 1) / DAY_MS - first;
    const before = (new Date(first * DAY_MS).getUTCDay() + 6) % 7;
    const cells = Array.from({ length: Math.ceil((before + count) / 7) * 7 }, (_cell, index) =>
      index < before || index >= before + count ? null : describe(first + index - before),
    );
    const weeks = Array.from({ length: cells.length / 7 }, (_week, index) => cells.slice(index * 7, index * 7 + 7));
    return { name: monthNamed.format(first * DAY_MS), weeks };
  });
}

/** The days of a year that are not as every week, in order. */
export function specialDays(months: readonly YearMonth[]): YearDay[] {
  const days = months.flatMap(({ weeks }) => weeks.flat()).filter((day) => day !== null);
  return days.filter(({ kind }) => kind === 'holiday' || kind === 'exception');
}

function describer(calendar: CalendarDefinition, today: string): (day: number) => YearDay {
  const hours = new OpeningHours(calendar);
  const week = new OpeningHours({ week: calendar.week, breaks: calendar.breaks });
  const names = new Map((calendar.holidays ?? []).map(dated).map(({ date, name }) => [date, name]));
  const yearly = new Set(calendar.yearlyHolidays ?? []);
  // A week without anything special: the days before and after Monday 5 January 1970 are as good as any.
  const usual = Array.from({ length: 7 }, (_, index) => openMs(week, 4 + index));
  const longest = Math.max(...usual);
  return (day) => {
    const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
    const spans = hours.between(day * DAY_MS, (day + 1) * DAY_MS);
    const open = spans.reduce((sum, { from, to }) => sum + to - from, 0);
    const override = calendar.overrides?.[date];
    const isHoliday = names.has(date) || yearly.has(date.slice(5));
    const kind: DayKind =
      override !== undefined
        ? 'exception'
        : isHoliday
          ? 'holiday'
          : open === 0
            ? 'closed'
            : open < longest * HALF
              ? 'half'
              : 'open';
    const times = spans.map(({ from, to }) => `${clock(from - day * DAY_MS)}–${clock(to - day * DAY_MS)}`).join(', ');
    const name = names.get(date) ?? (isHoliday ? 'holiday' : null);
    const why =
      override === undefined ? name : [name, 'other hours than usual'].filter((part) => part !== null).join(', ');
    const words = `${named.format(day * DAY_MS).replace(',', '')}: ${times === '' ? 'closed' : times}${why === null ? '' : `, ${why}`}`;
    return { date, day: Number(date.slice(8)), kind, today: date === today, words };
  };
}

function openMs(hours: OpeningHours, day: number): number {
  return hours.between(day * DAY_MS, (day + 1) * DAY_MS).reduce((sum, { from, to }) => sum + to - from, 0);
}

function clock(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** The date that a zone has at an instant is `local`, in milliseconds of its wall clock. */
export function dateOfLocal(local: number): string {
  return new Date(Math.floor(local / DAY_MS) * DAY_MS).toISOString().slice(0, 10);
}

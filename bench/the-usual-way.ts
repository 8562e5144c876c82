import { Temporal } from 'temporal-polyfill';
import type { CalendarDefinition, Holiday } from '../src/calendar/calendar-definition.js';

/** A holiday may have a name. */
export const dateOf = (holiday: Holiday): string => (typeof holiday === 'string' ? holiday : holiday.date);

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/**
 * Business hours as they are usually computed: from one day to the next, the local hours of each turned into instants. Knows no night
 * shifts and no breaks, which the calendar of this benchmark does not have.
 */
export class DayByDay {
  private readonly holidays: ReadonlySet<string>;

  constructor(private readonly definition: CalendarDefinition) {
    this.holidays = new Set([
      ...(definition.holidays ?? []).map((holiday) => (typeof holiday === 'string' ? holiday : holiday.date)),
      ...(definition.yearlyHolidays ?? []),
    ]);
  }

  add(start: Date, seconds: number): Date {
    const from = start.getTime();
    let left = seconds * 1000;
    for (let day = this.dayOf(from); ; day = day.add({ days: 1 })) {
      for (const [opens, closes] of this.hoursOf(day)) {
        const open = closes - Math.max(opens, from);
        if (open >= left) return new Date(closes - open + left);
        if (open > 0) left -= open;
      }
    }
  }

  /** In seconds. */
  between(start: Date, end: Date): number {
    const from = start.getTime();
    const to = end.getTime();
    const lastDay = this.dayOf(to);
    let open = 0;
    for (let day = this.dayOf(from); Temporal.PlainDate.compare(day, lastDay) <= 0; day = day.add({ days: 1 })) {
      for (const [opens, closes] of this.hoursOf(day))
        open += Math.max(0, Math.min(closes, to) - Math.max(opens, from));
    }
    return open / 1000;
  }

  private dayOf(instant: number): Temporal.PlainDate {
    return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(this.definition.timezone).toPlainDate();
  }

  private hoursOf(day: Temporal.PlainDate): [opens: number, closes: number][] {
    const date = day.toString();
    const holiday = this.holidays.has(date) || this.holidays.has(date.slice(5));
    const hours =
      this.definition.overrides?.[date] ?? (holiday ? [] : this.definition.week[WEEKDAYS[day.dayOfWeek - 1]!]);
    return (hours ?? []).map(([from, to]) => [this.instantOf(day, from), this.instantOf(day, to)]);
  }

  private instantOf(day: Temporal.PlainDate, time: string): number {
    return day.toZonedDateTime({ timeZone: this.definition.timezone, plainTime: time }).epochMilliseconds;
  }
}

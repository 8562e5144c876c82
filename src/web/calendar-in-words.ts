import type { CalendarDefinition, DayHours } from '../calendar/calendar-definition.js';
import { WEEKDAYS, type Weekday } from '../calendar/opening-hours.js';

export interface HoursRow {
  readonly days: string;
  readonly hours: string;
}

export interface ExceptionRow extends HoursRow {
  /** What people call the day; empty where nobody said. */
  readonly name: string;
}

const NAMES: Record<Weekday, string> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

const ALL_DAY = '00:00 – 24:00';

/** A calendar's week in words, days of equal hours that follow each other in one row. */
export function weekInWords(calendar: CalendarDefinition): HoursRow[] {
  const rows: { first: Weekday; last: Weekday; hours: string }[] = [];
  for (const day of WEEKDAYS) {
    const hours = dayInWords(calendar.week[day] ?? []);
    const before = rows.at(-1);
    if (before?.hours === hours) before.last = day;
    else rows.push({ first: day, last: day, hours });
  }
  const [only, ...others] = rows;
  if (others.length === 0 && only?.hours === ALL_DAY) return [{ days: 'Every day', hours: 'around the clock' }];
  return rows.map(({ first, last, hours }) => ({
    days: first === last ? NAMES[first] : `${NAMES[first]} – ${NAMES[last]}`,
    hours,
  }));
}

export function dayInWords(hours: DayHours): string {
  return hours.length === 0 ? 'closed' : hours.map(([from, to]) => `${from} – ${to}`).join(', ');
}

/** The calendar's coming closed days and exceptions within a year from `today` (`YYYY-MM-DD`), in order. */
export function exceptionsInWords(calendar: CalendarDefinition, today: string): ExceptionRow[] {
  const year = Number(today.slice(0, 4));
  const yearly = (calendar.yearlyHolidays ?? []).flatMap((day) => [`${year}-${day}`, `${year + 1}-${day}`]);
  const holidays = (calendar.holidays ?? []).map((one) => (typeof one === 'string' ? { date: one, name: '' } : one));
  const names = new Map(holidays.map(({ date, name }) => [date, name]));
  const closed = [...names.keys(), ...yearly.filter(exists)].map((date) => [date, 'closed'] as const);
  const replaced = Object.entries(calendar.overrides ?? {}).map(([date, hours]) => [date, dayInWords(hours)] as const);
  const last = `${year + 1}${today.slice(4)}`;
  return [...new Map([...closed, ...replaced])]
    .filter(([date]) => date >= today && date < last)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([date, hours]) => ({ days: dateInWords(date), hours, name: names.get(date) ?? '' }));
}

/** 29 February does not come every year. */
function exists(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}

/** `Thu 24 Dec 2026`, of a date that has no zone. */
export function dateInWords(date: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  })
    .format(new Date(`${date}T00:00:00Z`))
    .replace(',', '');
}

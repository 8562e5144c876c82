import type { CalendarFault } from './calendar-error.js';
import { dayOfDate, isYearlyDate } from './holidays.js';
import { isTimeZone } from './local-time.js';
import { minutesOf, OpeningHours, WEEKDAYS, type Weekday } from './opening-hours.js';

/** The open intervals of one day in local time: `[["09:00", "12:00"], ["22:00", "06:00"]]`. */
export type DayHours = readonly (readonly [from: string, to: string])[];

/** A date, or a date and what people call it; only the date counts. */
export type Holiday = string | { readonly date: string; readonly name: string };

/** A calendar as the desk file and the API write it, without its name. */
export interface CalendarDefinition {
  /** IANA name, such as `Europe/Berlin`. */
  readonly timezone: string;
  readonly week: Readonly<Partial<Record<Weekday, DayHours>>>;
  /** `YYYY-MM-DD`: the hours that begin on these dates fall away. */
  readonly holidays?: readonly Holiday[] | undefined;
  /** `MM-DD`, in each year. */
  readonly yearlyHolidays?: readonly string[] | undefined;
  /** `YYYY-MM-DD` → the hours of that date instead of its usual ones; none: closed. */
  readonly overrides?: Readonly<Record<string, DayHours>> | undefined;
  /** Closed parts of the usual hours, by the wall clock. */
  readonly breaks?: Readonly<Partial<Record<Weekday, DayHours>>> | undefined;
}

const KEYS = ['timezone', 'week', 'holidays', 'yearlyHolidays', 'overrides', 'breaks'];
const MAX_NAME = 200;

/** All that is wrong with what somebody wrote as a calendar; nothing, if it can be compiled. */
export function checkCalendar(value: unknown): CalendarFault[] {
  if (!isObject(value)) return [{ field: '', detail: 'A calendar is an object with at least timezone and week.' }];

  const faults = [
    ...unknownKeys(value, KEYS, ''),
    ...checkTimezone(value['timezone']),
    ...checkWeek(value['week'], 'week', true),
    ...checkHolidays(value['holidays']),
    ...checkYearlyHolidays(value['yearlyHolidays']),
    ...checkOverrides(value['overrides']),
    ...checkWeek(value['breaks'], 'breaks', false),
  ];
  return faults.length > 0 ? faults : checkOpensAtAll(value as unknown as CalendarDefinition);
}

function checkTimezone(timezone: unknown): CalendarFault[] {
  if (typeof timezone === 'string' && isTimeZone(timezone)) return [];

  const detail =
    typeof timezone === 'string'
      ? `“${timezone}” is not the name of a time zone; write one such as Europe/Berlin.`
      : 'The time zone is missing; write one such as Europe/Berlin.';
  return [{ field: 'timezone', detail }];
}

function checkWeek(week: unknown, field: string, required: boolean): CalendarFault[] {
  if (week === undefined && !required) return [];
  if (!isObject(week)) return [{ field, detail: 'Hours by weekday are wanted, such as {mon: [["09:00", "17:00"]]}.' }];

  const faults = unknownKeys(week, WEEKDAYS, `${field}.`);
  for (const weekday of WEEKDAYS) {
    if (week[weekday] !== undefined) faults.push(...checkHours(week[weekday], `${field}.${weekday}`));
  }
  return faults;
}

function checkOverrides(overrides: unknown): CalendarFault[] {
  if (overrides === undefined) return [];
  if (!isObject(overrides)) {
    return [{ field: 'overrides', detail: 'Hours by date are wanted, such as {"2026-12-24": [["09:00", "12:00"]]}.' }];
  }

  return Object.entries(overrides).flatMap(([date, hours]) =>
    dayOfDate(date) === null
      ? [{ field: `overrides.${date}`, detail: `“${date}” is not a date such as 2026-12-24.` }]
      : checkHours(hours, `overrides.${date}`),
  );
}

function checkHours(hours: unknown, field: string): CalendarFault[] {
  if (!Array.isArray(hours)) return [{ field, detail: 'A list of intervals is wanted, such as [["09:00", "17:00"]].' }];

  return hours.flatMap((interval: unknown, index) => checkInterval(interval, `${field}[${String(index)}]`));
}

function checkInterval(interval: unknown, field: string): CalendarFault[] {
  if (!Array.isArray(interval) || interval.length !== 2) {
    return [{ field, detail: 'An interval is two times of day, such as ["09:00", "17:00"].' }];
  }

  const [from, to] = interval.map((time: unknown) => (typeof time === 'string' ? minutesOf(time) : null));
  if (typeof from !== 'number' || typeof to !== 'number') {
    return [
      { field, detail: `“${interval.join('–')}” is not an interval: times are written HH:MM, from 00:00 to 24:00.` },
    ];
  }
  if (from === 24 * 60) return [{ field, detail: 'Nothing opens at 24:00; that is 00:00 of the next day.' }];
  if (from === to) {
    return [{ field, detail: 'It opens and closes at the same time; a whole day is written 00:00 to 24:00.' }];
  }
  return [];
}

function checkHolidays(holidays: unknown): CalendarFault[] {
  return eachOf(holidays, 'holidays', 'a date such as 2026-12-25', (entry, field, wanted) => {
    if (!isObject(entry)) return isDate(entry) ? [] : [{ field, detail: `“${String(entry)}” is not ${wanted}.` }];

    const { date, name } = entry;
    const faults = unknownKeys(entry, ['date', 'name'], `${field}.`);
    if (!isDate(date)) faults.push({ field: `${field}.date`, detail: `“${String(date)}” is not ${wanted}.` });
    if (typeof name !== 'string' || name.trim() === '' || name.length > MAX_NAME) {
      faults.push({ field: `${field}.name`, detail: `A name is a text of 1 to ${String(MAX_NAME)} characters.` });
    }
    return faults;
  });
}

function checkYearlyHolidays(dates: unknown): CalendarFault[] {
  return eachOf(dates, 'yearlyHolidays', 'a month and day such as 12-25', (date, field, wanted) =>
    typeof date === 'string' && isYearlyDate(date) ? [] : [{ field, detail: `“${String(date)}” is not ${wanted}.` }],
  );
}

function eachOf(
  list: unknown,
  field: string,
  wanted: string,
  check: (entry: unknown, field: string, wanted: string) => CalendarFault[],
): CalendarFault[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) return [{ field, detail: `A list is wanted, each entry ${wanted}.` }];

  return list.flatMap((entry: unknown, index) => check(entry, `${field}[${String(index)}]`, wanted));
}

function isDate(value: unknown): boolean {
  return typeof value === 'string' && dayOfDate(value) !== null;
}

function checkOpensAtAll(definition: CalendarDefinition): CalendarFault[] {
  if (!new OpeningHours(definition).neverOpen) return [];

  return [{ field: 'week', detail: 'This calendar has no open time: neither a weekday nor an override opens it.' }];
}

function unknownKeys(value: Record<string, unknown>, known: readonly string[], prefix: string): CalendarFault[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => ({ field: `${prefix}${key}`, detail: `“${key}” is not known here; known are ${known.join(', ')}.` }));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { createRequire } from 'node:module';
import type HolidayRules from 'date-holidays';
import type { HolidaysTypes } from 'date-holidays';
import { DAY_MS, dayOfDate } from '../calendar/holidays.js';

/** The public holidays of a country, or of a part of it. */
export interface HolidayList {
  /** ISO 3166-1, such as `DE`. */
  readonly country: string;
  /** Such as `BY`, as ISO 3166-2 has it after the hyphen. */
  readonly state?: string | undefined;
  /** A part of a state, such as `A` for Augsburg. */
  readonly region?: string | undefined;
}

export interface NamedDate {
  /** `YYYY-MM-DD` */
  readonly date: string;
  readonly name: string;
}

/** Something to choose: a country, a state, a region. */
export interface Place {
  readonly code: string;
  readonly name: string;
}

/** Beyond these years, movable feasts are not known. */
const FIRST_YEAR = 1970;
const LAST_YEAR = 2100;
const LANGUAGE = 'en';
const HOUR_MS = 3_600_000;
const MOST_YEARS_KEPT = 5_000;

const years = new Map<string, readonly NamedDate[]>();

/** The tables of all countries are large: whoever needs none does not load them. */
const load = createRequire(import.meta.url);
let tables: typeof HolidayRules | undefined;

function rules(): typeof HolidayRules {
  tables ??= load('date-holidays') as typeof HolidayRules;
  return tables;
}

/** `DE-BY-A` */
export function keyOfList({ country, state, region }: HolidayList): string {
  return [country, state, region].filter((part) => part !== undefined).join('-');
}

/** What is wrong with such a list, in words; null if it is known. */
export function faultOfList({ country, state, region }: HolidayList): { field: string; detail: string } | null {
  if (!has(countries(), country)) {
    return { field: 'country', detail: `There is no list for the country “${country}”; write a code such as DE.` };
  }
  if (state !== undefined && !has(statesOf(country), state)) {
    return { field: 'state', detail: `“${state}” is not known in ${country}${known(statesOf(country))}` };
  }
  if (region === undefined) return null;
  if (state === undefined) return { field: 'region', detail: 'A region belongs to a state: name that as well.' };
  if (has(regionsOf(country, state), region)) return null;
  return {
    field: 'region',
    detail: `“${region}” is not known in ${country}-${state}${known(regionsOf(country, state))}`,
  };
}

/** All countries that have a list, by name. */
export function countries(): Place[] {
  return placesIn(new (rules())().getCountries(LANGUAGE));
}

export function statesOf(country: string): Place[] {
  return placesIn(new (rules())().getStates(country, LANGUAGE));
}

export function regionsOf(country: string, state: string): Place[] {
  return placesIn(new (rules())().getRegions(country, state, LANGUAGE));
}

/** `Germany, Bavaria`: the list in words. */
export function listInWords({ country, state, region }: HolidayList): string {
  const named = (places: Place[], code: string): string => places.find((place) => place.code === code)?.name ?? code;
  return [
    named(countries(), country),
    ...(state === undefined ? [] : [named(statesOf(country), state)]),
    ...(state === undefined || region === undefined ? [] : [named(regionsOf(country, state), region)]),
  ].join(', ');
}

/**
 * The dates that a list closes in these years, in order.
 * - Public holidays only: bank, school and optional ones, and observances, leave the desk open.
 * - Only whole days: what begins at noon or ends there (half-days) closes nothing; an override says such hours.
 * - Where a holiday falls on a weekend and is made up for on another day, both are closed: the day and its substitute.
 * - Feasts that begin at sunset close the dates on which they are kept.
 */
export function datesOfList(list: HolidayList, fromYear: number, toYear: number): NamedDate[] {
  const dates = new Map<string, string>();
  const first = Math.max(fromYear, FIRST_YEAR);
  for (let year = first; year <= Math.min(toYear, LAST_YEAR); year++) {
    for (const { date, name } of yearOfList(list, year)) {
      const before = dates.get(date);
      if (before === undefined) dates.set(date, name);
      else if (!before.split(' / ').includes(name)) dates.set(date, `${before} / ${name}`);
    }
  }
  return [...dates].map(([date, name]) => ({ date, name })).sort((a, b) => (a.date < b.date ? -1 : 1));
}

/** Worked out once: movable feasts are dear. */
function yearOfList(list: HolidayList, year: number): readonly NamedDate[] {
  const key = `${keyOfList(list)} ${year}`;
  const known = years.get(key);
  if (known !== undefined) return known;

  const holidays = tableOf(list).getHolidays(year, LANGUAGE);
  const dates = holidays.flatMap((holiday) => wholeDays(holiday).map((date) => ({ date, name: holiday.name })));
  if (years.size >= MOST_YEARS_KEPT) years.clear();
  years.set(key, dates);
  return dates;
}

function tableOf({ country, state, region }: HolidayList): HolidayRules {
  const place = { country, ...(state !== undefined && { state }), ...(region !== undefined && { region }) };
  return new (rules())(place, { types: ['public'] });
}

/** The local dates that it takes from midnight to midnight. An hour is forgiven: when clocks change, a day has 23. */
function wholeDays({ date: text, start, end }: HolidaysTypes.Holiday): string[] {
  const [, date = '', time] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})/.exec(text) ?? [];
  const first = dayOfDate(date);
  if (first === null || time !== '00:00:00') return [];

  const count = Math.floor((end.getTime() - start.getTime() + HOUR_MS) / DAY_MS);
  return Array.from({ length: count }, (_, index) => new Date((first + index) * DAY_MS).toISOString().slice(0, 10));
}

function placesIn(names: Readonly<Record<string, string>> | undefined): Place[] {
  return Object.entries(names ?? {})
    .map(([code, name]) => ({ code, name }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

function has(places: readonly Place[], code: string): boolean {
  return places.some((place) => place.code === code);
}

function known(places: readonly Place[]): string {
  return places.length === 0 ? ', which has no parts.' : `; known are ${places.map(({ code }) => code).join(', ')}.`;
}

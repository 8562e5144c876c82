import { checkCalendar, type CalendarDefinition, type Holiday } from '../calendar/calendar-definition.js';
import type { CalendarFault } from '../calendar/calendar-error.js';
import { faultOfOutgoingUrl } from '../platform/outgoing/outgoing-address.js';
import { datesOfList, faultOfList, keyOfList, type HolidayList, type NamedDate } from './holiday-lists.js';

/** An iCal file on another machine whose all-day events are holidays. */
export interface HolidayFeed {
  readonly url: string;
  /** Whether its host may lie in a private network. */
  readonly allowPrivate?: boolean | undefined;
}

/** A calendar as the desk file writes it, without its name: hours, and where further holidays come from. */
export interface WrittenCalendar extends CalendarDefinition {
  readonly holidayLists?: readonly HolidayList[] | undefined;
  readonly holidayFeeds?: readonly HolidayFeed[] | undefined;
}

/** A holiday that a list or a feed gave, and which: `list DE-BY`, `feed https://…`. */
export interface SourcedHoliday extends NamedDate {
  readonly source: string;
}

export const MOST_LISTS = 20;
export const MOST_FEEDS = 5;
/** Somebody may add up to ten years to any instant. */
const YEARS_AHEAD = 10;

export const sourceOfList = (list: HolidayList): string => `list ${keyOfList(list)}`;
export const sourceOfFeed = ({ url }: HolidayFeed): string => `feed ${url}`;

/** All that is wrong with what somebody wrote as a calendar with its sources. */
export function checkWrittenCalendar(value: unknown): CalendarFault[] {
  if (!isObject(value)) return checkCalendar(value);

  const { holidayLists, holidayFeeds, ...definition } = value;
  return [...checkLists(holidayLists), ...checkFeeds(holidayFeeds), ...checkCalendar(definition)];
}

/** What a calendar counts by: the hours as written and every holiday, with its name, whoever gave it. */
export function hoursOf(
  { holidayLists: _lists, holidayFeeds: _feeds, ...definition }: WrittenCalendar,
  sourced: readonly NamedDate[],
): CalendarDefinition {
  if (sourced.length === 0) return definition;

  // What was written by hand names its date first.
  const names = new Map<string, string | null>();
  for (const { date, name } of [...(definition.holidays ?? []).map(dated), ...sourced]) {
    names.set(date, names.get(date) ?? name);
  }
  const holidays = [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([date, name]): Holiday => (name === null ? date : { date, name }));
  return { ...definition, holidays };
}

/** A date by itself has no name. */
export function dated(holiday: Holiday): { date: string; name: string | null } {
  return typeof holiday === 'string' ? { date: holiday, name: null } : holiday;
}

/**
 * A calendar that is used but not kept, such as one in a request: its lists are looked up for the years that its answers can reach,
 * so that the same request always gets the same answer.
 */
export function withListedHolidays(written: WrittenCalendar, instants: readonly Date[]): CalendarDefinition {
  const years = instants.map((at) => at.getUTCFullYear()).filter((year) => !Number.isNaN(year));
  const lists = years.length === 0 ? [] : (written.holidayLists ?? []);
  const [first, last] = [Math.min(...years), Math.max(...years)];
  return hoursOf(
    written,
    lists.flatMap((list) => datesOfList(list, first - YEARS_AHEAD - 1, last + YEARS_AHEAD + 1)),
  );
}

/** Feeds are asked for stored calendars only: a request must not make the desk knock at other machines. */
export function checkGivenCalendar(value: unknown): CalendarFault[] {
  const faults = checkWrittenCalendar(value);
  const feeds = isObject(value) && Array.isArray(value['holidayFeeds']) && value['holidayFeeds'].length > 0;
  if (!feeds) return faults;

  const detail = 'Feeds are fetched for stored calendars only. Store this calendar and give its name.';
  return [...faults, { field: 'holidayFeeds', detail }];
}

function checkLists(lists: unknown): CalendarFault[] {
  if (lists === undefined) return [];
  if (!Array.isArray(lists)) return [{ field: 'holidayLists', detail: 'A list is wanted, such as [{country: DE}].' }];
  if (lists.length > MOST_LISTS) return [{ field: 'holidayLists', detail: `There may be ${MOST_LISTS} at the most.` }];

  return lists.flatMap((list: unknown, index): CalendarFault[] => {
    const field = `holidayLists[${String(index)}]`;
    if (!isList(list)) {
      return [{ field, detail: 'A country is wanted, and if need be a state and a region, such as {country: DE}.' }];
    }
    const fault = faultOfList(list);
    return fault === null ? [] : [{ field: `${field}.${fault.field}`, detail: fault.detail }];
  });
}

function checkFeeds(feeds: unknown): CalendarFault[] {
  if (feeds === undefined) return [];
  if (!Array.isArray(feeds)) {
    return [
      { field: 'holidayFeeds', detail: 'A list is wanted, such as [{url: "https://example.com/holidays.ics"}].' },
    ];
  }
  if (feeds.length > MOST_FEEDS) return [{ field: 'holidayFeeds', detail: `There may be ${MOST_FEEDS} at the most.` }];

  return feeds.flatMap((feed: unknown, index): CalendarFault[] => {
    const field = `holidayFeeds[${String(index)}]`;
    if (!isFeed(feed))
      return [{ field, detail: 'A web address is wanted, such as {url: "https://example.com/h.ics"}.' }];

    const fault = faultOfOutgoingUrl(feed.url);
    return fault === null ? [] : [{ field: `${field}.url`, detail: `It ${fault}.` }];
  });
}

function isList(value: unknown): value is HolidayList {
  if (!isObject(value)) return false;
  const { country, state, region, ...others } = value;
  const isCode = (code: unknown): boolean => code === undefined || typeof code === 'string';
  return typeof country === 'string' && isCode(state) && isCode(region) && Object.keys(others).length === 0;
}

function isFeed(value: unknown): value is HolidayFeed {
  if (!isObject(value)) return false;
  const { url, allowPrivate, ...others } = value;
  const isFlag = allowPrivate === undefined || typeof allowPrivate === 'boolean';
  return typeof url === 'string' && isFlag && Object.keys(others).length === 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { CalendarDefinition, DayHours, Holiday } from '../calendar/calendar-definition.js';
import { WEEKDAYS } from '../calendar/opening-hours.js';
import { keyOfList, type HolidayList } from './holiday-lists.js';
import { dated, type HolidayFeed, type WrittenCalendar } from './written-calendar.js';

type Week = CalendarDefinition['week'];

/** One way to write what a calendar says, so that two can be compared: nothing empty, everything in its order. */
export function tidy({
  timezone,
  week,
  holidays,
  yearlyHolidays,
  overrides,
  breaks,
  holidayLists,
  holidayFeeds,
}: WrittenCalendar): WrittenCalendar {
  const dates = {
    holidays: eachOnce(holidays),
    yearlyHolidays: inOrder(yearlyHolidays),
    overrides: byDate(overrides),
    breaks: byWeekday(breaks ?? {}),
    holidayLists: lists(holidayLists),
    holidayFeeds: feeds(holidayFeeds),
  };
  const kept = Object.entries(dates).filter(([, value]) => Object.keys(value).length > 0);
  return { timezone, week: byWeekday(week), ...Object.fromEntries(kept) };
}

/** A date that is there with a name and without keeps the name. */
function eachOnce(holidays: readonly Holiday[] = []): Holiday[] {
  const names = new Map<string, string | null>();
  for (const { date, name } of holidays.map(dated)) names.set(date, names.get(date) ?? name?.trim() ?? null);
  return [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([date, name]) => (name === null ? date : { date, name }));
}

function lists(given: readonly HolidayList[] = []): HolidayList[] {
  const each = given.map(({ country, state, region }): HolidayList => ({
    country,
    ...(state !== undefined && { state }),
    ...(region !== undefined && { region }),
  }));
  return [...new Map(each.map((list) => [keyOfList(list), list]))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, list]) => list);
}

function feeds(given: readonly HolidayFeed[] = []): HolidayFeed[] {
  const each = given.map(({ url, allowPrivate }): HolidayFeed => ({
    url,
    ...(allowPrivate === true && { allowPrivate }),
  }));
  return [...new Map(each.map((feed) => [feed.url, feed]))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, feed]) => feed);
}

function inOrder(dates: readonly string[] = []): string[] {
  return [...new Set(dates)].sort();
}

/** An empty override stays: it closes its date. */
function byDate(overrides: CalendarDefinition['overrides'] = {}): Record<string, DayHours> {
  const dates = Object.entries(overrides).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(dates.map(([date, hours]) => [date, sorted(hours)]));
}

function byWeekday(week: Week): Week {
  return Object.fromEntries(
    WEEKDAYS.flatMap((weekday) => {
      const hours = week[weekday] ?? [];
      return hours.length === 0 ? [] : [[weekday, sorted(hours)] as const];
    }),
  );
}

function sorted(hours: DayHours): DayHours {
  return hours.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
}

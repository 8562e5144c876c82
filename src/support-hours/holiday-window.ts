import { DAY_MS } from '../calendar/holidays.js';
import { zoneOf } from '../calendar/local-time.js';
import { datesOfList } from './holiday-lists.js';
import { sourceOfList, type SourcedHoliday, type WrittenCalendar } from './written-calendar.js';

/** How far sources are looked into: all of last year, for clocks that still run, and ten years ahead, for what is promised. */
const YEARS_BACK = 1;
const YEARS_AHEAD = 10;

export interface HolidayWindow {
  readonly today: string;
  readonly firstYear: number;
  readonly lastYear: number;
}

/** The window as it lies on the day that the calendar's zone has now. It moves on at New Year. */
export function windowAt({ timezone }: Pick<WrittenCalendar, 'timezone'>, now: Date): HolidayWindow {
  const today = new Date(Math.floor(zoneOf(timezone).toLocal(now.getTime()) / DAY_MS) * DAY_MS)
    .toISOString()
    .slice(0, 10);
  const year = Number(today.slice(0, 4));
  return { today, firstYear: year - YEARS_BACK, lastYear: year + YEARS_AHEAD };
}

/** What the lists of a calendar give in the window. */
export function listedHolidays({ holidayLists = [] }: WrittenCalendar, window: HolidayWindow): SourcedHoliday[] {
  return holidayLists.flatMap((list) =>
    datesOfList(list, window.firstYear, window.lastYear).map((date) => ({ ...date, source: sourceOfList(list) })),
  );
}

/**
 * What a calendar's sources give now, with the days that are past as they were: a feed that forgets last month, or a window that
 * moves on, must not open a day on which clocks stood still. In order, each date once a source.
 */
export function withThePast(
  fresh: readonly SourcedHoliday[],
  before: readonly SourcedHoliday[],
  sources: readonly string[],
  today: string,
): SourcedHoliday[] {
  const keyOf = ({ source, date }: SourcedHoliday): string => `${source} ${date}`;
  const there = new Set(fresh.map(keyOf));
  const past = before.filter((one) => one.date < today && sources.includes(one.source) && !there.has(keyOf(one)));
  return [...fresh, ...past]
    .map(({ date, name, source }) => ({ date, name, source }))
    .sort((a, b) => compare(a.date, b.date) || compare(a.source, b.source));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

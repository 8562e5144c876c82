import type { CalendarDefinition } from '../../calendar/calendar-definition.js';
import { DAY_MS } from '../../calendar/holidays.js';
import { OpeningHours, WEEKDAYS } from '../../calendar/opening-hours.js';
import { clip } from '../../calendar/spans.js';
import { DAY_NAMES } from './calendar-form.js';

/** The Monday after 1 January 1970. */
const MONDAY = 4;
const MINUTE_MS = 60_000;

export interface DayBars {
  readonly name: string;
  readonly short: string;
  /** Open stretches in minutes since midnight; what began the day before is there as well. */
  readonly bars: readonly { readonly x: number; readonly width: number }[];
  readonly hours: string;
}

/** A week in which nothing special happens, as bars from midnight to midnight. */
export function weekBars({ week, breaks }: Pick<CalendarDefinition, 'week' | 'breaks'>): DayBars[] {
  const spans = new OpeningHours({ week, breaks }).between(MONDAY * DAY_MS, (MONDAY + 7) * DAY_MS);
  return WEEKDAYS.map((day, index) => {
    const start = (MONDAY + index) * DAY_MS;
    const bars = clip(spans, start, start + DAY_MS).map(({ from, to }) => ({
      x: (from - start) / MINUTE_MS,
      width: (to - from) / MINUTE_MS,
    }));
    const hours = bars.map(({ x, width }) => `${clock(x)}–${clock(x + width)}`).join(', ');
    return { name: DAY_NAMES[day], short: DAY_NAMES[day].slice(0, 3), bars, hours: hours === '' ? 'closed' : hours };
  });
}

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

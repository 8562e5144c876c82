import type { CalendarDefinition, DayHours } from '../calendar/calendar-definition.js';
import { WEEKDAYS } from '../calendar/opening-hours.js';

type Week = CalendarDefinition['week'];

/** One way to write what a calendar says, so that two can be compared: nothing empty, everything in its order. */
export function tidy({
  timezone,
  week,
  holidays,
  yearlyHolidays,
  overrides,
  breaks,
}: CalendarDefinition): CalendarDefinition {
  const dates = {
    holidays: inOrder(holidays),
    yearlyHolidays: inOrder(yearlyHolidays),
    overrides: byDate(overrides),
    breaks: byWeekday(breaks ?? {}),
  };
  const kept = Object.entries(dates).filter(([, value]) => Object.keys(value).length > 0);
  return { timezone, week: byWeekday(week), ...Object.fromEntries(kept) };
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

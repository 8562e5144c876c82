import type { CalendarDefinition } from '../src/calendar/calendar-definition.js';

const DAY: [string, string][] = [['09:00', '17:00']];

/** Office hours in Berlin, with the holidays of a German state. */
export const office: CalendarDefinition = {
  timezone: 'Europe/Berlin',
  week: { mon: DAY, tue: DAY, wed: DAY, thu: DAY, fri: DAY },
  yearlyHolidays: ['01-01', '05-01', '10-03', '12-25', '12-26'],
  holidays: ['2026-04-03', '2026-04-06', '2026-05-14', '2026-05-25', '2027-03-26', '2027-03-29', '2027-05-06'],
  overrides: { '2026-12-24': [['09:00', '12:00']], '2026-12-31': [] },
};

/** The same without what the packages do not know: yearly holidays and half days. */
export const plainOffice: CalendarDefinition = {
  timezone: office.timezone,
  week: office.week,
  holidays: [
    ...(office.holidays ?? []),
    ...[2026, 2027].flatMap((year) => office.yearlyHolidays?.map((day) => `${String(year)}-${day}`) ?? []),
  ],
};

import type { DayHours, Holiday } from '../../calendar/calendar-definition.js';
import { dayOfDate, isYearlyDate } from '../../calendar/holidays.js';
import { minutesOf, WEEKDAYS, type Weekday } from '../../calendar/opening-hours.js';
import type { Path } from '../../desk-file/desk-file-problem.js';
import type { FieldFault } from '../../platform/problems/problem.js';
import type { CalendarItem } from '../../support-hours/calendars.js';
import type { HolidayList, NamedDate } from '../../support-hours/holiday-lists.js';
import { dated, type HolidayFeed } from '../../support-hours/written-calendar.js';
import type { SentForm } from '../forms.js';

export type Fields = Readonly<Record<string, string | readonly string[]>>;

/** What a row of a repeated group holds; the names of its fields are `group.column`. */
type Row<Column extends string> = Readonly<Record<Column, string>>;

/** The groups of fields that repeat, each with its columns. A row of which all columns are empty is none. */
export const GROUPS = {
  ...daily('week'),
  ...daily('breaks'),
  holiday: ['date', 'name'],
  yearly: ['month', 'day'],
  override: ['date', 'hours'],
  feed: ['url', 'private'],
} as Readonly<Record<string, readonly string[]>>;

export const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']; // prettier-ignore
export const DAY_NAMES: Readonly<Record<Weekday, string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

export type ReadCalendar =
  { readonly ok: true; readonly item: CalendarItem } | { readonly ok: false; readonly faults: readonly FieldFault[] };

/** The form that says what the calendar says. */
export function fieldsOf(item: CalendarItem): Fields {
  const ofDays = (group: 'week' | 'breaks'): Fields =>
    Object.fromEntries(
      WEEKDAYS.flatMap((day) => {
        const hours = item[group]?.[day] ?? [];
        return [
          [`${group}.${day}.from`, hours.map(([from]) => from)],
          [`${group}.${day}.to`, hours.map(([, to]) => to)],
        ];
      }),
    );
  const holidays = (item.holidays ?? []).map(dated);
  const yearly = (item.yearlyHolidays ?? []).map((text) => text.split('-'));
  const overrides = Object.entries(item.overrides ?? {});
  const feeds = item.holidayFeeds ?? [];
  return {
    name: item.name,
    timezone: item.timezone,
    ...ofDays('week'),
    ...ofDays('breaks'),
    'holiday.date': holidays.map(({ date }) => date),
    'holiday.name': holidays.map(({ name }) => name ?? ''),
    'yearly.month': yearly.map(([month = '']) => month),
    'yearly.day': yearly.map(([, day = '']) => String(Number(day))),
    'override.date': overrides.map(([date]) => date),
    'override.hours': overrides.map(([, hours]) => writeHours(hours) || 'closed'),
    list: (item.holidayLists ?? []).map(codeOfList),
    'feed.url': feeds.map(({ url }) => url),
    'feed.private': feeds.map(({ allowPrivate }) => (allowPrivate === true ? 'yes' : '')),
  };
}

/** The calendar that the form says, or what is wrong in it and where. */
export function readCalendar(name: string, form: Pick<SentForm, 'fields'>): ReadCalendar {
  const faults: FieldFault[] = [];
  const refuse = (field: string, detail: string): void => void faults.push({ field, detail });
  const { fields } = form;
  const timezone = one(fields, 'timezone');
  if (name === '') refuse('name', 'Give the calendar a name, such as Office.');
  if (timezone === '') refuse('timezone', 'Say in whose time the hours are, such as Europe/Berlin.');
  const item: CalendarItem = {
    name,
    timezone,
    week: readWeek(fields, 'week', refuse),
    breaks: readWeek(fields, 'breaks', refuse),
    holidays: readHolidays(fields, refuse),
    yearlyHolidays: readYearly(fields, refuse),
    overrides: readOverrides(fields, refuse),
    holidayLists: readLists(fields),
    holidayFeeds: readFeeds(fields),
  };
  return faults.length === 0 ? { ok: true, item } : { ok: false, faults };
}

/** The rows of a group as they were sent, with where they stand; empty ones left out. */
export function rowsOf<Column extends string>(fields: Fields, group: string): (Row<Column> & { index: number })[] {
  const columns = GROUPS[group] ?? [];
  const values = columns.map((column) => all(fields, `${group}.${column}`));
  const count = Math.max(0, ...values.map((list) => list.length));
  return Array.from({ length: count }, (_, index) => {
    const row = Object.fromEntries(columns.map((column, i) => [column, (values[i]?.[index] ?? '').trim()]));
    return { ...(row as Row<Column>), index };
  }).filter((row) => columns.some((column) => row[column as Column] !== ''));
}

/** The form with the rows of a group replaced. */
export function withRows(fields: Fields, group: string, rows: readonly Readonly<Record<string, string>>[]): Fields {
  const columns = GROUPS[group] ?? [];
  const filled = columns.map((column) => [`${group}.${column}`, rows.map((row) => row[column] ?? '')] as const);
  return { ...fields, ...Object.fromEntries(filled) };
}

/** The form after one of its own buttons; what it does not know changes nothing. */
export function afterStep(fields: Fields, step: string): Fields {
  const [deed, group = '', which = ''] = step.split(' ');
  switch (deed) {
    case 'remove':
      if (group === 'list') return { ...fields, list: all(fields, 'list').filter((_, i) => String(i) !== which) };
      return withRows(fields, group, rowsOf(fields, group).filter(({ index }) => String(index) !== which).map(texts)); // prettier-ignore
    case 'copy': {
      const targets = WEEKDAYS.slice(1, which === 'all' ? 7 : 5);
      const groups = targets.flatMap((day) => [['week', day] as const, ['breaks', day] as const]);
      return groups.reduce((made, [kind, day]) => withRows(made, `${kind}.${day}`, rowsOf(fields, `${kind}.mon`).map(texts)), fields); // prettier-ignore
    }
    case 'add-list':
      return { ...fields, list: listsIn(fields), 'list.country': '', 'list.state': '', 'list.region': '' };
    default:
      return fields;
  }
}

/** The form with these dates among its holidays, each once; how many were new. */
export function withHolidays(fields: Fields, dates: readonly NamedDate[]): { fields: Fields; added: number } {
  const rows = rowsOf<'date' | 'name'>(fields, 'holiday').map(({ date, name }) => ({ date, name }));
  const fresh = dates.filter(({ date }) => !rows.some((row) => row.date === date));
  const sorted = [...rows, ...fresh.map(({ date, name }) => ({ date, name }))].sort((a, b) =>
    a.date < b.date ? -1 : 1,
  );
  return { fields: withRows(fields, 'holiday', sorted), added: fresh.length };
}

/** The lists of the form, with the one that is chosen but not added yet. */
export function listsIn(fields: Fields): string[] {
  const chosen = ['list.country', 'list.state', 'list.region'].map((name) => one(fields, name));
  const added = all(fields, 'list').filter((code) => code !== '');
  return chosen[0] === '' ? added : [...new Set([...added, chosen.filter((part) => part !== '').join('|')])];
}

export function listOfCode(code: string): HolidayList {
  const [country = '', state, region] = code.split('|');
  return { country, ...(state !== undefined && { state }), ...(region !== undefined && { region }) };
}

export function codeOfList({ country, state, region }: HolidayList): string {
  return [country, state, region].filter((part) => part !== undefined).join('|');
}

/** Where a fault of the desk file stands in the form. */
export function fieldOfPath([, , first, second, third]: Path): string {
  switch (first) {
    case 'week':
    case 'breaks':
      return `${first}.${second === undefined ? 'mon' : String(second)}.${third === undefined ? 0 : String(third)}`;
    case 'holidays':
      return `holiday.${second === undefined ? 0 : String(second)}`;
    case 'yearlyHolidays':
      return `yearly.${second === undefined ? 0 : String(second)}`;
    case 'overrides':
      return 'override.0';
    case 'holidayLists':
      return 'list.country';
    case 'holidayFeeds':
      return `feed.${second === undefined ? 0 : String(second)}`;
    default:
      return String(first ?? '');
  }
}

/** `9`, `9:00`, `9.30`, `0930` and `24` as a time of day; null if it is none. */
export function readTime(text: string): string | null {
  const [, hour, minute = '00'] = /^(\d{1,2}?)(?:[:.h]?(\d{2}))?$/.exec(text.trim()) ?? [];
  const time = `${(hour ?? '').padStart(2, '0')}:${minute}`;
  return hour !== undefined && minutesOf(time) !== null ? time : null;
}

/** `9–12, 13:00-17:00` as hours, `closed` as none; null if it is neither. */
export function readHours(text: string): DayHours | null {
  const words = text.trim().toLowerCase();
  if (words === '' || words === 'closed') return [];

  const hours = words.split(',').map((part) => {
    const [from, to, ...more] = part.split(/\s*(?:[-–—]|to)\s*/).map(readTime);
    return more.length === 0 && typeof from === 'string' && typeof to === 'string' ? ([from, to] as const) : null;
  });
  return hours.every((interval) => interval !== null) ? hours : null;
}

export function writeHours(hours: DayHours): string {
  return hours.map(([from, to]) => `${from}–${to}`).join(', ');
}

export function one(fields: Fields, name: string): string {
  return (all(fields, name).at(-1) ?? '').trim();
}

export function all(fields: Fields, name: string): readonly string[] {
  return [fields[name] ?? []].flat();
}

type Refuse = (field: string, detail: string) => void;

function readWeek(fields: Fields, group: 'week' | 'breaks', refuse: Refuse): CalendarItem['week'] {
  const days = WEEKDAYS.map((day) => {
    const rows = rowsOf<'from' | 'to'>(fields, `${group}.${day}`);
    const hours = rows.flatMap(({ from, to, index }): [string, string][] => {
      const [opens, closes] = [readTime(from), readTime(to)];
      if (opens !== null && closes !== null) return [[opens, closes]];

      const [wrong, end] = opens === null ? [from, 'start'] : [to, 'end'];
      const detail = wrong === '' ? `the ${end} is missing.` : `“${wrong}” is no time of day; write one such as 09:00.`;
      refuse(`${group}.${day}.${index}`, `${DAY_NAMES[day]}: ${detail}`);
      return [];
    });
    return [day, hours] as const;
  });
  return Object.fromEntries(days);
}

function readHolidays(fields: Fields, refuse: Refuse): Holiday[] {
  return rowsOf<'date' | 'name'>(fields, 'holiday').flatMap(({ date, name, index }): Holiday[] => {
    if (dayOfDate(date) !== null) return [name === '' ? date : { date, name }];

    const what = date === '' ? `Say on which date ${name} is.` : `“${date}” is no date such as 2026-12-25.`;
    refuse(`holiday.${index}`, what);
    return [];
  });
}

function readYearly(fields: Fields, refuse: Refuse): string[] {
  return rowsOf<'month' | 'day'>(fields, 'yearly').flatMap(({ month, day, index }) => {
    const date = `${month}-${day.padStart(2, '0')}`;
    if (isYearlyDate(date)) return [date];

    const named = MONTHS[Number(month) - 1];
    refuse(`yearly.${index}`, named === undefined ? 'Choose a month.' : `${named} has no day “${day}”.`);
    return [];
  });
}

function readOverrides(fields: Fields, refuse: Refuse): Record<string, DayHours> {
  const overrides: Record<string, DayHours> = {};
  for (const { date, hours, index } of rowsOf<'date' | 'hours'>(fields, 'override')) {
    const read = readHours(hours);
    const field = `override.${index}`;
    if (dayOfDate(date) === null)
      refuse(field, date === '' ? 'Say on which date these hours are.' : `“${date}” is no date.`);
    else if (date in overrides) refuse(field, `${date} is there twice; write all its hours in one line.`);
    else if (read === null) refuse(field, `${date}: “${hours}” are no hours; write such as 09:00–12:00, or closed.`);
    else overrides[date] = read;
  }
  return overrides;
}

function readLists(fields: Fields): HolidayList[] {
  return listsIn(fields).map(listOfCode);
}

/** What calendar programs hand out begins with webcal, which is http by another name. */
function readFeeds(fields: Fields): HolidayFeed[] {
  return rowsOf<'url' | 'private'>(fields, 'feed')
    .filter(({ url }) => url !== '')
    .map(({ url, private: inside }) => ({
      url: url.replace(/^webcals?:/i, 'https:'),
      ...(inside === 'yes' && { allowPrivate: true }),
    }));
}

function texts({ index: _index, ...row }: Readonly<Record<string, string | number>>): Record<string, string> {
  return row as Record<string, string>;
}

function daily(group: string): Record<string, readonly string[]> {
  return Object.fromEntries(WEEKDAYS.map((day) => [`${group}.${day}`, ['from', 'to']]));
}

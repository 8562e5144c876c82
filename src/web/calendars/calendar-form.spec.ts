import fc from 'fast-check';
import type { CalendarItem } from '../../support-hours/calendars.js';
import { tidy } from '../../support-hours/tidy.js';
import {
  afterStep,
  all,
  fieldOfPath,
  fieldsOf,
  listsIn,
  readCalendar,
  readHours,
  readTime,
  rowsOf,
  withHolidays,
  type Fields,
} from './calendar-form.js';

const OFFICE: CalendarItem = {
  name: 'Office',
  timezone: 'Europe/Berlin',
  week: { mon: [['09:00', '12:00'], ['13:00', '17:00']], fri: [['22:00', '06:00']], sun: [['00:00', '24:00']] }, // prettier-ignore
  breaks: { mon: [['10:00', '10:15']] },
  holidays: ['2026-12-24', { date: '2026-12-31', name: 'New Year’s Eve' }],
  yearlyHolidays: ['01-01', '02-29'],
  overrides: { '2026-12-23': [['09:00', '12:00'], ['13:00', '14:00']], '2026-12-30': [] }, // prettier-ignore
  holidayLists: [{ country: 'AT' }, { country: 'DE', state: 'BY', region: 'A' }],
  holidayFeeds: [{ url: 'https://example.com/a.ics' }, { url: 'https://intra.test/b.ics', allowPrivate: true }],
};

function read(fields: Fields): CalendarItem {
  const result = readCalendar('Office', { fields: fields as Record<string, string | string[]> });
  if (!result.ok) throw new Error(result.faults.map(({ detail }) => detail).join(' '));
  return result.item;
}

function faults(fields: Fields): string[] {
  const result = readCalendar('Office', {
    fields: { timezone: 'UTC', ...fields },
  });
  return result.ok ? [] : result.faults.map(({ field, detail }) => `${field}: ${detail}`);
}

describe('the form of a calendar', () => {
  it('says what the calendar says', () => {
    const { name, ...definition } = read(fieldsOf(OFFICE));
    expect(name).toBe('Office');
    const { name: _name, ...expected } = OFFICE;
    expect(tidy(definition)).toEqual(tidy(expected));
  });

  it('comes home with any hours, also through fields that a browser sends alone', () => {
    const time = fc
      .integer({ min: 0, max: 1439 })
      .map((minutes) => new Date(minutes * 60_000).toISOString().slice(11, 16));
    const hours = fc.array(fc.tuple(time, time), { maxLength: 3 });
    fc.assert(
      fc.property(hours, hours, (tue, breaks) => {
        const item = { ...OFFICE, week: { tue }, breaks: { wed: breaks } };
        const sent = Object.entries(fieldsOf(item)).map(([name, value]) => [name, value.length === 1 && Array.isArray(value) ? value[0] : value]); // prettier-ignore
        const back = read(Object.fromEntries(sent) as Fields);
        expect(back.week.tue).toEqual(tue);
        expect(back.breaks?.wed).toEqual(breaks);
      }),
    );
  });

  it.each([
    ['9', '09:00'],
    ['9:30', '09:30'],
    ['09.30', '09:30'],
    ['930', '09:30'],
    ['2200', '22:00'],
    ['24', '24:00'],
    [' 0:00 ', '00:00'],
  ])('takes %s for %s', (text, time) => {
    expect(readTime(text)).toBe(time);
  });

  it.each(['', '25:00', '9:60', '24:01', 'nine', '12345', '-1', '9:5'])('takes “%s” for no time', (text) => {
    expect(readTime(text)).toBeNull();
  });

  it('reads the hours of one date as people write them', () => {
    expect(readHours('9–12, 13:00 - 15.30')).toEqual([['09:00', '12:00'], ['13:00', '15:30']]); // prettier-ignore
    expect(readHours('22 to 6')).toEqual([['22:00', '06:00']]);
    expect([readHours('closed'), readHours(' ')]).toEqual([[], []]);
    expect([readHours('9'), readHours('9-10-11'), readHours('noon')]).toEqual([null, null, null]);
  });

  it('says at the field what is wrong', () => {
    expect(
      faults({
        timezone: '',
        'week.mon.from': ['09:00', '13:00', ''],
        'week.mon.to': ['', 'late', ''],
        'breaks.tue.from': ['x'],
        'breaks.tue.to': ['10:00'],
        'holiday.date': ['2026-02-30', ''],
        'holiday.name': ['', 'Some day'],
        'yearly.month': ['02', ''],
        'yearly.day': ['30', '1'],
        'override.date': ['2026-12-24', '2026-12-24', ''],
        'override.hours': ['9-12', 'closed', '9-10'],
      }),
    ).toEqual([
      'timezone: Say in whose time the hours are, such as Europe/Berlin.',
      'week.mon.0: Monday: the end is missing.',
      'week.mon.1: Monday: “late” is no time of day; write one such as 09:00.',
      'breaks.tue.0: Tuesday: “x” is no time of day; write one such as 09:00.',
      'holiday.0: “2026-02-30” is no date such as 2026-12-25.',
      'holiday.1: Say on which date Some day is.',
      'yearly.0: February has no day “30”.',
      'yearly.1: Choose a month.',
      'override.1: 2026-12-24 is there twice; write all its hours in one line.',
      'override.2: Say on which date these hours are.',
    ]);
  });

  it('copies Monday, breaks included', () => {
    const weekdays = read(afterStep(fieldsOf(OFFICE), 'copy week weekdays'));
    expect(weekdays.week.fri).toEqual(OFFICE.week.mon);
    expect(weekdays.breaks?.thu).toEqual([['10:00', '10:15']]);
    expect(weekdays.week.sun).toEqual([['00:00', '24:00']]);
    expect(read(afterStep(fieldsOf(OFFICE), 'copy week all')).week.sun).toEqual(OFFICE.week.mon);
  });

  it('takes a row away', () => {
    expect(read(afterStep(fieldsOf(OFFICE), 'remove week.mon 0')).week.mon).toEqual([['13:00', '17:00']]);
    expect(read(afterStep(fieldsOf(OFFICE), 'remove holiday 1')).holidays).toEqual(['2026-12-24']);
    expect(read(afterStep(fieldsOf(OFFICE), 'remove list 0')).holidayLists).toEqual([{ country: 'DE', state: 'BY', region: 'A' }]); // prettier-ignore
    expect(afterStep(fieldsOf(OFFICE), 'nonsense')).toEqual(fieldsOf(OFFICE));
  });

  it('adds the list that is chosen, and takes it along when it was not added', () => {
    const chosen = { ...fieldsOf(OFFICE), 'list.country': 'CH', 'list.state': 'ZH', 'list.region': '' };
    expect(listsIn(chosen)).toEqual(['AT', 'DE|BY|A', 'CH|ZH']);
    const added = afterStep(chosen, 'add-list list');
    expect([all(added, 'list'), all(added, 'list.country')]).toEqual([['AT', 'DE|BY|A', 'CH|ZH'], ['']]);
    expect(read(chosen)).toEqual(read(added));
  });

  it('takes the dates of a file, each once, in their order', () => {
    const dates = [
      { date: '2026-12-31', name: 'Last day' },
      { date: '2026-05-01', name: 'Labour Day' },
    ];
    const { fields, added } = withHolidays(fieldsOf(OFFICE), dates);
    expect(added).toBe(1);
    expect(rowsOf(fields, 'holiday').map(({ index: _index, ...row }) => row)).toEqual([
      { date: '2026-05-01', name: 'Labour Day' },
      { date: '2026-12-24', name: '' },
      { date: '2026-12-31', name: 'New Year’s Eve' },
    ]);
  });

  it('takes webcal for https', () => {
    const fields = { ...fieldsOf(OFFICE), 'feed.url': 'webcal://example.com/x.ics', 'feed.private': '' };
    expect(read(fields).holidayFeeds).toEqual([{ url: 'https://example.com/x.ics' }]);
  });

  it('knows where a fault of the desk file stands in it', () => {
    expect(fieldOfPath(['calendars', 0, 'week', 'tue', 1])).toBe('week.tue.1');
    expect(fieldOfPath(['calendars', 0, 'week'])).toBe('week.mon.0');
    expect(fieldOfPath(['calendars', 0, 'timezone'])).toBe('timezone');
    expect(fieldOfPath(['calendars', 0, 'holidayFeeds', 1, 'url'])).toBe('feed.1');
    expect(fieldOfPath(['calendars', 0])).toBe('');
  });
});

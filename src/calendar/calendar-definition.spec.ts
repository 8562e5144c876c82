import { checkCalendar } from './calendar-definition.js';

const good = { timezone: 'Europe/Berlin', week: { mon: [['09:00', '17:00']] } };
const fieldsOf = (value: unknown) => checkCalendar(value).map(({ field }) => field);

describe('A calendar as somebody wrote it', () => {
  it('is accepted with all that it can have', () => {
    const whole = {
      ...good,
      week: { mon: [['09:00', '12:00'], ['13:00', '24:00']], sat: [['22:00', '06:00']], sun: [] }, // prettier-ignore
      holidays: ['2026-12-25', '2028-02-29', { date: '2026-12-26', name: 'Boxing Day' }],
      yearlyHolidays: ['01-01', '02-29'],
      overrides: { '2026-12-24': [['09:00', '12:00']], '2026-12-31': [] },
      breaks: { mon: [['10:00', '10:15']] },
    };
    expect(checkCalendar(whole)).toEqual([]);
    expect(checkCalendar({ timezone: 'UTC', week: {}, overrides: { '2026-12-24': [['09:00', '12:00']] } })).toEqual([]);
  });

  it.each([
    ['nothing', undefined, ['']],
    ['no object', [good], ['']],
    ['neither zone nor week', {}, ['timezone', 'week']],
    ['an unknown zone', { ...good, timezone: 'Europe/Atlantis' }, ['timezone']],
    ['an offset for a zone', { ...good, timezone: '+02:00' }, ['timezone']],
    ['an empty zone', { ...good, timezone: '' }, ['timezone']],
    ['an unknown key', { ...good, holiday: [] }, ['holiday']],
    ['an unknown weekday', { ...good, week: { ...good.week, monday: [] } }, ['week.monday']],
    ['hours that are no list', { ...good, week: { mon: '09:00-17:00' } }, ['week.mon']],
    ['an interval of three', { ...good, week: { mon: [['09:00', '12:00', '13:00']] } }, ['week.mon[0]']],
    ['a time without two digits', { ...good, week: { mon: [['9:00', '17:00']] } }, ['week.mon[0]']],
    ['a time beyond the day', { ...good, week: { mon: [['09:00', '24:01']] } }, ['week.mon[0]']],
    ['a sixtieth minute', { ...good, week: { mon: [['09:60', '17:00']] } }, ['week.mon[0]']],
    ['an opening at 24:00', { ...good, week: { mon: [['24:00', '06:00']] } }, ['week.mon[0]']],
    ['an interval of nothing', { ...good, week: { mon: [['09:00', '17:00'], ['00:00', '00:00']] } }, ['week.mon[1]']], // prettier-ignore
    ['a date that is none', { ...good, holidays: ['2026-12-25', '2026-02-29'] }, ['holidays[1]']],
    ['a holiday with no date', { ...good, holidays: [{ name: 'Some day' }] }, ['holidays[0].date']],
    ['a holiday without a name', { ...good, holidays: [{ date: '2026-12-25', name: ' ' }] }, ['holidays[0].name']],
    [
      'a holiday with more',
      { ...good, holidays: [{ date: '2026-12-25', name: 'X', half: true }] },
      ['holidays[0].half'],
    ],
    ['dates that are no list', { ...good, holidays: '2026-12-25' }, ['holidays']],
    ['a yearly date with a year', { ...good, yearlyHolidays: ['2026-12-25'] }, ['yearlyHolidays[0]']],
    ['a yearly date that is none', { ...good, yearlyHolidays: ['02-30'] }, ['yearlyHolidays[0]']],
    ['an override on no date', { ...good, overrides: { xmas: [] } }, ['overrides.xmas']],
    [
      'an override with bad hours',
      { ...good, overrides: { '2026-12-24': [['9', '12']] } },
      ['overrides.2026-12-24[0]'],
    ],
    ['overrides as a list', { ...good, overrides: [] }, ['overrides']],
    ['a bad break', { ...good, breaks: { mon: [['12:00']] } }, ['breaks.mon[0]']],
    ['no open time at all', { ...good, week: { mon: [] } }, ['week']],
    ['nothing left beside the breaks', { ...good, breaks: { mon: [['08:00', '18:00']] } }, ['week']],
  ])('is refused with %s', (_what, value, fields) => {
    expect(fieldsOf(value)).toEqual(fields);
  });
});

import { compileCalendar, type BusinessCalendar } from './business-calendar.js';
import type { CalendarDefinition } from './calendar-definition.js';
import { CalendarError } from './calendar-error.js';

const HOUR = 3600;
const NINE_TO_FIVE = [['09:00', '17:00']] as const;
const OFFICE_WEEK = { mon: NINE_TO_FIVE, tue: NINE_TO_FIVE, wed: NINE_TO_FIVE, thu: NINE_TO_FIVE, fri: NINE_TO_FIVE };
const EVERY_DAY = (hours: readonly (readonly [string, string])[]) => ({
  ...{ mon: hours, tue: hours, wed: hours, thu: hours, fri: hours, sat: hours, sun: hours },
});

function calendar(definition: Partial<CalendarDefinition>): BusinessCalendar {
  return compileCalendar({ timezone: 'UTC', week: OFFICE_WEEK, ...definition });
}

const at = (iso: string): Date => new Date(iso);
const iso = (date: Date): string => date.toISOString().replace('.000Z', 'Z');
const codeOf = (question: () => unknown): string => {
  try {
    question();
  } catch (error) {
    if (error instanceof CalendarError) return error.code;
    throw error;
  }
  throw new Error('It was answered.');
};

describe('Office hours in Berlin', () => {
  const office = calendar({
    timezone: 'Europe/Berlin',
    holidays: ['2026-12-25'],
    yearlyHolidays: ['01-01'],
    overrides: { '2026-12-24': [['09:00', '12:00']], '2026-12-19': [['10:00', '14:00']] },
  });

  it('open at nine and are closed at five', () => {
    expect(office.isOpen(at('2026-06-01T06:59:59.999Z'))).toBe(false);
    expect(office.isOpen(at('2026-06-01T07:00:00Z'))).toBe(true);
    expect(office.isOpen(at('2026-06-01T14:59:59.999Z'))).toBe(true);
    expect(office.isOpen(at('2026-06-01T15:00:00Z'))).toBe(false);
  });

  it('count only open time, across a weekend', () => {
    // Friday 16:00 to Monday 10:00: one hour on Friday, one on Monday.
    expect(office.timeBetween(at('2026-06-05T14:00:00Z'), at('2026-06-08T08:00:00Z'))).toBe(2 * HOUR);
    expect(office.timeBetween(at('2026-06-08T08:00:00Z'), at('2026-06-05T14:00:00Z'))).toBe(-2 * HOUR);
    expect(office.timeBetween(at('2026-06-06T10:00:00Z'), at('2026-06-07T10:00:00Z'))).toBe(0);
    expect(Object.is(office.timeBetween(at('2026-06-07T10:00:00Z'), at('2026-06-06T10:00:00Z')), -0)).toBe(false);
  });

  it('count milliseconds', () => {
    expect(office.timeBetween(at('2026-06-01T14:59:59.250Z'), at('2026-06-02T07:00:00.125Z'))).toBe(0.875);
    expect(iso(office.addTime(at('2026-06-01T14:59:59.250Z'), 0.875))).toBe('2026-06-02T07:00:00.125Z');
  });

  it('end an exact fit at closing time, not at the next opening', () => {
    expect(iso(office.addTime(at('2026-06-05T07:00:00Z'), 8 * HOUR))).toBe('2026-06-05T15:00:00Z');
    expect(iso(office.addTime(at('2026-06-05T07:00:00Z'), 8 * HOUR + 1))).toBe('2026-06-08T07:00:01Z');
    // From Saturday, eight hours are Monday.
    expect(iso(office.addTime(at('2026-06-06T10:00:00Z'), 8 * HOUR))).toBe('2026-06-08T15:00:00Z');
  });

  it('backwards, end an exact fit at the opening', () => {
    expect(iso(office.addTime(at('2026-06-08T15:00:00Z'), -8 * HOUR))).toBe('2026-06-08T07:00:00Z');
    expect(iso(office.addTime(at('2026-06-08T15:00:00Z'), -8 * HOUR - 1))).toBe('2026-06-05T14:59:59Z');
    expect(iso(office.addTime(at('2026-06-07T15:00:00Z'), -HOUR))).toBe('2026-06-05T14:00:00Z');
  });

  it('leave an instant where it is when nothing is added, open or not', () => {
    expect(iso(office.addTime(at('2026-06-06T10:00:00.5Z'), 0))).toBe('2026-06-06T10:00:00.500Z');
  });

  it('keep holidays, yearly ones and overrides', () => {
    // Wednesday 23 December 16:00 + 5 h: an hour, three on the half day, then Monday the 28th (25 holiday, 26/27 weekend).
    expect(iso(office.addTime(at('2026-12-23T15:00:00Z'), 5 * HOUR))).toBe('2026-12-28T09:00:00Z');
    expect(office.isOpen(at('2026-12-24T11:00:00Z'))).toBe(false);
    // An extra Saturday.
    expect(office.timeBetween(at('2026-12-19T00:00:00Z'), at('2026-12-20T00:00:00Z'))).toBe(4 * HOUR);
    // New Year's Day of each year, Friday 2027 and Wednesday 2031.
    expect(office.isOpen(at('2027-01-01T10:00:00Z'))).toBe(false);
    expect(office.isOpen(at('2031-01-01T10:00:00Z'))).toBe(false);
    expect(office.isOpen(at('2031-01-02T10:00:00Z'))).toBe(true);
  });

  it('add days at the same time of the clock, over the change of clocks and holidays', () => {
    // Friday before summer time, 15:00 local, to Monday, 15:00 local.
    expect(iso(office.addDays(at('2026-03-27T14:00:00Z'), 1))).toBe('2026-03-30T13:00:00Z');
    expect(iso(office.addDays(at('2026-03-30T13:00:00Z'), -1))).toBe('2026-03-27T14:00:00Z');
    expect(iso(office.addDays(at('2026-12-24T20:00:00Z'), 1))).toBe('2026-12-28T20:00:00Z');
    expect(iso(office.addDays(at('2026-12-26T20:00:00Z'), 0))).toBe('2026-12-26T20:00:00Z');
  });

  it('are due after working days at the last close of the day', () => {
    expect(iso(office.dueAfterWorkingDays(at('2026-06-01T08:00:00Z'), 3))).toBe('2026-06-04T15:00:00Z');
    expect(iso(office.dueAfterWorkingDays(at('2026-06-05T22:30:00Z'), 1))).toBe('2026-06-08T15:00:00Z');
    expect(iso(office.dueAfterWorkingDays(at('2026-12-23T08:00:00Z'), 1))).toBe('2026-12-24T11:00:00Z');
    expect(iso(office.dueAfterWorkingDays(at('2026-12-23T08:00:00Z'), 2))).toBe('2026-12-28T16:00:00Z');
  });

  it('know their next and previous opening and closing', () => {
    const monday = at('2026-06-01T10:00:00Z');
    expect(iso(office.nextOpen(monday))).toBe('2026-06-01T10:00:00Z');
    expect(iso(office.nextClose(monday))).toBe('2026-06-01T15:00:00Z');
    expect(iso(office.previousOpen(monday))).toBe('2026-06-01T07:00:00Z');
    expect(iso(office.previousClose(monday))).toBe('2026-06-01T10:00:00Z');
    const closing = at('2026-06-01T15:00:00Z');
    expect(iso(office.nextOpen(closing))).toBe('2026-06-02T07:00:00Z');
    expect(iso(office.nextClose(closing))).toBe('2026-06-02T15:00:00Z');
    expect(iso(office.previousOpen(closing))).toBe('2026-06-01T07:00:00Z');
    expect(iso(office.previousClose(closing))).toBe('2026-06-01T15:00:00Z');
    const opening = at('2026-06-01T07:00:00Z');
    expect(iso(office.nextOpen(opening))).toBe('2026-06-01T07:00:00Z');
    expect(iso(office.previousOpen(opening))).toBe('2026-06-01T07:00:00Z');
    expect(iso(office.previousClose(opening))).toBe('2026-05-29T15:00:00Z');
  });

  it('list the next periods, the first clipped, and what lies between two instants', () => {
    expect(office.periods(at('2026-06-05T13:30:00Z'), 2).map((period) => period.map(iso))).toEqual([
      ['2026-06-05T13:30:00Z', '2026-06-05T15:00:00Z'],
      ['2026-06-08T07:00:00Z', '2026-06-08T15:00:00Z'],
    ]);
    expect(office.periods(at('2026-06-05T13:30:00Z'), 0)).toEqual([]);
    const segments = office.segments(at('2026-06-05T13:30:00Z'), at('2026-06-08T08:00:00Z'));
    expect(segments.map(({ from, to, open }) => [iso(from), iso(to), open])).toEqual([
      ['2026-06-05T13:30:00Z', '2026-06-05T15:00:00Z', true],
      ['2026-06-05T15:00:00Z', '2026-06-08T07:00:00Z', false],
      ['2026-06-08T07:00:00Z', '2026-06-08T08:00:00Z', true],
    ]);
    expect(office.segments(at('2026-06-05T13:30:00Z'), at('2026-06-05T13:30:00Z'))).toEqual([]);
  });
});

describe('When the clocks change', () => {
  const everyNight = (hours: readonly (readonly [string, string])[]) =>
    calendar({ timezone: 'Europe/Berlin', week: EVERY_DAY(hours) });

  it('a whole day has 23 or 25 hours', () => {
    const weekdays = { sun: [['00:00', '24:00']] } as const;
    const sundays = calendar({ timezone: 'Europe/Berlin', week: weekdays });
    expect(sundays.timeBetween(at('2026-03-28T12:00:00Z'), at('2026-03-30T12:00:00Z'))).toBe(23 * HOUR);
    expect(sundays.timeBetween(at('2026-10-24T12:00:00Z'), at('2026-10-26T12:00:00Z'))).toBe(25 * HOUR);
  });

  it('an opening time that is skipped is the change itself', () => {
    const calendar = everyNight([['02:30', '05:00']]);
    // 29 March 2026, 02:00 CET becomes 03:00 CEST at 01:00Z.
    expect(iso(calendar.nextOpen(at('2026-03-29T00:30:00Z')))).toBe('2026-03-29T01:00:00Z');
    expect(calendar.timeBetween(at('2026-03-29T00:00:00Z'), at('2026-03-29T12:00:00Z'))).toBe(2 * HOUR);
  });

  it('a closing time that is skipped is the change itself, and hours skipped whole fall away', () => {
    expect(iso(everyNight([['00:00', '02:30']]).nextClose(at('2026-03-29T00:30:00Z')))).toBe('2026-03-29T01:00:00Z');
    const skipped = everyNight([['02:15', '02:45']]);
    expect(iso(skipped.nextOpen(at('2026-03-29T00:00:00Z')))).toBe('2026-03-30T00:15:00Z');
  });

  it('an hour that is repeated counts each time it is lived through', () => {
    // 25 October 2026, 03:00 CEST becomes 02:00 CET at 01:00Z: 02:00–03:00 is 00:00Z–01:00Z and again 01:00Z–02:00Z.
    const calendar = everyNight([['02:30', '05:00']]);
    expect(calendar.periods(at('2026-10-25T00:00:00Z'), 2).map((period) => period.map(iso))).toEqual([
      ['2026-10-25T00:30:00Z', '2026-10-25T01:00:00Z'],
      ['2026-10-25T01:30:00Z', '2026-10-25T04:00:00Z'],
    ]);
    expect(everyNight([['02:00', '03:00']]).timeBetween(at('2026-10-24T22:00:00Z'), at('2026-10-25T12:00:00Z'))).toBe(
      2 * HOUR,
    );
  });

  it('days are added at the clock: skipped times come later, repeated ones at first', () => {
    const calendar = everyNight([['00:00', '24:00']]);
    expect(iso(calendar.addDays(at('2026-03-28T01:30:00Z'), 1))).toBe('2026-03-29T01:30:00Z');
    expect(iso(calendar.addDays(at('2026-10-24T00:30:00Z'), 1))).toBe('2026-10-25T00:30:00Z');
    expect(iso(calendar.addDays(at('2026-10-26T01:30:00Z'), -1))).toBe('2026-10-25T00:30:00Z');
  });

  it('half an hour is skipped on Lord Howe Island', () => {
    const island = calendar({ timezone: 'Australia/Lord_Howe', week: EVERY_DAY([['00:00', '06:00']]) });
    // 4 October 2026, 02:00 (+10:30) becomes 02:30 (+11).
    expect(island.timeBetween(at('2026-10-03T12:00:00Z'), at('2026-10-04T02:00:00Z'))).toBe(5.5 * HOUR);
    // 5 April 2026, 02:00 (+11) becomes 01:30 (+10:30).
    expect(island.timeBetween(at('2026-04-04T12:00:00Z'), at('2026-04-05T02:00:00Z'))).toBe(6.5 * HOUR);
  });

  it('a midnight that is skipped opens at one (Beirut), one that is repeated belongs to the evening before (Havana: one o’clock)', () => {
    // 29 March 2026: 00:00 (+2) becomes 01:00 (+3) at 22:00Z.
    const beirut = calendar({ timezone: 'Asia/Beirut', week: EVERY_DAY([['00:00', '02:00']]) });
    expect(beirut.periods(at('2026-03-28T12:00:00Z'), 1).map((period) => period.map(iso))).toEqual([
      ['2026-03-28T22:00:00Z', '2026-03-28T23:00:00Z'],
    ]);
    // 25 October 2026: 00:00 (+3) becomes 23:00 (+2) at 21:00Z: 23:00–24:00 is lived through twice.
    const evenings = calendar({ timezone: 'Asia/Beirut', week: { sat: [['23:00', '24:00']] } });
    expect(evenings.periods(at('2026-10-24T12:00:00Z'), 1).map((period) => period.map(iso))).toEqual([
      ['2026-10-24T20:00:00Z', '2026-10-24T22:00:00Z'],
    ]);
    // 1 November 2026: 01:00 (−4) becomes 00:00 (−5) at 05:00Z.
    const havana = calendar({ timezone: 'America/Havana', week: { sun: [['00:00', '01:00']] } });
    expect(havana.timeBetween(at('2026-11-01T00:00:00Z'), at('2026-11-02T00:00:00Z'))).toBe(2 * HOUR);
  });

  it('the evening before comes again for an hour when St. John’s changes at one minute past midnight', () => {
    // 29 October 2006: 00:01 (−2:30) becomes 23:01 of the 28th (−3:30) at 02:31Z.
    const saturdays = calendar({ timezone: 'America/St_Johns', week: { sat: [['20:00', '24:00']] } });
    expect(saturdays.periods(at('2006-10-28T12:00:00Z'), 2).map((period) => period.map(iso))).toEqual([
      ['2006-10-28T22:30:00Z', '2006-10-29T02:30:00Z'],
      ['2006-10-29T02:31:00Z', '2006-10-29T03:30:00Z'],
    ]);
    expect(iso(saturdays.dueAfterWorkingDays(at('2006-10-27T12:00:00Z'), 1))).toBe('2006-10-29T03:30:00Z');
  });

  it('a date that never was has no hours: 30 December 2011 in Apia', () => {
    const apia = calendar({ timezone: 'Pacific/Apia', week: OFFICE_WEEK });
    // Thursday 29 (−10) is followed by Saturday 31 (+14); Friday’s hours do not happen.
    expect(iso(apia.nextOpen(at('2011-12-30T04:00:00Z')))).toBe('2012-01-01T19:00:00Z');
    expect(iso(apia.addDays(at('2011-12-29T20:00:00Z'), 1))).toBe('2012-01-01T20:00:00Z');
  });

  it('a Saturday that never was: 21 August 1993 on Kwajalein, which moved over the date line', () => {
    const atoll = calendar({ timezone: 'Pacific/Kwajalein', week: EVERY_DAY([['09:00', '17:00']]) });
    // Friday the 20th ends at −12, and Sunday the 22nd begins at +12: the same instant, 12:00Z on the 21st.
    expect(atoll.periods(at('1993-08-20T12:00:00Z'), 2).map((period) => period.map(iso))).toEqual([
      ['1993-08-20T21:00:00Z', '1993-08-21T05:00:00Z'],
      ['1993-08-21T21:00:00Z', '1993-08-22T05:00:00Z'],
    ]);
    expect(iso(atoll.addDays(at('1993-08-20T22:00:00Z'), 1))).toBe('1993-08-21T22:00:00Z');
    expect(iso(atoll.addDays(at('1993-08-21T22:00:00Z'), -1))).toBe('1993-08-20T22:00:00Z');
    expect(atoll.timeBetween(at('1993-08-20T12:00:00Z'), at('1993-08-22T12:00:00Z'))).toBe(16 * HOUR);
  });

  it('São Paulo skipped midnight in spring and lived through the last hour of a Saturday twice in autumn', () => {
    const nights = calendar({
      timezone: 'America/Sao_Paulo',
      week: { sat: [['23:00', '24:00']], sun: [['00:00', '02:00']] },
    });
    // 15 October 2017: 00:00 (−3) becomes 01:00 (−2) at 03:00Z. An hour of Saturday, an hour of Sunday.
    expect(nights.periods(at('2017-10-14T12:00:00Z'), 1).map((period) => period.map(iso))).toEqual([
      ['2017-10-15T02:00:00Z', '2017-10-15T04:00:00Z'],
    ]);
    // 18 February 2018: 00:00 (−2) becomes 23:00 (−3) of the 17th at 02:00Z. Two hours of Saturday, two of Sunday.
    expect(nights.periods(at('2018-02-17T12:00:00Z'), 1).map((period) => period.map(iso))).toEqual([
      ['2018-02-18T01:00:00Z', '2018-02-18T05:00:00Z'],
    ]);
  });

  it('seconds in an offset are kept: Monrovia until 1972 was 44 minutes 30 seconds behind', () => {
    const monrovia = calendar({ timezone: 'Africa/Monrovia' });
    expect(iso(monrovia.nextOpen(at('1971-06-01T00:00:00Z')))).toBe('1971-06-01T09:44:30Z');
    expect(iso(monrovia.nextOpen(at('1973-06-01T00:00:00Z')))).toBe('1973-06-01T09:00:00Z');
  });
});

describe('Nights, breaks and what touches', () => {
  it('a shift over midnight keeps its tail on a holiday, and a holiday takes the shift that begins on it', () => {
    const nights = calendar({ week: EVERY_DAY([['22:00', '06:00']]), holidays: ['2026-06-03'] });
    expect(nights.periods(at('2026-06-02T12:00:00Z'), 2).map((period) => period.map(iso))).toEqual([
      ['2026-06-02T22:00:00Z', '2026-06-03T06:00:00Z'],
      ['2026-06-04T22:00:00Z', '2026-06-05T06:00:00Z'],
    ]);
  });

  it('an override beats the holiday on its date, an empty one closes the day, the night before keeps its tail', () => {
    const nights = calendar({
      week: EVERY_DAY([['22:00', '06:00']]),
      holidays: ['2026-06-03'],
      overrides: { '2026-06-03': [['10:00', '12:00']], '2026-06-04': [] },
    });
    expect(nights.periods(at('2026-06-02T12:00:00Z'), 3).map((period) => period.map(iso))).toEqual([
      ['2026-06-02T22:00:00Z', '2026-06-03T06:00:00Z'],
      ['2026-06-03T10:00:00Z', '2026-06-03T12:00:00Z'],
      ['2026-06-05T22:00:00Z', '2026-06-06T06:00:00Z'],
    ]);
  });

  it('breaks close part of the usual hours, but not of an override', () => {
    const office = calendar({
      breaks: { mon: [['12:00', '13:00']] },
      overrides: { '2026-06-08': [['10:00', '14:00']] },
    });
    expect(office.timeBetween(at('2026-06-01T00:00:00Z'), at('2026-06-02T00:00:00Z'))).toBe(7 * HOUR);
    expect(office.isOpen(at('2026-06-01T12:00:00Z'))).toBe(false);
    expect(office.timeBetween(at('2026-06-08T00:00:00Z'), at('2026-06-09T00:00:00Z'))).toBe(4 * HOUR);
  });

  it('overlapping and touching intervals are one, over midnight too', () => {
    const touching = calendar({
      week: {
        mon: [
          ['14:00', '24:00'],
          ['08:00', '12:00'],
          ['11:00', '14:00'],
        ],
        tue: [['00:00', '01:00']],
      },
    });
    expect(touching.periods(at('2026-06-01T00:00:00Z'), 1).map((period) => period.map(iso))).toEqual([
      ['2026-06-01T08:00:00Z', '2026-06-02T01:00:00Z'],
    ]);
  });

  it('a period that spans the turn of the year is one', () => {
    const weekdays = calendar({ week: { thu: [['00:00', '24:00']], fri: [['00:00', '24:00']] } });
    expect(weekdays.periods(at('2026-12-30T00:00:00Z'), 1).map((period) => period.map(iso))).toEqual([
      ['2026-12-31T00:00:00Z', '2027-01-02T00:00:00Z'],
    ]);
    expect(iso(weekdays.previousOpen(at('2027-01-01T00:00:00Z')))).toBe('2026-12-31T00:00:00Z');
    expect(iso(weekdays.previousClose(at('2027-01-01T00:00:00Z')))).toBe('2027-01-01T00:00:00Z');
    expect(iso(weekdays.dueAfterWorkingDays(at('2026-12-30T00:00:00Z'), 1))).toBe('2027-01-01T00:00:00Z');
  });

  it('29 February as a yearly holiday comes in leap years', () => {
    const office = calendar({ yearlyHolidays: ['02-29'] });
    expect(office.isOpen(at('2028-02-29T10:00:00Z'))).toBe(false);
    expect(office.isOpen(at('2027-03-01T10:00:00Z'))).toBe(true);
  });
});

describe('Around the clock', () => {
  const always = calendar({ week: EVERY_DAY([['00:00', '24:00']]), timezone: 'Europe/Berlin' });

  it('all time counts', () => {
    expect(always.alwaysOpen).toBe(true);
    expect(always.isOpen(at('2026-03-29T01:30:00Z'))).toBe(true);
    expect(iso(always.addTime(at('2026-03-28T12:00:00Z'), 24 * HOUR))).toBe('2026-03-29T12:00:00Z');
    expect(iso(always.addTime(at('2026-03-28T12:00:00Z'), -1.5))).toBe('2026-03-28T11:59:58.500Z');
    expect(always.timeBetween(at('2026-01-01T00:00:00Z'), at('2027-01-01T00:00:00Z'))).toBe(365 * 24 * HOUR);
    expect(iso(always.nextOpen(at('2026-01-01T00:00:00Z')))).toBe('2026-01-01T00:00:00Z');
    expect(always.segments(at('2026-01-01T00:00:00Z'), at('2027-01-01T00:00:00Z'))).toHaveLength(1);
  });

  it('working days end at local midnight', () => {
    expect(iso(always.dueAfterWorkingDays(at('2026-06-01T10:00:00Z'), 2))).toBe('2026-06-03T22:00:00Z');
    expect(iso(always.addDays(at('2026-03-28T12:00:00Z'), 1))).toBe('2026-03-29T11:00:00Z');
  });

  it('it never closes', () => {
    expect(codeOf(() => always.nextClose(at('2026-06-01T10:00:00Z')))).toBe('neverCloses');
    expect(codeOf(() => always.previousClose(at('2026-06-01T10:00:00Z')))).toBe('neverCloses');
    expect(codeOf(() => always.previousOpen(at('2026-06-01T10:00:00Z')))).toBe('neverCloses');
    expect(codeOf(() => always.periods(at('2026-06-01T10:00:00Z'), 1))).toBe('neverCloses');
  });

  it('is what a week without a gap is, however it is written', () => {
    const halves = calendar({ week: EVERY_DAY([['06:00', '18:00'], ['18:00', '06:00']]) }); // prettier-ignore
    expect(halves.alwaysOpen).toBe(true);
    expect(calendar({ week: EVERY_DAY([['00:00', '24:00']]), holidays: ['2026-01-01'] }).alwaysOpen).toBe(false);
    const withBreak = calendar({ week: EVERY_DAY([['00:00', '24:00']]), breaks: { sun: [['23:59', '24:00']] } });
    expect(withBreak.alwaysOpen).toBe(false);
  });

  it('with one day off, it closes for that day only', () => {
    const nearly = calendar({ week: EVERY_DAY([['00:00', '24:00']]), holidays: ['2026-12-25'] });
    expect(iso(nearly.nextClose(at('2026-06-01T00:00:00Z')))).toBe('2026-12-25T00:00:00Z');
    expect(iso(nearly.previousOpen(at('2027-06-01T00:00:00Z')))).toBe('2026-12-26T00:00:00Z');
    expect(codeOf(() => nearly.nextClose(at('2027-06-01T00:00:00Z')))).toBe('neverCloses');
    expect(codeOf(() => nearly.previousOpen(at('2026-06-01T00:00:00Z')))).toBe('neverOpens');
  });
});

describe('What cannot be answered', () => {
  const once = calendar({ week: {}, overrides: { '2026-06-01': [['09:00', '17:00']] } });

  it('is an error within ten years, and no loop', () => {
    expect(iso(once.addTime(at('2025-01-01T00:00:00Z'), 8 * HOUR))).toBe('2026-06-01T17:00:00Z');
    expect(codeOf(() => once.addTime(at('2025-01-01T00:00:00Z'), 8 * HOUR + 1))).toBe('notEnoughOpenTime');
    expect(codeOf(() => once.addTime(at('2010-01-01T00:00:00Z'), 1))).toBe('notEnoughOpenTime');
    expect(codeOf(() => once.addTime(at('2037-01-01T00:00:00Z'), -1))).toBe('notEnoughOpenTime');
    expect(codeOf(() => once.addDays(at('2026-06-01T00:00:00Z'), 1))).toBe('notEnoughOpenTime');
    expect(codeOf(() => once.dueAfterWorkingDays(at('2026-06-01T00:00:00Z'), 1))).toBe('notEnoughOpenTime');
    expect(codeOf(() => once.nextOpen(at('2026-06-01T17:00:00Z')))).toBe('neverOpens');
    expect(codeOf(() => once.nextClose(at('2026-06-01T17:00:00Z')))).toBe('neverOpens');
    expect(codeOf(() => once.previousOpen(at('2026-06-01T08:59:59Z')))).toBe('neverOpens');
    expect(codeOf(() => once.previousClose(at('2026-06-01T09:00:00Z')))).toBe('neverOpens');
    expect(codeOf(() => once.periods(at('2026-01-01T00:00:00Z'), 2))).toBe('notEnoughOpenTime');
  });

  it('ten years count to the day', () => {
    expect(iso(once.nextOpen(at('2016-06-01T09:00:00Z')))).toBe('2026-06-01T09:00:00Z');
    expect(codeOf(() => once.nextOpen(at('2016-06-01T08:59:59Z')))).toBe('neverOpens');
    const always = calendar({ week: EVERY_DAY([['00:00', '24:00']]) });
    expect(codeOf(() => always.addTime(at('2016-06-01T00:00:00Z'), 11 * 366 * 24 * HOUR))).toBe('notEnoughOpenTime');
  });

  it('is an instant or a number that is none', () => {
    expect(codeOf(() => once.isOpen(new Date(NaN)))).toBe('invalidInstant');
    expect(codeOf(() => once.isOpen(at('1899-12-31T23:59:59Z')))).toBe('outOfRange');
    expect(codeOf(() => once.isOpen(at('2200-01-01T00:00:00Z')))).toBe('outOfRange');
    expect(codeOf(() => once.addTime(at('2026-06-01T10:00:00Z'), NaN))).toBe('invalidNumber');
    expect(codeOf(() => once.addDays(at('2026-06-01T10:00:00Z'), 1.5))).toBe('invalidNumber');
    expect(codeOf(() => once.periods(at('2026-06-01T10:00:00Z'), -1))).toBe('invalidNumber');
    expect(codeOf(() => once.dueAfterWorkingDays(at('2026-06-01T10:00:00Z'), 0))).toBe('invalidNumber');
    expect(codeOf(() => once.nextOpen(at('2199-12-31T00:00:00Z')))).toBe('neverOpens');
    expect(codeOf(() => once.previousOpen(at('1900-01-01T00:00:00Z')))).toBe('neverOpens');
  });

  it('is a calendar with faults, all of them named', () => {
    expect.assertions(2);
    try {
      compileCalendar({ timezone: 'Berlin', week: { mon: [['9:00', '17:00']] } });
    } catch (error) {
      expect(error).toBeInstanceOf(CalendarError);
      expect((error as CalendarError).faults.map(({ field }) => field)).toEqual(['timezone', 'week.mon[0]']);
    }
  });
});

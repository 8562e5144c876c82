import type { CalendarDefinition } from '../calendar/calendar-definition.js';
import { exceptionsInWords, weekInWords } from './calendar-in-words.js';

const office: CalendarDefinition = {
  timezone: 'Europe/Berlin',
  week: {
    mon: [['09:00', '17:00']],
    tue: [['09:00', '17:00']],
    wed: [
      ['09:00', '12:00'],
      ['13:00', '17:00'],
    ],
    sat: [['10:00', '14:00']],
  },
  holidays: ['2026-11-01', { date: '2026-12-25', name: 'Christmas Day' }],
  yearlyHolidays: ['01-01', '02-29'],
  overrides: { '2026-12-24': [['09:00', '12:00']], '2026-12-25': [], '2028-02-29': [] },
};

describe('hours in words', () => {
  it('puts days of equal hours together', () => {
    expect(weekInWords(office)).toEqual([
      { days: 'Monday – Tuesday', hours: '09:00 – 17:00' },
      { days: 'Wednesday', hours: '09:00 – 12:00, 13:00 – 17:00' },
      { days: 'Thursday – Friday', hours: 'closed' },
      { days: 'Saturday', hours: '10:00 – 14:00' },
      { days: 'Sunday', hours: 'closed' },
    ]);
  });

  it('says around the clock where it is', () => {
    const day: [string, string][] = [['00:00', '24:00']];
    const week = { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day };
    expect(weekInWords({ timezone: 'UTC', week })).toEqual([{ days: 'Every day', hours: 'around the clock' }]);
  });

  it('lists what is different in the coming year', () => {
    expect(exceptionsInWords(office, '2026-11-22')).toEqual([
      { days: 'Thu 24 Dec 2026', hours: '09:00 – 12:00', name: '' },
      { days: 'Fri 25 Dec 2026', hours: 'closed', name: 'Christmas Day' },
      { days: 'Fri 1 Jan 2027', hours: 'closed', name: '' },
    ]);
  });
});

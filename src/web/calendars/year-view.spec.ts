import type { CalendarDefinition } from '../../calendar/calendar-definition.js';
import { specialDays, yearOf, type YearDay } from './year-view.js';

const OFFICE: CalendarDefinition = {
  timezone: 'Europe/Berlin',
  week: { mon: [['09:00', '17:00']], tue: [['22:00', '06:00']], fri: [['09:00', '12:00']] },
  breaks: { mon: [['12:00', '13:00']] },
  holidays: [{ date: '2026-06-01', name: 'Company day' }, '2026-06-05'],
  yearlyHolidays: ['02-29', '06-08'],
  overrides: { '2026-06-05': [['10:00', '11:00']], '2026-06-15': [] },
};

const days = (calendar: CalendarDefinition, year: number): YearDay[] =>
  yearOf(calendar, year, '2026-06-10').flatMap(({ weeks }) => weeks.flat().filter((day) => day !== null));
const dayOf = (date: string): YearDay | undefined => days(OFFICE, 2026).find((day) => day.date === date);

describe('a year of a calendar', () => {
  it('has every date once, in weeks from Monday', () => {
    expect(days(OFFICE, 2026)).toHaveLength(365);
    expect(days(OFFICE, 2028)).toHaveLength(366);
    for (const { weeks } of yearOf(OFFICE, 2026, '2026-06-10')) {
      for (const week of weeks) {
        expect(week).toHaveLength(7);
        for (const [index, day] of week.entries()) {
          if (day !== null) expect((new Date(day.date).getUTCDay() + 6) % 7).toBe(index);
        }
      }
    }
  });

  it('tells open from shorter, closed, holiday and other hours, in words as well', () => {
    expect(dayOf('2026-06-22')).toMatchObject({ kind: 'open', words: 'Mon 22 Jun: 09:00–12:00, 13:00–17:00' });
    expect(dayOf('2026-06-12')).toMatchObject({ kind: 'half', words: 'Fri 12 Jun: 09:00–12:00' });
    expect(dayOf('2026-06-13')).toMatchObject({ kind: 'closed', words: 'Sat 13 Jun: closed' });
    expect(dayOf('2026-06-01')).toMatchObject({ kind: 'holiday', words: 'Mon 1 Jun: closed, Company day' });
    expect(dayOf('2026-06-08')).toMatchObject({ kind: 'holiday', words: 'Mon 8 Jun: closed, holiday' });
    expect(dayOf('2026-06-05')).toMatchObject({ kind: 'exception', words: 'Fri 5 Jun: 10:00–11:00, holiday, other hours than usual' }); // prettier-ignore
    expect(dayOf('2026-06-15')).toMatchObject({
      kind: 'exception',
      words: 'Mon 15 Jun: closed, other hours than usual',
    });
  });

  it('shows the tail of a night on the day it ends', () => {
    expect(dayOf('2026-06-16')?.words).toBe('Tue 16 Jun: 22:00–24:00');
    expect(dayOf('2026-06-17')?.words).toBe('Wed 17 Jun: 00:00–06:00');
  });

  it('marks today, and lists what is different', () => {
    expect(days(OFFICE, 2026).filter(({ today }) => today).map(({ date }) => date)).toEqual(['2026-06-10']); // prettier-ignore
    const special = specialDays(yearOf(OFFICE, 2026, '2026-06-10')).map(({ date }) => date);
    expect(special).toEqual(['2026-06-01', '2026-06-05', '2026-06-08', '2026-06-15']);
    expect(specialDays(yearOf(OFFICE, 2028, '2026-06-10')).map(({ date }) => date)).toContain('2028-02-29');
  });
});

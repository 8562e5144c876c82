import { datesOfList, faultOfList, listInWords, regionsOf, statesOf, type HolidayList } from './holiday-lists.js';

const in2027 = (list: HolidayList): string[] =>
  datesOfList(list, 2027, 2027).map(({ date, name }) => `${date} ${name}`);

describe('the public holidays of a country', () => {
  it('are those of its part where one is named', () => {
    const germany = in2027({ country: 'DE' });
    const bavaria = in2027({ country: 'DE', state: 'BY' });
    const augsburg = in2027({ country: 'DE', state: 'BY', region: 'A' });
    expect(germany).toContain('2027-03-26 Good Friday');
    expect(germany).not.toContain('2027-01-06 Epiphany');
    expect(bavaria).toEqual(expect.arrayContaining([...germany, '2027-01-06 Epiphany']));
    expect(augsburg.filter((day) => !bavaria.includes(day)).map((day) => day.slice(0, 10))).toContain('2027-08-08');
  });

  it('are no bank holidays, school holidays or observances', () => {
    expect(in2027({ country: 'AT' }).some((day) => day.startsWith('2027-12-24'))).toBe(false);
    expect(in2027({ country: 'US' }).some((day) => /Valentine|Mother/.test(day))).toBe(false);
  });

  it('leave half-days open', () => {
    // The afternoon of Christmas Eve is a public holiday in Iceland, the whole of Christmas Day too.
    const iceland = in2027({ country: 'IS' });
    expect(iceland.some((day) => day.startsWith('2027-12-24'))).toBe(false);
    expect(iceland.some((day) => day.startsWith('2027-12-25'))).toBe(true);
  });

  it('close a day and its substitute', () => {
    const england = in2027({ country: 'GB', state: 'ENG' }).map((day) => day.slice(0, 10));
    expect(england).toEqual(expect.arrayContaining(['2027-12-25', '2027-12-26', '2027-12-27', '2027-12-28']));
  });

  it('last several days where they do, from the day after the sunset at which they begin', () => {
    const feast = datesOfList({ country: 'AE' }, 2026, 2026).filter(({ date }) => date.startsWith('2026-03'));
    expect(feast.map(({ date }) => date)).toEqual(['2026-03-20', '2026-03-21', '2026-03-22']);
  });

  it('are not lost where a change of clocks makes the day short', () => {
    // Easter Sunday 2024 was the day of the change in Europe: 23 hours.
    expect(datesOfList({ country: 'HU' }, 2024, 2024).map(({ date }) => date)).toContain('2024-03-31');
  });

  it('are in order, each date once, and always the same', () => {
    const dates = datesOfList({ country: 'KR' }, 2020, 2037).map(({ date }) => date);
    expect(dates).toEqual([...new Set(dates)].sort());
    expect(datesOfList({ country: 'KR' }, 2020, 2037).map(({ date }) => date)).toEqual(dates);
  });

  it('are refused where nobody knows the place', () => {
    expect(faultOfList({ country: 'DE', state: 'BY', region: 'A' })).toBeNull();
    expect(faultOfList({ country: 'XX' })).toMatchObject({ field: 'country' });
    expect(faultOfList({ country: 'DE', state: 'XX' })?.detail).toContain('known are');
    expect(faultOfList({ country: 'DE', state: 'HE', region: 'A' })?.detail).toContain('no parts');
    expect(faultOfList({ country: 'DE', region: 'A' })).toMatchObject({ field: 'region' });
    expect(faultOfList({ country: 'constructor' })).toMatchObject({ field: 'country' });
  });

  it('are named for people', () => {
    expect(listInWords({ country: 'DE', state: 'SN' })).toBe('Germany, Sachsen');
    expect(statesOf('DE').map(({ code }) => code)).toContain('BY');
    expect(regionsOf('DE', 'BY').map(({ code }) => code)).toContain('A');
    expect(statesOf('NOWHERE')).toEqual([]);
  });
});

import { datesInFeed, UnreadableFeed } from './read-feed.js';

const BERLIN = { timezone: 'Europe/Berlin', from: '2026-01-01', until: '2028-01-01' };

const file = (...events: string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test', ...events, 'END:VCALENDAR', ''].join('\r\n');
const event = (...lines: string[]): string => ['BEGIN:VEVENT', 'UID:one', ...lines, 'END:VEVENT'].join('\r\n');
const dates = (text: string, window = BERLIN): string[] => datesInFeed(text, window).map(({ date }) => date);

describe('an iCal file', () => {
  it('closes the dates of its all-day events, with their names', () => {
    const text = file(
      event('DTSTART;VALUE=DATE:20261225', 'SUMMARY:Weihnachten\\, erster Tag'),
      event('DTSTART;VALUE=DATE:20261228', 'DTEND;VALUE=DATE:20261231', 'SUMMARY:Closed  between\\nthe years'),
      event('DTSTART;VALUE=DATE:20260501', 'DURATION:P1D'),
    );
    expect(datesInFeed(text, BERLIN)).toEqual([
      { date: '2026-05-01', name: 'Holiday' },
      { date: '2026-12-25', name: 'Weihnachten, erster Tag' },
      { date: '2026-12-28', name: 'Closed between the years' },
      { date: '2026-12-29', name: 'Closed between the years' },
      { date: '2026-12-30', name: 'Closed between the years' },
    ]);
  });

  it('says each date once, with all names', () => {
    const text = file(
      event('DTSTART;VALUE=DATE:20260501', 'SUMMARY:Labour Day'),
      event('DTSTART;VALUE=DATE:20260501', 'SUMMARY:Company outing'),
      event('DTSTART;VALUE=DATE:20260501', 'SUMMARY:Labour Day'),
    );
    expect(datesInFeed(text, BERLIN)).toEqual([{ date: '2026-05-01', name: 'Labour Day / Company outing' }]);
  });

  it('repeats as RRULE, RDATE and EXDATE say, from however long ago', () => {
    const yearly = event('DTSTART;VALUE=DATE:19800106', 'RRULE:FREQ=YEARLY', 'SUMMARY:Epiphany');
    expect(dates(file(yearly))).toEqual(['2026-01-06', '2027-01-06']);
    const without = event(
      'DTSTART;VALUE=DATE:20260106',
      'RRULE:FREQ=YEARLY;COUNT=2',
      'RDATE;VALUE=DATE:20260107,20250101',
      'EXDATE;VALUE=DATE:20270106',
    );
    expect(dates(file(without))).toEqual(['2026-01-06', '2026-01-07']);
    const thanksgiving = event('DTSTART;VALUE=DATE:20201126', 'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH');
    expect(dates(file(thanksgiving))).toEqual(['2026-11-26', '2027-11-25']);
  });

  it('moves or cancels single repetitions', () => {
    const text = file(
      event('DTSTART;VALUE=DATE:20250301', 'RRULE:FREQ=YEARLY', 'SUMMARY:Founders'),
      event('RECURRENCE-ID;VALUE=DATE:20260301', 'DTSTART;VALUE=DATE:20260302', 'SUMMARY:Founders (Monday)'),
      event('RECURRENCE-ID;VALUE=DATE:20270301', 'DTSTART;VALUE=DATE:20270301', 'STATUS:CANCELLED'),
    );
    expect(datesInFeed(text, BERLIN)).toEqual([{ date: '2026-03-02', name: 'Founders (Monday)' }]);
  });

  it('leaves out what is cancelled and what lies outside the window', () => {
    const text = file(
      event('DTSTART;VALUE=DATE:20260501', 'STATUS:CANCELLED'),
      event('DTSTART;VALUE=DATE:20251231', 'DTEND;VALUE=DATE:20260102'),
      event('DTSTART;VALUE=DATE:20271231', 'DTEND;VALUE=DATE:20280105'),
    );
    expect(dates(text)).toEqual(['2026-01-01', '2027-12-31']);
  });

  it('with times closes only the dates that they hold from midnight to midnight, by the clock of the zone', () => {
    expect(dates(file(event('DTSTART:20260501T000000', 'DTEND:20260502T000000')))).toEqual(['2026-05-01']);
    expect(dates(file(event('DTSTART:20260501T090000', 'DTEND:20260503T120000')))).toEqual(['2026-05-02']);
    expect(dates(file(event('DTSTART:20260501T120000', 'DTEND:20260501T180000')))).toEqual([]);
    expect(dates(file(event('DTSTART:20260501T000000')))).toEqual([]);
    // Midnight in Berlin is 22:00 UTC in summer; a UTC day is no whole day there.
    expect(dates(file(event('DTSTART:20260430T220000Z', 'DTEND:20260501T220000Z')))).toEqual(['2026-05-01']);
    expect(dates(file(event('DTSTART:20260501T000000Z', 'DTEND:20260502T000000Z')))).toEqual([]);
    const newYork = event(
      'DTSTART;TZID=America/New_York:20260430T180000',
      'DTEND;TZID=America/New_York:20260501T180000',
    );
    expect(dates(file(newYork))).toEqual(['2026-05-01']);
    const repeated = event('DTSTART;TZID=America/New_York:20260430T180000', 'DURATION:P1D', 'RRULE:FREQ=DAILY;COUNT=2');
    expect(dates(file(repeated))).toEqual(['2026-05-01', '2026-05-02']);
    // The day of 23 hours is whole, too.
    expect(dates(file(event('DTSTART:20260328T230000Z', 'DTEND:20260329T220000Z')))).toEqual(['2026-03-29']);
  });

  it('may bring a zone of its own', () => {
    const zone = ['BEGIN:VTIMEZONE', 'TZID:Office', 'BEGIN:STANDARD', 'DTSTART:19700101T000000', 'TZOFFSETFROM:+0100', 'TZOFFSETTO:+0100', 'END:STANDARD', 'END:VTIMEZONE'].join('\r\n'); // prettier-ignore
    const text = file(zone, event('DTSTART;TZID=Office:20260110T000000', 'DTEND;TZID=Office:20260111T000000'));
    expect(dates(text)).toEqual(['2026-01-10']);
    expect(dates(text, { ...BERLIN, timezone: 'America/New_York' })).toEqual([]);
  });

  it('may hold several calendars, begin with a byte order mark and hold nothing at all', () => {
    expect(dates(`${file(event('DTSTART;VALUE=DATE:20260501'))}${file(event('DTSTART;VALUE=DATE:20260502'))}`)).toEqual(
      ['2026-05-01', '2026-05-02'],
    );
    expect(dates(`\uFEFF${file(event('DTSTART;VALUE=DATE:20260501'))}`)).toEqual(['2026-05-01']);
    expect(dates(file())).toEqual([]);
  });

  it.each([
    ['a web page', '<!doctype html><title>Sign in</title>', 'not an iCal file'],
    ['nothing', '', 'not an iCal file'],
    ['a card', 'BEGIN:VCARD\r\nFN:Carl\r\nEND:VCARD\r\n', 'no VCALENDAR'],
    ['half a file', file(event('DTSTART;VALUE=DATE:20260501')).slice(0, 90), 'not an iCal file'],
    ['an event without a beginning', file(event('SUMMARY:Some day')), 'no beginning'],
    ['what repeats every second', file(event('DTSTART:20260501T000000', 'RRULE:FREQ=SECONDLY')), 'repeats secondly'],
    ['an event of a hundred years', file(event('DTSTART;VALUE=DATE:20000101', 'DTEND;VALUE=DATE:21000101')), 'at once'],
    [
      'what never opens again',
      file(...Array.from({ length: 9 }, (_, i) => event(`DTSTART;VALUE=DATE:${2026 + i}0101`, `DTEND;VALUE=DATE:${2027 + i}0101`))), // prettier-ignore
      '3,000 days',
    ],
    [
      'a thousand events that repeat daily',
      file(...Array.from({ length: 9 }, () => event('DTSTART:20000101T120000', 'RRULE:FREQ=DAILY'))),
      'too often',
    ],
    [
      'too many events',
      file(...Array.from({ length: 10_001 }, () => event('DTSTART;VALUE=DATE:20260501'))),
      '10,000 events',
    ],
  ])('is refused with %s', (_what, text, words) => {
    const window = { ...BERLIN, until: '2037-01-01' };
    expect(() => datesInFeed(text, window)).toThrow(UnreadableFeed);
    expect(() => datesInFeed(text, window)).toThrow(words);
  });
});

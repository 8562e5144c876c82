import { exactTime, fullTime, relativeTime, shortTime, span, spanInWords } from './times.js';

const now = new Date('2026-11-23T10:00:00Z');
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1000);

describe('times in words', () => {
  it.each([
    ['Europe/Berlin', 'Mon 23 Nov 2026, 11:00 CET'],
    ['America/New_York', 'Mon 23 Nov 2026, 05:00 EST'],
    ['Australia/Sydney', 'Mon 23 Nov 2026, 21:00 AEDT'],
    ['Asia/Kolkata', 'Mon 23 Nov 2026, 15:30 IST'],
    ['UTC', 'Mon 23 Nov 2026, 10:00 UTC'],
  ])('names the zone as people there do: %s', (zone, words) => {
    expect(fullTime(now, zone)).toBe(words);
  });

  it('leaves out what the reader knows', () => {
    expect(shortTime(ago(3600), 'Europe/Berlin', now)).toBe('10:00');
    expect(shortTime(ago(2 * 86_400), 'Europe/Berlin', now)).toBe('Sat 11:00');
    expect(exactTime(ago(3605), 'Europe/Berlin', now)).toBe('09:59:55');
    expect(exactTime(ago(400 * 86_400), 'Europe/Berlin', now)).toBe('19 Oct 2025, 12:00:00');
    expect(shortTime(ago(60 * 86_400), 'Europe/Berlin', now)).toBe('24 Sept, 12:00');
    expect(shortTime(ago(400 * 86_400), 'Europe/Berlin', now)).toBe('19 Oct 2025');
  });

  it.each([
    [20, 'now'],
    [300, '5m ago'],
    [3 * 3600, '3h ago'],
    [5 * 86_400, '5d ago'],
    [-7200, 'in 2h'],
    [40 * 86_400, '14 Oct 2026'],
  ])('tells how far off %d seconds are: %s', (seconds, words) => {
    expect(relativeTime(ago(seconds), 'Europe/Berlin', now)).toBe(words);
  });

  it.each([
    [59, '59s', '59 seconds'],
    [60, '1m', '1 minute'],
    [3900, '1h 05m', '1 hour 5 minutes'],
    [7200, '2h', '2 hours'],
    [24 * 3600, '24h', '24 hours'],
    [100 * 3600 + 300, '100h', '100 hours 5 minutes'],
    [-125, '2m', '2 minutes'],
  ])('tells how long %d seconds are: %s', (seconds, short, words) => {
    expect(span(seconds)).toBe(short);
    expect(spanInWords(seconds)).toBe(words);
  });
});

import fc from 'fast-check';
import { isInstant } from './instant.js';

describe('an instant', () => {
  it.each([
    '2026-11-22T14:03:07Z',
    '2026-11-22T14:03:07.120Z',
    '2026-11-22T14:03:07.123456789+05:45',
    '2026-11-22t14:03:07z',
    '2024-02-29T00:00:00-11:00',
    '0001-01-01T00:00:00Z',
  ])('%s is one', (text) => {
    expect(isInstant(text)).toBe(true);
    expect(new Date(text).getTime()).not.toBeNaN();
  });

  it.each([
    '',
    'now',
    '2026-11-22',
    '2026-11-22T14:03:07',
    '2026-11-22T14:03Z',
    '2026-11-22 14:03:07Z',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-11-22T24:00:00Z',
    '2026-11-22T23:59:60Z',
    '2026-11-22T14:03:07+24:00',
    '2026-11-22T14:03:07+0100',
    '2026-11-22T14:03:07.Z',
    '+02026-11-22T14:03:07Z',
    ' 2026-11-22T14:03:07Z',
    '2026-11-22T14:03:07Z\n',
  ])('%j is none', (text) => {
    expect(isInstant(text)).toBe(false);
  });

  it('is whatever JavaScript writes as one, of four-digit years', () => {
    const dates = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(fc.property(dates, (date) => isInstant(date.toISOString())));
  });

  it('never lets through what cannot be turned into a date', () => {
    const digits = (count: number) => fc.stringMatching(new RegExp(`^\\d{${count}}$`));
    const texts = fc
      .tuple(
        digits(4),
        digits(2),
        digits(2),
        digits(2),
        digits(2),
        digits(2),
        fc.constantFrom('Z', '+01:00', '-23:59', '+99:99'),
      )
      .map(
        ([year, month, day, hour, minute, second, zone]) =>
          `${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`,
      );
    fc.assert(
      fc.property(texts, (text) => !isInstant(text) || !Number.isNaN(new Date(text).getTime())),
      { numRuns: 5000 },
    );
  });
});

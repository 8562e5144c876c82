import fc from 'fast-check';
import type { Target } from '../../sla/promises.js';
import { targetInWords } from '../target-in-words.js';
import { faultOfTarget, readTarget } from './target-field.js';

describe('a target in a field', () => {
  it.each<[string, Target]>([
    ['4h', 240],
    ['4 hours', 240],
    [' 90 m ', 90],
    ['90min', 90],
    ['1 h 30 min', 90],
    ['1h30m', 90],
    ['1 hour and 30 minutes', 90],
    ['1:30', 90],
    ['1,5 h', 90],
    ['0.1 h', 6],
    ['0 h', 0],
    ['3 working days', { workingDays: 3 }],
    ['1 Working Day', { workingDays: 1 }],
    ['3 wd', { workingDays: 3 }],
    ['3 business days', { workingDays: 3 }],
  ])('%j is understood', (text, target) => {
    expect(readTarget(text)).toEqual(target);
  });

  it.each([
    ['240', 'Say of what: 240 h, 240 min or 240 working days.'],
    ['3 days', 'Say which days: “3 working days”, or “72 h” of open time.'],
    ['soon', '“soon” is no time. Write it like 4 h, 90 min, 1 h 30 min or 3 working days.'],
    ['-4 h', '“-4 h” is no time. Write it like 4 h, 90 min, 1 h 30 min or 3 working days.'],
  ])('%j is asked about', (text, fault) => {
    expect(readTarget(text)).toBeNull();
    expect(faultOfTarget(text)).toBe(fault);
  });

  it('is read as it is written for people', () => {
    const target = fc.oneof(
      fc.integer({ min: 1, max: 500_000 }),
      fc.integer({ min: 1, max: 366 }).map((workingDays) => ({ workingDays })),
    );
    fc.assert(
      fc.property(target, (given) => {
        expect(readTarget(targetInWords(given))).toEqual(given);
      }),
    );
  });
});

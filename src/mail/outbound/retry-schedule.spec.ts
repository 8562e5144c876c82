import fc from 'fast-check';
import { nextTry } from './retry-schedule.js';
import { relayError } from './smtp.js';

const createdAt = new Date('2026-06-01T10:00:00Z');

describe('trying again', () => {
  it.each([
    [1, 1],
    [2, 5],
    [3, 15],
    [4, 60],
    [5, 120],
    [6, 240],
    [9, 240],
  ])('after try %i waits %i minutes', (attempts, minutes) => {
    expect(nextTry({ attempts, createdAt, now: createdAt, chance: 0.5 })).toEqual(
      new Date(createdAt.getTime() + minutes * 60_000),
    );
  });

  it('spreads over a fifth to either side, and never passes two days', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 0, max: 60 }),
        (attempts, chance, hours) => {
          const now = new Date(createdAt.getTime() + hours * 3_600_000);
          const next = nextTry({ attempts, createdAt, now, chance });
          const middle = nextTry({ attempts, createdAt: now, now, chance: 0.5 })?.getTime() ?? 0;
          if (next === null) expect(hours).toBeGreaterThan(43);
          else expect(Math.abs(next.getTime() - middle)).toBeLessThanOrEqual(0.2 * (middle - now.getTime()) + 1);
          if (next !== null) expect(next.getTime()).toBeLessThanOrEqual(createdAt.getTime() + 48 * 3_600_000);
        },
      ),
    );
  });

  it('is sooner where help is called for, or where only the relay is away', () => {
    const minutes = (attempts: number, why: { urgent?: boolean; relayAway?: boolean }) => {
      const next = nextTry({ attempts, createdAt, now: createdAt, chance: 0.5, ...why });
      return next === null ? null : (next.getTime() - createdAt.getTime()) / 60_000;
    };
    expect([1, 2, 3, 9].map((attempts) => minutes(attempts, { urgent: true }))).toEqual([1, 2, 2, 2]);
    expect([1, 2, 3, 9].map((attempts) => minutes(attempts, { relayAway: true }))).toEqual([1, 5, 15, 15]);
  });

  it.each([
    [{ responseCode: 451, command: 'RCPT TO', code: 'EENVELOPE' }, false],
    [{ responseCode: 552, command: 'DATA', code: 'EMESSAGE' }, false],
    [{ responseCode: 421, command: 'CONN', code: 'EPROTOCOL' }, true],
    [{ responseCode: 454, command: 'AUTH PLAIN', code: 'EAUTH' }, true],
    [{ code: 'ECONNREFUSED', command: 'CONN' }, true],
    [{ code: 'ETIMEDOUT' }, true],
  ])('after %j waits for the relay: %s', (fields, relayAway) => {
    expect(relayError(Object.assign(new Error('no'), fields)).relayAway).toBe(relayAway);
  });

  it.each([
    [{ responseCode: 550, command: 'RCPT TO' }, true],
    [{ responseCode: 554, command: 'DATA' }, true],
    [{ responseCode: 553, command: 'MAIL FROM' }, true],
    [{ responseCode: 451, command: 'DATA' }, false],
    [{ responseCode: 535, command: 'AUTH PLAIN', code: 'EAUTH' }, false],
    [{ responseCode: 554, command: 'CONN' }, false],
    [{ code: 'ECONNREFUSED', command: 'CONN' }, false],
    [{ code: 'ETIMEDOUT' }, false],
  ])('is of no use after %j: %s', (fields, permanent) => {
    expect(relayError(Object.assign(new Error('no'), fields)).permanent).toBe(permanent);
  });
});

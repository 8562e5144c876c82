import fc from 'fast-check';
import { nextTry } from './retry-schedule.js';

const at = new Date('2026-06-01T10:00:00.000Z');
const HOUR = 3_600_000;

/** The moments of all tries of a delivery that never gets through. */
function triesOf(chance: number): Date[] {
  const tries = [at];
  for (;;) {
    const last = tries.at(-1) ?? at;
    const next = nextTry({ attempts: tries.length, at: last, retryAfter: null, chance });
    if (next === null) return tries;
    tries.push(next);
  }
}

describe('when a delivery is tried again', () => {
  it('comes first after seconds, at last after most of a day, for three days', () => {
    const tries = triesOf(0);
    expect(tries[1]).toEqual(new Date(at.getTime() + 5_000));
    expect(tries).toHaveLength(10);
    expect(((tries.at(-1) ?? at).getTime() - at.getTime()) / HOUR).toBeCloseTo(71.58, 1);
  });

  it('lies ever further away, and is spread by a tenth at the most', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (chance) => {
        const tries = triesOf(chance).map((moment) => moment.getTime());
        const waits = tries.slice(1).map((moment, index) => moment - (tries[index] ?? 0));
        const least = triesOf(0).map((moment) => moment.getTime());
        waits.forEach((wait, index) => {
          const shortest = (least[index + 1] ?? 0) - (least[index] ?? 0);
          expect(wait).toBeGreaterThanOrEqual(shortest);
          expect(wait).toBeLessThanOrEqual(Math.ceil(shortest * 1.1));
        });
      }),
    );
  });

  it('waits as long as it is asked to, a day at the most', () => {
    const asked = (retryAfter: number) => nextTry({ attempts: 1, at, retryAfter, chance: 0 });
    expect(asked(60)).toEqual(new Date(at.getTime() + 60_000));
    expect(asked(1)).toEqual(new Date(at.getTime() + 5_000));
    expect(asked(1_000_000)).toEqual(new Date(at.getTime() + 24 * HOUR));
  });
});

import * as fc from 'fast-check';
import { gaps } from './gaps.js';
import { restingAt, type Rest } from './rest.js';
import { onCall, type Rota } from './rota.js';

const at = (text: string): Date => new Date(text);
const RUNS = 300;

describe('the gaps of a rota', () => {
  const rota: Rota = {
    ...{ timezone: 'Europe/Berlin', every: 'week', at: '09:00', startsOn: '2026-11-30' },
    ...{ members: ['Ann', 'Bob'], overrides: [] },
  };
  const from = at('2026-11-30T08:00:00Z');
  const to = at('2026-12-14T08:00:00Z');
  const away: Rest = {
    timezone: 'Europe/Berlin',
    away: [{ from: '2026-12-05T18:00', to: '2026-12-09T08:00' }],
  };

  it('are none where everybody can be called', () => {
    expect(
      gaps(
        rota,
        from,
        to,
        new Map([
          ['Ann', null],
          ['Bob', null],
        ]),
      ),
    ).toEqual([]);
  });

  it('are where the one who has the turn is away, and no longer than the turn', () => {
    const people = new Map([
      ['Ann', away],
      ['Bob', null],
    ]);
    expect(gaps(rota, from, to, people)).toEqual([
      { from: at('2026-12-05T17:00:00Z'), to: at('2026-12-07T08:00:00Z'), who: 'Ann', why: 'away' },
    ]);
  });

  it('are closed by whoever stands in, unless they cannot be called themselves', () => {
    const covered = { ...rota, overrides: [{ from: '2026-12-05T12:00', to: '2026-12-06T12:00', who: 'Cem' }] };
    const people = new Map([
      ['Ann', away],
      ['Bob', null],
      ['Cem', null],
    ]);
    expect(gaps(covered, from, to, people)).toEqual([
      { from: at('2026-12-06T11:00:00Z'), to: at('2026-12-07T08:00:00Z'), who: 'Ann', why: 'away' },
    ]);
    people.delete('Cem');
    expect(gaps(covered, from, to, people)).toMatchObject([{ from: at('2026-12-05T17:00:00Z'), who: 'Ann' }]);
  });

  it('come each night with quiet hours, and go on for whoever has no way to be called', () => {
    const quiet: Rest = { timezone: 'Europe/Berlin', quietHours: [['22:00', '07:00']] };
    const found = gaps(rota, from, to, new Map([['Ann', quiet]]));
    expect(found.filter(({ why }) => why === 'quiet')).toHaveLength(7);
    expect(found[0]).toEqual({
      ...{ from: at('2026-11-30T21:00:00Z'), to: at('2026-12-01T06:00:00Z'), who: 'Ann', why: 'quiet' },
    });
    expect(found.at(-1)).toEqual({ from: at('2026-12-07T08:00:00Z'), to, who: 'Bob', why: 'unreachable' });
  });

  it('are exactly the instants at which nobody of it can be called, in any zone, over any change of the clocks', () => {
    const zone = fc.constantFrom(
      ...['Europe/Berlin', 'America/New_York', 'Pacific/Chatham', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC'],
    );
    const day = fc.integer({ min: 14_000, max: 22_000 });
    const minute = fc.integer({ min: 0, max: 1439 });
    const time = minute.map((minutes) => new Date(minutes * 60_000).toISOString().slice(11, 16));
    const wall = (start: number, minutes: number): string =>
      new Date(start * 86_400_000 + minutes * 60_000).toISOString().slice(0, 16);
    const plan = fc.record({
      start: day,
      zones: fc.tuple(zone, zone, zone),
      every: fc.constantFrom('day' as const, 'week' as const),
      handOver: time,
      quiet: fc.array(fc.tuple(time, time), { maxLength: 2 }),
      away: fc.array(fc.tuple(fc.integer({ min: -1440, max: 40_000 }), fc.integer({ min: 1, max: 20_000 })), {
        maxLength: 2,
      }),
      standsIn: fc.option(fc.tuple(fc.integer({ min: 0, max: 30_000 }), fc.integer({ min: 1, max: 9_000 }))),
      reachable: fc.subarray(['Ann', 'Bob', 'Cem']),
      shares: fc.array(fc.double({ min: 0, max: 0.999999, noNaN: true }), { minLength: 5, maxLength: 20 }),
    });
    fc.assert(
      fc.property(plan, ({ start, zones, every, handOver, quiet, away: absences, standsIn, reachable, shares }) => {
        const span = (minutes: number, length: number) => ({
          from: wall(start, minutes),
          to: wall(start, minutes + length),
        });
        const turns: Rota = {
          ...{
            timezone: zones[0],
            every,
            at: handOver,
            startsOn: wall(start, 0).slice(0, 10),
            members: ['Ann', 'Bob'],
          },
          overrides: standsIn === null ? [] : [{ ...span(...standsIn), who: 'Cem' }],
        };
        const rests: Record<string, Rest> = {
          Ann: { timezone: zones[1], quietHours: quiet, away: absences.map((one) => span(...one)) },
          Bob: { timezone: zones[2], quietHours: quiet.slice(1) },
          Cem: { timezone: zones[1], away: absences.slice(1).map((one) => span(...one)) },
        };
        const people = new Map(reachable.map((name) => [name, rests[name] ?? null]));
        const [begin, end] = [new Date(start * 86_400_000), new Date((start + 21) * 86_400_000)];
        const found = gaps(turns, begin, end, people);
        found.forEach((gap, index) => {
          expect(gap.from.getTime()).toBeLessThan(gap.to.getTime());
          if (index > 0) expect(gap.from.getTime()).toBeGreaterThanOrEqual(found[index - 1]?.to.getTime() ?? 0);
        });
        for (const share of shares) {
          const moment = new Date(begin.getTime() + Math.floor((end.getTime() - begin.getTime()) * share));
          const can = (who: string): boolean => {
            const rest = people.get(who);
            return rest !== undefined && (rest === null || restingAt(rest, moment) === null);
          };
          const who = onCall(turns, moment, can);
          const gap = found.find((one) => one.from <= moment && moment < one.to);
          expect(gap?.who ?? null).toBe(can(who) ? null : who);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

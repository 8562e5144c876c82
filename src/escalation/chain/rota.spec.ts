import fc from 'fast-check';
import { zoneOf } from '../../calendar/local-time.js';
import { duties, instantOf, onCall, type Rota } from './rota.js';

const weekly: Rota = {
  timezone: 'Europe/Berlin',
  every: 'week',
  at: '09:00',
  startsOn: '2026-11-23',
  members: ['Ann', 'Bob', 'Cem'],
  overrides: [],
};
const at = (text: string): Date => new Date(text);

describe('a rota', () => {
  it('hands over each week at its wall-clock time, in order, and begins again', () => {
    expect(onCall(weekly, at('2026-11-23T07:59:59.999Z'))).toBe('Cem');
    expect(onCall(weekly, at('2026-11-23T08:00:00Z'))).toBe('Ann');
    expect(onCall(weekly, at('2026-11-30T07:59:00Z'))).toBe('Ann');
    expect(onCall(weekly, at('2026-11-30T08:00:00Z'))).toBe('Bob');
    expect(onCall(weekly, at('2026-12-14T08:00:00Z'))).toBe('Ann');
  });

  it('keeps its wall-clock time when the clocks are changed', () => {
    const daily: Rota = { ...weekly, every: 'day', startsOn: '2026-10-24' };
    expect(duties(daily, at('2026-10-24T07:00:00Z'), at('2026-10-27T08:00:00Z'))).toEqual([
      { from: at('2026-10-24T07:00:00Z'), to: at('2026-10-25T08:00:00Z'), who: 'Ann', standIn: false }, // 25 hours
      { from: at('2026-10-25T08:00:00Z'), to: at('2026-10-26T08:00:00Z'), who: 'Bob', standIn: false },
      { from: at('2026-10-26T08:00:00Z'), to: at('2026-10-27T08:00:00Z'), who: 'Cem', standIn: false },
    ]);
  });

  it('hands over an hour later on the night in which its time is skipped', () => {
    const night: Rota = { ...weekly, every: 'day', at: '02:30', startsOn: '2026-03-28' };
    expect(onCall(night, at('2026-03-29T01:29:00Z'))).toBe('Ann');
    expect(onCall(night, at('2026-03-29T01:30:00Z'))).toBe('Bob'); // 03:30, the clocks have skipped 02:30
  });

  it('lets somebody stand in, and the last word counts', () => {
    const rota: Rota = {
      ...weekly,
      overrides: [
        { from: '2026-11-24T18:00', to: '2026-11-26T08:00', who: 'Bob' },
        { from: '2026-11-25T12:00', to: '2026-11-25T14:00', who: 'Dora' },
      ],
    };
    expect(duties(rota, at('2026-11-24T12:00:00Z'), at('2026-11-27T00:00:00Z'))).toEqual([
      { from: at('2026-11-24T12:00:00Z'), to: at('2026-11-24T17:00:00Z'), who: 'Ann', standIn: false },
      { from: at('2026-11-24T17:00:00Z'), to: at('2026-11-25T11:00:00Z'), who: 'Bob', standIn: true },
      { from: at('2026-11-25T11:00:00Z'), to: at('2026-11-25T13:00:00Z'), who: 'Dora', standIn: true },
      { from: at('2026-11-25T13:00:00Z'), to: at('2026-11-26T07:00:00Z'), who: 'Bob', standIn: true },
      { from: at('2026-11-26T07:00:00Z'), to: at('2026-11-27T00:00:00Z'), who: 'Ann', standIn: false },
    ]);
  });

  it('reads wall-clock times in its zone, and nothing else', () => {
    expect(instantOf('Europe/Berlin', '2026-12-24T18:00')).toEqual(at('2026-12-24T17:00:00Z'));
    for (const wrong of ['2026-12-24', '2026-13-01T10:00', '2026-12-24T25:00', '2026-12-24T18:00Z', 'tomorrow'])
      expect(instantOf('Europe/Berlin', wrong)).toBeNull();
  });

  // Chatham changes its clocks by an hour at odd minutes, Lord Howe by half an hour, Apia once skipped a whole day.
  const zone = fc.constantFrom(
    ...['Europe/Berlin', 'America/New_York', 'Pacific/Chatham', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC'],
  );
  const day = fc.integer({ min: 14_000, max: 22_000 });
  const dateOf = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10);
  const timeOf = (minutes: number): string => new Date(minutes * 60_000).toISOString().slice(11, 16);
  const minute = fc.integer({ min: 0, max: 1439 });
  const name = fc.constantFrom('Ann', 'Bob', 'Cem', 'Dora');
  const override = fc
    .tuple(day, minute, fc.integer({ min: 1, max: 20_000 }), name)
    .map(([start, from, length, who]) => {
      const begin = start * 86_400_000 + from * 60_000;
      const text = (moment: number): string => new Date(moment).toISOString().slice(0, 16);
      return { from: text(begin), to: text(begin + length * 60_000), who };
    });
  const rotas = fc
    .tuple(
      zone,
      fc.constantFrom('day' as const, 'week' as const),
      minute,
      day,
      fc.array(name, { minLength: 1, maxLength: 5 }),
      fc.array(override, { maxLength: 6 }),
    )
    .map(([timezone, every, minutes, start, members, overrides]): Rota => ({
      ...{ timezone, every, at: timeOf(minutes), startsOn: dateOf(start), members, overrides },
    }));
  const stretch = fc.tuple(day, fc.integer({ min: 0, max: 86_399_999 }), fc.integer({ min: 1, max: 60 * 86_400_000 }));

  it('has exactly one person on call at every instant: duties follow each other without gap or overlap', () => {
    fc.assert(
      fc.property(
        rotas,
        stretch,
        fc.array(fc.double({ min: 0, max: 0.999999, noNaN: true }), { maxLength: 8 }),
        (rota, [start, offset, length], shares) => {
          const from = new Date(start * 86_400_000 + offset);
          const to = new Date(from.getTime() + length);
          const found = duties(rota, from, to);
          expect(found[0]?.from).toEqual(from);
          expect(found.at(-1)?.to).toEqual(to);
          found.forEach((duty, index) => {
            expect(duty.from.getTime()).toBeLessThan(duty.to.getTime());
            if (index > 0) expect(duty.from).toEqual(found[index - 1]?.to);
          });
          for (const share of shares) {
            const moment = new Date(from.getTime() + Math.floor(length * share));
            const [only, ...others] = found.filter((duty) => duty.from <= moment && moment < duty.to);
            expect(others).toEqual([]);
            expect(only?.who).toBe(onCall(rota, moment));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('hands over at its wall-clock time on every day that has it, to whoever is next', () => {
    fc.assert(
      fc.property(rotas, stretch, (given, [start, offset, length]) => {
        const rota = { ...given, members: ['Ann', 'Bob', 'Cem'], overrides: [] };
        const from = new Date(start * 86_400_000 + offset);
        const found = duties(rota, from, new Date(from.getTime() + length));
        const local = zoneOf(rota.timezone);
        found.slice(1).forEach((duty, index) => {
          const shown = local.toLocal(duty.from.getTime());
          const skipped = local.instantsOf(minuteOf(shown, rota.at), minuteOf(shown, rota.at) + 1).length === 0;
          if (!skipped) expect(new Date(shown).toISOString().slice(11, 16)).toBe(rota.at);
          const before = rota.members.indexOf(found[index]?.who ?? '');
          // A day that a zone has left out takes a turn with it.
          if (rota.timezone !== 'Pacific/Apia') expect(duty.who).toBe(rota.members[(before + 1) % 3]);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('is followed by whoever an override names, for as long as it says and no longer', () => {
    fc.assert(
      fc.property(rotas, override, fc.double({ min: 0, max: 0.999999, noNaN: true }), (given, last, share) => {
        const rota = { ...given, overrides: [...given.overrides, last] };
        const [from, to] = [instantOf(rota.timezone, last.from), instantOf(rota.timezone, last.to)];
        if (from === null || to === null || from >= to) return;
        const inside = new Date(from.getTime() + Math.floor((to.getTime() - from.getTime()) * share));
        expect(onCall(rota, inside)).toBe(last.who);
        expect(onCall(rota, to)).toBe(onCall(given, to));
        const before = new Date(from.getTime() - 1);
        expect(onCall(rota, before)).toBe(onCall(given, before));
      }),
      { numRuns: 300 },
    );
  });
});

/** The wall-clock time `at` on the day of `local`. */
function minuteOf(local: number, at: string): number {
  const [hours = 0, minutes = 0] = at.split(':').map(Number);
  return Math.floor(local / 86_400_000) * 86_400_000 + (hours * 60 + minutes) * 60_000;
}

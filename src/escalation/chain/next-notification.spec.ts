import fc from 'fast-check';
import { firstStepAt, later, noChain, type Chain } from './chain.js';
import { nextNotification, type OnDuty, type Progress, type Turn } from './next-notification.js';

const opened = new Date('2026-06-01T10:00:00.000Z');
const at = (minutes: number): Date => later(opened, minutes);
const begin = (chain: Chain): Progress => ({
  state: 'open',
  step: 0,
  round: 0,
  nextStepAt: firstStepAt(chain, opened),
});
const duty = (reachable: string[], emergency: string | null = null): OnDuty => ({
  reachable: new Set(reachable),
  emergency,
});
const chainOf = (steps: [number, ...string[]][], repeatEveryMinutes = 5): Chain => ({
  name: 'Default',
  steps: steps.map(([afterMinutes, ...notify]) => ({ afterMinutes, notify })),
  repeatEveryMinutes,
});
const follow = (incident: Progress, turn: Turn): Progress => ({
  ...incident,
  step: turn.next.step,
  round: turn.next.round,
  nextStepAt: turn.next.at,
});

/** What happens when somebody looks at each of these moments, in order. */
function story(chain: Chain, onDuty: OnDuty, moments: readonly Date[]): { now: Date; turn: Turn }[] {
  const told: { now: Date; turn: Turn }[] = [];
  let incident = begin(chain);
  for (const now of moments) {
    let turn = nextNotification(chain, incident, onDuty, now);
    while (turn !== null) {
      told.push({ now, turn });
      incident = follow(incident, turn);
      turn = nextNotification(chain, incident, onDuty, now);
    }
  }
  return told;
}
const inMinutes = (chain: Chain, onDuty: OnDuty, minutes: number): [number, string[]][] =>
  story(
    chain,
    onDuty,
    Array.from({ length: minutes + 1 }, (_, minute) => at(minute)),
  ).map(({ now, turn }) => [(now.getTime() - opened.getTime()) / 60_000, [...turn.notify]]);

describe('whom to notify next', () => {
  const all = duty(['Ann', 'Bob', 'Eve'], 'Eve');

  it('goes from step to step, each after the one before, then notifies everybody and the emergency contact without end', () => {
    const chain = chainOf([
      [0, 'Ann'],
      [15, 'Bob'],
    ]);
    expect(inMinutes(chain, all, 31)).toEqual([
      [0, ['Ann']],
      [15, ['Bob']],
      [20, ['Ann', 'Bob', 'Eve']],
      [25, ['Ann', 'Bob', 'Eve']],
      [30, ['Ann', 'Bob', 'Eve']],
    ]);
  });

  it('notifies the emergency contact once where the chain names it too', () => {
    expect(inMinutes(chainOf([[0, 'Eve', 'Eve']]), all, 10)).toEqual([
      [0, ['Eve']],
      [5, ['Eve']],
      [10, ['Eve']],
    ]);
  });

  it('passes over a step with nobody in it at once, and says so', () => {
    const chain = chainOf([
      [0, 'Gone'],
      [15, 'Lost'],
      [30, 'Bob'],
    ]);
    const [first] = story(chain, all, [opened]);
    expect(first?.turn).toMatchObject({ step: 2, notify: ['Bob'], emptySteps: [0, 1], alarm: null });
  });

  it('goes on to the emergency contact at once when nobody is left behind a step', () => {
    expect(
      inMinutes(
        chainOf([
          [0, 'Ann'],
          [10, 'Gone'],
        ]),
        all,
        10,
      ),
    ).toEqual([
      [0, ['Ann']],
      [10, ['Ann', 'Eve']],
    ]);
  });

  it('turns to the emergency contact, with an alarm, when the whole chain is empty', () => {
    for (const chain of [
      noChain,
      chainOf([
        [0, 'Gone'],
        [60, 'Lost'],
      ]),
    ]) {
      const [first] = story(chain, all, [opened]);
      expect(first?.turn).toMatchObject({ notify: ['Eve'], alarm: 'chain-empty' });
    }
  });

  it('keeps trying, with an alarm, while not even the emergency contact can be notified', () => {
    const told = story(chainOf([[0, 'Ann']]), duty([], 'Eve'), [at(0), at(5)]);
    expect(told.map(({ turn }) => [turn.notify, turn.alarm])).toEqual([
      [[], 'nobody'],
      [[], 'nobody'],
    ]);
  });

  it('gives the next responder their full time when a step came late', () => {
    const told = story(
      chainOf([
        [0, 'Ann'],
        [15, 'Bob'],
      ]),
      all,
      [at(60), at(74), at(75)],
    );
    expect(told.map(({ now, turn }) => [now, turn.notify])).toEqual([
      [at(60), ['Ann']],
      [at(75), ['Bob']],
    ]);
  });

  it.each(['acknowledged', 'closed'] as const)('is silent once the incident is %s', (state) => {
    const chain = chainOf([[0, 'Ann']]);
    expect(nextNotification(chain, { ...begin(chain), state }, all, at(999))).toBeNull();
  });

  describe('for any chain', () => {
    const names = ['Ann', 'Bob', 'Cleo', 'Dan', 'Eve'];
    const anyChain = fc.record({
      name: fc.constant('Any'),
      steps: fc.array(
        fc.record({
          afterMinutes: fc.integer({ min: 0, max: 60 }),
          notify: fc.array(fc.constantFrom(...names), { maxLength: 3 }),
        }),
        { maxLength: 5 },
      ),
      repeatEveryMinutes: fc.integer({ min: 1, max: 60 }),
    });
    const anyDuty = fc.record({
      reachable: fc.subarray(names).map((some) => new Set(some)),
      emergency: fc.option(fc.constantFrom(...names)),
    });
    const anyMoments = fc
      .array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 60 })
      .map((minutes) => minutes.sort((a, b) => a - b).map(at));
    const everyMinute = Array.from({ length: 1_000 }, (_, minute) => at(minute));

    it('notifies only people who can be notified, nobody twice in a turn, and never before the time', () => {
      fc.assert(
        fc.property(anyChain, anyDuty, anyMoments, (chain, onDuty, moments) => {
          let dueAt = firstStepAt(chain, opened);
          for (const { now, turn } of story(chain, onDuty, moments)) {
            expect(new Set(turn.notify).size).toBe(turn.notify.length);
            expect(turn.notify.every((name) => onDuty.reachable.has(name))).toBe(true);
            expect(now >= dueAt).toBe(true);
            dueAt = turn.next.at;
          }
        }),
      );
    });

    it('reaches everybody of the chain and then the emergency contact, whenever somebody looks', () => {
      fc.assert(
        fc.property(anyChain, anyDuty, (chain, onDuty) => {
          const told = story(chain, onDuty, everyMinute);
          const wanted = [
            ...chain.steps.flatMap(({ notify }) => notify),
            ...(onDuty.emergency === null ? [] : [onDuty.emergency]),
          ];
          const notified = new Set(told.flatMap(({ turn }) => turn.notify));
          expect(notified).toEqual(new Set(wanted.filter((name) => onDuty.reachable.has(name))));
        }),
      );
    });

    it('never ends by itself: the repetition comes as often as it should', () => {
      fc.assert(
        fc.property(anyChain, anyDuty, (chain, onDuty) => {
          const rounds = story(chain, onDuty, everyMinute).filter(({ turn }) => turn.step === chain.steps.length);
          expect(rounds.map(({ turn }) => turn.round)).toEqual(rounds.map((_, index) => index + 1));
          for (const [index, { now }] of rounds.slice(1).entries()) {
            expect(now).toEqual(later(rounds[index]?.now ?? opened, chain.repeatEveryMinutes));
          }
          const last = rounds.at(-1)?.now ?? opened;
          expect(at(999).getTime() - last.getTime()).toBeLessThan(chain.repeatEveryMinutes * 60_000);
        }),
      );
    });

    it('does not make up in a burst for the time in which nobody looked', () => {
      fc.assert(
        fc.property(anyChain, anyDuty, fc.integer({ min: 0, max: 100_000 }), (chain, onDuty, minutes) => {
          const told = story(chain, onDuty, [at(minutes)]);
          expect(told.length).toBeLessThanOrEqual(chain.steps.length + 1);
          expect(told.filter(({ turn }) => turn.step === chain.steps.length).length).toBeLessThanOrEqual(1);
        }),
      );
    });

    it('raises an alarm whenever nobody of the chain can be notified, and only then', () => {
      fc.assert(
        fc.property(anyChain, anyDuty, anyMoments, (chain, onDuty, moments) => {
          const staffed = chain.steps.some(({ notify }) => notify.some((name) => onDuty.reachable.has(name)));
          for (const { turn } of story(chain, onDuty, moments)) {
            if (staffed) expect(turn.alarm).toBeNull();
            else expect(turn.alarm).toBe(turn.notify.length === 0 ? 'nobody' : 'chain-empty');
          }
        }),
      );
    });
  });
});

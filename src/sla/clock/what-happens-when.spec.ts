import fc from 'fast-check';
import { compileCalendar } from '../../calendar/business-calendar.js';
import { clockJson, type ClockJson } from './clock-json.js';
import { explain } from './explain.js';
import { explainMeasure, measuresAt, type Measure } from './measures.js';
import { recordedTerms as recorded } from './recorded-terms.js';
import { clocksAt, nothingYet, replay, stateAt, step } from './replay.js';
import { pausesIn, targetOf, type Agreement, type CalendarTerms, type PolicyTerms, type Target } from './targets.js';
import {
  isConcluded,
  lifelong,
  metrics,
  type Metric,
  type Status,
  type Timeline,
  type TimelineEvent,
} from './timeline.js';

/* The specification's table "What happens when", as one test: random tickets, and after each of their events every row is held to its word. */

const MINUTE = 60_000;
const START = Date.UTC(2026, 2, 23, 8);

const week = (from: string, to: string, days: readonly string[]): Record<string, [string, string][]> =>
  Object.fromEntries(days.map((day) => [day, [[from, to]]]));
const workdays = ['mon', 'tue', 'wed', 'thu', 'fri'];
const everyday = [...workdays, 'sat', 'sun'];
const calendars: readonly CalendarTerms[] = [
  { name: '24x7', definition: { timezone: 'UTC', week: week('00:00', '24:00', everyday) } },
  { name: 'Office', definition: { timezone: 'Europe/Berlin', week: week('09:00', '17:00', workdays) } },
  { name: 'Nights', definition: { timezone: 'Europe/Berlin', week: week('22:00', '06:00', everyday) } },
  {
    name: 'Short',
    definition: { timezone: 'America/New_York', week: week('10:00', '12:00', workdays), holidays: ['2026-03-25'] },
  },
].map(({ name, definition }) => ({ name, version: 1, hours: compileCalendar(definition) }));

// ---- random tickets

const target: fc.Arbitrary<Target | null> = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 3000 }) },
  { weight: 2, arbitrary: fc.record({ workingDays: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.constantFrom(0, null) },
);
const pausing = fc.subarray<Status>(['waiting', 'on-hold']);
const policy: fc.Arbitrary<PolicyTerms> = fc.record({
  name: fc.constantFrom('A', 'B', 'C'),
  version: fc.integer({ min: 1, max: 3 }),
  targets: fc.record(Object.fromEntries(metrics.map((metric) => [metric, target]))),
  pauses: fc.oneof(fc.constant(undefined), fc.record(Object.fromEntries(metrics.map((metric) => [metric, pausing])))),
  warnAt: fc.constantFrom(undefined, [], [50], [25, 50, 99]),
  reopen: fc.constantFrom('continue' as const, 'cycle' as const),
  opensForStaff: fc.boolean(),
});

const agreement: fc.Arbitrary<Agreement | null> = fc.oneof(
  fc.constant(null),
  fc.record({
    team: fc.constantFrom('Network', 'Database'),
    target: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 2000 })),
    calendar: fc.constantFrom(null, ...calendars),
  }),
);

type Happening = TimelineEvent extends infer E ? (E extends TimelineEvent ? Omit<E, 'at'> : never) : never;
const status = fc.constantFrom<Status>('open', 'waiting', 'on-hold', 'resolved', 'closed', 'spam');
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ type: 'customerMessage' as const }) },
  { weight: 3, arbitrary: fc.constantFrom({ type: 'agentReply' as const }, { type: 'call' as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ type: 'note' as const }, { type: 'autoReply' as const }) },
  { weight: 6, arbitrary: status.map((to) => ({ type: 'status' as const, status: to })) },
  { weight: 1, arbitrary: policy.map((to) => ({ type: 'policy' as const, policy: to })) },
  { weight: 1, arbitrary: fc.constantFrom(...calendars).map((calendar) => ({ type: 'calendar' as const, calendar })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('Network', 'Database', null).map((team) => ({ type: 'assigned' as const, team })),
  },
  { weight: 1, arbitrary: agreement.map((to) => ({ type: 'agreement' as const, agreement: to })) },
  { weight: 1, arbitrary: fc.constantFrom({ type: 'merged' as const }, { type: 'unmerged' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('manualDue' as const),
      metric: fc.constantFrom<Metric>(...metrics),
      dueAt: fc.option(fc.integer({ min: 0, max: 12 * 1440 }).map((minutes) => new Date(START + minutes * MINUTE))),
    }),
  },
);
const opening = fc.tuple(
  fc.record({ type: fc.constant('created' as const), by: fc.constantFrom('customer' as const, 'staff' as const) }),
  policy.map((to) => ({ type: 'policy' as const, policy: to })),
  fc.constantFrom(...calendars).map((calendar) => ({ type: 'calendar' as const, calendar })),
);
/** Mostly some time passes between two events, sometimes none. */
const gap = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 1000 }) },
);
const ticket: fc.Arbitrary<TimelineEvent[]> = fc
  .tuple(opening, fc.array(fc.tuple(gap, happening), { maxLength: 14 }))
  .map(([opened, later]) => {
    let minutes = 0;
    const at = (): Date => new Date(START + minutes * MINUTE);
    return [
      ...opened.map((event) => ({ ...event, at: at() })),
      ...later.map(([passed, event]) => {
        minutes += passed;
        return { ...event, at: at() };
      }),
    ] as TimelineEvent[];
  });

// ---- the table

type Shown = ClockJson & { readonly judgement: number };
const shown = (timeline: Timeline, at: Date): Shown[] =>
  replay(timeline, recorded, at).map((clock) => ({ ...clockJson(clock, at), judgement: clock.judgement }));

const open = (clock: { state: string }): boolean => clock.state === 'running' || clock.state === 'paused';
const ended = (clock: { state: string }): boolean => clock.state === 'met' || clock.state === 'breached';
const of = (clocks: readonly Shown[], metric: Metric): Shown[] => clocks.filter((clock) => clock.metric === metric);
const openOf = (clocks: readonly Shown[], metric: Metric): Shown | undefined => of(clocks, metric).find(open);
const key = ({ metric, cycle }: Shown): string => `${metric} ${String(cycle)}`;

/** The ticket, kept by hand: what the rows of the table speak of. */
interface Known {
  opener: 'customer' | 'staff';
  status: Status;
  merged: boolean;
  spam: boolean;
  policy: PolicyTerms;
  responded: boolean;
}

describe('what happens when', () => {
  it('does as the table says, row by row', () => {
    fc.assert(
      fc.property(ticket, (timeline) => {
        const known: Known = {
          opener: (timeline[0] as TimelineEvent & { type: 'created' }).by,
          status: (timeline[0] as TimelineEvent & { type: 'created' }).by === 'customer' ? 'new' : 'open',
          merged: false,
          spam: false,
          policy: (timeline[1] as TimelineEvent & { type: 'policy' }).policy as PolicyTerms,
          responded: false,
        };
        opened(
          known,
          shown(timeline.slice(0, 3), (timeline[0] as TimelineEvent).at),
          (timeline[0] as TimelineEvent).at,
        );
        for (let i = 3; i < timeline.length; i++) {
          const { at } = timeline[i] as TimelineEvent;
          const before = shown(timeline.slice(0, i), at);
          const after = shown(timeline.slice(0, i + 1), at);
          row(known, timeline.slice(0, i + 1), before, after);
        }
      }),
      { numRuns: 400 },
    );
  });
});

function opened(known: Known, clocks: Shown[], at: Date): void {
  const firstResponse = targetOf(known.policy, 'firstResponse') !== null;
  const owed = firstResponse && (known.opener === 'customer' || known.policy.opensForStaff === true);
  expect(of(clocks, 'firstResponse').map(({ startedAt }) => startedAt)).toEqual(owed ? [at.toISOString()] : []);
  const resolution = targetOf(known.policy, 'resolution') !== null;
  expect(of(clocks, 'resolution').map(({ startedAt }) => startedAt)).toEqual(resolution ? [at.toISOString()] : []);
  for (const metric of lifelong) {
    const on = targetOf(known.policy, metric) !== null;
    expect(of(clocks, metric).map(({ startedAt }) => startedAt)).toEqual(on ? [at.toISOString()] : []);
  }
  const more = lifelong.filter((metric) => targetOf(known.policy, metric) !== null);
  expect(clocks).toHaveLength(Number(owed) + Number(resolution) + more.length);
}

function row(known: Known, timeline: Timeline, before: Shown[], after: Shown[]): void {
  const event = timeline.at(-1) as TimelineEvent;
  const away = known.merged || known.spam;
  const at = event.at.toISOString();
  const on = (metric: Metric): boolean => targetOf(known.policy, metric) !== null;

  if (event.type === 'merged') known.merged = true;
  if (event.type === 'unmerged') known.merged = false;
  if (event.type === 'status') known.spam = event.status === 'spam';
  if (event.type === 'policy') known.policy = event.policy as PolicyTerms;
  const isAway = known.merged || known.spam;
  const was = known.status;
  if (event.type === 'status' && !isAway) known.status = event.status;
  const concluded = isConcluded(known.status);

  // What ended keeps its result: only a reopening goes on with some of them, only taking back looks beneath.
  const reopened = event.type === 'status' && isConcluded(was) && !concluded;
  const goesOn = (metric: Metric): boolean =>
    reopened && (metric === 'resolution' || (lifelong as readonly Metric[]).includes(metric));
  if (!away || isAway) {
    for (const clock of before.filter(ended)) {
      if (!goesOn(clock.metric)) expect(after.find((one) => key(one) === key(clock))).toEqual(clock);
    }
  }

  // Spam and merged: nothing is owed, whatever happens to it meanwhile.
  if (isAway) {
    expect(after.filter(open)).toEqual([]);
    expect(after.map(key)).toEqual(before.map(key));
    for (const clock of before.filter(open)) {
      expect(after.find((one) => key(one) === key(clock))).toMatchObject({ state: 'cancelled', breachedAt: null });
    }
    if (away) expect(after).toEqual(before);
  }
  if (event.type === 'agentReply' || event.type === 'call') known.responded = true;
  if (event.type === 'status' && !isAway && concluded) known.responded = true;
  if (isAway) return;

  // Taken back: as if it had never happened.
  if (away) {
    expect(after.map(withoutJudgement)).toEqual(shown(withoutAbsence(timeline), event.at).map(withoutJudgement));
    return;
  }

  switch (event.type) {
    case 'note':
    case 'autoReply':
    case 'unmerged':
      expect(after).toEqual(before);
      break;
    case 'customerMessage': {
      const asked = openOf(before, 'nextResponse');
      const starts = asked === undefined && known.responded && on('nextResponse');
      if (starts) expect(openOf(after, 'nextResponse')).toMatchObject({ startedAt: at, elapsedSeconds: 0 });
      else expect(openOf(after, 'nextResponse')).toEqual(asked);
      expect(others(after, 'nextResponse')).toEqual(others(before, 'nextResponse'));
      break;
    }
    case 'agentReply':
    case 'call':
      for (const metric of ['firstResponse', 'nextResponse'] as const) {
        stopped(openOf(before, metric), after, at);
        expect(openOf(after, metric)).toBeUndefined();
      }
      stopped(openOf(before, 'update'), after, at);
      if (on('update') && !concluded)
        expect(openOf(after, 'update')).toMatchObject({ startedAt: at, elapsedSeconds: 0 });
      else expect(openOf(after, 'update')).toBeUndefined();
      expect(of(after, 'resolution')).toEqual(of(before, 'resolution'));
      expect(of(after, 'handling')).toEqual(of(before, 'handling'));
      break;
    case 'status':
      if (concluded && !isConcluded(was)) {
        for (const clock of before.filter(open)) stopped(clock, after, at);
        expect(after.filter(open)).toEqual([]);
      }
      if (concluded && isConcluded(was)) expect(after).toEqual(before);
      if (!concluded) {
        for (const clock of after.filter(open)) {
          expect(clock.state).toBe(pausesIn(known.policy, clock.metric, known.status) ? 'paused' : 'running');
        }
      }
      if (reopened && on('resolution')) {
        const last = of(before, 'resolution').filter((clock) => clock.state !== 'cancelled').length;
        if (known.policy.reopen === 'cycle')
          expect(openOf(after, 'resolution')).toMatchObject({ startedAt: at, elapsedSeconds: 0 });
        else if (last > 0) expect(openOf(after, 'resolution')).toMatchObject({ stoppedAt: null });
      }
      for (const metric of lifelong) {
        if (reopened && on(metric) && of(before, metric).some(ended)) {
          expect(openOf(after, metric)).toMatchObject({ cycle: of(before, metric).findLast(ended)?.cycle });
        }
      }
      break;
    case 'policy':
    case 'calendar':
    case 'agreement':
    case 'manualDue':
      for (const clock of after.filter(open)) {
        const earlier = before.find((one) => key(one) === key(clock));
        if (earlier !== undefined) expect(clock.startedAt).toBe(earlier.startedAt);
        // Broken if its due instant has gone by, taken back if not.
        if (clock.state === 'running')
          expect(clock.breachedAt).toBe((clock.dueAt as string) <= at ? clock.dueAt : null);
      }
      break;
  }
}

function stopped(clock: Shown | undefined, after: Shown[], at: string): void {
  if (clock === undefined) return;

  const now = after.find((one) => key(one) === key(clock));
  expect(now).toMatchObject({ stoppedAt: at });
  expect(now?.state).toBe(at <= (now?.dueAt as string) ? 'met' : 'breached');
  // Broken before: broken at the end. At the due instant itself it may look broken and be in time after all.
  if (clock.breachedAt !== null && clock.breachedAt < at) expect(now?.state).toBe('breached');
}

const others = (clocks: readonly Shown[], metric: Metric): Shown[] => clocks.filter((clock) => clock.metric !== metric);

const withoutJudgement = ({ judgement: _, ...clock }: Shown): object => clock;

/** The same ticket had nobody merged it or taken it for spam, up to the last event, which takes that back. */
function withoutAbsence(timeline: Timeline): TimelineEvent[] {
  const kept: TimelineEvent[] = [];
  let merged = false;
  let spam = false;
  for (const event of timeline) {
    if (event.type === 'merged') merged = true;
    else if (event.type === 'unmerged') merged = false;
    else if (event.type === 'status' && event.status === 'spam') spam = true;
    else if (event.type === 'status') {
      spam = false;
      if (!merged) kept.push(event);
    } else kept.push(event);
  }
  return merged || spam ? [] : kept;
}

// ---- what holds for every clock at every moment

describe('every clock at every moment', () => {
  it('adds up, is decided by timestamps, and does not mind being looked at', () => {
    fc.assert(
      fc.property(
        ticket,
        fc.array(fc.integer({ min: 0, max: 20 * 1440 * 60 }), { minLength: 3, maxLength: 6 }),
        (timeline, looks) => {
          const moments = looks.sort((a, b) => a - b).map((seconds) => new Date(START + seconds * 1000));
          let state = nothingYet();
          let next = 0;
          for (const at of moments) {
            for (; next < timeline.length && (timeline[next] as TimelineEvent).at <= at; next++) {
              state = step(state, timeline[next] as TimelineEvent, recorded);
              clocksAt(state, (timeline[next] as TimelineEvent).at);
            }
            const clocks = clocksAt(state, at);
            expect(clocks).toEqual(replay(timeline, recorded, at));
            expect(clocks).toEqual(clocksAt(state, at));
            for (const clock of clocks) {
              const json = clockJson(clock, at);
              consistent(json);
              const ledger = explain(clock, at);
              addsUp(json, ledger);
            }
            for (const metric of metrics) {
              const cycles = clocks.filter((clock) => clock.metric === metric);
              expect(cycles.map(({ cycle }) => cycle)).toEqual(cycles.map((_, i) => i + 1));
              expect(cycles.filter(open).length).toBeLessThanOrEqual(1);
            }
          }
        },
      ),
      { numRuns: 250 },
    );
  });

  it('breaches at its due instant, not a millisecond before, unless it is paused', () => {
    fc.assert(
      fc.property(ticket, (timeline) => {
        const last = (timeline.at(-1) as TimelineEvent).at;
        for (const clock of replay(timeline, recorded, last)) {
          const { metric, cycle } = clock;
          const at = (moment: Date): Shown | undefined =>
            shown(timeline, moment).find((one) => one.metric === metric && one.cycle === cycle);
          if (clock.state === 'running' && clock.breachedAt === null) {
            expect(at(new Date(clock.dueAt.getTime() - 1))?.breachedAt ?? null).toBeNull();
            expect(at(clock.dueAt)?.breachedAt).toBe(clock.dueAt.toISOString());
            for (const warning of clock.ahead) {
              expect(at(warning.at)?.warnings).toContainEqual({
                percent: warning.percent,
                at: warning.at.toISOString(),
              });
            }
          }
          if (clock.state === 'paused') {
            const muchLater = at(new Date(last.getTime() + 90 * 1440 * MINUTE));
            expect(muchLater).toEqual(at(last));
          }
          if (ended(clock) || clock.state === 'cancelled') {
            expect(at(new Date(last.getTime() + 90 * 1440 * MINUTE))).toEqual(at(last));
          }
        }
      }),
      { numRuns: 250 },
    );
  });

  it('is due at the earliest instant with the target behind it', () => {
    fc.assert(
      fc.property(ticket, (timeline) => {
        const last = (timeline.at(-1) as TimelineEvent).at;
        for (const clock of replay(timeline, recorded, last)) {
          if (clock.state !== 'running' || clock.manualDueAt !== null || clock.dueAt <= clock.run.since) continue;

          const { hours } = clock.promised.calendar;
          const counted = clock.run.past
            .filter(({ pausedIn }) => pausedIn === null)
            .reduce((sum, { from, to }) => sum + hours.timeBetween(from, to), 0);
          expect(counted + hours.timeBetween(clock.run.since, clock.dueAt)).toBeCloseTo(clock.targetMs / 1000, 3);
          expect(hours.isOpen(new Date(clock.dueAt.getTime() - 1))).toBe(true);
        }
      }),
      { numRuns: 250 },
    );
  });
});

function consistent(clock: ClockJson): void {
  expect(clock.elapsedSeconds + clock.remainingSeconds).toBeCloseTo(clock.targetSeconds, 6);
  expect(clock.elapsedSeconds).toBeGreaterThanOrEqual(0);
  if (clock.state === 'running') expect(clock.dueAt).not.toBeNull();
  if (clock.state === 'paused') expect(clock.dueAt).toBeNull();
  if (clock.state === 'met') {
    expect((clock.stoppedAt as string) <= (clock.dueAt as string)).toBe(true);
    expect(clock.breachedAt).toBeNull();
  }
  if (clock.state === 'breached') {
    expect((clock.stoppedAt as string) > (clock.dueAt as string)).toBe(true);
    expect(clock.breachedAt).toBe(clock.dueAt);
  }
  if (clock.breachedAt !== null && clock.dueAt !== null) expect(clock.breachedAt).toBe(clock.dueAt);
}

function addsUp(clock: ClockJson, ledger: ReturnType<typeof explain>): void {
  let counted = 0;
  let end = clock.startedAt;
  const wrong = ledger.filter((line) => {
    const seconds = (Date.parse(line.to) - Date.parse(line.from)) / 1000;
    if (line.kind === 'counting') counted += seconds;
    const right =
      line.from === end && seconds > 0 && line.seconds === seconds && Math.abs(line.elapsedSeconds - counted) < 1e-6;
    end = line.to;
    return !right;
  });
  expect(wrong).toEqual([]);
  expect(clock.elapsedSeconds).toBeCloseTo(counted, 6);
  if (clock.stoppedAt !== null) expect(end).toBe(clock.stoppedAt);
}

// ---- counted by a child: minute after minute

describe('a resolution', () => {
  it('has counted just the open minutes in which the ticket was neither paused nor resolved', () => {
    const changes = fc.array(
      fc.tuple(
        fc.integer({ min: 1, max: 900 }),
        status.filter((to) => to !== 'spam'),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(
        changes,
        fc.constantFrom(...calendars),
        fc.integer({ min: 1, max: 3000 }),
        (moves, calendar, minutes) => {
          let now = START;
          const promised: PolicyTerms = { name: null, version: null, targets: { resolution: minutes } };
          const timeline: TimelineEvent[] = [
            { at: new Date(START), type: 'created', by: 'customer' },
            { at: new Date(START), type: 'policy', policy: promised },
            { at: new Date(START), type: 'calendar', calendar },
            ...moves.map(([passed, to]) => ({
              at: new Date((now += passed * MINUTE)),
              type: 'status' as const,
              status: to,
            })),
          ];
          const end = now + 2000 * MINUTE;

          let counted = 0;
          let due: number | null = null;
          let current: Status = 'new';
          for (let at = START; at < end; at += MINUTE) {
            for (const event of timeline)
              if (event.type === 'status' && event.at.getTime() === at) current = event.status;
            const counts = (current === 'new' || current === 'open') && calendar.hours.isOpen(new Date(at));
            if (counts) counted++;
            if (counts && counted === minutes) due = at + MINUTE;
          }

          const [clock] = shown(timeline, new Date(end));
          expect(clock?.elapsedSeconds).toBe(counted * 60);
          // A due instant that falls on the very end of a running stretch is put off until the clock goes on.
          const onAnEvent = timeline.some(({ at }) => at.getTime() === due);
          if (!onAnEvent && due !== null && due < end)
            expect(clock?.breachedAt ?? clock?.dueAt).toBe(new Date(due).toISOString());
          if (due === null) expect(clock?.breachedAt).toBeNull();
        },
      ),
      { numRuns: 150 },
    );
  });
});

// ---- what is measured

describe('what is measured', () => {
  it('is what a clock counts where a target is set, and adds up by its own account', () => {
    fc.assert(
      fc.property(ticket, fc.integer({ min: 0, max: 20 * 1440 }), (timeline, minutes) => {
        const at = new Date(Math.max(START + minutes * MINUTE, (timeline.at(-1) as TimelineEvent).at.getTime()));
        const unmatched = [...replay(timeline, recorded, at)];
        for (const measure of measuresAt(stateAt(timeline, recorded, at), at)) {
          const ledger = explainMeasure(measure, at);
          expect(measure.countedMs / 1000).toBeCloseTo(ledger.at(-1)?.elapsedSeconds ?? 0, 6);
          expect(measure.counting && measure.endedAt !== null).toBe(false);
          if (!measure.promised) continue;

          // Of several that began at one instant, as when two teams are named at once, the first belongs to the first.
          const its = unmatched.findIndex(
            (one) => one.metric === measure.metric && one.run.startedAt.getTime() === measure.run.startedAt.getTime(),
          );
          const [clock] = its === -1 ? [] : unmatched.splice(its, 1);
          expect(clock && clockJson(clock, at).elapsedSeconds).toBe(measure.countedMs / 1000);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is the open minutes in the statuses in which somebody waits, or works, whatever was resolved between', () => {
    const changes = fc.array(
      fc.tuple(
        fc.integer({ min: 1, max: 900 }),
        status.filter((to) => to !== 'spam'),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(changes, fc.constantFrom(...calendars), fc.boolean(), (moves, calendar, promised) => {
        let now = START;
        const targets = promised ? { requesterWait: 300, agentWork: { workingDays: 1 } } : {};
        const policyThen: PolicyTerms = { name: null, version: null, targets };
        const timeline: TimelineEvent[] = [
          { at: new Date(START), type: 'created', by: 'customer' },
          { at: new Date(START), type: 'policy', policy: policyThen },
          { at: new Date(START), type: 'calendar', calendar },
          ...moves.map(([passed, to]) => ({
            at: new Date((now += passed * MINUTE)),
            type: 'status' as const,
            status: to,
          })),
        ];
        const end = now + 700 * MINUTE;
        const counted = { requesterWait: 0, agentWork: 0 };
        let current: Status = 'new';
        for (let at = START; at < end; at += MINUTE) {
          for (const event of timeline) {
            if (event.type === 'status' && event.at.getTime() === at) current = event.status;
          }
          if (!calendar.hours.isOpen(new Date(at))) continue;
          if (current === 'new' || current === 'open') counted.agentWork++;
          if (current === 'new' || current === 'open' || current === 'on-hold') counted.requesterWait++;
        }

        const measures = measuresAt(stateAt(timeline, recorded, new Date(end)), new Date(end));
        expect(measures.map(({ metric, countedMs }) => [metric, countedMs / MINUTE])).toEqual(
          lifelong.map((metric) => [metric, counted[metric]]),
        );
        const live = !isConcluded(current);
        expect(measures.map(({ endedAt }) => endedAt === null)).toEqual([live, live]);
      }),
      { numRuns: 100 },
    );
  });

  it('names each team with the time that it had the ticket', () => {
    const at = (minutes: number): Date => new Date(START + minutes * MINUTE);
    const [always] = calendars as readonly [CalendarTerms];
    const timeline: TimelineEvent[] = [
      { at: at(0), type: 'created', by: 'customer' },
      { at: at(0), type: 'policy', policy: { name: null, version: null, targets: {} } },
      { at: at(0), type: 'calendar', calendar: always },
      { at: at(10), type: 'assigned', team: 'Network' },
      { at: at(30), type: 'assigned', team: 'Database' },
      { at: at(30), type: 'agreement', agreement: { team: 'Database', target: 60, calendar: null } },
      { at: at(60), type: 'status', status: 'resolved' },
      { at: at(90), type: 'status', status: 'open' },
    ];
    const told = (minutes: number): unknown[] =>
      measuresAt(stateAt(timeline, recorded, at(minutes)), at(minutes))
        .filter(({ metric }) => metric === 'handling')
        .map(({ team, cycle, countedMs, counting, promised }: Measure) => [
          team,
          cycle,
          countedMs / MINUTE,
          counting,
          promised,
        ]);
    expect(told(100)).toEqual([
      ['Network', 1, 20, false, false],
      ['Database', 2, 30, false, true],
      ['Database', 3, 10, true, true],
    ]);
  });

  it('is nothing while the ticket is spam', () => {
    const timeline: TimelineEvent[] = [
      { at: new Date(START), type: 'created', by: 'customer' },
      { at: new Date(START), type: 'calendar', calendar: calendars[0] },
      { at: new Date(START + MINUTE), type: 'status', status: 'spam' },
    ];
    const later = new Date(START + 5 * MINUTE);
    expect(measuresAt(stateAt(timeline, recorded, later), later)).toEqual([]);
  });
});

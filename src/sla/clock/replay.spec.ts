import { compileCalendar } from '../../calendar/business-calendar.js';
import { replay } from './replay.js';
import type { CalendarTerms, Held, PolicyTerms, Terms } from './targets.js';
import type { Timeline, TimelineEvent } from './timeline.js';

const roundTheClock: CalendarTerms = {
  name: '24x7',
  version: 1,
  hours: compileCalendar({
    timezone: 'UTC',
    week: Object.fromEntries(
      ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, [['00:00', '24:00']]]),
    ),
  }),
};

const policyOf = (minutes: number | null): PolicyTerms => ({
  name: `${String(minutes)} minutes`,
  version: 1,
  targets: { resolution: minutes },
});

const terms: Terms = {
  after: (event: TimelineEvent, held: Held): Held =>
    event.type === 'policy' ? { ...held, policy: event.policy as PolicyTerms, calendar: roundTheClock } : held,
};

const at = (time: string): Date => new Date(`2026-06-01T${time}Z`);
const created = (minutes: number | null, time = '10:00'): Timeline => [
  { at: at(time), type: 'created', by: 'customer' },
  { at: at(time), type: 'policy', policy: policyOf(minutes) },
];
const policyAt = (time: string, minutes: number | null): TimelineEvent => ({
  at: at(time),
  type: 'policy',
  policy: policyOf(minutes),
});

describe('the judgement of a clock', () => {
  it('is its first until a breach is taken back', () => {
    expect(replay(created(60), terms, at('12:00'))).toMatchObject([{ judgement: 1, breachedAt: at('11:00') }]);
  });

  it('is its second once a breach has been taken back, so that a later breach is a new one', () => {
    const timeline = [...created(60), policyAt('11:30', 120)];
    expect(replay(timeline, terms, at('11:45'))).toMatchObject([{ judgement: 2, breachedAt: null }]);
    expect(replay(timeline, terms, at('12:30'))).toMatchObject([{ judgement: 2, breachedAt: at('12:00') }]);
  });

  it('stays while a breach is only moved', () => {
    const timeline = [...created(60), policyAt('13:00', 120)];
    expect(replay(timeline, terms, at('13:00'))).toMatchObject([{ judgement: 1, breachedAt: at('12:00') }]);
  });

  it('does not mind changes that undo each other within one instant', () => {
    const timeline = [...created(60), policyAt('11:30', 300), policyAt('11:30', 60)];
    expect(replay(timeline, terms, at('12:00'))).toMatchObject([{ judgement: 1, breachedAt: at('11:00') }]);
  });

  it('is a new one when a breach that was called off with a merging stands again', () => {
    const timeline: Timeline = [
      ...created(60),
      { at: at('11:30'), type: 'merged' },
      { at: at('12:00'), type: 'unmerged' },
    ];
    expect(replay(timeline, terms, at('12:00'))).toMatchObject([{ judgement: 2, breachedAt: at('11:00') }]);
  });

  it('is a new one when a breach was called off because the metric was turned off for a while', () => {
    const timeline = [...created(60), policyAt('11:30', null), policyAt('12:00', 60)];
    expect(replay(timeline, terms, at('11:45'))).toMatchObject([{ state: 'cancelled', breachedAt: null }]);
    expect(replay(timeline, terms, at('12:00'))).toMatchObject([{ judgement: 2, breachedAt: at('11:00') }]);
  });
});

describe('why a clock is breached', () => {
  it('is the due instant that went by, or the change that moved it into the past', () => {
    expect(replay(created(60), terms, at('12:00'))).toMatchObject([{ breachedBy: 'due' }]);
    expect(replay([...created(300), policyAt('12:00', 60)], terms, at('12:00'))).toMatchObject([
      { breachedAt: at('11:00'), breachedBy: 'reclassification' },
    ]);
  });
});

describe('the order of events', () => {
  it('is that of their instants, whatever order they were given in', () => {
    const timeline: Timeline = [...created(60), { at: at('10:59'), type: 'status', status: 'resolved' }];
    expect(replay(timeline.toReversed(), terms, at('12:00'))).toHaveLength(1);
    expect(replay([timeline[2], timeline[0], timeline[1]] as Timeline, terms, at('12:00'))).toMatchObject([
      { state: 'met', stoppedAt: at('10:59') },
    ]);
  });

  it('leaves out what has not happened yet', () => {
    const timeline: Timeline = [...created(60), { at: at('10:59'), type: 'status', status: 'resolved' }];
    expect(replay(timeline, terms, at('10:30'))).toMatchObject([{ state: 'running' }]);
  });
});

it('puts the end of a clock down to the person who ended it', () => {
  const timeline: Timeline = [...created(60), { at: at('10:30'), type: 'status', status: 'resolved', person: 'ann' }];
  expect(replay(timeline, terms, at('12:00'))).toMatchObject([{ stoppedBy: 'ann' }]);
});

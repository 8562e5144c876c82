import { isDeepStrictEqual } from 'node:util';
import type { ClockEventType } from '../clock-event.entity.js';
import {
  BreachRetracted,
  ClockBreached,
  ClockCancelled,
  ClockStarted,
  ClockStopped,
  ClockWarned,
  type ClockFact,
  type ClockKey,
} from '../clock-events.js';
import type { ClockRow } from '../clock.entity.js';
import type { ClockValues } from './clock-rows.js';

/** A clock as it is stored, if it is, and as it shall be stored; null: there never was one. */
export interface Change {
  readonly before: ClockRow | null;
  readonly after: ClockValues;
}

/** Something about a clock that is written down and, mostly, announced. */
export interface Happening {
  readonly type: ClockEventType;
  readonly at: Date;
  readonly data: Record<string, unknown>;
  readonly fact?: (key: ClockKey) => ClockFact;
}

/**
 * What is to be stored for a clock that replay gives. Breaches are counted here once more: whenever a breach that was
 * announced is gone, the next is a new one, however it came to light.
 */
export function change(before: ClockRow | null, replayed: ClockValues): Change {
  const gone = before !== null && before.breachedAt !== null && replayed.breachedAt === null;
  const judgement = Math.max((before?.judgement ?? 1) + Number(gone), replayed.judgement);
  const ended = replayed.state === 'met' || replayed.state === 'breached';
  const asItEnded =
    before !== null && ended && before.state === replayed.state && sameInstant(before.stoppedAt, replayed.stoppedAt);
  const snapshot = asItEnded
    ? {
        level: before.level,
        queueId: before.queueId,
        assigneeId: before.assigneeId,
        organisationId: before.organisationId,
      }
    : {};
  return { before, after: { ...replayed, judgement, ...snapshot } };
}

/** A stored clock that replay does not give: it is cancelled and out of sight, its row stays. */
export function withdrawal(before: ClockRow, at: Date): Change {
  const { id: _, setAsideAt: __, setAsideBecause: ___, ...values } = before;
  const gone = before.breachedAt !== null;
  return {
    before,
    after: {
      ...values,
      state: 'cancelled',
      judgement: before.judgement + Number(gone),
      countingSince: null,
      dueAt: null,
      stoppedAt: before.stoppedAt ?? at,
      breachedAt: null,
      breachedBy: null,
      cancelledBecause: null,
      ahead: [],
      nextMomentAt: null,
      withdrawnAt: before.withdrawnAt ?? at,
    },
  };
}

export function changesAnything({ before, after }: Change): boolean {
  if (before === null || before.calendarVersion !== after.calendarVersion) return true;

  const { id: _, setAsideAt, setAsideBecause: __, ...values } = before;
  return setAsideAt !== null || !isDeepStrictEqual(values, after);
}

/** The story of a change, in the order in which it is told. */
export function happenings(change: Change, now: Date, why: string): Happening[] {
  return change.after.withdrawnAt !== null
    ? withdrawn(change, now)
    : [
        ...begun(change),
        ...moved(change, now, why),
        ...warned(change),
        ...breach(change, now),
        ...halted(change, now),
        ...ended(change),
      ];
}

const isOpen = (clock: Pick<ClockValues, 'state'> | null): boolean =>
  clock?.state === 'running' || clock?.state === 'paused';
const sameInstant = (one: Date | null, other: Date | null): boolean => one?.getTime() === other?.getTime();
const visible = (before: ClockRow | null): ClockRow | null =>
  before !== null && before.withdrawnAt === null ? before : null;

function withdrawn({ before, after }: Change, now: Date): Happening[] {
  if (before === null || before.withdrawnAt !== null) return [];

  const data = { was: before.state, dueAt: before.dueAt };
  const key = { judgement: before.judgement };
  return [
    {
      type: 'withdrawn',
      at: after.withdrawnAt ?? now,
      data,
      fact: (clock) => new ClockCancelled({ ...clock, ...key }, now, 'withdrawn'),
    },
  ];
}

function begun({ before, after }: Change): Happening[] {
  const { startedAt: at, targetSeconds, dueAt } = after;
  const data = { targetSeconds, dueAt };
  if (visible(before) === null) return [{ type: 'started', at, data, fact: (key) => new ClockStarted(key, at) }];

  if (!isOpen(after) || isOpen(before)) return [];
  const since = new Date(after.run.since);
  return [{ type: before?.state === 'cancelled' ? 'restored' : 'reopened', at: since, data }];
}

function warned({ before, after }: Change): Happening[] {
  const known = visible(before)?.warnings ?? [];
  return after.warnings
    .filter((warning) => !known.some(({ percent, at }) => percent === warning.percent && at === warning.at))
    .map(({ percent, at }) => ({
      type: 'warned',
      at: new Date(at),
      data: { percent },
      // A clock that has ended or is broken already needs nobody's hurry.
      ...(isOpen(after) && after.breachedAt === null
        ? { fact: (key: ClockKey) => new ClockWarned(key, new Date(at), percent, after.dueAt) }
        : {}),
    }));
}

function breach({ before: stored, after }: Change, now: Date): Happening[] {
  const before = visible(stored);
  if (after.breachedAt !== null) {
    const { breachedAt: at } = after;
    const because = after.breachedBy ?? 'due';
    if (before !== null && before.breachedAt !== null) return [];
    return [{ type: 'breached', at, data: { because }, fact: (key) => new ClockBreached(key, at, because) }];
  }
  if (before === null || before.breachedAt === null || after.state === 'cancelled') return [];

  const { judgement } = before;
  const data = { breachedAt: before.breachedAt, dueAt: after.dueAt };
  return [{ type: 'retracted', at: now, data, fact: (key) => new BreachRetracted({ ...key, judgement }, now) }];
}

function moved({ before: stored, after }: Change, now: Date, why: string): Happening[] {
  const before = visible(stored);
  if (before === null) return [];

  const target = before.targetSeconds === after.targetSeconds ? {} : { targetSeconds: after.targetSeconds };
  const bothDue = before.dueAt !== null && after.dueAt !== null;
  if (bothDue && !sameInstant(before.dueAt, after.dueAt)) {
    return [{ type: 'moved', at: now, data: { from: before.dueAt, to: after.dueAt, ...target, why } }];
  }
  const pausedThroughout = before.state === 'paused' && after.state === 'paused';
  if (!pausedThroughout || before.targetSeconds === after.targetSeconds) return [];
  return [{ type: 'moved', at: now, data: { ...target, why } }];
}

function halted({ before, after }: Change, now: Date): Happening[] {
  if (before !== null && before.state === 'running' && after.state === 'paused') {
    // So that its history tells how far the pause moved it.
    const data = { in: after.run.pausedIn, dueWas: before.dueAt };
    return [{ type: 'paused', at: pausedAt(after, now), data }];
  }
  if (before !== null && before.state === 'paused' && after.state === 'running') {
    return [{ type: 'resumed', at: after.countingSince ?? now, data: { dueAt: after.dueAt } }];
  }
  if (visible(before) === null && after.state === 'paused') {
    return [{ type: 'paused', at: pausedAt(after, now), data: { in: after.run.pausedIn } }];
  }
  return [];
}

const pausedAt = (after: ClockValues, now: Date): Date => (after.state === 'paused' ? new Date(after.run.since) : now);

function ended({ before: stored, after }: Change): Happening[] {
  const before = visible(stored);
  const { stoppedAt: at } = after;
  if (at === null || (before?.state === after.state && sameInstant(before.stoppedAt, at))) return [];

  if (after.state === 'cancelled') {
    const because = after.cancelledBecause ?? 'off';
    // Incidents know the clock by the breach that was announced.
    const key = before === null ? {} : { judgement: before.judgement };
    return [
      {
        type: 'cancelled',
        at,
        data: { because },
        fact: (clock) => new ClockCancelled({ ...clock, ...key }, at, because),
      },
    ];
  }
  const outcome = after.state === 'breached' ? 'breached' : 'met';
  const data = { outcome, dueAt: after.dueAt, elapsedSeconds: after.elapsedSeconds };
  return [{ type: 'stopped', at, data, fact: (key) => new ClockStopped(key, at, outcome) }];
}

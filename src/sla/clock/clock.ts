import {
  pausesIn,
  WARN_AT,
  workingTime,
  workingTimeOf,
  type CalendarTerms,
  type PolicyTerms,
  type Target,
} from './targets.js';
import type { Metric, Status } from './timeline.js';

/**
 * A clock is one promise to one ticket: start, pause, resume, stop, strike, cancel, and its due moved. Every function takes the
 * clock as it was and gives it as it is then. Instants decide, never when somebody looked:
 * a clock is met if and only if it stopped at its due instant or before.
 */

/** One stretch of a clock's life, `[from, to)`: it ran, or it was paused in a status. */
export interface Stretch {
  readonly from: Date;
  readonly to: Date;
  readonly pausedIn: Status | null;
}

/** When a clock ran and when it was paused, whatever was promised: all that a new policy needs to judge it afresh. */
export interface Run {
  readonly startedAt: Date;
  /** What is over, without a gap from the start on. */
  readonly past: readonly Stretch[];
  /** Since when it has been as it is now. */
  readonly since: Date;
  readonly pausedIn: Status | null;
}

export interface Warning {
  readonly percent: number;
  readonly at: Date;
}

/** By whom and by what a promise was made. */
export interface Promised {
  readonly target: Target | null;
  readonly policy: PolicyTerms;
  readonly calendar: CalendarTerms;
}

interface Kept {
  readonly metric: Metric;
  readonly cycle: number;
  /** Counts the breaches that were taken back, so that a later one is a new one. */
  readonly judgement: number;
  readonly run: Run;
  readonly promised: Promised;
  readonly manualDueAt: Date | null;
  /** Working time in milliseconds: promised, and counted in all stretches that are over. */
  readonly targetMs: number;
  readonly spentMs: number;
  readonly warnings: readonly Warning[];
  readonly breachedAt: Date | null;
  readonly breachedBy: BreachCause | null;
}

/** The due instant went by; or a change of the promise moved it to where it had gone by already. */
export type BreachCause = 'due' | 'reclassification';

export type RunningClock = Kept & {
  readonly state: 'running';
  readonly dueAt: Date;
  /** The warnings still to come, so that striking needs no calendar. */
  readonly ahead: readonly Warning[];
};
export type PausedClock = Kept & { readonly state: 'paused' };
export type EndedClock = Kept & {
  readonly state: 'met' | 'breached';
  readonly dueAt: Date;
  readonly stoppedAt: Date;
  readonly stoppedBy: string | null;
};
export type CancelledClock = Kept & {
  readonly state: 'cancelled';
  readonly stoppedAt: Date;
  readonly because: CancelCause;
};

export type CancelCause = 'merged' | 'spam' | 'off';
export type OpenClock = RunningClock | PausedClock;
export type Clock = OpenClock | EndedClock | CancelledClock;

export const isOpen = (clock: { readonly state: string }): clock is OpenClock =>
  clock.state === 'running' || clock.state === 'paused';

// ---- runs

export function beginRun(startedAt: Date, pausedIn: Status | null): Run {
  return { startedAt, past: [], since: startedAt, pausedIn };
}

/** The run, from `at` on paused in a status, or running with null. */
export function turnRun(run: Run, at: Date, pausedIn: Status | null): Run {
  return { ...run, past: [...run.past, ...lasting(run, at)], since: at, pausedIn };
}

const lasting = (run: Run, to: Date): Stretch[] =>
  run.since < to ? [{ from: run.since, to, pausedIn: run.pausedIn }] : [];

// ---- transitions

export interface Start {
  readonly metric: Metric;
  readonly cycle: number;
  readonly judgement: number;
  readonly run: Run;
  readonly promised: Promised;
  readonly manualDueAt: Date | null;
}

/** A promise made now, at `at`, for a run that may have begun long before. */
export function start(what: Start, at: Date): OpenClock {
  return judge({ ...what, targetMs: 0, spentMs: 0, warnings: [], breachedAt: null, breachedBy: null }, at);
}

export function pause(clock: OpenClock, at: Date, status: Status): OpenClock {
  if (clock.state === 'paused') {
    return clock.run.pausedIn === status ? clock : { ...clock, run: turnRun(clock.run, at, status) };
  }

  return {
    ...withoutMoments(clock),
    state: 'paused',
    run: turnRun(clock.run, at, status),
    spentMs: spentBy(clock, at),
  };
}

export function resume(clock: OpenClock, at: Date): OpenClock {
  return clock.state === 'running' ? clock : judge({ ...clock, run: turnRun(clock.run, at, null) }, at);
}

/** The clock's promise is another one now: everything is counted again from the original start, with its pauses kept. */
export function moveDue(clock: OpenClock, promised: Promised, manualDueAt: Date | null, at: Date): OpenClock {
  return judge({ ...clock, promised, manualDueAt }, at);
}

/** What was promised is done, by `by`. A paused clock has no due instant to miss: it is judged as if resumed in this moment. */
export function stop(clock: OpenClock, at: Date, by: string | null): EndedClock {
  const running = resume(clock, at) as RunningClock;
  const { ahead: _, ...kept } = running;
  const met = at <= running.dueAt;
  return {
    ...kept,
    state: met ? 'met' : 'breached',
    run: turnRun(running.run, at, null),
    spentMs: spentBy(running, at),
    breachedAt: met ? null : running.dueAt,
    breachedBy: met ? null : (running.breachedBy ?? 'due'),
    stoppedAt: at,
    stoppedBy: by,
  };
}

/** The ended clock goes on; the time between counts as a pause in the status it ended in. */
export function reopen(clock: EndedClock, promised: Promised, at: Date, endedIn: Status): OpenClock {
  const { state: _, dueAt: __, stoppedAt: ___, stoppedBy: ____, ...kept } = clock;
  return judge({ ...kept, promised, run: turnRun(turnRun(clock.run, clock.stoppedAt, endedIn), at, null) }, at);
}

/** Nothing is owed any more: neither met nor breached. */
export function cancel(clock: OpenClock, at: Date, because: CancelCause): CancelledClock {
  return {
    ...withoutMoments(clock),
    state: 'cancelled',
    run: turnRun(clock.run, at, clock.run.pausedIn),
    spentMs: spentBy(clock, at),
    breachedAt: null,
    breachedBy: null,
    stoppedAt: at,
    because,
  };
}

function withoutMoments(clock: OpenClock): Kept {
  if (clock.state === 'paused') return clock;

  const { dueAt: _, ahead: __, ...kept } = clock;
  return kept;
}

export type Struck = Pick<RunningClock, 'dueAt' | 'ahead' | 'warnings' | 'breachedAt' | 'breachedBy'>;

/** Marks what has come by `at`: warnings, and the breach at the due instant. The clock runs on. */
export function strike<C extends Struck>(clock: C, at: Date): C {
  return mark(clock, (moment) => moment <= at);
}

/** The same just before `at`: what happens at the due instant itself is still in time. */
export function strikeBefore<C extends Struck>(clock: C, at: Date): C {
  return mark(clock, (moment) => moment < at);
}

/** When the clock wants to be struck next, if ever. */
export function nextMoment(clock: Struck): Date | null {
  return clock.ahead[0]?.at ?? (clock.breachedAt === null ? clock.dueAt : null);
}

function mark<C extends Struck>(clock: C, hasCome: (moment: Date) => boolean): C {
  const next = nextMoment(clock);
  if (next === null || !hasCome(next)) return clock;

  const due = clock.breachedAt === null && hasCome(clock.dueAt);
  return {
    ...clock,
    warnings: [...clock.warnings, ...clock.ahead.filter((warning) => hasCome(warning.at))],
    ahead: clock.ahead.filter((warning) => !hasCome(warning.at)),
    ...(due ? { breachedAt: clock.dueAt, breachedBy: 'due' } : {}),
  };
}

// ---- judging

/** Working time counted by `at`, in milliseconds. */
export function elapsedBy(clock: Clock, at: Date): number {
  return isOpen(clock) ? spentBy(clock, at) : clock.spentMs;
}

function spentBy(clock: OpenClock, at: Date): number {
  return clock.run.pausedIn === null
    ? clock.spentMs + workingTime(clock.promised.calendar.hours, clock.run.since, at)
    : clock.spentMs;
}

/**
 * The clock from its run and its promise alone, as known just before `at`:
 * 1. the working time of the stretches that are over, and the target in working time;
 * 2. the instants at which the due and each warning are reached, in an earlier stretch or in the lasting one;
 * 3. what lies before `at` has come, the rest lies ahead.
 */
function judge(kept: Omit<Kept, 'state'>, at: Date): OpenClock {
  const { run, promised } = kept;
  const spentMs = spentIn(run.past, promised);
  const counted = { ...kept, spentMs };
  const targetMs = targetFor(counted);
  const dueAt = dueOf(counted, targetMs);
  const breachedAt = dueAt !== null && dueAt < at ? dueAt : null;
  const warnings = warningsOf({ ...counted, targetMs }, dueAt);
  const judged = {
    metric: kept.metric,
    cycle: kept.cycle,
    judgement: kept.judgement,
    run,
    promised,
    manualDueAt: kept.manualDueAt,
    targetMs,
    spentMs,
    warnings: warnings.filter((warning) => warning.at < at),
    breachedAt,
    breachedBy: breachedAt === null ? null : kept.breachedAt === null ? ('reclassification' as const) : kept.breachedBy,
  };
  if (run.pausedIn !== null) return { ...judged, state: 'paused' };

  // A running clock always reaches its due instant, or the calendar refuses to count that far.
  return { ...judged, state: 'running', dueAt: dueAt as Date, ahead: warnings.filter((warning) => warning.at >= at) };
}

const spentIn = (past: readonly Stretch[], { calendar: { hours } }: Promised): number =>
  past.reduce((sum, { from, to, pausedIn }) => (pausedIn === null ? sum + workingTime(hours, from, to) : sum), 0);

type Judged = Pick<Kept, 'run' | 'promised' | 'manualDueAt' | 'spentMs'>;

function targetFor(clock: Judged): number {
  if (clock.manualDueAt !== null) return timeUntilManualDue(clock, clock.manualDueAt);

  const { target, calendar } = clock.promised;
  return target === null ? 0 : workingTimeOf(target, clock.run.startedAt, calendar.hours);
}

/** The working time that counts before a date set by hand. What is paused now is taken as running on from the pause. */
function timeUntilManualDue({ run, promised, spentMs }: Judged, due: Date): number {
  const { hours } = promised.calendar;
  let counted = 0;
  for (const stretch of run.past) {
    if (due < stretch.to) return counted + (stretch.from < due ? workingTime(hours, stretch.from, due) : 0);
    if (stretch.pausedIn === null) counted += workingTime(hours, stretch.from, stretch.to);
  }
  return run.since < due ? spentMs + workingTime(hours, run.since, due) : spentMs;
}

/** The due instant, or null for a clock that is paused before it. */
function dueOf(clock: Judged, targetMs: number): Date | null {
  const { manualDueAt, run } = clock;
  if (manualDueAt === null) return reach(clock, targetMs);
  if (manualDueAt < run.startedAt) return manualDueAt;

  // A date set by hand holds through pauses. One that went by in a pause has not been missed: what was left runs on.
  const stretch = run.past.find(({ to }) => manualDueAt < to) ?? run;
  if (stretch.pausedIn === null) return manualDueAt;
  return reach(clock, targetMs);
}

function warningsOf(clock: Judged & { readonly targetMs: number }, dueAt: Date | null): Warning[] {
  const warnings: Warning[] = [];
  for (const percent of clock.promised.policy.warnAt ?? WARN_AT) {
    const at = reach(clock, Math.round((clock.targetMs * percent) / 100));
    if (at !== null && (dueAt === null || at <= dueAt)) warnings.push({ percent, at });
  }
  return warnings.sort((a, b) => a.at.getTime() - b.at.getTime() || a.percent - b.percent);
}

/**
 * The earliest instant by which so much working time has counted, or null if that lies beyond a pause that still lasts.
 * What is reached in the very moment a stretch ends has not come yet: it comes when the clock goes on.
 */
function reach({ run, promised, spentMs }: Judged, ms: number): Date | null {
  const { hours } = promised.calendar;
  if (ms <= spentMs) {
    let counted = 0;
    for (const { from, to, pausedIn } of run.past) {
      if (pausedIn !== null) continue;

      const inThis = workingTime(hours, from, to);
      if (ms <= counted + inThis) {
        const reached = hours.addTime(from, (ms - counted) / 1000);
        if (reached < to) return reached;
      }
      counted += inThis;
    }
  }
  return run.pausedIn === null ? hours.addTime(run.since, Math.max(0, ms - spentMs) / 1000) : null;
}

import { WARN_AT, workingTime, workingTimeOf, type CalendarTerms, type PolicyTerms, type Target } from './targets.js';
import type { Metric, Status } from './timeline.js';

/**
 * A clock is one promise to one ticket: start, pause, resume, stop, strike, cancel, and its due moved. Every function takes the
 * clock as it was and gives it as it is then. Instants decide, never when somebody looked: a clock is met if and only if it stopped at
 * its due instant or before.
 */

/** One stretch of a clock's life, `[from, to)`: it ran, or it was paused in a status. */
export interface Stretch {
  readonly from: Date;
  readonly to: Date;
  readonly pausedIn: Status | null;
  /** The working time in milliseconds that counted in it. */
  readonly countedMs: number;
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
  readonly breachedAt: Date | null;
  readonly breachedBy: BreachCause | null;
}

/** The due instant went by; or a change of the promise moved it to where it had gone by already. */
export type BreachCause = 'due' | 'reclassification';
export type CancelCause = 'merged' | 'spam' | 'off';

export type RunningClock = Kept & { readonly state: 'running'; readonly dueAt: Date };
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

export type OpenClock = RunningClock | PausedClock;
export type Clock = OpenClock | EndedClock | CancelledClock;

export const isOpen = (clock: { readonly state: string }): clock is OpenClock =>
  clock.state === 'running' || clock.state === 'paused';

// ---- runs

export function beginRun(startedAt: Date, pausedIn: Status | null): Run {
  return { startedAt, past: [], since: startedAt, pausedIn };
}

/** The run, from `at` on paused in a status, or running with null; what has lasted until then counted so much. */
export function turnRun(run: Run, at: Date, pausedIn: Status | null, countedMs = 0): Run {
  const over = { from: run.since, to: at, pausedIn: run.pausedIn, countedMs };
  return { startedAt: run.startedAt, past: run.since < at ? [...run.past, over] : run.past, since: at, pausedIn };
}

// ---- transitions

export type Start = Pick<Kept, 'metric' | 'cycle' | 'judgement' | 'run' | 'promised' | 'manualDueAt'>;

/** A promise made now, at `at`, for a run that may have begun long before. */
export function start(what: Start, at: Date): OpenClock {
  return judge(recount(what, null), at);
}

export function pause(clock: OpenClock, at: Date, status: Status): OpenClock {
  if (clock.state === 'running') return { ...turned(clock, at, status), state: 'paused' };

  return clock.run.pausedIn === status ? clock : { ...clock, run: turnRun(clock.run, at, status) };
}

export function resume(clock: OpenClock, at: Date): RunningClock {
  return clock.state === 'running' ? clock : (judge(manuallyDue(turned(clock, at, null)), at) as RunningClock);
}

/** The clock's promise is another one now: everything is counted again from the original start, with its pauses kept. */
export function moveDue(clock: OpenClock, promised: Promised, manualDueAt: Date | null, at: Date): OpenClock {
  const { metric, cycle, judgement, run } = clock;
  return judge(recount({ metric, cycle, judgement, run, promised, manualDueAt }, clock), at);
}

/** What was promised is done, by `by`. A paused clock has no due instant to miss: it is judged as if resumed in this moment. */
export function stop(clock: OpenClock, at: Date, by: string | null): EndedClock {
  const running = resume(clock, at);
  const { dueAt } = running;
  const met = at <= dueAt;
  const over = turned(running, at, null);
  const kept = met ? copyOf(over, null, null) : copyOf(over, dueAt, running.breachedBy ?? 'due');
  return Object.assign(kept, { state: met ? 'met' : 'breached', dueAt, stoppedAt: at, stoppedBy: by } as const);
}

/** The ended clock goes on; the time between counts as a pause in the status it ended in. */
export function reopen(clock: EndedClock, promised: Promised, at: Date, endedIn: Status): OpenClock {
  const { metric, cycle, judgement, manualDueAt } = clock;
  const run = turnRun(turnRun(clock.run, clock.stoppedAt, endedIn), at, null);
  return judge(recount({ metric, cycle, judgement, run, promised, manualDueAt }, clock), at);
}

/** Nothing is owed any more: neither met nor breached. */
export function cancel(clock: OpenClock, at: Date, because: CancelCause): CancelledClock {
  return {
    ...turned(clock, at, clock.run.pausedIn),
    breachedAt: null,
    breachedBy: null,
    state: 'cancelled',
    stoppedAt: at,
    because,
  };
}

/** With the stretch that has lasted until `at` counted, and another one begun. */
function turned(clock: Kept, at: Date, pausedIn: Status | null): Kept {
  const countedMs = countedSince(clock, at);
  return {
    metric: clock.metric,
    cycle: clock.cycle,
    judgement: clock.judgement,
    run: turnRun(clock.run, at, pausedIn, countedMs),
    promised: clock.promised,
    manualDueAt: clock.manualDueAt,
    targetMs: clock.targetMs,
    spentMs: clock.spentMs + countedMs,
    breachedAt: clock.breachedAt,
    breachedBy: clock.breachedBy,
  };
}

/** Marks the breach if the due instant lies before `at`; what happens at the due instant itself is still in time. */
export function breakBefore(clock: RunningClock, at: Date): RunningClock {
  return clock.breachedAt === null && clock.dueAt < at
    ? { ...clock, breachedAt: clock.dueAt, breachedBy: 'due' }
    : clock;
}

// ---- looking

/** A clock as somebody sees it at an instant: what has come by then, and the warnings still to come. */
export type Seen<C = Clock> = C & {
  readonly warnings: readonly Warning[];
  /** So that striking needs no calendar. */
  readonly ahead: readonly Warning[];
};

/** The clock as of `at`, which is not before anything that happened to it: the due instant itself counts as come. */
export function look(clock: Clock, at: Date): Seen {
  const reached = warningsOf(clock);
  if (clock.state !== 'running') return Object.assign({}, clock, { warnings: reached, ahead: [] });

  return strike(Object.assign({}, clock, { warnings: [], ahead: reached }), at);
}

/** What of a running clock striking needs and changes. */
export interface Struck {
  readonly dueAt: Date;
  readonly warnings: readonly Warning[];
  readonly ahead: readonly Warning[];
  readonly breachedAt: Date | null;
  readonly breachedBy: BreachCause | null;
}

/** Marks what has come by `at`: warnings, and the breach at the due instant. The clock runs on. */
export function strike<C extends Struck>(clock: C, at: Date): C {
  const next = nextMoment(clock);
  if (next === null || next > at) return clock;

  const breaks = clock.breachedAt === null && clock.dueAt <= at;
  return {
    ...clock,
    warnings: [...clock.warnings, ...clock.ahead.filter((warning) => warning.at <= at)],
    ahead: clock.ahead.filter((warning) => warning.at > at),
    ...(breaks ? { breachedAt: clock.dueAt, breachedBy: 'due' } : {}),
  };
}

/** When the clock wants to be struck next, if ever. */
export function nextMoment({ ahead, breachedAt, dueAt }: Pick<Struck, 'ahead' | 'breachedAt' | 'dueAt'>): Date | null {
  return ahead[0]?.at ?? (breachedAt === null ? dueAt : null);
}

/** Working time counted by `at`, in milliseconds. */
export function elapsedBy(clock: Clock, at: Date): number {
  return isOpen(clock) ? clock.spentMs + countedSince(clock, at) : clock.spentMs;
}

// ---- judging

const countedSince = ({ run, promised }: Pick<Kept, 'run' | 'promised'>, at: Date): number =>
  run.pausedIn === null && run.since < at ? workingTime(promised.calendar.hours, run.since, at) : 0;

/** Every stretch that is over, and the target, in the working time of the calendar that holds now. */
function recount(
  { metric, cycle, judgement, run, promised, manualDueAt }: Start,
  before: Pick<Kept, 'breachedAt' | 'breachedBy'> | null,
): Kept {
  const { hours } = promised.calendar;
  const past = run.past.map(({ from, to, pausedIn }) => ({
    from,
    to,
    pausedIn,
    countedMs: pausedIn === null ? workingTime(hours, from, to) : 0,
  }));
  return manuallyDue({
    metric,
    cycle,
    judgement,
    run: { startedAt: run.startedAt, past, since: run.since, pausedIn: run.pausedIn },
    promised,
    manualDueAt,
    targetMs: promised.target === null ? 0 : workingTimeOf(promised.target, run.startedAt, hours),
    spentMs: past.reduce((sum, { countedMs }) => sum + countedMs, 0),
    breachedAt: before?.breachedAt ?? null,
    breachedBy: before?.breachedBy ?? null,
  });
}

/** A date set by hand makes the target: the working time that counts before it. */
function manuallyDue(clock: Kept): Kept {
  return clock.manualDueAt === null ? clock : { ...clock, targetMs: timeUntilManualDue(clock, clock.manualDueAt) };
}

/** What is paused now is taken as running on from the pause. */
function timeUntilManualDue({ run, promised, spentMs }: Kept, due: Date): number {
  const { hours } = promised.calendar;
  let counted = 0;
  for (const { from, to, countedMs } of run.past) {
    if (due < to) return counted + (from < due ? workingTime(hours, from, due) : 0);
    counted += countedMs;
  }
  return run.since < due ? spentMs + workingTime(hours, run.since, due) : spentMs;
}

/** Running or paused, due or broken, as known just before `at`. A breach found only now is due to a change of the promise. */
function judge(clock: Kept, at: Date): OpenClock {
  const dueAt = dueOf(clock);
  const breachedAt = dueAt !== null && dueAt < at ? dueAt : null;
  const breachedBy = breachedAt === null ? null : clock.breachedAt === null ? 'reclassification' : clock.breachedBy;
  const kept = copyOf(clock, breachedAt, breachedBy);
  if (clock.run.pausedIn !== null) return Object.assign(kept, { state: 'paused' } as const);

  // A running clock always reaches its due instant, or the calendar refuses to count that far.
  return Object.assign(kept, { state: 'running', dueAt: dueAt as Date } as const);
}

/** Written out: spreading objects this large is what a replay would spend most of its time on. */
function copyOf(clock: Kept, breachedAt: Date | null, breachedBy: BreachCause | null): Kept {
  return {
    metric: clock.metric,
    cycle: clock.cycle,
    judgement: clock.judgement,
    run: clock.run,
    promised: clock.promised,
    manualDueAt: clock.manualDueAt,
    targetMs: clock.targetMs,
    spentMs: clock.spentMs,
    breachedAt,
    breachedBy,
  };
}

/** The due instant, or null for a clock that is paused before it. */
function dueOf(clock: Kept): Date | null {
  const { manualDueAt, run } = clock;
  if (manualDueAt === null) return reach(clock, clock.targetMs, run.pausedIn === null);
  if (manualDueAt < run.startedAt) return manualDueAt;

  // A date set by hand holds through pauses. One that went by in a pause has not been missed: what was left runs on.
  const { pausedIn } = run.past.find(({ to }) => manualDueAt < to) ?? run;
  return pausedIn === null ? manualDueAt : reach(clock, clock.targetMs, run.pausedIn === null);
}

/** The warnings given so far and, while it runs, those to come. */
function warningsOf(clock: Clock): Warning[] {
  const running = clock.state === 'running';
  const dueAt = running ? clock.dueAt : clock.breachedAt;
  const warnings: Warning[] = [];
  for (const percent of clock.promised.policy.warnAt ?? WARN_AT) {
    const at = reach(clock, Math.round((clock.targetMs * percent) / 100), running);
    if (at !== null && (dueAt === null || at <= dueAt)) warnings.push({ percent, at });
  }
  return warnings.sort((a, b) => a.at.getTime() - b.at.getTime() || a.percent - b.percent);
}

/**
 * The earliest instant by which so much working time has counted; null if that lies beyond what is over and the clock does not run.
 * What is reached in the very moment a stretch ends has not come yet: it comes when the clock goes on.
 */
function reach({ run, promised, spentMs }: Kept, ms: number, running: boolean): Date | null {
  const { hours } = promised.calendar;
  if (ms <= spentMs) {
    let counted = 0;
    for (const { from, to, pausedIn, countedMs } of run.past) {
      if (pausedIn === null && ms <= counted + countedMs) {
        const reached = hours.addTime(from, (ms - counted) / 1000);
        if (reached < to) return reached;
      }
      counted += countedMs;
    }
  }
  return running ? hours.addTime(run.since, Math.max(0, ms - spentMs) / 1000) : null;
}

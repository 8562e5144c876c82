import type { ClockRow, StoredRun, StoredWarning } from '../clock.entity.js';
import { nextMoment, type Run, type Seen, type Warning } from '../clock/clock.js';
import type { CalendarTerms, PolicyTerms } from '../clock/targets.js';
import type { TicketTraits } from './ticket-terms.js';

/** What a row says of its clock and its ticket; ids and what happened in striking are the row's own affair. */
export type ClockValues = Omit<ClockRow, 'id' | 'setAsideAt' | 'setAsideBecause'>;

/** SQL for all columns of a row, named like its properties. */
export const clockColumns = `clock.id, clock.ticket_number as "ticketNumber", clock.metric, clock.cycle, clock.state, clock.judgement,
  clock.policy_id as "policyId", clock.policy_version as "policyVersion", clock.calendar_id as "calendarId",
  clock.calendar_version as "calendarVersion", clock.target_seconds as "targetSeconds",
  clock.elapsed_seconds as "elapsedSeconds", clock.counting_since as "countingSince", clock.started_at as "startedAt",
  clock.due_at as "dueAt", clock.manual_due_at as "manualDueAt", clock.stopped_at as "stoppedAt",
  clock.stopped_by as "stoppedBy", clock.breached_at as "breachedAt", clock.breached_by as "breachedBy",
  clock.cancelled_because as "cancelledBecause", clock.run, clock.warnings, clock.ahead,
  clock.next_moment_at as "nextMomentAt", clock.set_aside_at as "setAsideAt", clock.set_aside_because as "setAsideBecause",
  clock.withdrawn_at as "withdrawnAt", clock.level, clock.queue_id as "queueId", clock.assignee_id as "assigneeId",
  clock.organisation_id as "organisationId"`;

type Snapshot = Pick<ClockValues, 'level' | 'queueId' | 'assigneeId' | 'organisationId'>;

export const snapshotOf = ({ level, queueId, assigneeId, organisationId }: TicketTraits): Snapshot => ({
  level,
  queueId,
  assigneeId,
  organisationId,
});

/** A clock as its row keeps it. */
export function valuesOf(clock: Seen, ticketNumber: number, snapshot: Snapshot): ClockValues {
  const { policy, calendar } = clock.promised;
  return {
    ticketNumber,
    metric: clock.metric,
    cycle: clock.cycle,
    state: clock.state,
    judgement: clock.judgement,
    policyId: stored(policy.id),
    policyVersion: stored(policy.version),
    calendarId: stored(calendar.id),
    calendarVersion: stored(calendar.version),
    targetSeconds: clock.targetMs / 1000,
    elapsedSeconds: clock.spentMs / 1000,
    countingSince: clock.state === 'running' ? clock.run.since : null,
    startedAt: clock.run.startedAt,
    dueAt: 'dueAt' in clock ? clock.dueAt : null,
    manualDueAt: clock.manualDueAt,
    stoppedAt: 'stoppedAt' in clock ? clock.stoppedAt : null,
    stoppedBy: 'stoppedBy' in clock ? clock.stoppedBy : null,
    breachedAt: clock.breachedAt,
    breachedBy: clock.breachedBy,
    cancelledBecause: clock.state === 'cancelled' ? clock.because : null,
    run: runToStore(clock.run),
    warnings: warningsToStore(clock.warnings),
    ahead: warningsToStore(clock.ahead),
    nextMomentAt: clock.state === 'running' ? nextMoment(clock) : null,
    withdrawnAt: null,
    ...snapshot,
  };
}

/** Recorded promises name what was stored; an inline one cannot be kept. */
function stored<T>(value: T | null | undefined): T {
  if (value === null || value === undefined)
    throw new Error('A clock is kept only under a stored policy and calendar.');
  return value;
}

/** The clock that a row keeps, with the names that its policy and its calendar had. */
export function clockOf(row: ClockRow, policy: PolicyTerms, calendar: CalendarTerms): Seen {
  const kept = {
    metric: row.metric,
    cycle: row.cycle,
    judgement: row.judgement,
    run: runFromStore(row.run, row.startedAt),
    promised: { target: null, policy, calendar },
    manualDueAt: row.manualDueAt,
    targetMs: Math.round(row.targetSeconds * 1000),
    spentMs: Math.round(row.elapsedSeconds * 1000),
    warnings: warningsFromStore(row.warnings),
    ahead: warningsFromStore(row.ahead),
    breachedAt: row.breachedAt,
    breachedBy: row.breachedBy,
  };
  // What each state has is kept by the constraints of the table.
  switch (row.state) {
    case 'running':
      return { ...kept, state: row.state, dueAt: row.dueAt as Date };
    case 'paused':
      return { ...kept, state: row.state };
    case 'met':
    case 'breached':
      return {
        ...kept,
        state: row.state,
        dueAt: row.dueAt as Date,
        stoppedAt: row.stoppedAt as Date,
        stoppedBy: row.stoppedBy,
      };
    case 'cancelled':
      return { ...kept, state: row.state, stoppedAt: row.stoppedAt as Date, because: row.cancelledBecause ?? 'off' };
  }
}

export const warningsToStore = (warnings: readonly Warning[]): StoredWarning[] =>
  warnings.map(({ percent, at }) => ({ percent, at: at.toISOString() }));

export const warningsFromStore = (warnings: readonly StoredWarning[]): Warning[] =>
  warnings.map(({ percent, at }) => ({ percent, at: new Date(at) }));

const runToStore = ({ past, since, pausedIn }: Run): StoredRun => ({
  past: past.map((stretch) => ({
    from: stretch.from.toISOString(),
    to: stretch.to.toISOString(),
    pausedIn: stretch.pausedIn,
    countedMs: stretch.countedMs,
  })),
  since: since.toISOString(),
  pausedIn,
});

const runFromStore = ({ past, since, pausedIn }: StoredRun, startedAt: Date): Run => ({
  startedAt,
  past: past.map((stretch) => ({
    from: new Date(stretch.from),
    to: new Date(stretch.to),
    pausedIn: stretch.pausedIn,
    countedMs: stretch.countedMs,
  })),
  since: new Date(since),
  pausedIn,
});

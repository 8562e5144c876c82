/** How a clock counts in a period. */
export type Verdict = 'met' | 'breached' | 'running';

export interface Counted {
  /** Null: it was decided before the period. */
  readonly verdict: Verdict | null;
  /** The working time it had used, where it was stopped in the period. */
  readonly seconds: number | null;
}

export interface JudgedClock {
  readonly state: 'running' | 'paused' | 'met' | 'breached' | 'cancelled';
  readonly startedAt: Date;
  readonly dueAt: Date | null;
  readonly stoppedAt: Date | null;
  readonly breachedAt: Date | null;
  readonly elapsedSeconds: number;
}

/**
 * How a clock counts in a period as of `now`, in just the way of the report on promises: where it was decided, that is stopped, or
 * breached where that came first. Null: not at all.
 */
export function countedIn({ from, to }: { from: Date; to: Date }, clock: JudgedClock, now: Date): Counted | null {
  const { state, startedAt, dueAt, stoppedAt, elapsedSeconds } = clock;
  if (state === 'cancelled' || startedAt >= to || (stoppedAt !== null && stoppedAt < from)) return null;

  const within = (at: Date): boolean => at >= from && at < to;
  const overdue = state === 'running' && dueAt !== null && dueAt < now ? dueAt : null;
  const breachedAt = clock.breachedAt ?? overdue;
  const decidedAt = breachedAt ?? stoppedAt;
  const seconds = stoppedAt !== null && within(stoppedAt) ? elapsedSeconds : null;
  if (decidedAt === null || decidedAt >= to) return { verdict: 'running', seconds };

  const verdict = within(decidedAt) ? (breachedAt === null ? 'met' : 'breached') : null;
  return verdict === null && seconds === null ? null : { verdict, seconds };
}

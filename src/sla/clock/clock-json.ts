import { elapsedBy, type Seen } from './clock.js';
import type { Metric } from './timeline.js';

/** A clock as the REST API, the simulator and the pages show it. */
export interface ClockJson {
  readonly metric: Metric;
  readonly cycle: number;
  readonly state: Seen['state'];
  readonly targetSeconds: number;
  readonly elapsedSeconds: number;
  /** Negative when more than the target has been used. */
  readonly remainingSeconds: number;
  readonly startedAt: string;
  readonly dueAt: string | null;
  readonly stoppedAt: string | null;
  readonly breachedAt: string | null;
  readonly warnings: readonly { readonly percent: number; readonly at: string }[];
  readonly policy: string | null;
  readonly policyVersion: number | null;
  readonly calendar: string | null;
  readonly calendarVersion: number | null;
}

export function clockJson(clock: Seen, at: Date): ClockJson {
  const elapsedMs = elapsedBy(clock, at);
  const { policy, calendar } = clock.promised;
  return {
    metric: clock.metric,
    cycle: clock.cycle,
    state: clock.state,
    targetSeconds: clock.targetMs / 1000,
    elapsedSeconds: elapsedMs / 1000,
    remainingSeconds: (clock.targetMs - elapsedMs) / 1000,
    startedAt: clock.run.startedAt.toISOString(),
    dueAt: 'dueAt' in clock ? clock.dueAt.toISOString() : null,
    stoppedAt: 'stoppedAt' in clock ? clock.stoppedAt.toISOString() : null,
    breachedAt: clock.breachedAt?.toISOString() ?? null,
    warnings: clock.warnings.map(({ percent, at: warned }) => ({ percent, at: warned.toISOString() })),
    policy: policy.name,
    policyVersion: policy.version,
    calendar: calendar.name,
    calendarVersion: calendar.version,
  };
}

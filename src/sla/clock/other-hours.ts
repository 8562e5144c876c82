import { breakBefore, isOpen, look, moveDue, type OpenClock, type Seen } from './clock.js';
import { targetOf, type CalendarTerms, type PolicyTerms } from './targets.js';
import { metrics, type Metric } from './timeline.js';

/** What is counted by the ticket's own calendar and promised by its policy alone; a team's handling has other hours. */
const BY_THE_POLICY: ReadonlySet<Metric> = new Set<Metric>(metrics.filter((metric) => metric !== 'handling'));

/**
 * An open clock whose ticket is counted by another calendar from `at` on, its policy being the same: what a replay of the whole
 * history with that one event more gives, without the history, for a clock that has been struck up to `at` and a ticket to which nothing
 * happened at `at` or later. Null where only the history can tell.
 */
export function byOtherHours(clock: OpenClock, policy: PolicyTerms, calendar: CalendarTerms, at: Date): Seen | null {
  const target = targetOf(policy, clock.metric);
  if (!BY_THE_POLICY.has(clock.metric) || (target === null && clock.manualDueAt === null)) return null;

  const before = clock.state === 'running' ? breakBefore(clock, at) : clock;
  const after = moveDue(before, { target, policy, calendar }, clock.manualDueAt, at);
  const retracted = before.breachedAt !== null && isOpen(after) && after.breachedAt === null;
  return look(retracted ? { ...after, judgement: after.judgement + 1 } : after, at);
}

import type { BusinessCalendar } from '../../calendar/business-calendar.js';
import type { Metric, Status, TimelineEvent } from './timeline.js';

/** Minutes of working time, or whole working days: due at the last close of the n-th day with open time after the start's. */
export type Target = number | { readonly workingDays: number };

export type Targets = { readonly [M in Metric]?: Target | null };
export type Pauses = { readonly [M in Metric]?: readonly Status[] };

/** A policy as it was when it was promised: everything that its clocks need, and nothing that can change under them. */
export interface PolicyTerms {
  readonly id?: string;
  readonly name: string | null;
  readonly version: number | null;
  readonly targets: Targets;
  /** The statuses in which each metric pauses; for those not named, the usual ones. */
  readonly pauses?: Pauses | undefined;
  readonly warnAt?: readonly number[] | undefined;
  readonly reopen?: 'continue' | 'cycle' | undefined;
  /** Whether a ticket that staff open for themselves has a first response too. */
  readonly opensForStaff?: boolean | undefined;
}

export interface CalendarTerms {
  readonly id?: string;
  readonly name: string | null;
  readonly version: number | null;
  readonly hours: BusinessCalendar;
}

/** What a team has agreed to for its own handling: it comes before what the policy says of handling. */
export interface Agreement {
  readonly team: string;
  /** Null: as the policy says. */
  readonly target: Target | null;
  /** The hours of the team; null: the ticket's. */
  readonly calendar: CalendarTerms | null;
}

/** What holds for a ticket at one moment. Without a policy and a calendar there is no promise yet. */
export interface Held {
  readonly level: string | null;
  readonly policy: PolicyTerms | null;
  readonly calendar: CalendarTerms | null;
  readonly agreement?: Agreement | null | undefined;
}

/** How a ticket's events decide what holds: as they were recorded, as simulated, or as another policy would have had it. */
export interface Terms {
  /** What holds once `event` has happened; the very same value where nothing changed. */
  after(event: TimelineEvent, held: Held): Held;
}

export const WARN_AT: readonly number[] = [50, 75, 90];

/** In which statuses a metric pauses where its policy does not say. */
export const PAUSES: Required<Pauses> = {
  firstResponse: [],
  nextResponse: [],
  update: ['waiting', 'resolved'],
  resolution: ['waiting', 'on-hold'],
  handling: [],
  requesterWait: ['waiting'],
  agentWork: ['waiting', 'on-hold'],
};

export function pausesIn(policy: PolicyTerms, metric: Metric, status: Status): boolean {
  return (policy.pauses?.[metric] ?? PAUSES[metric]).includes(status);
}

/** The target of a metric, or null where it is off: not named, empty or zero. */
export function targetOf(policy: PolicyTerms, metric: Metric): Target | null {
  const target = policy.targets[metric];
  if (target === undefined || target === null || target === 0) return null;
  return typeof target === 'object' && target.workingDays === 0 ? null : target;
}

/** A target in milliseconds of working time. For working days that is the working time between the start and the due instant. */
export function workingTimeOf(target: Target, startedAt: Date, hours: BusinessCalendar): number {
  if (typeof target === 'number') return Math.round(target * 60_000);
  return workingTime(hours, startedAt, hours.dueAfterWorkingDays(startedAt, target.workingDays));
}

/** Working time from one instant to another, in whole milliseconds, so that sums come out even. */
export function workingTime(hours: BusinessCalendar, from: Date, to: Date): number {
  return Math.round(hours.timeBetween(from, to) * 1000);
}

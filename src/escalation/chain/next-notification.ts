import { later, waitBefore, type Chain } from './chain.js';

/** How far an incident has come on its chain. */
export interface Progress {
  readonly state: 'open' | 'acknowledged' | 'closed';
  /** Index of the step that is next; the number of steps: the repetition behind the last one. */
  readonly step: number;
  /** How many repetitions there were. */
  readonly round: number;
  /** Null: no more steps. */
  readonly nextStepAt: Date | null;
}

/** Who can be notified at this moment, by name: responders with a method of their own. */
export interface OnDuty {
  readonly reachable: ReadonlySet<string>;
  /** The 24x7 emergency contact, reachable or not; null where there is none. */
  readonly emergency: string | null;
  /** Whose turn it is in each rota, by the name of the rota. */
  readonly onCall?: ReadonlyMap<string, string>;
}

export interface Turn {
  /** The step and round that this is; the number of steps: a repetition. */
  readonly step: number;
  readonly round: number;
  /** Nobody twice. */
  readonly notify: readonly string[];
  /** Steps that were passed over because nobody of them can be notified. */
  readonly emptySteps: readonly number[];
  readonly alarm: Alarming | null;
  readonly next: { readonly step: number; readonly round: number; readonly at: Date };
}

/** `chain-empty`: the emergency contact alone stands in for the chain. `nobody`: not even that one. */
export type Alarming = 'chain-empty' | 'nobody';

/**
 * Whom to notify of an incident now, and when it goes on. Null: nothing is due.
 * - A step with nobody in it is passed over at once.
 * - Behind the last step everybody of the chain and the emergency contact are notified, again and again.
 * - Nobody in the whole chain: the emergency contact at once, and an alarm.
 * - Who comes late does not hurry: the next step keeps its distance from the one that was late, so that people get their
 *   time to answer, and an hour's outage does not end in a burst.
 */
export function nextNotification(chain: Chain, incident: Progress, onDuty: OnDuty, now: Date): Turn | null {
  const { nextStepAt: dueAt } = incident;
  if (incident.state !== 'open' || dueAt === null || dueAt > now) return null;

  const step = firstStaffed(chain, incident.step, onDuty);
  const emptySteps = range(incident.step, step);
  if (step < chain.steps.length) {
    const notify = present(chain.steps[step]?.notify ?? [], onDuty);
    const at = after(dueAt, waitBefore(chain, step + 1), now);
    return {
      step,
      round: incident.round,
      notify,
      emptySteps,
      alarm: null,
      next: { step: step + 1, round: incident.round, at },
    };
  }

  const crew = present(
    chain.steps.flatMap((each) => each.notify),
    onDuty,
  );
  const notify = [...new Set([...crew, ...present(onDuty.emergency === null ? [] : [onDuty.emergency], onDuty)])];
  const alarm = notify.length === 0 ? 'nobody' : crew.length === 0 ? 'chain-empty' : null;
  const round = incident.round + 1;
  return {
    step,
    round,
    notify,
    emptySteps,
    alarm,
    next: { step, round, at: after(dueAt, chain.repeatEveryMinutes, now) },
  };
}

/** The first step from `from` on with somebody in it, or the number of steps. */
function firstStaffed(chain: Chain, from: number, onDuty: OnDuty): number {
  const found = chain.steps.findIndex((step, index) => index >= from && present(step.notify, onDuty).length > 0);
  return found === -1 ? Math.max(from, chain.steps.length) : found;
}

function present(names: readonly string[], { reachable, onCall }: OnDuty): string[] {
  const people = names.map((name) => onCall?.get(name) ?? name);
  return [...new Set(people)].filter((name) => reachable.has(name));
}

/** Minutes after the instant that was due, unless that has gone by too: then after now. */
function after(dueAt: Date, minutes: number, now: Date): Date {
  const planned = later(dueAt, minutes);
  return planned > now ? planned : later(now, minutes);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

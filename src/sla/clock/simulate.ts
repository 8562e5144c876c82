import { compileCalendar } from '../../calendar/business-calendar.js';
import type { CalendarDefinition } from '../../calendar/calendar-definition.js';
import { CalendarError } from '../../calendar/calendar-error.js';
import { clockJson, type ClockJson } from './clock-json.js';
import { explain, type LedgerLine } from './explain.js';
import { pickPolicy, type Match } from './pick-policy.js';
import { nothingYet, clocksAt, step } from './replay.js';
import type { CalendarTerms, Held, Pauses, PolicyTerms, Targets, Terms } from './targets.js';
import { inOrder, type Metric, type Status, type TimelineEvent } from './timeline.js';

/** The body of `POST /sla/simulate`, as it comes after its shape has been checked. */
export interface Simulation {
  readonly calendar: CalendarGiven;
  readonly policy?: PolicyGiven;
  readonly policies?: readonly PolicyGiven[];
  readonly events: readonly EventGiven[];
  readonly at: readonly string[];
}

/** Inline as in the desk file, `{name}` of a stored one, or just its name. */
export type CalendarGiven = string | Readonly<Record<string, unknown>>;

export interface PolicyGiven {
  readonly name?: string;
  readonly match?: Match | null;
  readonly calendar?: CalendarGiven | null;
  readonly targets?: Targets;
  readonly pauses?: Pauses;
  readonly warnAt?: readonly number[];
  readonly reopen?: 'continue' | 'cycle';
  readonly opensForStaff?: boolean;
}

export interface EventGiven {
  readonly at: string;
  readonly type: string;
  readonly by?: 'customer' | 'staff';
  readonly level?: string;
  readonly status?: Status;
  readonly policy?: string | PolicyGiven;
  readonly calendar?: CalendarGiven;
  readonly team?: string | null;
  readonly metric?: Metric;
  readonly dueAt?: string | null;
}

export interface SimulationResult {
  readonly at: string;
  readonly clocks: readonly (ClockJson & { readonly ledger: readonly LedgerLine[] })[];
}

/** What is wrong with a simulation, where its shape alone did not tell. */
export class SimulationFault extends Error {
  constructor(
    readonly field: string,
    readonly detail: string,
  ) {
    super(`${field}: ${detail}`);
    this.name = 'SimulationFault';
  }
}

export type CalendarNamed = (name: string) => CalendarTerms | undefined;

/** The stored calendars that a simulation names, to be looked up before it is run. */
export function calendarsNamedIn({ calendar, policy, policies, events }: Simulation): string[] {
  const given = [
    calendar,
    ...[policy, ...(policies ?? [])].map((one) => one?.calendar),
    ...events.flatMap((event) => [
      event.calendar,
      typeof event.policy === 'object' ? event.policy.calendar : undefined,
    ]),
  ];
  return [...new Set(given.flatMap((one) => nameIn(one) ?? []))];
}

/** The clocks at each instant asked for, by the very functions that keep the clocks of real tickets. */
export function simulate(simulation: Simulation, calendarNamed: CalendarNamed = () => undefined): SimulationResult[] {
  const terms = new SimulatedTerms(simulation, calendarNamed);
  const timeline = inOrder(simulation.events.map(eventFrom));
  const moments = simulation.at.map((text, i) => instant(text, `at[${String(i)}]`));

  const results = new Map<number, SimulationResult>();
  let state = nothingYet(terms.atFirst);
  let next = 0;
  for (const at of moments.toSorted((a, b) => a.getTime() - b.getTime())) {
    for (; next < timeline.length && (timeline[next] as TimelineEvent).at <= at; next++) {
      state = step(state, timeline[next] as TimelineEvent, terms);
    }
    const clocks = clocksAt(state, at).map((clock) => ({ ...clockJson(clock, at), ledger: explain(clock, at) }));
    results.set(at.getTime(), { at: at.toISOString(), clocks });
  }
  return moments.map((at) => results.get(at.getTime()) as SimulationResult);
}

// ---- terms

interface SimulatedHeld extends Held {
  /** The calendar for all policies that have none of their own. */
  readonly customers: CalendarTerms;
}

/** A policy is picked by level, unless an event names one. */
class SimulatedTerms implements Terms {
  readonly atFirst: SimulatedHeld;
  private readonly policies: readonly PolicyGiven[];
  private readonly calendars = new Map<string, CalendarTerms>();

  constructor(
    { calendar, policy, policies }: Simulation,
    private readonly calendarNamed: CalendarNamed,
  ) {
    const customers = this.calendarFrom(calendar, 'calendar');
    const atFirst: SimulatedHeld = { level: null, policy: null, calendar: customers, customers };
    this.atFirst = atFirst;
    this.policies = policies ?? (policy === undefined ? [] : [{ ...policy, match: null }]);
    if (this.policies.length === 0) throw new SimulationFault('policy', 'Give a policy, or policies to pick one from.');
    this.policies.forEach((one, i) => {
      if (one.calendar) this.calendarFrom(one.calendar, `policies[${String(i)}].calendar`);
    });
  }

  after(event: TimelineEvent, before: Held): Held {
    const held = before as SimulatedHeld;
    switch (event.type) {
      case 'created':
        return held.policy !== null && event.level === undefined ? held : this.pick(event.level ?? null, held);
      case 'level':
        return this.pick(event.level, held);
      case 'policy':
        return this.under(this.policyFrom(event.policy as string | PolicyGiven), held);
      case 'calendar': {
        const customers = this.calendarFrom(event.calendar as CalendarGiven, 'events');
        const changed: SimulatedHeld = { ...held, calendar: customers, customers };
        return changed;
      }
      default:
        return held;
    }
  }

  private pick(level: string | null, held: SimulatedHeld): SimulatedHeld {
    return this.under(pickPolicy(this.policies, { level })?.policy ?? null, { ...held, level });
  }

  private under(policy: PolicyGiven | null, held: SimulatedHeld): SimulatedHeld {
    const calendar = policy?.calendar ? this.calendarFrom(policy.calendar, 'policy.calendar') : held.customers;
    return { ...held, policy: policy === null ? null : termsOf(policy), calendar };
  }

  private policyFrom(given: string | PolicyGiven): PolicyGiven {
    if (typeof given === 'object' && given.targets !== undefined) return given;

    const name = typeof given === 'string' ? given : given.name;
    const policy = this.policies.find((one) => one.name === name);
    if (policy === undefined) throw new SimulationFault('events', `None of the policies is called ${String(name)}.`);
    return policy;
  }

  private calendarFrom(given: CalendarGiven, field: string): CalendarTerms {
    const name = nameIn(given);
    const key = name ?? JSON.stringify(given);
    const known = this.calendars.get(key);
    if (known !== undefined) return known;

    const calendar =
      name === undefined ? inlineCalendar(given as Record<string, unknown>, field) : this.calendarNamed(name);
    if (calendar === undefined) throw new SimulationFault(field, `There is no calendar called ${String(name)}.`);
    this.calendars.set(key, calendar);
    return calendar;
  }
}

function termsOf({ name, targets = {}, pauses, warnAt, reopen, opensForStaff }: PolicyGiven): PolicyTerms {
  return { name: name ?? null, version: null, targets, pauses, warnAt, reopen, opensForStaff };
}

function nameIn(given: CalendarGiven | null | undefined): string | undefined {
  if (typeof given === 'string') return given;
  if (given === null || given === undefined || 'timezone' in given || 'week' in given) return undefined;
  return typeof given['name'] === 'string' ? given['name'] : undefined;
}

function inlineCalendar({ name, ...definition }: Record<string, unknown>, field: string): CalendarTerms {
  try {
    const hours = compileCalendar(definition as unknown as CalendarDefinition);
    return { name: typeof name === 'string' ? name : null, version: null, hours };
  } catch (error) {
    if (error instanceof CalendarError) throw new SimulationFault(field, error.detail);
    throw error;
  }
}

// ---- events

function eventFrom(given: EventGiven, i: number): TimelineEvent {
  const field = `events[${String(i)}]`;
  const at = instant(given.at, `${field}.at`);
  switch (given.type) {
    case 'created':
      return { at, type: 'created', by: given.by ?? 'customer', level: given.level, status: given.status };
    case 'customerMessage':
    case 'agentReply':
    case 'call':
    case 'note':
    case 'autoReply':
    case 'merged':
    case 'unmerged':
      return { at, type: given.type };
    case 'status':
      return { at, type: 'status', status: needed(given.status, `${field}.status`) };
    case 'level':
      return { at, type: 'level', level: needed(given.level, `${field}.level`) };
    case 'policy':
      return { at, type: 'policy', policy: needed(given.policy, `${field}.policy`) };
    case 'calendar':
      return { at, type: 'calendar', calendar: needed(given.calendar, `${field}.calendar`) };
    case 'assigned':
      return { at, type: 'assigned', team: given.team };
    case 'manualDue': {
      const dueAt = given.dueAt ? instant(given.dueAt, `${field}.dueAt`) : null;
      return { at, type: 'manualDue', metric: needed(given.metric, `${field}.metric`), dueAt };
    }
    default:
      throw new SimulationFault(`${field}.type`, `There is no event called ${given.type}.`);
  }
}

function needed<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new SimulationFault(field, 'This is needed.');
  return value;
}

function instant(text: string, field: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new SimulationFault(field, `${text} is not an instant.`);
  return at;
}

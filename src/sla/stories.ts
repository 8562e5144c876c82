import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Calendars } from '../support-hours/calendars.js';
import type { TicketEventData } from '../tickets/ticket-events.js';
import type { World } from './back-testing/world.js';
import { pickPolicy } from './clock/pick-policy.js';
import type { CalendarGiven, EventGiven, PolicyGiven, Simulation } from './clock/simulate.js';
import type { Metric } from './clock/timeline.js';
import { TicketTerms, type CalendarChosen, type PolicyChosen, type TicketTraits } from './keeping/ticket-terms.js';
import { TicketTimelines, type EventRow } from './keeping/ticket-timelines.js';

export type { EventGiven } from './clock/simulate.js';

/** What a simulation counts by. */
export type Promises = Pick<Simulation, 'calendar'> & { readonly policies: readonly PolicyGiven[] };

/** What is promised by the desk, or would be: `policy` and `calendar` for all, by name. */
interface Promised {
  readonly policy: string | null;
  readonly calendar: string | null;
  /** Calendars that are not stored so, to be written out. */
  readonly writtenOut: readonly string[];
}

/** The stories of real tickets as the simulator tells them, and the desk's promises in its words. */
@Injectable()
export class Stories {
  constructor(
    private readonly terms: TicketTerms,
    private readonly timelines: TicketTimelines,
    private readonly calendars: Calendars,
  ) {}

  /** What was promised to a ticket: at first, and what later became of it, as events beside those of the ticket. */
  async asItWas(tx: Transaction, number: number): Promise<Promises & { readonly events: readonly EventGiven[] }> {
    const events = await this.eventsOf(tx, number);
    const [policy, ...policies] = events.filter(({ type }) => type === 'policy');
    const [calendar, ...calendars] = events.filter(({ type }) => type === 'calendar');
    if (policy === undefined || calendar === undefined) {
      throw Problem.notFound(`Nothing has been promised to ticket #${String(number)}.`);
    }
    const told: EventGiven[] = policies.map((event) => ({
      ...base(event),
      policy: policyGiven(event.data as PolicyChosen),
    }));
    for (const event of calendars) {
      told.push({ ...base(event), calendar: await this.hoursOf(tx, event.data as CalendarChosen) });
    }
    return {
      calendar: await this.hoursOf(tx, calendar.data as CalendarChosen),
      policies: [policyGiven(policy.data as PolicyChosen)],
      events: told,
    };
  }

  /** What happened to a ticket, whatever was promised, and what it is. */
  async ofTicket(tx: Transaction, number: number): Promise<{ events: EventGiven[]; traits: TicketTraits }> {
    const events = await this.eventsOf(tx, number);
    const [traits] = await this.terms.traitsOf(tx, [number]);
    if (traits === undefined) throw Problem.notFound(`There is no ticket #${String(number)}.`);
    return { events: events.flatMap(eventGiven), traits };
  }

  /**
   * What a world promises, level by level: to a ticket like this one, or to one of no organisation in no queue. The calendar of a policy or
   * a level stands in its policy; the one beside them is the ticket's own.
   */
  promisedIn(world: World, traits: TicketTraits | null, { policy, calendar, writtenOut }: Promised): Promises {
    const { policies, calendars, desk } = world.promises;
    const named = policy === null ? policies : policies.filter(({ definition }) => definition.name === policy);
    if (named.length === 0) throw refused('policy', `There is no policy named ${policy ?? ''}.`);
    if (calendar !== null && !calendars.some(({ name }) => name === calendar)) {
      throw refused('calendar', `There is no calendar named ${calendar}.`);
    }
    const nameOf = (id: string | null | undefined): string | undefined => calendars.find((one) => one.id === id)?.name;
    const given = (name: string): CalendarGiven => {
      const id = calendars.find((one) => one.name === name)?.id ?? '';
      return writtenOut.includes(name) ? { name, ...world.hours[id] } : { name };
    };
    const customers = nameOf(traits?.organisationCalendar) ?? nameOf(traits?.queueCalendar) ?? desk;
    const { organisation, tier, queue, tags } = traits ?? { organisation: null, tier: null, queue: null, tags: [] };
    return {
      calendar: given(calendar ?? customers),
      policies: Object.entries(world.levels).flatMap(([level, { targets, calendar: ofLevel }]): PolicyGiven[] => {
        const picked =
          policy === null ? pickPolicy(named, { level, organisation, tier, queue, tags })?.policy : named[0];
        if (picked === undefined) return [];

        const own = calendar ?? nameOf(picked.calendarId) ?? nameOf(ofLevel);
        const { name, match: _match, calendar: _calendar, chain: _chain, ...promise } = picked.definition;
        return [
          {
            ...(promise as Omit<PolicyGiven, 'name'>),
            name,
            match: { level: [level] },
            targets: { ...targets, ...promise.targets },
            ...(own === undefined ? {} : { calendar: given(own) }),
          },
        ];
      }),
    };
  }

  private async eventsOf(tx: Transaction, number: number): Promise<EventRow[]> {
    const events = (await this.timelines.events(tx, [number])).get(number);
    if (events === undefined) throw Problem.notFound(`There is no ticket #${String(number)}.`);
    return events;
  }

  /** By its name while it is as it was then, else written out. */
  private async hoursOf(tx: Transaction, { calendar, version, id }: CalendarChosen): Promise<CalendarGiven> {
    const stored = await this.calendars.byId(tx, id);
    if (stored?.version === version) return { name: stored.name };
    return { name: calendar, ...(await this.calendars.version(tx, id, version)) };
  }
}

const base = ({ at, type }: EventRow) => ({ at: at.toISOString(), type });

function policyGiven({ policy, terms }: PolicyChosen): PolicyGiven {
  return { ...(terms as PolicyGiven), name: policy };
}

/** As the simulator tells it; what changes no clock, and what was promised, is left out. */
function eventGiven(event: EventRow): EventGiven[] {
  const { type, data } = event;
  switch (type) {
    case 'created': {
      const { by, level, status } = data as TicketEventData['created'];
      return [{ ...base(event), by, level, status }];
    }
    case 'status':
      return [{ ...base(event), status: (data as TicketEventData['status']).status }];
    case 'level':
      return [{ ...base(event), level: (data as TicketEventData['level']).level }];
    case 'assigned': {
      const { team } = data as TicketEventData['assigned'];
      return team === undefined ? [] : [{ ...base(event), team }];
    }
    case 'manualDue': {
      const { metric, dueAt } = data as TicketEventData['manualDue'];
      return [{ ...base(event), metric: metric as Metric, dueAt }];
    }
    case 'customerMessage':
    case 'agentReply':
    case 'call':
    case 'note':
    case 'autoReply':
    case 'merged':
    case 'unmerged':
      return [base(event)];
    default:
      return [];
  }
}

const refused = (field: string, detail: string): Problem => Problem.invalid(detail, [{ field, detail }]);

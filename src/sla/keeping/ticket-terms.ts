import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../platform/database/transaction.js';
import { ALWAYS_OPEN } from '../../support-hours/calendars.js';
import type { TicketEventData } from '../../tickets/ticket-events.js';
import { pickPolicy } from '../clock/pick-policy.js';
import type { PolicyTerms, Targets } from '../clock/targets.js';
import { metrics } from '../clock/timeline.js';
import { Policies, type PolicyItem, type StoredPolicy } from '../policies.js';

/** A ticket as far as its promises go. */
export interface TicketTraits {
  readonly number: number;
  readonly level: string;
  readonly queueId: string;
  readonly assigneeId: string | null;
  readonly organisationId: string | null;
  readonly queue: string;
  readonly organisation: string | null;
  readonly tier: string | null;
  readonly tags: readonly string[];
  readonly levelTargets: Targets;
  readonly levelCalendar: string | null;
  readonly organisationCalendar: string | null;
  readonly queueCalendar: string | null;
}

export type PolicyChosen = TicketEventData['policy'];
export type CalendarChosen = TicketEventData['calendar'];

/** What is promised to a ticket from now on, as its history writes it. */
export interface Choice {
  readonly policy: PolicyChosen | null;
  readonly calendar: CalendarChosen | null;
}

interface KnownCalendar {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}

/** Chooses the policy and the calendar that a ticket has by what it is now. */
@Injectable()
export class TicketTerms {
  constructor(private readonly policies: Policies) {}

  async traitsOf(tx: Transaction, tickets: readonly number[]): Promise<TicketTraits[]> {
    return tx.query<TicketTraits>(
      `select ticket.number, ticket.level, ticket.queue_id as "queueId", ticket.assignee_id as "assigneeId",
         ticket.organisation_id as "organisationId", ticket.tags, queue.name as queue, organisation.name as organisation,
         organisation.tier, level.targets as "levelTargets", level.calendar_id as "levelCalendar",
         organisation.calendar_id as "organisationCalendar", queue.calendar_id as "queueCalendar"
       from ticket
         join level on level.name = ticket.level
         join queue on queue.id = ticket.queue_id
         left join organisation on organisation.id = ticket.organisation_id
       where ticket.number = any($1::integer[]) order by ticket.number`,
      [tickets],
    );
  }

  /** For each ticket what it would be promised now. */
  async choose(tx: Transaction, tickets: readonly TicketTraits[]): Promise<Map<number, Choice>> {
    const policies = await this.policies.list(tx);
    const ordered = policies.map((policy) => ({ ...policy, match: policy.definition.match }));
    const calendars = await tx.query<KnownCalendar>(`select id, name, current_version as version from calendar`);
    const [desk] = await tx.query<{ calendar: string }>(`select default_calendar as calendar from desk`);

    return new Map(
      tickets.map((ticket) => {
        const picked = pickPolicy(ordered, ticketMatch(ticket));
        return [
          ticket.number,
          {
            policy: picked === null ? null : policyChosen(picked.policy, picked.why, ticket),
            calendar: calendarChosen(calendars, desk?.calendar ?? ALWAYS_OPEN, picked?.policy ?? null, ticket),
          },
        ];
      }),
    );
  }
}

export const samePromise = (one: PolicyChosen | null, other: PolicyChosen | null): boolean =>
  one?.id === other?.id && one?.version === other?.version && isDeepStrictEqual(one?.terms, other?.terms);

export const sameCalendar = (one: CalendarChosen | null, other: CalendarChosen | null): boolean =>
  one?.id === other?.id && one?.version === other?.version;

const ticketMatch = ({ level, organisation, tier, queue, tags }: TicketTraits) => ({
  level,
  organisation,
  tier,
  queue,
  tags,
});

function policyChosen({ id, version, definition }: StoredPolicy, why: string, ticket: TicketTraits): PolicyChosen {
  return { policy: definition.name, version, why, id, terms: promiseOf(definition, ticket.levelTargets) };
}

/** All that the policy promises to this level, written out: a metric that the policy does not name is as the level says. */
function promiseOf(
  { targets, pauses, warnAt, reopen, opensForStaff }: PolicyItem,
  levelTargets: Targets,
): Omit<PolicyTerms, 'id' | 'name' | 'version'> {
  const promised = metrics.flatMap((metric) => {
    const target = metric in targets ? targets[metric] : levelTargets[metric];
    return target === undefined || target === null ? [] : [[metric, target] as const];
  });
  return {
    targets: Object.fromEntries(promised),
    ...(pauses === undefined ? {} : { pauses }),
    ...(warnAt === undefined ? {} : { warnAt }),
    ...(reopen === undefined ? {} : { reopen }),
    ...(opensForStaff === undefined ? {} : { opensForStaff }),
  };
}

/** The policy's calendar, else the level's, the customer's, the queue's, the desk's. */
function calendarChosen(
  calendars: readonly KnownCalendar[],
  desks: string,
  policy: StoredPolicy | null,
  ticket: TicketTraits,
): CalendarChosen | null {
  const byId = (id: string | null | undefined): KnownCalendar | undefined => calendars.find((one) => one.id === id);
  const candidates: [KnownCalendar | undefined, string][] = [
    [byId(policy?.calendarId), `the calendar of the policy ${policy?.definition.name ?? ''}`],
    [byId(ticket.levelCalendar), `the calendar of the level ${ticket.level}`],
    [byId(ticket.organisationCalendar), `the calendar of ${ticket.organisation ?? ''}`],
    [byId(ticket.queueCalendar), `the calendar of the queue ${ticket.queue}`],
    [calendars.find(({ name }) => name === desks), 'the calendar of the desk'],
    [calendars.find(({ name }) => name === ALWAYS_OPEN), 'no other calendar is named'],
  ];
  for (const [calendar, why] of candidates) {
    if (calendar !== undefined) return { calendar: calendar.name, version: calendar.version, why, id: calendar.id };
  }
  return null;
}

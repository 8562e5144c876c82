import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { ALWAYS_OPEN } from '../../support-hours/calendars.js';
import type { TicketEventData } from '../../tickets/ticket-events.js';
import { pickPolicy } from '../clock/pick-policy.js';
import type { PolicyTerms, Target, Targets } from '../clock/targets.js';
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
  readonly team: TeamTraits | null;
}

/** The team that has the ticket, and what it has agreed to. */
export interface TeamTraits {
  readonly id: string;
  readonly name: string;
  readonly handling: Target | null;
  readonly calendar: string | null;
}

export type PolicyChosen = TicketEventData['policy'];
export type CalendarChosen = TicketEventData['calendar'];
export type AgreementChosen = TicketEventData['agreement'];

/** What is promised to a ticket from now on, as its history writes it. */
export interface Choice {
  readonly policy: PolicyChosen | null;
  readonly calendar: CalendarChosen | null;
  readonly agreement: AgreementChosen;
}

interface KnownCalendar {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}

/** All policies in their order, all calendars, and the name of the desk's. */
export interface Promises {
  readonly policies: readonly (StoredPolicy & Pick<PolicyItem, 'match'>)[];
  readonly calendars: readonly KnownCalendar[];
  readonly desk: string;
}

const HELD = 'promises';

/** Chooses the policy and the calendar that a ticket has by what it is now. */
@Injectable()
export class TicketTerms {
  constructor(private readonly policies: Policies) {}

  /** Until the end of the transaction, `released` waits: what is chosen by what is promised now is stored by then. */
  async hold(tx: Transaction): Promise<void> {
    await tx.setting('promises held', () =>
      tx.query(`select pg_advisory_xact_lock_shared(hashtextextended('${HELD}', 0))`),
    );
  }

  /** When this is over, whatever was chosen before it by promises that hold no longer is stored, for everybody to see. */
  async released(database: Database): Promise<void> {
    await database.transaction((tx) => tx.lock(HELD));
  }

  async traitsOf(tx: Transaction, tickets: readonly number[]): Promise<TicketTraits[]> {
    return tx.query<TicketTraits>(
      `select ticket.number, ticket.level, ticket.queue_id as "queueId", ticket.assignee_id as "assigneeId",
         ticket.organisation_id as "organisationId", ticket.tags, queue.name as queue, organisation.name as organisation,
         organisation.tier, level.targets as "levelTargets", level.calendar_id as "levelCalendar",
         organisation.calendar_id as "organisationCalendar", queue.calendar_id as "queueCalendar",
         case when team.id is not null then jsonb_build_object('id', team.id, 'name', team.name, 'handling', team.handling,
           'calendar', team.calendar_id) end as team
       from ticket
         join level on level.name = ticket.level
         join queue on queue.id = ticket.queue_id
         left join organisation on organisation.id = ticket.organisation_id
         left join team on team.id = ticket.team_id
       where ticket.number = any($1::integer[]) order by ticket.number`,
      [tickets],
    );
  }

  /** For each ticket what it would be promised now. */
  async choose(tx: Transaction, tickets: readonly TicketTraits[]): Promise<Map<number, Choice>> {
    const promises = await tx.setting('promises', () => this.promises(tx));
    // Thousands of tickets are alike, and alike is what they are promised.
    const alike = new Map<string, Choice>();
    return new Map(
      tickets.map((ticket) => {
        const { level, queueId, organisationId, tags, team } = ticket;
        const key = JSON.stringify([level, queueId, organisationId, tags, team?.id]);
        const choice = alike.get(key) ?? choiceFrom(promises, ticket);
        alike.set(key, choice);
        return [ticket.number, choice];
      }),
    );
  }

  /** What there is to choose from. */
  async promises(tx: Transaction): Promise<Promises> {
    const policies = await this.policies.list(tx);
    const calendars = await tx.query<KnownCalendar & { desks: string | null }>(
      `select id, name, current_version as version, (select default_calendar from desk) as desks from calendar`,
    );
    const ordered = policies.map((policy) => ({ ...policy, match: policy.definition.match }));
    return { policies: ordered, calendars, desk: calendars[0]?.desks ?? ALWAYS_OPEN };
  }
}

/** What a ticket with these traits is promised. */
export function choiceFrom({ policies, calendars, desk }: Promises, ticket: TicketTraits): Choice {
  const picked = pickPolicy(policies, ticketMatch(ticket));
  return {
    policy: picked === null ? null : policyChosen(picked.policy, picked.why, ticket),
    calendar: calendarChosen(calendars, desk, picked?.policy ?? null, ticket),
    agreement: agreementChosen(calendars, ticket.team),
  };
}

export const samePromise = (one: PolicyChosen | null, other: PolicyChosen | null): boolean =>
  one?.id === other?.id && one?.version === other?.version && isDeepStrictEqual(one?.terms, other?.terms);

export const sameCalendar = (one: CalendarChosen | null, other: CalendarChosen | null): boolean =>
  one?.id === other?.id && one?.version === other?.version;

/** Compared without the words: no agreement at first is no agreement afterwards. */
export const sameAgreement = (one: AgreementChosen, other: AgreementChosen | null): boolean =>
  one.id === (other?.id ?? null) &&
  isDeepStrictEqual(one.handling, other?.handling ?? null) &&
  one.calendar?.id === other?.calendar?.id &&
  one.calendar?.version === other?.calendar?.version;

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

/** A team that has agreed to nothing and has no hours of its own leaves everything to the policy and the ticket's calendar. */
function agreementChosen(calendars: readonly KnownCalendar[], team: TeamTraits | null): AgreementChosen {
  const calendar = calendars.find(({ id }) => id === team?.calendar);
  if (team === null || (team.handling === null && calendar === undefined)) {
    return { team: null, id: null, handling: null, calendar: null, why: 'no agreement of a team holds' };
  }
  return {
    team: team.name,
    id: team.id,
    handling: team.handling,
    calendar: calendar === undefined ? null : { calendar: calendar.name, version: calendar.version, id: calendar.id },
    why: `what the team ${team.name} has agreed to`,
  };
}

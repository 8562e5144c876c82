import { compileCalendar } from '../../calendar/business-calendar.js';
import type { CalendarDefinition } from '../../calendar/calendar-definition.js';
import { theDesk } from '../../tickets/actor.js';
import type { TicketEventData, TicketEventType } from '../../tickets/ticket-events.js';
import type { CalendarTerms, Targets } from '../clock/targets.js';
import {
  choiceFrom,
  sameAgreement,
  sameCalendar,
  samePromise,
  type Choice,
  type Promises,
  type TeamTraits,
  type TicketTraits,
} from '../keeping/ticket-terms.js';
import { calendarKey, timelineFrom, type EventRow } from '../keeping/ticket-timelines.js';
import type { TimelineEvent } from '../clock/timeline.js';

/**
 * All that decides what is promised, as plain data: what is, or what would be. It is frozen when a back-test is asked for, so that every
 * ticket is judged by the same, whatever is changed meanwhile.
 */
export interface World {
  readonly promises: Promises;
  /** The hours of each calendar, by its id. */
  readonly hours: Readonly<Record<string, CalendarDefinition>>;
  readonly levels: Readonly<Record<string, { readonly targets: Targets; readonly calendar: string | null }>>;
  readonly queues: Readonly<Record<string, { readonly calendar: string | null }>>;
  readonly organisations: Readonly<Record<string, { readonly tier: string | null; readonly calendar: string | null }>>;
  readonly teams: Readonly<Record<string, TeamTraits>>;
}

/** That world with one policy for everybody, or one calendar; by name. */
export function narrowed(
  world: World,
  { policy, calendar }: { policy: string | null; calendar: string | null },
): World {
  const { policies, calendars } = world.promises;
  const chosen = policy === null ? policies : policies.filter(({ definition }) => definition.name === policy);
  const forAll = policy === null ? chosen : chosen.map(({ match: _, ...one }) => ({ ...one, match: undefined }));
  const hours = calendar === null ? undefined : calendars.find(({ name }) => name === calendar);
  const counted = hours === undefined ? forAll : forAll.map((one) => ({ ...one, calendarId: hours.id }));
  return { ...world, promises: { ...world.promises, policies: counted } };
}

/** The calendars of a world, ready to answer. */
export function compiledCalendars({ promises, hours }: World): ReadonlyMap<string, CalendarTerms> {
  return new Map(
    promises.calendars.flatMap((calendar) => {
      const definition = hours[calendar.id];
      return definition === undefined
        ? []
        : [[calendarKey(calendar), { ...calendar, hours: compileCalendar(definition) }] as const];
    }),
  );
}

/** A ticket's timeline as it would have been in that world: all that happened to it, and what it would have been promised by then. */
export function timelineIn(
  world: World,
  calendars: ReadonlyMap<string, CalendarTerms>,
  ticket: TicketTraits,
  events: readonly EventRow[],
): TimelineEvent[] {
  let traits = atFirst(world, ticket, events);
  let held: Choice | null = null;
  const told: EventRow[] = [];
  const happened = events.filter(({ type }) => !PROMISING.includes(type));
  happened.forEach((event, i) => {
    told.push(event);
    traits = after(world, traits, event);
    // What happens at one instant is one change, as it was when it happened.
    if (happened[i + 1]?.at.getTime() === event.at.getTime()) return;

    const choice = choiceFrom(world.promises, traits);
    told.push(
      ...promised(choice, held).map((entry) => ({ ...entry, ticket: event.ticket, at: event.at, by: theDesk })),
    );
    held = choice;
  });
  return timelineFrom(told, calendars);
}

/** The level that a ticket had at an instant. */
export function levelAt(events: readonly EventRow[], at: Date, otherwise: string): string {
  const last = events.findLast((event) => event.at <= at && (event.type === 'created' || event.type === 'level'));
  return last === undefined ? otherwise : (last.data as { readonly level: string }).level;
}

/** What was promised is written into histories; in another world it is another. */
const PROMISING: readonly TicketEventType[] = ['policy', 'calendar', 'agreement'];

function promised(choice: Choice, held: Choice | null): { type: TicketEventType; data: unknown }[] {
  const { policy, calendar, agreement } = choice;
  return [
    ...(policy !== null && !samePromise(policy, held?.policy ?? null)
      ? [{ type: 'policy' as const, data: policy }]
      : []),
    ...(calendar !== null && !sameCalendar(calendar, held?.calendar ?? null)
      ? [{ type: 'calendar' as const, data: calendar }]
      : []),
    ...(sameAgreement(agreement, held?.agreement ?? null) ? [] : [{ type: 'agreement' as const, data: agreement }]),
  ];
}

/** What a ticket was when it was opened: as its first change says, or as it still is. */
function atFirst(world: World, ticket: TicketTraits, events: readonly EventRow[]): TicketTraits {
  const first = <T extends TicketEventType>(type: T, has: (data: TicketEventData[T]) => boolean = () => true) =>
    events.find((event) => event.type === type && has(event.data as TicketEventData[T]))?.data as
      TicketEventData[T] | undefined;
  const created = first('created');
  const moved = first('assigned', ({ team }) => team !== undefined);
  const organised = first('organisation');
  const traits = withLevel(world, ticket, created?.level ?? first('level')?.from ?? ticket.level);
  return {
    ...withQueue(world, traits, first('queue')?.from ?? ticket.queue),
    ...organisationTraits(world, organised === undefined ? ticket.organisation : organised.from),
    tags: first('tags')?.from ?? ticket.tags,
    team: teamTraits(world, moved === undefined ? (ticket.team?.name ?? null) : (moved.teamFrom ?? null)),
  };
}

function after(world: World, traits: TicketTraits, { type, data }: EventRow): TicketTraits {
  switch (type) {
    case 'level':
      return withLevel(world, traits, (data as TicketEventData['level']).level);
    case 'queue':
      return withQueue(world, traits, (data as TicketEventData['queue']).queue);
    case 'organisation':
      return { ...traits, ...organisationTraits(world, (data as TicketEventData['organisation']).organisation) };
    case 'tags':
      return { ...traits, tags: (data as TicketEventData['tags']).tags };
    case 'assigned': {
      const { team } = data as TicketEventData['assigned'];
      return team === undefined ? traits : { ...traits, team: teamTraits(world, team) };
    }
    default:
      return traits;
  }
}

/** What has been removed since promises nothing of its own. */
function withLevel({ levels }: World, traits: TicketTraits, level: string): TicketTraits {
  const { targets, calendar } = levels[level] ?? { targets: {}, calendar: null };
  return { ...traits, level, levelTargets: targets, levelCalendar: calendar };
}

function withQueue({ queues }: World, traits: TicketTraits, queue: string): TicketTraits {
  return { ...traits, queue, queueCalendar: queues[queue]?.calendar ?? null };
}

function organisationTraits({ organisations }: World, organisation: string | null) {
  const { tier, calendar } = (organisation === null ? undefined : organisations[organisation]) ?? NOWHERE;
  return { organisation, tier, organisationCalendar: calendar };
}
const NOWHERE = { tier: null, calendar: null };

const teamTraits = ({ teams }: World, team: string | null): TeamTraits | null =>
  team === null ? null : (teams[team] ?? null);

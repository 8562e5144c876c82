import { Injectable } from '@nestjs/common';
import { mayActAs, type CurrentUser } from '../../identity/current-user.js';
import { deliveryOfCopies } from '../../mail/delivery-of-copies.js';
import { LetterWriter } from '../../mail/letter-writer.js';
import { Mailboxes } from '../../mail/mailboxes.js';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import { Drafts } from '../../tickets/drafts.js';
import { isLive, type TicketStatus } from '../../tickets/status.js';
import type { TicketChannel } from '../../tickets/ticket-events.js';
import { metricName } from '../clock-chip.js';
import { SAID } from './heard.js';
import { CLOCK_EVENTS, clockHappenings, lastMove, type ClockEvent } from './clock-story.js';
import { CLOCK_COLUMNS, CLOCK_TABLES, ClockRows, type ShownClock } from './clock-rows.js';
import { listAddress, type ListState } from './list-state.js';
import { TicketListPage, type TicketListModel } from './list.page.js';
import { channelName, statusMark } from './marks.js';
import { PICTURED } from './pictured.js';
import { threadOf, type StoredMessage } from './thread.js';
import type { StoredEvent } from './happenings.js';
import { Measures } from '../../sla/measures.js';
import type { Metric } from '../../sla/promises.js';
import { measuresInWords } from './measures-in-words.js';

interface StoredTicket {
  readonly number: number;
  readonly subject: string;
  readonly status: TicketStatus;
  readonly level: string;
  readonly levelTitle: string;
  readonly levelRank: number;
  readonly queue: string;
  readonly team: string | null;
  readonly assigneeId: string | null;
  readonly assignee: string | null;
  readonly requesterId: string;
  readonly requesterName: string;
  readonly requesterEmail: string;
  readonly undeliverableReason: string | null;
  readonly organisation: string | null;
  readonly tier: string | null;
  readonly tags: readonly string[];
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  readonly channel: TicketChannel;
  readonly follows: number | null;
  readonly mergedInto: number | null;
  readonly resolvedWithoutReply: boolean;
  readonly createdAt: Date;
  readonly clockAside: boolean;
  readonly uncounted: boolean;
  /** The last word of anybody, as an event of the history. */
  readonly heardUntil: string | null;
  readonly others: readonly { readonly number: number; readonly subject: string }[];
  readonly requesterLanguage: string | null;
  readonly watchers: readonly {
    readonly name: string;
    readonly email: string;
    readonly silenced: boolean;
    readonly undeliverable: string | null;
  }[];
  readonly incidents: readonly {
    readonly id: string;
    readonly metric: Metric;
    readonly state: 'open' | 'acknowledged' | 'closed';
  }[];
}

interface Choices {
  readonly levels: readonly { readonly name: string; readonly title: string; readonly rank: number }[];
  readonly queues: readonly string[];
  readonly agents: readonly { readonly id: string; readonly name: string; readonly email: string }[];
  readonly teams: readonly string[];
  readonly organisations: readonly string[];
  readonly tags: readonly string[];
}

/** A message that was not sent, with what stands against it. */
export interface HeldMessage {
  readonly kind: 'reply' | 'note' | 'call';
  readonly body: string;
  /** The same as the editor had it; empty where there is none. */
  readonly html: string;
  readonly faults: readonly FieldFault[];
}

interface Composing extends HeldMessage {
  /** When it was kept as a draft; null: it was not. */
  readonly savedAt: Date | null;
}

const INCIDENT_MARKS = {
  open: { tone: 'red', symbol: 'siren', label: 'Open' },
  acknowledged: { tone: 'amber', symbol: 'check', label: 'Acknowledged' },
  closed: { tone: 'green', symbol: 'check-check', label: 'Closed' },
} as const;

/** More than that is a list, of which nobody takes a part by hand. */
const MOST_OUTSIDERS = 20;

const CHOOSABLE = ['open', 'waiting', 'on-hold', 'resolved', 'closed'] as const;

/** One ticket with all that an agent needs to work on it, beside the list it was opened from. */
@Injectable()
export class TicketPage {
  constructor(
    private readonly database: Database,
    private readonly list: TicketListPage,
    private readonly clockRows: ClockRows,
    private readonly measures: Measures,
    private readonly drafts: Drafts,
    private readonly mailboxes: Mailboxes,
    private readonly writer: LetterWriter,
    private readonly now: Now,
  ) {}

  async read(user: CurrentUser, number: number, shown: ListState, held: HeldMessage | null = null): Promise<object> {
    const ticket = await this.ticket(number);
    const [list, messages, events, clockEvents, clocks, measures, choices] = await Promise.all([
      this.list.read(user, shown, { open: number }),
      this.messages(number),
      this.events(number),
      this.database.query<ClockEvent>(CLOCK_EVENTS, [number]),
      this.clocks(user, number),
      this.measures.of(this.database, number, this.now.read()),
      this.choices(),
    ]);
    const around = aroundIn(list, number);
    const thread = threadOf(messages, events, clockHappenings(clockEvents, user.timezone));
    const here = listAddress(`/tickets/${number}`, shown);
    return {
      title: `#${number} ${ticket.subject}`,
      ...{ list, thread, around, here },
      clocks: clocks.map((clock) => ({
        ...clock,
        moved: clock.shown ? lastMove(clockEvents, clock, user.timezone) : null,
      })),
      back: list.here,
      ticket: {
        number,
        subject: ticket.subject,
        status: statusMark(ticket.status),
        level: { name: ticket.level, rank: ticket.levelRank, title: ticket.levelTitle },
        team: ticket.team,
        assignee: ticket.assignee,
        queue: ticket.queue,
        channel: channelName(ticket.channel),
        createdAt: ticket.createdAt,
        tags: ticket.tags,
        follows: ticket.follows,
        heardUntil: ticket.heardUntil ?? '',
      },
      edit: editing(ticket, clocks, choices, mayActAs(user, 'manager'), user.timezone),
      measures: measuresInWords(measures),
      policy: policyWords(clocks),
      incidents: ticket.incidents.map(({ id, metric, state }) => ({
        href: `/incidents/${id}`,
        metric: metricName(metric),
        ...INCIDENT_MARKS[state],
      })),
      requester: {
        name: ticket.requesterName === '' ? ticket.requesterEmail : ticket.requesterName,
        email: ticket.requesterEmail,
        undeliverable:
          ticket.undeliverableReason === null ? null : `This address refuses mail: ${ticket.undeliverableReason}`,
        language: this.writer.languages.find(({ code }) => code === ticket.requesterLanguage)?.name ?? null,
        languages: this.writer.languages.map(({ code, name }) => ({
          value: code,
          label: name,
          selected: code === ticket.requesterLanguage,
        })),
      },
      organisation: ticket.organisation === null ? null : { name: ticket.organisation, tier: ticket.tier },
      others: ticket.others,
      watchers: ticket.watchers,
      outsiders: outsidersIn(ticket, messages, choices),
      fields: Object.entries(ticket.fields).map(([label, value]) => ({ label, value: String(value) })),
      composer: composerFor(ticket, held === null ? await this.begun(user, number) : { ...held, savedAt: null }),
      may: rightsOn(ticket, user),
      agents: choices.agents.map((agent) => ({ ...agent, current: agent.id === ticket.assigneeId })),
      statuses: CHOOSABLE.map((name) => ({ ...statusMark(name), current: name === ticket.status })),
      levels: choices.levels.map((level) => ({ ...level, current: level.name === ticket.level })),
      queues: choices.queues.map((name) => ({ name, current: name === ticket.queue })),
      merge: { suggestion: ticket.others[0]?.number ?? '' },
      notices: [...refusing(ticket), ...noticesOn(ticket, mayActAs(user, 'admin'))],
    };
  }

  private async begun(user: CurrentUser, number: number): Promise<Composing> {
    const draft = await this.drafts.of(user.id, number);
    return { kind: 'reply', body: '', html: '', savedAt: null, ...draft, faults: [] };
  }

  private async ticket(number: number): Promise<StoredTicket> {
    const [ticket] = await this.database.query<StoredTicket>(
      `select ticket.number, ticket.subject, ticket.status, ticket.level, level.title as "levelTitle",
         (select count(*)::integer from level as other where (other.position, other.name) <= (level.position, level.name)) as "levelRank",
         queue.name as queue, team.name as team, ticket.assignee_id as "assigneeId", app_user.name as assignee, ticket.requester_id as "requesterId",
         contact.name as "requesterName", contact.email as "requesterEmail", contact.undeliverable_reason as "undeliverableReason", contact.language as "requesterLanguage",
         organisation.name as organisation, organisation.tier, ticket.tags, ticket.fields, ticket.channel, ticket.follows,
         ticket.merged_into as "mergedInto", ticket.resolved_without_reply as "resolvedWithoutReply", ticket.created_at as "createdAt",
         (select max(id) from ticket_event where ticket_number = ticket.number and type in (${SAID})) as "heardUntil",
         coalesce((select json_agg(json_build_object('number', other.number, 'subject', other.subject) order by other.number desc)
           from (select number, subject from ticket as other
             where other.requester_id = ticket.requester_id and other.number <> ticket.number and other.merged_into is null
               and other.status in ('new', 'open', 'waiting', 'on-hold') order by number desc limit 8) as other), '[]') as others,
         coalesce((select json_agg(json_build_object('name', coalesce(nullif(cc.name, ''), cc.email), 'email', cc.email,
             'silenced', participant.silenced_at is not null, 'undeliverable', cc.undeliverable_reason) order by participant.id)
           from participant join contact as cc on cc.id = participant.contact_id
           where participant.ticket_number = ticket.number and participant.kind = 'cc'), '[]') as watchers,
         coalesce((select json_agg(json_build_object('id', incident.id, 'metric', incident.metric, 'state', incident.state) order by opened_at desc)
           from incident where incident.ticket_number = ticket.number), '[]') as incidents,
         exists (select from clock where ticket_number = ticket.number and set_aside_at is not null) as "clockAside",
         exists (select from uncounted_ticket where ticket_number = ticket.number) as uncounted
       from ticket
         join level on level.name = ticket.level
         join queue on queue.id = ticket.queue_id
         join contact on contact.id = ticket.requester_id
         left join organisation on organisation.id = ticket.organisation_id
         left join team on team.id = ticket.team_id
         left join app_user on app_user.id = ticket.assignee_id
       where ticket.number = $1`,
      [number],
    );
    if (ticket === undefined) throw Problem.notFound(`There is no ticket #${number}.`);
    return ticket;
  }

  private async messages(number: number): Promise<StoredMessage[]> {
    const ours = await this.mailboxes.ours();
    const messages = await this.database.query<StoredMessage>(
      `select message.id, message.kind, message.created_at as at, message.text, message.new_text as "newText",
         message.html is not null as "hasHtml", message.unverified,
         coalesce(app_user.name, nullif(contact.name, ''), contact.email, message.author_name) as author, contact.email,
         case when delivery.state is null then null else json_build_object('state', delivery.state,
           'captured', delivery.captured, 'lastError', delivery.last_error) end as delivery,
         inbound_mail.parsed -> 'authentication' as authentication,
         coalesce((select json_agg(json_build_object('name', one ->> 'name', 'email', lower(one ->> 'email'), 'as', way) order by way desc)
           from (values ('to'), ('cc')) as ways (way), jsonb_array_elements(inbound_mail.parsed -> way) as one), '[]') as others,
         exists (select from attachment where message_id = message.id and ${PICTURED}) as pictures,
         coalesce((select json_agg(json_build_object('id', attachment.id, 'filename', filename, 'bytes', size,
             'contentType', content_type) order by attachment.position)
           from attachment where message_id = message.id and not ${PICTURED}), '[]') as files
       from message
         left join app_user on app_user.id = message.author_user_id
         left join contact on contact.id = message.author_contact_id
         left join lateral ${deliveryOfCopies('message.outgoing_mail_id')} as delivery on true
         left join inbound_mail on inbound_mail.id = message.inbound_mail_id
       where message.ticket_number = $1 order by message.created_at, message.position`,
      [number],
    );
    return messages.map((message) => ({
      ...message,
      others: message.others.filter(({ email }) => ours.mailboxOf(email) === null),
    }));
  }

  private async events(number: number): Promise<StoredEvent[]> {
    return this.database.query<StoredEvent>(
      `select at, type, by, data from ticket_event where ticket_number = $1 order by at, id`,
      [number],
    );
  }

  private async clocks(user: CurrentUser, number: number): Promise<ShownClockChip[]> {
    const clocks = await this.database.query<ShownClock & { policy: string; policyVersion: number }>(
      `select ${CLOCK_COLUMNS}, policy.name as policy, clock.policy_version as "policyVersion"
       from ${CLOCK_TABLES} left join policy on policy.id = clock.policy_id
       where clock.ticket_number = $1 and clock.withdrawn_at is null
       order by array_position(array['running', 'paused'], clock.state) nulls last, clock.due_at, clock.started_at, clock.id`,
      [number],
    );
    const reading = { now: this.now.read(), timezone: user.timezone };
    return Promise.all(
      clocks.map(async (clock) => ({
        chip: await this.clockRows.chip(clock, reading),
        href: `/tickets/${number}/clocks#${clock.metric}-${clock.cycle}`,
        metric: clock.metric,
        cycle: clock.cycle,
        manualDueAt: clock.manualDueAt ?? null,
        shown: clock.state === 'running' || clock.state === 'paused',
        policy: clock.policy,
        policyVersion: clock.policyVersion,
      })),
    );
  }

  private async choices(): Promise<Choices> {
    const [choices] = await this.database.query<Choices>(
      `select
         (select json_agg(json_build_object('name', name, 'title', title, 'rank', rank) order by rank) from
           (select name, title, row_number() over (order by position, name) as rank from level) as level) as levels,
         (select json_agg(name order by name collate "und-x-icu") from queue) as queues,
         coalesce((select json_agg(json_build_object('id', id, 'name', name, 'email', email) order by name collate "und-x-icu")
           from app_user where role <> 'customer' and disabled_at is null and not service), '[]') as agents,
         array(select name from team order by name collate "und-x-icu") as teams,
         array(select name from organisation order by name collate "und-x-icu" limit 200) as organisations,
         array(select tag from (select tags from ticket where tags <> '{}' order by number desc limit 5000) as recent, unnest(tags) as tag
           group by tag order by count(*) desc, tag limit 100) as tags`,
    );
    return choices ?? { levels: [], queues: [], agents: [], teams: [], organisations: [], tags: [] };
  }
}

interface ShownClockChip {
  readonly metric: Metric;
  readonly cycle: number;
  readonly manualDueAt: Date | null;
  readonly shown: boolean;
  readonly policy: string;
  readonly policyVersion: number;
}

function aroundIn(list: TicketListModel, number: number): { previous: string | null; next: string | null } {
  const place = list.rows.findIndex((row) => row.number === number);
  return {
    previous: place > 0 ? (list.rows[place - 1]?.href ?? null) : null,
    next: place >= 0 ? (list.rows[place + 1]?.href ?? null) : null,
  };
}

/** Whom mails name that take no part: agents judge whether they shall. */
function outsidersIn(
  { requesterEmail, watchers }: StoredTicket,
  messages: readonly StoredMessage[],
  { agents }: Choices,
): string[] {
  const within = [requesterEmail, ...[...watchers, ...agents].map(({ email }) => email)];
  const named = messages.flatMap(({ others }) => others.map(({ email }) => email));
  return [...new Set(named)].filter((email) => !within.includes(email)).slice(0, MOST_OUTSIDERS);
}

function policyWords(clocks: readonly ShownClockChip[]): string | null {
  const [clock] = clocks;
  return clock === undefined ? null : `${clock.policy}, version ${clock.policyVersion}`;
}

function composerFor(ticket: StoredTicket, draft: Composing): object {
  const { requesterName, requesterEmail, watchers } = ticket;
  return {
    ...draft,
    to: requesterName === '' ? requesterEmail : `${requesterName} <${requesterEmail}>`,
    cc: watchers
      .filter(({ silenced, undeliverable }) => !silenced && undeliverable === null)
      .map(({ name }) => name)
      .join(', '),
    undeliverable: ticket.undeliverableReason !== null,
    first: { value: 'waiting', label: 'Send & wait' },
    others: [
      { value: 'resolved', symbol: 'circle-check', label: 'Send & resolve' },
      { value: 'open', symbol: 'circle-dot', label: 'Send, keep open' },
    ],
  };
}

function rightsOn({ status, mergedInto, assigneeId }: StoredTicket, user: CurrentUser): Record<string, boolean> {
  const own = mergedInto === null;
  const spam = status === 'spam';
  return {
    change: own && !spam,
    write: own && !spam,
    take: own && isLive(status) && assigneeId !== user.id && mayActAs(user, 'agent'),
    resolve: own && isLive(status),
    reopen: own && (status === 'resolved' || status === 'closed'),
    unspam: own && spam,
  };
}

/** What the small forms of the page let choose from. */
function editing(
  ticket: StoredTicket,
  clocks: readonly ShownClockChip[],
  choices: Choices,
  manages: boolean,
  timezone: string,
): object {
  const live = clocks.filter(({ shown }) => shown);
  const byHand = live.filter(({ manualDueAt }) => manualDueAt !== null);
  const metrics = [...new Set<Metric>([...live.map(({ metric }) => metric), 'resolution'])];
  return {
    change: ticket.mergedInto === null && ticket.status !== 'spam',
    teams: choices.teams.map((name) => ({ name, current: name === ticket.team })),
    organisations: choices.organisations,
    tags: choices.tags.filter((tag) => !ticket.tags.includes(tag)),
    due: manages && isLive(ticket.status) && ticket.mergedInto === null,
    timezone,
    metrics: metrics.map((metric) => ({ metric, name: metricName(metric) })),
    byHand: byHand.map(({ metric, manualDueAt }) => ({ metric, name: metricName(metric), dueAt: manualDueAt })),
  };
}

interface Notice {
  readonly tone: string;
  readonly symbol: string;
  readonly text: string;
  readonly href: string | null;
  readonly link: string;
  readonly action: string | null;
  readonly actionLabel: string;
  /** The address that the action is about. */
  readonly about: string | null;
}

/** Whom a letter of this ticket would not reach, each with the way to try again. */
function refusing({ number, requesterEmail, undeliverableReason, watchers }: StoredTicket): Notice[] {
  const people = [{ email: requesterEmail, undeliverable: undeliverableReason }, ...watchers];
  return people.flatMap(({ email, undeliverable }) =>
    undeliverable === null
      ? []
      : [
          {
            ...{ tone: 'danger', symbol: 'mail-x', href: null, link: '' },
            text: `${email} is not written to any more, because mail comes back: ${undeliverable}`,
            action: `/tickets/${number}/deliverable`,
            actionLabel: 'Write to it again',
            about: email,
          },
        ],
  );
}

function noticesOn(
  { number, mergedInto, status, resolvedWithoutReply, clockAside, uncounted }: StoredTicket,
  admin: boolean,
): Notice[] {
  const notice = { href: null, link: '', action: null, actionLabel: '', about: null };
  const merged: Notice = {
    ...notice,
    ...{ tone: 'calm', symbol: 'git-merge', text: 'This ticket goes on in another one.' },
    ...{ href: `/tickets/${String(mergedInto)}`, link: `Open #${String(mergedInto)}` },
    ...{ action: `/tickets/${number}/unmerging`, actionLabel: 'Undo the merge' },
  };
  const spam: Notice = {
    ...notice,
    tone: 'danger',
    symbol: 'ban',
    text: 'Marked as spam: its clocks are cancelled, and nobody can write here.',
  };
  const silent: Notice = { ...notice, tone: 'calm', symbol: 'circle-check', text: 'Resolved without a reply.' };
  const why = admin ? { href: '/admin/clocks', link: 'See why' } : { href: null, link: '' };
  const aside: Notice = {
    ...{ ...notice, ...why, tone: 'danger', symbol: 'triangle-alert' },
    text: 'A clock of this ticket could not be judged when its moment came. It is tried again each minute.',
  };
  const old: Notice = {
    ...{ ...notice, ...why, tone: 'danger', symbol: 'triangle-alert' },
    text: 'The clocks of this ticket could not be counted anew: they stand as they were before what is promised changed.',
  };
  return [
    ...(clockAside ? [aside] : []),
    ...(uncounted ? [old] : []),
    ...(mergedInto === null ? [] : [merged]),
    ...(status === 'spam' ? [spam] : []),
    ...(resolvedWithoutReply && (status === 'resolved' || status === 'closed') ? [silent] : []),
  ];
}

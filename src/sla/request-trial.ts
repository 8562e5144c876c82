import { Injectable } from '@nestjs/common';
import { Directory } from '../customers/directory.js';
import { MailPreview } from '../mail/mail-preview.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Calendars } from '../support-hours/calendars.js';
import { Rules, type Assigned, type RuleExplained, type RuleItem, type RuleRequest } from '../tickets/rules.js';
import { clockJson, type ClockJson } from './clock/clock-json.js';
import { explainPolicies, type PolicyExplained } from './clock/pick-policy.js';
import { clocksAt, nothingYet, step } from './clock/replay.js';
import type { Held, PolicyTerms } from './clock/targets.js';
import { choiceFrom, TicketTerms, type Choice, type TicketTraits } from './keeping/ticket-terms.js';

/** A request that nobody has made, as one can describe it. */
export interface ImaginedRequest {
  /** The sender's address. */
  readonly from: string;
  readonly at: Date;
  readonly channel?: RuleRequest['channel'];
  readonly mailbox?: string | null;
  readonly queue?: string | null;
  readonly subject?: string;
  readonly body?: string;
  readonly fields?: RuleRequest['fields'];
  readonly chosenLevel?: string | null;
}

/** What would become of a request, and why. */
export interface Trial {
  /** What the rules are asked about. */
  readonly request: RuleRequest & { readonly from: string; readonly at: Date };
  readonly rules: readonly RuleExplained[];
  readonly decision: Assigned;
  readonly policies: readonly PolicyExplained[];
  readonly policy: { readonly name: string; readonly version: number; readonly why: string } | null;
  readonly calendar: { readonly name: string; readonly version: number; readonly why: string } | null;
  /** The clocks that would start, with what they promise. */
  readonly clocks: readonly ClockJson[];
}

/** Tries which rule a request would meet, and what would be promised to it, by what decides about real ones. Nothing is kept. */
@Injectable()
export class RequestTrial {
  constructor(
    private readonly rules: Rules,
    private readonly directory: Directory,
    private readonly mailPreview: MailPreview,
    private readonly terms: TicketTerms,
    private readonly calendars: Calendars,
  ) {}

  /** A mail as bytes, if it came in at this instant as a new request. */
  async ofMail(tx: Transaction, raw: Buffer, at: Date, unsaved?: readonly RuleItem[]): Promise<Trial> {
    const { from, mailbox, subject, newText } = await this.mailPreview.read(raw);
    if (from === null) {
      const detail = 'names no sender, so it would open no ticket';
      throw Problem.invalid('This mail names no sender, so it would open no ticket.', [{ field: 'mail', detail }]);
    }
    return this.of(tx, { from: from.email, at, channel: 'mail', mailbox, subject, body: newText }, unsaved);
  }

  /** A ticket, as if its first message came in anew at the moment when it did. */
  async ofTicket(tx: Transaction, number: number, unsaved?: readonly RuleItem[]): Promise<Trial> {
    const [ticket] = await tx.query<StoredRequest>(
      `select ticket.channel, ticket.subject, ticket.fields, ticket.created_at as at, contact.email as from,
         ticket.organisation_id as "organisationId", message.text, message.new_text as "newText", inbound_mail.mailbox,
         (select data ->> 'why' from ticket_event where ticket_number = ticket.number and type = 'rule' order by id limit 1) as why
       from ticket join contact on contact.id = ticket.requester_id
         left join lateral (select * from message where ticket_number = ticket.number and kind = 'customer'
           order by created_at, position limit 1) as message on true
         left join inbound_mail on inbound_mail.id = message.inbound_mail_id
       where ticket.number = $1`,
      [number],
    );
    if (ticket === undefined) throw Problem.notFound(`There is no ticket #${number}.`);

    const { text, newText, why, organisationId, ...request } = ticket;
    const chosenLevel = chosenIn(why);
    return this.try(tx, { ...request, body: newText ?? text ?? '', chosenLevel }, organisationId, unsaved);
  }

  async of(tx: Transaction, request: ImaginedRequest, unsaved?: readonly RuleItem[]): Promise<Trial> {
    return this.try(tx, request, await this.directory.organisationFor(tx, request.from), unsaved);
  }

  private async try(
    tx: Transaction,
    { from, at, channel = 'mail', mailbox = null, queue = null, subject = '', body = '', ...given }: ImaginedRequest,
    organisationId: string | null,
    unsaved?: readonly RuleItem[],
  ): Promise<Trial> {
    const [organisation] = await tx.query<{ name: string; tier: string | null }>(
      `select name, tier from organisation where id = $1`,
      [organisationId],
    );
    const { fields = {}, chosenLevel = null } = given;
    const asked = {
      ...{ channel, mailbox: mailbox?.toLowerCase() ?? null, queue, subject, body, fields, chosenLevel },
      organisation: organisation?.name ?? null,
      tier: organisation?.tier ?? null,
      senderDomain: from.slice(from.lastIndexOf('@') + 1).toLowerCase(),
    };
    const { inHours, rules, decision } = await this.rules.explain(tx, asked, { organisationId, at }, unsaved);
    const promised = await this.promised(tx, decision, organisationId, at);
    return { request: { ...asked, inHours, from, at }, rules, decision, ...promised };
  }

  private async promised(
    tx: Transaction,
    { set }: Assigned,
    organisationId: string | null,
    at: Date,
  ): Promise<Omit<Trial, 'request' | 'rules' | 'decision'>> {
    const traits = await traitsOf(tx, set, organisationId);
    const promises = await this.terms.promises(tx);
    const choice = choiceFrom(promises, traits);
    const { policy, calendar } = choice;
    const policies = promises.policies.map(({ definition }) => definition);
    return {
      policies: explainPolicies(policies, traits),
      policy: policy === null ? null : { name: policy.policy, version: policy.version, why: policy.why },
      calendar: calendar === null ? null : { name: calendar.calendar, version: calendar.version, why: calendar.why },
      clocks: await this.clocks(tx, choice, set.level, at),
    };
  }

  /** The clocks right after the request has come in. */
  private async clocks(tx: Transaction, { policy, calendar }: Choice, level: string, at: Date): Promise<ClockJson[]> {
    if (policy === null || calendar === null) return [];

    const { id, calendar: name, version } = calendar;
    const held: Held = {
      level,
      policy: { ...(policy.terms as PolicyTerms), id: policy.id, name: policy.policy, version: policy.version },
      calendar: { id, name, version, hours: await this.calendars.compiled(tx, id, version) },
    };
    const state = step(nothingYet(held), { type: 'created', at, by: 'customer', status: 'new', level }, unmoved);
    return clocksAt(state, at).map((clock) => clockJson(clock, at));
  }
}

interface StoredRequest {
  readonly channel: RuleRequest['channel'];
  readonly subject: string;
  readonly fields: RuleRequest['fields'];
  readonly at: Date;
  readonly from: string;
  readonly organisationId: string | null;
  readonly text: string | null;
  readonly newText: string | null;
  readonly mailbox: string | null;
  readonly why: string | null;
}

/** All that holds was chosen beforehand. */
const unmoved = { after: (_event: unknown, held: Held): Held => held };

/** The history tells it in the words of `decide`; nowhere else is it kept. */
function chosenIn(why: string | null): string | null {
  return /; the customer chose (.+?)(?:; staff named |$)/.exec(why ?? '')?.[1] ?? null;
}

/** The traits that a ticket would have. */
async function traitsOf(
  tx: Transaction,
  { level, queue, team, tags = [] }: Assigned['set'],
  organisationId: string | null,
): Promise<TicketTraits> {
  const [row] = await tx.query<Omit<TicketTraits, 'number' | 'level' | 'queue' | 'assigneeId' | 'tags'>>(
    `select queue.id as "queueId", queue.calendar_id as "queueCalendar", level.targets as "levelTargets",
       level.calendar_id as "levelCalendar", organisation.id as "organisationId", organisation.name as organisation,
       organisation.tier, organisation.calendar_id as "organisationCalendar",
       case when team.id is not null then jsonb_build_object('id', team.id, 'name', team.name, 'handling', team.handling,
         'calendar', team.calendar_id) end as team
     from level join queue on queue.name = $2 left join organisation on organisation.id = $3
       left join team on case when $4::text is null then team.id = queue.team_id else team.name = $4 end
     where level.name = $1`,
    [level, queue, organisationId, team ?? null],
  );
  if (row === undefined)
    throw new Error(`The rules name the level ${level} or the queue ${queue}, which is not there.`);
  return { ...row, number: 0, level, queue, assigneeId: null, tags };
}

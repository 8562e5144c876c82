import { Injectable } from '@nestjs/common';
import type { Contact } from '../customers/contact.entity.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Acknowledgements } from './acknowledgements.js';
import type { Actor, Deed } from './actor.js';
import { assigned, findStaff, staffNamed, type Assignee, type TeamOnTicket } from './assignment.js';
import { Levels } from './levels.js';
import { MessageStore, type Words } from './message.store.js';
import { Participants } from './participants.js';
import { Queues } from './queues.js';
import { Teams } from '../teams/teams.js';
import { Rules, type Assigned } from './rules.js';
import { cleanSubject } from './subject.js';
import { cleanTags } from './tags.js';
import type { FieldValue, Ticket } from './ticket.entity.js';
import type { TicketChannel } from './ticket-events.js';
import { TicketJournal, type JournalEntry } from './ticket-journal.js';
import { TicketStore } from './ticket.store.js';

/** A request as it comes in, by whatever way. */
export interface NewTicket {
  readonly channel: TicketChannel;
  readonly at: Date;
  readonly requester: Contact;
  /** Who brings it in, if not the requester. */
  readonly by?: Actor;
  readonly subject: string;
  readonly words: Words;
  readonly inboundMailId?: string;
  /** Our address that it was written to. */
  readonly mailbox?: string | null;
  readonly unverified?: boolean;
  /** What the customer said of its urgency: the rules judge. */
  readonly chosenLevel?: string | null;
  /** What staff decided: the rules give way. */
  readonly level?: string;
  readonly queue?: string;
  readonly team?: string;
  readonly assignee?: string;
  readonly tags?: readonly string[];
  readonly fields?: Readonly<Record<string, FieldValue>>;
  readonly follows?: number;
  /** What whoever forwarded it wrote above; for staff only. */
  readonly comment?: { readonly text: string; readonly by: Actor };
  /** Why the sender must not get an acknowledgement. */
  readonly noAcknowledgementBecause?: string | null;
}

export interface Opened {
  readonly ticket: Ticket;
  readonly message: string;
}

export const actorOf = ({ id, name, email }: Contact): Actor => ({ kind: 'contact', id, name, email });

/** A new ticket. */
@Injectable()
export class Opening {
  constructor(
    private readonly tickets: TicketStore,
    private readonly messages: MessageStore,
    private readonly participants: Participants,
    private readonly acknowledgements: Acknowledgements,
    private readonly rules: Rules,
    private readonly levels: Levels,
    private readonly queues: Queues,
    private readonly teams: Teams,
    private readonly journal: TicketJournal,
  ) {}

  async open(tx: Transaction, request: NewTicket): Promise<Opened> {
    const { requester, at } = request;
    const deed: Deed = { at, by: request.by ?? actorOf(requester) };
    const decision = await this.decide(tx, request);
    const { ticket, assignee, team } = await this.insert(tx, request, decision, deed);
    await this.participants.add(tx, ticket.number, [requester.id], { kind: 'requester', at });
    const message = await this.messages.insert(tx, {
      ticket: ticket.number,
      kind: 'customer',
      author: actorOf(requester),
      words: request.words,
      at,
      inboundMailId: request.inboundMailId ?? null,
      unverified: request.unverified ?? false,
    });
    const comment = await this.comment(tx, ticket.number, request);
    await this.acknowledgements.decide(tx, ticket.number, requester, {
      at,
      withheldBecause:
        ticket.openedBy === 'staff' ? 'staff opened it for themselves' : (request.noAcknowledgementBecause ?? null),
    });
    await this.journal.recordAll(tx, ticket.number, [
      {
        type: 'created',
        ...deed,
        data: {
          by: ticket.openedBy,
          level: ticket.level,
          status: ticket.status,
          channel: ticket.channel,
          queue: decision.set.queue,
          message,
          ...(ticket.follows === null ? {} : { follows: ticket.follows }),
        },
      },
      { type: 'rule', at, by: { kind: 'rule', name: decision.rule }, data: decision },
      ...(assignee || team ? [assigned(assignee?.email ?? null, null, { at, by: deed.by }, given(team))] : []),
      ...comment,
    ]);
    return { ticket, message };
  }

  private async decide(tx: Transaction, request: NewTicket): Promise<Assigned> {
    const { requester } = request;
    const organisation = await organisationOf(tx, requester);
    if (request.level !== undefined) await this.levels.known(tx, request.level);
    if (request.queue !== undefined) await this.queues.named(tx, request.queue);
    if (typeof request.chosenLevel === 'string') await this.levels.known(tx, request.chosenLevel);

    const decision = await this.rules.decide(
      tx,
      {
        channel: request.channel,
        mailbox: request.mailbox ?? null,
        queue: request.queue ?? null,
        organisation: organisation?.name ?? null,
        tier: organisation?.tier ?? null,
        senderDomain: requester.email.slice(requester.email.lastIndexOf('@') + 1),
        subject: request.subject,
        body: request.words.newText ?? request.words.text,
        fields: request.fields ?? {},
        chosenLevel: request.chosenLevel ?? null,
      },
      { organisationId: requester.organisationId, at: request.at },
    );
    return withStaffsWord(decision, request);
  }

  private async insert(
    tx: Transaction,
    request: NewTicket,
    { set }: Assigned,
    deed: Deed,
  ): Promise<{ ticket: Ticket; assignee: Assignee | null; team: TeamOnTicket | null }> {
    const { requester, at } = request;
    const openedBy = deed.by.kind === 'user' && deed.by.email === requester.email ? 'staff' : 'customer';
    const assignee = await assigneeFor(tx, request.assignee, set.assignee);
    const queue = await this.queues.named(tx, set.queue);
    const team = await this.teamFor(tx, set.team, queue.teamId);
    const ticket = await this.tickets.insert(tx, {
      subject: cleanSubject(request.subject),
      status: openedBy === 'staff' ? 'open' : 'new',
      level: set.level,
      queueId: queue.id,
      assigneeId: assignee?.id ?? null,
      teamId: team?.id ?? null,
      requesterId: requester.id,
      organisationId: requester.organisationId,
      tags: cleanTags([...(request.tags ?? []), ...(set.tags ?? [])]),
      fields: { ...request.fields },
      channel: request.channel,
      openedBy,
      follows: request.follows ?? null,
      mergedInto: null,
      resolvedWithoutReply: false,
      createdAt: at,
      updatedAt: at,
      firstRepliedAt: null,
      resolvedAt: null,
      closedAt: null,
      lastMessageAt: at,
      lastActor: openedBy === 'staff' ? 'agent' : 'customer',
    });
    return { ticket, assignee, team };
  }

  /** The team that the rule or staff named, else that of the queue. */
  private async teamFor(
    tx: Transaction,
    named: string | undefined,
    queues: string | null,
  ): Promise<TeamOnTicket | null> {
    if (named !== undefined) return this.teams.named(tx, named);
    return queues === null ? null : this.teams.byId(tx, queues);
  }

  private async comment(tx: Transaction, ticket: number, { comment, at }: NewTicket): Promise<JournalEntry[]> {
    if (!comment || comment.text.trim() === '') return [];

    const message = await this.messages.insert(tx, {
      ticket,
      kind: 'note',
      author: comment.by,
      words: { text: comment.text },
      at,
    });
    return [{ type: 'note', at, by: comment.by, data: { message } }];
  }
}

const given = (team: TeamOnTicket | null): { team?: string; teamFrom?: null } =>
  team === null ? {} : { team: team.name, teamFrom: null };

async function organisationOf(
  tx: Transaction,
  { organisationId }: Contact,
): Promise<{ name: string; tier: string | null } | undefined> {
  if (organisationId === null) return undefined;
  const [row] = await tx.query<{ name: string; tier: string | null }>(
    `select name, tier from organisation where id = $1`,
    [organisationId],
  );
  return row;
}

/** Somebody named outright must be there; somebody whom a rule names may have left since, and the ticket is nobody's then. */
async function assigneeFor(tx: Transaction, named?: string, byRule?: string): Promise<Assignee | null> {
  if (named !== undefined) return staffNamed(tx, named);
  return byRule === undefined ? null : findStaff(tx, byRule);
}

/** What staff decided themselves needs no rule; the history says whose decision it was. */
function withStaffsWord({ rule, why, set }: Assigned, { level, queue, team, assignee }: NewTicket): Assigned {
  const said = [
    ...(level === undefined ? [] : [`the level ${level}`]),
    ...(queue === undefined ? [] : [`the queue ${queue}`]),
    ...(team === undefined ? [] : [`the team ${team}`]),
    ...(assignee === undefined ? [] : [`the assignee ${assignee}`]),
  ];
  if (said.length === 0) return { rule, why, set };
  return {
    rule,
    why: `${why}; staff named ${said.join(', ')}`,
    set: {
      ...set,
      ...(level && { level }),
      ...(queue && { queue }),
      ...(team && { team }),
      ...(assignee && { assignee }),
    },
  };
}

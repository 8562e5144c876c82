import { Injectable } from '@nestjs/common';
import type { Contact } from '../customers/contact.entity.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import type { Actor, Deed } from './actor.js';
import { Assignment } from './assignment.js';
import { Letters } from './letters.js';
import { MessageStore, type Words } from './message.store.js';
import { actorOf, Opening, type NewTicket, type Opened } from './opening.js';
import { Queues } from './queues.js';
import { changeStatus } from './status-changes.js';
import type { ChoosableStatus } from './status.js';
import type { Ticket } from './ticket.entity.js';
import type { TicketChannel } from './ticket-events.js';
import { TicketJournal, type JournalEntry } from './ticket-journal.js';
import { TicketStore } from './ticket.store.js';

interface CustomerMessage {
  readonly from: Contact;
  readonly at: Date;
  readonly words: Words;
  /** The way it came, should it open a new ticket. */
  readonly channel: TicketChannel;
  /** Who brings it in, if not the customer. */
  readonly by?: Actor;
  readonly inboundMailId?: string;
  /** The sender's domain disowns it. */
  readonly unverified?: boolean;
  readonly noAcknowledgementBecause?: string | null;
}

export interface StaffMessage extends Deed {
  readonly words: Words;
  /** The status that goes with it; without one, a new ticket becomes open. */
  readonly setStatus?: ChoosableStatus;
}

export type Written = { readonly outcome: 'appended' | 'opened'; readonly ticket: Ticket; readonly message: string };

const DAY_MS = 86_400_000;

/** What is said in a ticket: by the customer, to the customer, and among ourselves. */
@Injectable()
export class Conversation {
  constructor(
    private readonly tickets: TicketStore,
    private readonly messages: MessageStore,
    private readonly opening: Opening,
    private readonly assignment: Assignment,
    private readonly queues: Queues,
    private readonly letters: Letters,
    private readonly journal: TicketJournal,
  ) {}

  async open(tx: Transaction, request: NewTicket): Promise<Opened> {
    return this.opening.open(tx, request);
  }

  /**
   * The customer says something. A ticket that waits, is on hold or resolved is open again; so is a closed one within its
   * queue's window. After that, what they say opens a new ticket that refers to the old one.
   */
  async customerWrites(tx: Transaction, number: number, message: CustomerMessage): Promise<Written> {
    const ticket = await this.tickets.lockLiving(tx, number);
    if (await this.isOver(tx, ticket, message.at)) return this.followUp(tx, ticket, message);

    const { from, at, words } = message;
    const deed: Deed = { at, by: message.by ?? actorOf(from) };
    const id = await this.messages.insert(tx, {
      ticket: ticket.number,
      kind: 'customer',
      author: actorOf(from),
      words,
      at,
      inboundMailId: message.inboundMailId ?? null,
      unverified: message.unverified ?? false,
    });
    const change = changeStatus(ticket, { cause: 'customer-writes' }, deed);
    spoke(ticket, 'customer', at);
    await this.tickets.save(tx, ticket, at);
    const unverified = message.unverified === true ? { unverified: true as const } : {};
    await this.journal.recordAll(tx, ticket.number, [
      { type: 'customerMessage', ...deed, data: { message: id, ...unverified } },
      ...change,
    ]);
    return { outcome: 'appended', ticket, message: id };
  }

  /** A public reply: a letter to the customer. Whoever answers a ticket that is nobody's has it from then on. */
  async agentReplies(tx: Transaction, number: number, message: StaffMessage): Promise<string> {
    return this.answer(tx, number, 'reply', message);
  }

  /** A call that was made or taken, written down. It answers the customer as a reply does. */
  async call(tx: Transaction, number: number, message: StaffMessage): Promise<string> {
    return this.answer(tx, number, 'call', message);
  }

  /** For staff only. It moves no status and no clock. */
  async note(tx: Transaction, number: number, { words, by, at }: Deed & { readonly words: Words }): Promise<string> {
    refuseEmpty(words);
    const ticket = await this.tickets.lockToChange(tx, number);
    const id = await this.messages.insert(tx, { ticket: number, kind: 'note', author: by, words, at });
    await this.tickets.save(tx, ticket, at);
    await this.journal.record(tx, number, 'note', { at, by, data: { message: id } });
    return id;
  }

  /** Mail that no person wrote is filed where it belongs, and that is all. */
  async fileAutomatic(
    tx: Transaction,
    number: number,
    { from, words, at, inboundMailId }: { from: Contact; words: Words; at: Date; inboundMailId: string },
  ): Promise<string> {
    const ticket = await this.tickets.lockLiving(tx, number);
    const by = actorOf(from);
    const id = await this.messages.insert(tx, {
      ticket: ticket.number,
      kind: 'automatic',
      author: by,
      words,
      at,
      inboundMailId,
    });
    await this.tickets.save(tx, ticket, at);
    await this.journal.record(tx, ticket.number, 'autoReply', { at, by, data: { message: id } });
    return id;
  }

  private async answer(
    tx: Transaction,
    number: number,
    kind: 'reply' | 'call',
    { words, setStatus, by, at }: StaffMessage,
  ): Promise<string> {
    refuseEmpty(words);
    const ticket = await this.tickets.lockToChange(tx, number);
    const deed: Deed = { by, at };
    const id = await this.messages.insert(tx, { ticket: number, kind, author: by, words, at });
    if (ticket.firstRepliedAt === null || at < ticket.firstRepliedAt) ticket.firstRepliedAt = at;
    const claim = await this.assignment.claim(tx, ticket, deed);
    const answered = changeStatus(
      ticket,
      setStatus === undefined ? { cause: 'answered' } : { cause: 'chosen', status: setStatus },
      deed,
    );
    spoke(ticket, 'agent', at);
    await this.tickets.save(tx, ticket, at);
    if (kind === 'reply') await this.messages.leftAs(tx, id, await this.letters.reply(tx, ticket, words, by));
    const said: JournalEntry = { type: kind === 'reply' ? 'agentReply' : 'call', at, by, data: { message: id } };
    await this.journal.recordAll(tx, number, [said, ...claim, ...answered]);
    return id;
  }

  private async isOver(tx: Transaction, ticket: Ticket, at: Date): Promise<boolean> {
    if (ticket.status !== 'closed' || ticket.closedAt === null) return false;
    const { reopenWindowDays } = await this.queues.byId(tx, ticket.queueId);
    return at.getTime() - ticket.closedAt.getTime() > reopenWindowDays * DAY_MS;
  }

  private async followUp(tx: Transaction, over: Ticket, message: CustomerMessage): Promise<Written> {
    const { from, at, words, channel } = message;
    const { ticket, message: id } = await this.opening.open(tx, {
      channel,
      at,
      requester: from,
      subject: over.subject,
      words,
      follows: over.number,
      unverified: message.unverified ?? false,
      noAcknowledgementBecause: message.noAcknowledgementBecause ?? null,
      ...(message.by === undefined ? {} : { by: message.by }),
      ...(message.inboundMailId === undefined ? {} : { inboundMailId: message.inboundMailId }),
    });
    return { outcome: 'opened', ticket, message: id };
  }
}

function spoke(ticket: Ticket, who: 'customer' | 'agent', at: Date): void {
  ticket.lastMessageAt = at;
  ticket.lastActor = who;
}

function refuseEmpty({ text, files = [] }: Words): void {
  if (text.trim() === '' && files.length === 0) {
    throw Problem.invalid('Write something first.', [{ field: 'body', detail: 'must not be empty' }]);
  }
}

import { Injectable } from '@nestjs/common';
import { Directory } from '../customers/directory.js';
import { isStaff, type CurrentUser } from '../identity/current-user.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { Conversation } from '../tickets/conversation.js';
import type { Words } from '../tickets/message.store.js';
import { actorOf as actorOfContact } from '../tickets/opening.js';
import { Participants } from '../tickets/participants.js';
import { Resolution } from '../tickets/resolution.js';
import { RichWords } from '../tickets/rich-words.js';
import { StatusChanges } from '../tickets/status-changes.js';
import type { ChoosableStatus } from '../tickets/status.js';
import type { FieldValue } from '../tickets/ticket.entity.js';
import { actorOf } from './ticket-changes.js';

/** The body of a POST of tickets. */
export interface TicketGiven {
  readonly subject: string;
  readonly body: string;
  readonly requester: { readonly email: string; readonly name?: string };
  readonly level?: string;
  readonly queue?: string;
  readonly tags?: readonly string[];
  readonly fields?: Readonly<Record<string, FieldValue>>;
}

/** The body of a POST of messages. */
export interface MessageGiven {
  readonly kind: 'reply' | 'note' | 'customer' | 'call';
  readonly body: string;
  readonly html?: string;
  readonly setStatus?: ChoosableStatus;
}

interface Said {
  readonly ticket: number;
  readonly message: string;
}

/** What comes in as words by the API: new tickets and messages, from staff in anybody's name, from customers in their own. */
@Injectable()
export class TicketWords {
  constructor(
    private readonly conversation: Conversation,
    private readonly directory: Directory,
    private readonly participants: Participants,
    private readonly resolution: Resolution,
    private readonly statuses: StatusChanges,
    private readonly richWords: RichWords,
    private readonly now: Now,
  ) {}

  /** Answers the new ticket's number. */
  async open(tx: Transaction, caller: CurrentUser, given: TicketGiven): Promise<number> {
    const { subject, body, requester: person, level, queue, tags, fields } = given;
    const staff = isStaff(caller);
    if (!staff) refuseAsCustomer(caller, given);
    const at = this.now.read();
    const requester = await this.directory.findOrAdd(tx, person, at);
    const { ticket } = await this.conversation.open(tx, {
      channel: 'api',
      at,
      requester,
      subject,
      words: { text: body },
      ...(staff && { by: actorOf(caller) }),
      // What staff say holds; of what customers say, the rules judge.
      ...(level !== undefined && (staff ? { level } : { chosenLevel: level })),
      ...(queue !== undefined && { queue }),
      ...(tags !== undefined && { tags }),
      ...(fields !== undefined && { fields }),
    });
    return ticket.number;
  }

  /** Answers the message's id and the ticket in which it stands. */
  async say(tx: Transaction, caller: CurrentUser, number: number, given: MessageGiven): Promise<Said> {
    const { kind, body, html, setStatus } = given;
    const words = await this.richWords.keep(tx, { text: body, html });
    const deed = { by: actorOf(caller), at: this.now.read() };
    if (!isStaff(caller)) return this.sayAsCustomer(tx, caller, number, given, words);
    if (kind === 'customer') return this.sayForCustomer(tx, caller, number, words, setStatus);
    if (kind === 'note') {
      const message = await this.conversation.note(tx, number, { ...deed, words });
      if (setStatus !== undefined) await this.statuses.choose(tx, number, setStatus, deed);
      return { ticket: number, message };
    }

    const answer = { ...deed, words, ...(setStatus !== undefined && { setStatus }) };
    const message = await (kind === 'reply'
      ? this.conversation.agentReplies(tx, number, answer)
      : this.conversation.call(tx, number, answer));
    return { ticket: number, message };
  }

  /** Words of the requester, brought in by staff. */
  private async sayForCustomer(
    tx: Transaction,
    caller: CurrentUser,
    number: number,
    words: Words,
    setStatus: ChoosableStatus | undefined,
  ): Promise<Said> {
    const at = this.now.read();
    const by = actorOf(caller);
    const [requester] = await this.participants.of(tx, number);
    const from = requester && (await this.directory.byId(tx, requester.contactId));
    if (!from) throw new Error(`Ticket #${number} has no requester.`);

    const { ticket, message } = await this.conversation.customerWrites(tx, number, {
      from,
      at,
      words,
      by,
      channel: 'api',
    });
    if (setStatus !== undefined) await this.statuses.choose(tx, ticket.number, setStatus, { by, at });
    return { ticket: ticket.number, message };
  }

  private async sayAsCustomer(
    tx: Transaction,
    caller: CurrentUser,
    number: number,
    { kind, setStatus }: MessageGiven,
    words: Words,
  ): Promise<Said> {
    if (kind !== 'customer') throw Problem.forbidden('A customer writes messages of the kind “customer”.');
    if (setStatus !== undefined && setStatus !== 'resolved') {
      throw Problem.forbidden(
        'A customer can set no other status than “resolved”. Every message opens a ticket again by itself.',
      );
    }

    const at = this.now.read();
    const from = await this.directory.findOrAdd(tx, { email: caller.email, name: caller.name }, at);
    const { ticket, message } = await this.conversation.customerWrites(tx, number, { from, at, words, channel: 'api' });
    if (setStatus === 'resolved') await this.resolution.resolve(tx, ticket.number, { by: actorOfContact(from), at });
    return { ticket: ticket.number, message };
  }
}

function refuseAsCustomer(caller: CurrentUser, { requester, queue, tags }: TicketGiven): void {
  if (requester.email.toLowerCase() !== caller.email.toLowerCase()) {
    throw Problem.forbidden(`With this token tickets can be opened for ${caller.email} only.`);
  }
  if (queue !== undefined || tags !== undefined) throw Problem.forbidden('Only staff can name a queue or tags.');
}

import { Injectable } from '@nestjs/common';
import type { Contact } from '../../customers/contact.entity.js';
import { contactLock, Directory } from '../../customers/directory.js';
import { Undeliverable } from '../../customers/undeliverable.js';
import { Users } from '../../identity/users.js';
import { isStaff, type CurrentUser } from '../../identity/current-user.js';
import { LetterWriter } from '../../mail/letter-writer.js';
import { MailBounced, MailReceived } from '../../mail/mail-events.js';
import { MailLog, type Filing } from '../../mail/mail-log.js';
import type { MailAddress, ReceivedMail } from '../../mail/received-mail.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { Acknowledgements } from '../acknowledgements.js';
import type { Actor, Deed } from '../actor.js';
import { Conversation, type Written } from '../conversation.js';
import { Copies } from '../copies.js';
import { MailStorms, type Storm } from '../mail-storms.js';
import type { Words } from '../message.store.js';
import { Queues } from '../queues.js';
import { ticketSubject } from '../subject.js';
import { TicketAccess } from '../ticket-access.js';
import { TicketJournal } from '../ticket-journal.js';
import type { Ticket } from '../ticket.entity.js';
import { TicketStore } from '../ticket.store.js';
import { actorOf } from '../opening.js';
import { FindThread, type Thread } from './find-thread.js';

/** A full mailbox belongs to somebody, and a refusal on principle is about us or our words (RFC 3463 §3.3, §3.8). */
const SAYS_NOTHING_OF_THE_ADDRESS = /^[245]\.(?:2\.2|7\.)/;
const ONE_OF_A_STORM = 'one of a storm of mails';

/** The mail's way in: what a mail is to the tickets, and what becomes of it. */
@Injectable()
export class MailFiling {
  constructor(
    events: EventBus,
    private readonly mailLog: MailLog,
    private readonly findThread: FindThread,
    private readonly directory: Directory,
    private readonly undeliverable: Undeliverable,
    private readonly users: Users,
    private readonly access: TicketAccess,
    private readonly tickets: TicketStore,
    private readonly queues: Queues,
    private readonly conversation: Conversation,
    private readonly copies: Copies,
    private readonly acknowledgements: Acknowledgements,
    private readonly storms: MailStorms,
    private readonly writer: LetterWriter,
    private readonly journal: TicketJournal,
  ) {
    events.follow(MailReceived, async (tx, facts) => {
      // A floor above that follows before us may have taken a mail for its own.
      await this.fileAll(
        tx,
        facts.map(({ mail }) => mail).filter(({ id }) => !this.mailLog.isFiled(tx, id)),
      );
    });
    events.follow(MailBounced, async (tx, facts) => {
      for (const fact of facts) await this.mailLog.filed(tx, fact.mail.id, await this.fileBounce(tx, fact));
    });
  }

  /** Whether a receipt went out is known once the house has heard of the tickets. */
  private async fileAll(tx: Transaction, mails: readonly ReceivedMail[]): Promise<void> {
    // In one order, so that two who file mails of the same people never wait for each other.
    await tx.lock(
      ...mails.flatMap(({ from }) => (from === null ? [] : contactLock(from.email))),
      ...(await this.mayJoin(tx, mails)).map(contactLock),
    );
    const filings: [string, Filing][] = [];
    await this.journal.together(tx, async () => {
      for (const mail of mails) filings.push([mail.id, await this.file(tx, mail)]);
    });
    const opened = filings.flatMap(([, { outcome, ticket }]) => (outcome === 'opened' ? (ticket ?? []) : []));
    const acknowledged = await this.acknowledgements.sentFor(tx, opened);
    await this.mailLog.allFiled(
      tx,
      new Map(
        filings.map(([id, filing]) => {
          const wasSent = filing.outcome === 'opened' && acknowledged.has(filing.ticket ?? 0);
          return [id, { ...filing, acknowledged: wasSent }];
        }),
      ),
    );
  }

  /** All whom these mails name beside us, where there is a queue that would let them join. */
  private async mayJoin(tx: Transaction, mails: readonly ReceivedMail[]): Promise<string[]> {
    const named = mails.flatMap(namedBeside);
    return named.length > 0 && (await this.queues.letCopiesJoin(tx)) ? named : [];
  }

  private async file(tx: Transaction, mail: ReceivedMail): Promise<Filing> {
    const from = mail.from;
    if (from === null) return { outcome: 'automatic', reason: 'It names no sender whom one could answer.' };

    const staff = await this.staffAt(tx, from);
    if (staff && mail.automatic === null) {
      const filing = await this.fileFromStaff(tx, mail, staff);
      if (filing) return filing;
    }
    const known = await this.directory.byEmail(tx, from.email);
    const thread = await this.findThread.find(tx, mail, known);
    if (mail.automatic !== null && (thread !== null || mail.automatic === 'reply')) {
      return this.fileAutomatic(tx, mail, from, thread);
    }
    const language = this.writer.recognise(mail.newText);
    const sender = await this.directory.findOrAdd(tx, { ...from, language }, mail.receivedAt, known);
    await this.directory.learn(tx, sender, { language });
    const storm = await this.storms.watch(tx, sender.email, mail.receivedAt);
    if (thread?.known === true) return this.join(tx, mail, sender, thread);
    return (await this.bundle(tx, mail, sender, storm)) ?? this.open(tx, mail, sender, { thread, storm });
  }

  /** A customer's answer to a conversation that they take part in. */
  private async join(tx: Transaction, mail: ReceivedMail, sender: Contact, thread: Thread): Promise<Filing> {
    const written = await this.conversation.customerWrites(tx, thread.ticket, {
      from: sender,
      channel: 'mail',
      ...whatCame(mail),
    });
    await this.takeCopiesIn(tx, written.ticket, mail, actorOf(sender));
    if (written.outcome === 'opened') {
      return opened(written.ticket.number, `Ticket #${thread.ticket} has been closed for too long.`);
    }
    return { outcome: 'appended', ticket: written.ticket.number, threadedBy: thread.by, threadedTo: thread.to };
  }

  /** A new request. A stranger who brings a token or a reference opens one that refers to the other, for staff to judge. */
  private async open(
    tx: Transaction,
    mail: ReceivedMail,
    sender: Contact,
    { thread, storm }: { thread: Thread | null; storm: Storm | null },
  ): Promise<Filing> {
    const { ticket } = await this.conversation.open(tx, {
      channel: 'mail',
      requester: sender,
      subject: ticketSubject(mail.subject),
      mailbox: mail.mailbox,
      ...whatCame(mail),
      ...(storm === null ? {} : { noAcknowledgementBecause: ONE_OF_A_STORM }),
      ...(thread === null ? {} : { follows: thread.ticket }),
    });
    if (storm === null) await this.takeCopiesIn(tx, ticket, mail, actorOf(sender));
    return opened(ticket.number, thread === null ? null : `Its sender takes no part in ticket #${thread.ticket}.`);
  }

  /** Only a person whose domain does not disown the mail brings others along, and no list does. */
  private async takeCopiesIn(tx: Transaction, ticket: Ticket, mail: ReceivedMail, by: Actor): Promise<void> {
    if (mail.automatic !== null || mail.authentication.dmarc === 'fail') return;
    const deed: Deed = { by, at: mail.receivedAt };
    await this.copies.joinByMail(tx, ticket, namedBeside(mail), deed);
  }

  /** A storm of mails from one sender goes into the newest ticket that it made, and nobody is told of each. */
  private async bundle(
    tx: Transaction,
    mail: ReceivedMail,
    sender: Contact,
    storm: Storm | null,
  ): Promise<Filing | null> {
    if (storm === null) return null;

    const [latest] = await tx.query<{ number: number }>(
      `select number from ticket where requester_id = $1 and channel = 'mail' and created_at >= $2
       order by number desc limit 1`,
      [sender.id, storm.since],
    );
    if (!latest) return null;

    const written: Written = await this.conversation.customerWrites(tx, latest.number, {
      from: sender,
      channel: 'mail',
      ...whatCame(mail),
      noAcknowledgementBecause: ONE_OF_A_STORM,
    });
    return {
      outcome: written.outcome,
      ticket: written.ticket.number,
      reason: `One of ${storm.mails} mails from this sender within ten minutes.`,
    };
  }

  /** Mail that no person wrote. It is kept where it belongs, and moves nothing. */
  private async fileAutomatic(
    tx: Transaction,
    mail: ReceivedMail,
    from: MailAddress,
    thread: Thread | null,
  ): Promise<Filing> {
    if (thread === null) return { outcome: 'automatic', reason: 'An automatic answer that belongs to no ticket.' };

    const sender = await this.directory.findOrAdd(tx, from, mail.receivedAt);
    const { ticket, by: threadedBy, to: threadedTo } = thread;
    const { at, words, inboundMailId } = whatCame(mail);
    await this.conversation.fileAutomatic(tx, ticket, { from: sender, at, words, inboundMailId });
    return { outcome: 'automatic', ticket, threadedBy, threadedTo };
  }

  /**
   * Somebody who works here. They answer a ticket only by the signed address, with DMARC passed, since anybody can write their name on a mail,
   * and while they may answer that ticket on its page as well. A mail that they forward is its first sender's request, and what they wrote
   * above it a note.
   */
  private async fileFromStaff(tx: Transaction, mail: ReceivedMail, staff: CurrentUser): Promise<Filing | null> {
    const by: Actor = { kind: 'user', id: staff.id, name: staff.name, email: staff.email };
    const thread = await this.findThread.find(tx, mail, null);
    if (thread?.by === 'token' && mail.authentication.dmarc === 'pass') {
      const { number } = await this.tickets.lockLiving(tx, thread.ticket);
      if (await this.access.mayAnswer(tx, staff, number))
        return this.answerByMail(tx, mail, by, { ...thread, ticket: number });
    }
    if (thread !== null || mail.forwarded === null || mail.authentication.dmarc === 'fail') return null;
    return this.openForwarded(tx, mail, by);
  }

  private async answerByMail(tx: Transaction, mail: ReceivedMail, by: Actor, thread: Thread): Promise<Filing> {
    const { ticket, by: threadedBy, to: threadedTo } = thread;
    const text = mail.newText === '' ? mail.text : mail.newText;
    if (text.trim() === '' && mail.files.length === 0) {
      return {
        outcome: 'automatic',
        ticket,
        threadedBy,
        threadedTo,
        reason: 'It is empty: there is nothing to pass on.',
      };
    }
    const deed: Deed = { by, at: mail.receivedAt };
    await this.conversation.agentReplies(tx, ticket, { ...deed, words: { text, files: mail.files } });
    await this.copies.joinByMail(tx, await this.tickets.lock(tx, ticket), namedBeside(mail), deed);
    return { outcome: 'appended', ticket, threadedBy, threadedTo };
  }

  private async openForwarded(tx: Transaction, mail: ReceivedMail, by: Actor): Promise<Filing | null> {
    if (mail.forwarded === null) return null;

    const { originalSender, comment, text } = mail.forwarded;
    const requester = await this.directory.findOrAdd(tx, originalSender, mail.receivedAt);
    const { ticket } = await this.conversation.open(tx, {
      channel: 'mail',
      at: mail.receivedAt,
      requester,
      by,
      subject: ticketSubject(mail.subject),
      mailbox: mail.mailbox,
      // The HTML holds the colleague's words as well, and the customer reads along.
      words: { text, files: mail.files },
      inboundMailId: mail.id,
      comment: { text: comment, by },
      noAcknowledgementBecause: 'a colleague forwarded it',
    });
    return opened(ticket.number, null);
  }

  /** Only a letter that is proven to be ours condemns an address, and only one that it was sent to. */
  private async fileBounce(tx: Transaction, { mail, bounces, outgoing }: MailBounced): Promise<Filing> {
    if (outgoing === null) return { outcome: 'bounce', reason: 'It proves no letter of ours, so it has no effect.' };

    const [letter] = await tx.query<{ to: string[]; ticket: number | null }>(
      `select case when copy_for is not null then array[copy_for]
           else array(select address ->> 'email' from jsonb_array_elements(recipients || cc) as address) end as to,
         coalesce((select ticket_number from message where outgoing_mail_id = first.id limit 1),
           (select ticket_number from acknowledgement where outgoing_mail_id = first.id limit 1)) as ticket
       from outgoing_mail, lateral (select id from outgoing_mail as copy where copy.message_id = outgoing_mail.message_id
         order by number limit 1) as first
       where outgoing_mail.id = $1`,
      [outgoing.id],
    );
    for (const { recipient, hard, status, reason } of bounces) {
      const address = recipient?.toLowerCase() ?? (letter?.to.length === 1 ? letter.to[0] : undefined);
      if (address === undefined || letter?.to.includes(address) !== true) continue;
      const bounced = { at: mail.receivedAt, reason, letter: outgoing.id };
      if (hard) await this.undeliverable.mark(tx, address, bounced);
      else if (!SAYS_NOTHING_OF_THE_ADDRESS.test(status)) await this.undeliverable.countSoft(tx, address, bounced);
    }
    return { outcome: 'bounce', ticket: letter?.ticket ?? null, threadedTo: outgoing.messageId };
  }

  private async staffAt(tx: Transaction, { email }: MailAddress): Promise<CurrentUser | null> {
    const user = await this.users.byEmail(email, tx);
    return user && isStaff(user) ? user : null;
  }
}

const opened = (ticket: number, reason: string | null): Filing => ({ outcome: 'opened', ticket, reason });

/** Whom it is addressed to, but for the mailbox that took it and its sender. */
const namedBeside = ({ to, cc, mailbox, from }: ReceivedMail): string[] =>
  [...to, ...cc].map(({ email }) => email.toLowerCase()).filter((email) => email !== mailbox && email !== from?.email);

/** A mail as the conversation takes it. */
function whatCame(mail: ReceivedMail): {
  at: Date;
  words: Words;
  inboundMailId: string;
  unverified: boolean;
  noAcknowledgementBecause: string | null;
} {
  const unverified = mail.authentication.dmarc === 'fail';
  return {
    at: mail.receivedAt,
    words: { text: mail.text, newText: mail.newText, html: mail.html, files: mail.files },
    inboundMailId: mail.id,
    unverified,
    noAcknowledgementBecause: mail.noAcknowledgementBecause ?? (unverified ? 'its domain disowns this mail' : null),
  };
}

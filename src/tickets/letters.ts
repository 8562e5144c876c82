import { Injectable } from '@nestjs/common';
import { DeskStore, type Desk } from '../desk/desk.store.js';
import { LetterWriter } from '../mail/letter-writer.js';
import type { Letter, LetterFile } from '../mail/letter.js';
import type { MailAddress } from '../mail/received-mail.js';
import { Postman, type PostedLetter } from '../mail/postman.js';
import { sanitisedHtml } from '../mail/sanitised-html.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';
import { Acknowledgements } from './acknowledgements.js';
import type { Actor } from './actor.js';
import type { Words } from './message.store.js';
import { Participants, type ParticipantAddress } from './participants.js';
import type { Queue } from './queue.entity.js';
import { Queues } from './queues.js';
import { ReplyTokens } from './reply-tokens.js';
import { ThreadLinks } from './thread-links.js';
import type { Ticket } from './ticket.entity.js';
import { Unsubscribing } from './unsubscribing.js';
import { fillIn } from './wording.js';

/** By when the sender of a request may expect what; null where nothing is promised. */
interface PromisesMade {
  readonly firstReplyBy: Date | null;
  readonly resolvedBy: Date | null;
}

type Threading = Pick<Letter, 'mailbox' | 'inReplyTo' | 'references'>;

interface MailOfThread {
  readonly id: string;
  readonly theirs: boolean;
  readonly mailbox: string | null;
}

const MOST_REFERENCES = 30;

/** The letters that tickets send to customers. */
@Injectable()
export class Letters {
  constructor(
    private readonly queues: Queues,
    private readonly participants: Participants,
    private readonly acknowledgements: Acknowledgements,
    private readonly replyTokens: ReplyTokens,
    private readonly threadLinks: ThreadLinks,
    private readonly unsubscribing: Unsubscribing,
    private readonly writer: LetterWriter,
    private readonly desk: DeskStore,
    private readonly postman: Postman,
    private readonly now: Now,
  ) {}

  /**
   * What a person wrote to the customer; answers the id of the first copy. Everybody gets one of their own, with their own link in it,
   * and sees who else does. To whom mail is useless, none is sent, and the ticket says so.
   */
  async reply(tx: Transaction, ticket: Ticket, words: Words, by: Actor): Promise<string> {
    const desk = await this.desk.readIn(tx);
    const queue = await this.queues.byId(tx, ticket.queueId);
    const people = (await this.participants.of(tx, ticket.number)).filter(({ silenced }) => !silenced);
    const [requester, ...others] = people;
    if (!requester) throw new Error(`Ticket #${ticket.number} has no requester to write to.`);

    const names = { agent: by.name, desk: desk.name, queue: queue.name };
    const shared = {
      to: [addressOf(requester)],
      cc: others.map(addressOf),
      ...this.senderOf(queue, by.kind === 'user' ? by.name : null, desk.name),
      replyToken: this.replyTokens.tokenFor(ticket.number),
      files: filesOf(words),
      ...threading((await mailsOf(tx, [ticket.number])).get(ticket.number) ?? [], queue),
    };
    const data = {
      number: ticket.number,
      subject: ticket.subject,
      text: words.text.trimEnd(),
      html: htmlOf(words),
      signature: queue.signature === null ? null : fillIn(queue.signature, names),
      author: by.name,
      deskName: desk.name,
    };
    let first: PostedLetter | undefined;
    for (const person of people) {
      const unsubscribeUrl =
        person.kind === 'cc' ? await this.unsubscribing.link(tx, ticket.number, person.contactId) : null;
      const link = await this.threadLinks.link(tx, ticket.number, person.contactId);
      const posted: PostedLetter = await this.postman.post(tx, {
        ...shared,
        words: { template: 'agent-reply', data: { ...data, link, unsubscribeUrl } },
        language: this.languageOf(person, queue, desk),
        only: person.email,
        ...(first === undefined ? {} : { copyOf: first.messageId }),
        ...(unsubscribeUrl === null ? {} : { unsubscribeUrl }),
        ...(person.undeliverable === null
          ? {}
          : { heldBackBecause: `${person.email} is not written to: ${person.undeliverable}` }),
      });
      first ??= posted;
    }
    return first?.id ?? '';
  }

  /**
   * Tells those who sent these requests that they have arrived, if they are to be told. Nothing that they wrote is in it, not even their
   * name: whoever abuses our form or a foreign sender's address gets none of his words delivered by us.
   */
  async acknowledge(tx: Transaction, tickets: ReadonlyMap<number, PromisesMade>): Promise<void> {
    const senders = await this.acknowledgements.wanted(tx, [...tickets.keys()]);
    if (senders.length === 0) return;

    const desk = await this.desk.readIn(tx);
    const mails = await mailsOf(
      tx,
      senders.map(({ ticket }) => ticket),
    );
    const letters: Letter[] = [];
    for (const sender of senders) {
      const { ticket: number } = sender;
      const queue = await this.queues.byId(tx, sender.queueId);
      const language = this.languageOf(sender, queue, desk);
      letters.push({
        words: {
          template: 'ticket-received',
          data: {
            number,
            deskName: desk.name,
            timezone: sender.timezone ?? desk.timezone,
            firstReplyBy: this.stillAhead(tickets.get(number)?.firstReplyBy ?? null),
            resolvedBy: this.stillAhead(tickets.get(number)?.resolvedBy ?? null),
            link: this.threadLinks.linkOf({ id: sender.participant, generation: sender.generation }),
            wording: ownWords(queue, language, { number: String(number), desk: desk.name, queue: queue.name }),
          },
        },
        language,
        to: [{ email: sender.email, name: '' }],
        ...this.senderOf(queue, null, desk.name),
        replyToken: this.replyTokens.tokenFor(number),
        automatic: sender.channel === 'mail' ? 'reply' : 'notice',
        ...threading(mails.get(number) ?? [], queue),
      });
    }
    const posted = await this.postman.postAll(tx, letters);
    await this.acknowledgements.sent(
      tx,
      senders.map(({ ticket, contactId }, index) => ({ ticket, contactId, letter: posted[index]?.id ?? null })),
    );
  }

  /** Theirs, else their queue's, else the desk's. */
  private languageOf({ language }: { readonly language: string | null }, queue: Queue, desk: Desk): string {
    return this.writer.choose(language, queue.language, desk.language);
  }

  /** The name beside our address: the queue's, with the agent's before it. */
  private senderOf(queue: Queue, agent: string | null, deskName: string): { senderName?: string } {
    const name = queue.senderName;
    if (agent !== null) return { senderName: `${agent} (${name ?? deskName})` };
    return name === null ? {} : { senderName: name };
  }

  /** A mail may have been under way for longer than was promised: then the letter promises nothing that is past. */
  private stillAhead(due: Date | null): Date | null {
    return due !== null && due > this.now.read() ? due : null;
  }
}

/** The mails of a conversation, theirs and ours, the newest first. */
async function mailsOf(tx: Transaction, tickets: readonly number[]): Promise<Map<number, MailOfThread[]>> {
  const rows = await tx.query<MailOfThread & { ticket: number }>(
    `select ticket, mail.id, mail.theirs, mail.mailbox from unnest($1::integer[]) as ticket cross join lateral (
       select id, theirs, mailbox, at, position from (
         select inbound.message_id as id, true as theirs, inbound.mailbox, message.created_at as at, message.position
           from message join inbound_mail as inbound on inbound.id = message.inbound_mail_id
           join contact on contact.id = message.author_contact_id and contact.email = inbound.from_email
           where message.ticket_number = ticket and message.kind = 'customer'
         union all select outgoing.message_id, false, null, message.created_at, message.position
           from message join outgoing_mail as outgoing on outgoing.id = message.outgoing_mail_id
           where message.ticket_number = ticket
         union all select outgoing.message_id, false, null, acknowledgement.decided_at, 0
           from acknowledgement join outgoing_mail as outgoing on outgoing.id = acknowledgement.outgoing_mail_id
           where acknowledgement.ticket_number = ticket
       ) as one where id is not null order by at desc, position desc limit ${MOST_REFERENCES}) as mail
     order by ticket, mail.at desc, mail.position desc`,
    [tickets],
  );
  const threads = new Map<number, MailOfThread[]>();
  for (const { ticket, ...mail } of rows) threads.set(ticket, [...(threads.get(ticket) ?? []), mail]);
  return threads;
}

/**
 * Which mail ours answers, and the conversation before it. Where the customer wrote no mail, ours begin the thread; a mail that somebody
 * forwarded for them is none that they know.
 */
function threading(mails: readonly MailOfThread[], queue: Queue): Threading {
  const answered = mails.find(({ theirs }) => theirs) ?? mails[0];
  const mailbox = queue.senderAddress ?? mails.find((mail) => mail.mailbox !== null)?.mailbox ?? null;
  const before = mails.map(({ id }) => id).reverse();
  return {
    ...(mailbox === null ? {} : { mailbox }),
    inReplyTo: answered?.id ?? null,
    references: answered ? [...before.filter((id) => id !== answered.id), answered.id] : [],
  };
}

/** As we show it, so we send it; images from elsewhere are the agent's own choice. */
function htmlOf({ html, files = [] }: Words): string | null {
  if (html === undefined || html === null) return null;
  const inside = files.filter(({ inline }) => inline === true).map(({ contentId }) => contentId);
  return sanitisedHtml(html, { remote: true, cid: (id) => (inside.includes(id) ? `cid:${id}` : null) }).html;
}

/** What the queue's admins wrote in place of ours, in this language. */
function ownWords(queue: Queue, language: string, values: Readonly<Record<string, string>>): object {
  const { subject, text } = queue.letters.received?.[language] ?? {};
  return {
    subject: subject === undefined ? null : fillIn(subject, values),
    text: text === undefined ? null : fillIn(text, values),
  };
}

function filesOf({ files = [] }: Words): LetterFile[] {
  return files.map(({ filename, contentType, sha256, inline, contentId }) => ({
    ...{ filename, contentType, sha256 },
    ...(inline !== true || contentId === undefined || contentId === null ? {} : { contentId }),
  }));
}

const addressOf = ({ email, name }: ParticipantAddress): MailAddress => ({ email, name });

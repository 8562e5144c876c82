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
import { Queue } from './queue.entity.js';
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

const MOST_REFERENCES = 30;

/** The letters that tickets send to customers. */
@Injectable()
export class Letters {
  constructor(
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
    const queue = await tx.manager.findOneByOrFail(Queue, { id: ticket.queueId });
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
      ...(await this.threading(tx, ticket.number, queue)),
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
   * Tells whoever sent the request that it has arrived, if they are to be told. Nothing that they wrote is in it, not even their
   * name: whoever abuses our form or a foreign sender's address gets none of his words delivered by us.
   */
  async acknowledge(tx: Transaction, number: number, promises: PromisesMade): Promise<void> {
    const sender = await this.acknowledgements.wanted(tx, number);
    if (sender === null) return;

    const desk = await this.desk.readIn(tx);
    const queue = await tx.manager.findOneByOrFail(Queue, { id: sender.queueId });
    const language = this.languageOf(sender, queue, desk);
    const letter = await this.postman.post(tx, {
      words: {
        template: 'ticket-received',
        data: {
          number,
          deskName: desk.name,
          timezone: sender.timezone ?? desk.timezone,
          firstReplyBy: this.stillAhead(promises.firstReplyBy),
          resolvedBy: this.stillAhead(promises.resolvedBy),
          link: this.threadLinks.linkOf({ id: sender.participant, generation: sender.generation }),
          wording: ownWords(queue, language, { number: String(number), desk: desk.name, queue: queue.name }),
        },
      },
      language,
      to: [{ email: sender.email, name: '' }],
      ...this.senderOf(queue, null, desk.name),
      replyToken: this.replyTokens.tokenFor(number),
      automatic: sender.channel === 'mail' ? 'reply' : 'notice',
      ...(await this.threading(tx, number, queue)),
    });
    await this.acknowledgements.sent(tx, number, sender.contactId, letter.id);
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

  /**
   * Which mail this answers, and the conversation before it. Where the customer wrote no mail, ours begin the thread; a mail
   * that somebody forwarded for them is none that they know.
   */
  private async threading(tx: Transaction, ticket: number, queue: Queue): Promise<Threading> {
    const mails = await tx.query<{ id: string; theirs: boolean; mailbox: string | null }>(
      `select mail.id, mail.theirs, mail.mailbox from (
         select inbound.message_id as id, true as theirs, inbound.mailbox, message.created_at, message.position
           from message join inbound_mail as inbound on inbound.id = message.inbound_mail_id
           join contact on contact.id = message.author_contact_id and contact.email = inbound.from_email
           where message.ticket_number = $1 and message.kind = 'customer'
         union all select outgoing.message_id, false, null, message.created_at, message.position
           from message join outgoing_mail as outgoing on outgoing.id = message.outgoing_mail_id
           where message.ticket_number = $1
         union all select outgoing.message_id, false, null, acknowledgement.decided_at, 0
           from acknowledgement join outgoing_mail as outgoing on outgoing.id = acknowledgement.outgoing_mail_id
           where acknowledgement.ticket_number = $1
       ) as mail where mail.id is not null order by mail.created_at desc, mail.position desc limit ${MOST_REFERENCES}`,
      [ticket],
    );
    const answered = mails.find(({ theirs }) => theirs) ?? mails[0];
    const mailbox = queue.senderAddress ?? mails.find((mail) => mail.mailbox !== null)?.mailbox ?? null;
    const before = mails.map(({ id }) => id).reverse();
    return {
      ...(mailbox === null ? {} : { mailbox }),
      inReplyTo: answered?.id ?? null,
      references: answered ? [...before.filter((id) => id !== answered.id), answered.id] : [],
    };
  }
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

import { Injectable } from '@nestjs/common';
import { DeskStore } from '../desk/desk.store.js';
import type { Letter } from '../mail/letter.js';
import type { MailAddress } from '../mail/received-mail.js';
import { Postman } from '../mail/postman.js';
import { sanitisedHtml } from '../mail/sanitised-html.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';
import { Acknowledgements } from './acknowledgements.js';
import type { Actor } from './actor.js';
import type { Words } from './message.store.js';
import { Participants, type ParticipantAddress } from './participants.js';
import { ReplyTokens } from './reply-tokens.js';
import { ThreadLinks } from './thread-links.js';
import type { Ticket } from './ticket.entity.js';

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
    private readonly desk: DeskStore,
    private readonly postman: Postman,
    private readonly now: Now,
  ) {}

  /** What a person wrote to the customer; answers the letter's id. The link in it is one person's, so it goes to one alone. */
  async reply(tx: Transaction, ticket: Ticket, words: Words, by: Actor): Promise<string> {
    const desk = await this.desk.readIn(tx);
    const [requester, ...others] = await this.participants.of(tx, ticket.number);
    if (!requester) throw new Error(`Ticket #${ticket.number} has no requester to write to.`);

    const link = others.length === 0 ? await this.threadLinks.link(tx, ticket.number, requester.contactId) : null;
    const letter = await this.postman.post(tx, {
      words: {
        template: 'agent-reply',
        data: {
          number: ticket.number,
          subject: ticket.subject,
          text: words.text.trimEnd(),
          html: htmlOf(words),
          author: by.name,
          deskName: desk.name,
          link,
        },
      },
      to: [addressOf(requester)],
      cc: others.map(addressOf),
      ...(by.kind === 'user' ? { senderName: `${by.name} (${desk.name})` } : {}),
      replyToken: this.replyTokens.tokenFor(ticket.number),
      files: (words.files ?? []).map(({ filename, contentType, sha256, contentId }) => ({
        filename,
        contentType,
        sha256,
        ...(contentId === undefined || contentId === null ? {} : { contentId }),
      })),
      ...(await this.threading(tx, ticket.number)),
    });
    return letter.id;
  }

  /**
   * Tells whoever sent the request that it has arrived, if they are to be told. Nothing that they wrote is in it, not even their
   * name: whoever abuses our form or a foreign sender's address gets none of his words delivered by us.
   */
  async acknowledge(tx: Transaction, number: number, promises: PromisesMade): Promise<void> {
    const sender = await this.acknowledgements.wanted(tx, number);
    if (sender === null) return;

    const desk = await this.desk.readIn(tx);
    const letter = await this.postman.post(tx, {
      words: {
        template: 'ticket-received',
        data: {
          number,
          deskName: desk.name,
          timezone: desk.timezone,
          firstReplyBy: this.stillAhead(promises.firstReplyBy),
          resolvedBy: this.stillAhead(promises.resolvedBy),
          link: this.threadLinks.linkOf({ id: sender.participant, generation: sender.generation }),
        },
      },
      to: [{ email: sender.email, name: '' }],
      replyToken: this.replyTokens.tokenFor(number),
      automatic: sender.channel === 'mail' ? 'reply' : 'notice',
      ...(await this.threading(tx, number)),
    });
    await this.acknowledgements.sent(tx, number, sender.contactId, letter.id);
  }

  /** A mail may have been under way for longer than was promised: then the letter promises nothing that is past. */
  private stillAhead(due: Date | null): Date | null {
    return due !== null && due > this.now.read() ? due : null;
  }

  /**
   * Which mail this answers, and the conversation before it. Where the customer wrote no mail, ours begin the thread; a mail
   * that somebody forwarded for them is none that they know.
   */
  private async threading(tx: Transaction, ticket: number): Promise<Threading> {
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
    const mailbox = mails.find((mail) => mail.mailbox !== null)?.mailbox ?? null;
    const before = mails.map(({ id }) => id).reverse();
    return {
      ...(mailbox === null ? {} : { mailbox }),
      inReplyTo: answered?.id ?? null,
      references: answered ? [...before.filter((id) => id !== answered.id), answered.id] : [],
    };
  }
}

/** As we show it, so we send it; images from elsewhere are the agent's own choice. */
const htmlOf = ({ html }: Words): string | null =>
  html === undefined || html === null ? null : sanitisedHtml(html, { remote: true }).html;

const addressOf = ({ email, name }: ParticipantAddress): MailAddress => ({ email, name });

import { Injectable } from '@nestjs/common';
import type { Contact } from '../../customers/contact.entity.js';
import type { ThreadedBy } from '../../mail/mail-log.js';
import { Outbox } from '../../mail/outbox.js';
import type { ReceivedMail } from '../../mail/received-mail.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Participants } from '../participants.js';
import { ReplyTokens } from '../reply-tokens.js';
import { numbersIn } from '../subject.js';

/** What leads a mail to a ticket. */
export interface Thread {
  readonly ticket: number;
  readonly by: ThreadedBy;
  /** The Message-ID of ours that it answers, where it says so. */
  readonly to: string | null;
  /** Whether its sender has a part in that conversation. Without one, it may not join. */
  readonly known: boolean;
}

/**
 * Finds the ticket that a mail belongs to. In order of evidence:
 * 1. the signed token in the address it was sent to,
 * 2. In-Reply-To, then References, against the Message-IDs of letters that we have sent,
 * 3. a number in the subject, which anybody can write, so only for somebody who takes part in that ticket.
 */
@Injectable()
export class FindThread {
  constructor(
    private readonly replyTokens: ReplyTokens,
    private readonly outbox: Outbox,
    private readonly participants: Participants,
  ) {}

  async find(tx: Transaction, mail: ReceivedMail, sender: Contact | null): Promise<Thread | null> {
    const reference = await this.byReference(tx, mail);
    const token = await this.byToken(tx, mail);
    if (token !== null) {
      const to = reference?.ticket === token ? reference.to : null;
      return { ticket: token, by: 'token', to, known: await this.knows(tx, token, sender) };
    }
    if (reference) return { ...reference, by: 'reference', known: await this.knows(tx, reference.ticket, sender) };
    return this.bySubject(tx, mail, sender);
  }

  private async byToken(tx: Transaction, { replyTokens }: ReceivedMail): Promise<number | null> {
    for (const token of replyTokens) {
      const ticket = this.replyTokens.ticketOf(token);
      if (ticket !== null && (await exists(tx, ticket))) return ticket;
    }
    return null;
  }

  private async byReference(
    tx: Transaction,
    { inReplyTo, references }: ReceivedMail,
  ): Promise<{ ticket: number; to: string } | null> {
    const letter = await this.outbox.firstKnown(tx, [...inReplyTo, ...references].slice(0, 100));
    if (!letter) return null;

    const [row] = await tx.query<{ ticket: number }>(
      `select ticket_number as ticket from message where outgoing_mail_id = $1
       union all select ticket_number from acknowledgement where outgoing_mail_id = $1 limit 1`,
      [letter.id],
    );
    return row ? { ticket: row.ticket, to: letter.messageId } : null;
  }

  private async bySubject(tx: Transaction, { subject }: ReceivedMail, sender: Contact | null): Promise<Thread | null> {
    for (const ticket of numbersIn(subject)) {
      if (await this.knows(tx, ticket, sender)) return { ticket, by: 'subject', to: null, known: true };
    }
    return null;
  }

  private async knows(tx: Transaction, ticket: number, sender: Contact | null): Promise<boolean> {
    return sender !== null && this.participants.includes(tx, ticket, sender);
  }
}

async function exists(tx: Transaction, ticket: number): Promise<boolean> {
  const rows = await tx.query(`select from ticket where number = $1`, [ticket]);
  return rows.length > 0;
}

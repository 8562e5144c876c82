import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Signer } from '../platform/secrets/signer.js';
import { Now } from '../platform/time/now.js';
import { Participants } from './participants.js';

const PURPOSE = 'unsubscription';

interface Copied {
  readonly ticket: number;
  readonly contactId: string;
  readonly email: string;
  readonly subject: string;
  readonly silenced: boolean;
}

/**
 * Links by which somebody in copy of a conversation gets no more mail of it. They do nothing else, never end, and open nothing: whoever
 * forwards a letter gives no more away than that.
 */
@Injectable()
export class Unsubscribing {
  constructor(
    private readonly signer: Signer,
    private readonly config: Config,
    private readonly participants: Participants,
    private readonly now: Now,
  ) {}

  async link(tx: Transaction, ticket: number, contactId: string): Promise<string> {
    const [participant] = await tx.query<{ id: string }>(
      `select id from participant where ticket_number = $1 and contact_id = $2`,
      [ticket, contactId],
    );
    if (!participant) throw new Error(`Nobody can leave ticket #${ticket} who has no part in it.`);
    return `${this.config.publicUrl}/unsubscriptions/${this.signer.token(PURPOSE, participant.id)}`;
  }

  /** Whose mail about what the link ends. */
  async read(tx: Transaction, token: string): Promise<Copied> {
    const id = this.signer.open(PURPOSE, token);
    const [copied] = await tx.query<Copied>(
      `select participant.ticket_number as ticket, contact.id as "contactId", contact.email, ticket.subject, silenced_at is not null as silenced
       from participant join contact on contact.id = participant.contact_id join ticket on ticket.number = participant.ticket_number
       where participant.id = $1::bigint and participant.kind = 'cc'`,
      [id === null || !/^\d{1,18}$/.test(id) ? null : id],
    );
    if (copied === undefined)
      throw Problem.notFound('This link ends nothing any more: you get no mail of that request.');
    return copied;
  }

  async silence(tx: Transaction, token: string): Promise<Copied> {
    const copied = await this.read(tx, token);
    await this.participants.silence(tx, copied.ticket, copied.contactId, this.now.read());
    return copied;
  }
}

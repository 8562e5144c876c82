import { Injectable } from '@nestjs/common';
import type { Contact } from '../customers/contact.entity.js';
import type { Transaction } from '../platform/database/transaction.js';

export interface ParticipantAddress {
  readonly contactId: string;
  readonly email: string;
  readonly name: string;
  readonly kind: 'requester' | 'cc';
  /** They asked for no more mail of this conversation. */
  readonly silenced: boolean;
  /** Why mail to them is useless; null: it is not. */
  readonly undeliverable: string | null;
  readonly language: string | null;
  readonly timezone: string | null;
}

/** The customers in a conversation. */
@Injectable()
export class Participants {
  /** Takes people in; who is there already stays as they are. Answers those who are new. */
  async add(
    tx: Transaction,
    ticket: number,
    contactIds: readonly string[],
    { kind, at }: { kind: 'requester' | 'cc'; at: Date },
  ): Promise<string[]> {
    const rows = await tx.query<{ contact_id: string }>(
      `insert into participant (ticket_number, contact_id, kind, joined_at)
       select $1, contact_id, $3, $4 from unnest($2::uuid[]) as contact_id
       on conflict on constraint participant_once do nothing returning contact_id`,
      [ticket, contactIds, kind, at],
    );
    return rows.map((row) => row.contact_id);
  }

  /** Those who were taken in later may be let go; the requester stays. */
  async remove(tx: Transaction, ticket: number, contactIds: readonly string[]): Promise<void> {
    await tx.query(
      `delete from participant where ticket_number = $1 and contact_id = any($2::uuid[]) and kind = 'cc'`,
      [ticket, contactIds],
    );
  }

  /** Whoever was put in copy gets no more mail of this conversation; they read it still. */
  async silence(tx: Transaction, ticket: number, contactId: string, at: Date): Promise<boolean> {
    const rows = await tx.query(
      `update participant set silenced_at = coalesce(silenced_at, $3)
       where ticket_number = $1 and contact_id = $2 and kind = 'cc' returning id`,
      [ticket, contactId, at],
    );
    return rows.length > 0;
  }

  /** They get mail again. */
  async hearAgain(tx: Transaction, ticket: number, contactId: string): Promise<void> {
    await tx.query(`update participant set silenced_at = null where ticket_number = $1 and contact_id = $2`, [
      ticket,
      contactId,
    ]);
  }

  /** The requester first. */
  async of(tx: Transaction, ticket: number): Promise<ParticipantAddress[]> {
    return tx.query<ParticipantAddress>(
      `select contact.id as "contactId", contact.email, contact.name, participant.kind, silenced_at is not null as silenced,
         contact.undeliverable_reason as undeliverable, contact.language, contact.timezone
       from participant join contact on contact.id = participant.contact_id
       where ticket_number = $1 order by kind = 'requester' desc, participant.id`,
      [ticket],
    );
  }

  async includes(tx: Transaction, ticket: number, contact: Contact): Promise<boolean> {
    const rows = await tx.query(`select from participant where ticket_number = $1 and contact_id = $2`, [
      ticket,
      contact.id,
    ]);
    return rows.length > 0;
  }
}

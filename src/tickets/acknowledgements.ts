import { Injectable } from '@nestjs/common';
import type { Contact } from '../customers/contact.entity.js';
import { contactLock } from '../customers/directory.js';
import type { Transaction } from '../platform/database/transaction.js';
import type { TicketChannel } from './ticket-events.js';

const MOST_IN_AN_HOUR = 5;
const HOUR_MS = 3_600_000;

/** Somebody in a ticket who is to be told that it has arrived. */
interface Untold {
  readonly ticket: number;
  readonly contactId: string;
  readonly email: string;
  /** Their part in the ticket, for the link to it. */
  readonly participant: string;
  readonly generation: number;
  readonly channel: TicketChannel;
  readonly queueId: string;
  readonly language: string | null;
  readonly timezone: string | null;
}

/** Who is told that their request has arrived: each sender once for a ticket, and nobody so often that it becomes a flood. */
@Injectable()
export class Acknowledgements {
  /** Decides when the request arrives; the letter itself is written once it is known what is promised. */
  async decide(
    tx: Transaction,
    ticket: number,
    contact: Contact,
    { at, withheldBecause }: { at: Date; withheldBecause: string | null },
  ): Promise<void> {
    // Two requests of one sender at the same time must not both be the fifth.
    await tx.lock(contactLock(contact.email));
    await tx.query(
      `insert into acknowledgement (ticket_number, contact_id, decided_at, withheld_because)
       select $1, $2, $3, coalesce($4, case when count(*) >= ${MOST_IN_AN_HOUR} then $6 end)
       from acknowledgement where contact_id = $2 and withheld_because is null and decided_at > $5
       on conflict on constraint acknowledgement_pk do nothing`,
      [
        ticket,
        contact.id,
        at,
        withheldBecause ?? undeliverable(contact),
        new Date(at.getTime() - HOUR_MS),
        `${MOST_IN_AN_HOUR} acknowledgements in an hour are enough`,
      ],
    );
  }

  /** Whom to tell about these tickets who has not been told yet. */
  async wanted(tx: Transaction, tickets: readonly number[]): Promise<Untold[]> {
    return tx.query<Untold>(
      `select ticket.number as ticket, contact.id as "contactId", contact.email, participant.id as participant,
         participant.link_generation as generation, ticket.channel, ticket.queue_id as "queueId",
         contact.language, contact.timezone
       from acknowledgement
         join ticket on ticket.number = acknowledgement.ticket_number
         join participant using (ticket_number, contact_id)
         join contact on contact.id = acknowledgement.contact_id
       where acknowledgement.ticket_number = any($1::integer[]) and withheld_because is null and outgoing_mail_id is null
       order by ticket.number`,
      [tickets],
    );
  }

  async sent(
    tx: Transaction,
    told: readonly { readonly ticket: number; readonly contactId: string; readonly letter: string | null }[],
  ): Promise<void> {
    await tx.query(
      `update acknowledgement set outgoing_mail_id = told.letter
       from unnest($1::integer[], $2::uuid[], $3::uuid[]) as told (ticket, contact, letter)
       where ticket_number = told.ticket and contact_id = told.contact`,
      [told.map(({ ticket }) => ticket), told.map(({ contactId }) => contactId), told.map(({ letter }) => letter)],
    );
  }

  /** Those of these tickets whose sender has been told. */
  async sentFor(tx: Transaction, tickets: readonly number[]): Promise<ReadonlySet<number>> {
    if (tickets.length === 0) return new Set();
    const rows = await tx.query<{ ticket: number }>(
      `select ticket_number as ticket from acknowledgement
       where ticket_number = any($1::integer[]) and outgoing_mail_id is not null`,
      [tickets],
    );
    return new Set(rows.map(({ ticket }) => ticket));
  }
}

const undeliverable = (contact: Contact): string | null =>
  contact.undeliverableAt === null ? null : 'mail to this address comes back';

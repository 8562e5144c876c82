import { Injectable } from '@nestjs/common';
import type { Contact } from '../customers/contact.entity.js';
import type { Transaction } from '../platform/database/transaction.js';
import type { TicketChannel } from './ticket-events.js';

const MOST_IN_AN_HOUR = 5;
const HOUR_MS = 3_600_000;

/** Somebody in a ticket who is to be told that it has arrived. */
interface Untold {
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
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('acknowledgement ' || $1, 0))`, [contact.id]);
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

  /** Whom to tell about this ticket who has not been told yet. */
  async wanted(tx: Transaction, ticket: number): Promise<Untold | null> {
    const [row] = await tx.query<Untold>(
      `select contact.id as "contactId", contact.email, participant.id as participant,
         participant.link_generation as generation, ticket.channel, ticket.queue_id as "queueId",
         contact.language, contact.timezone
       from acknowledgement
         join ticket on ticket.number = acknowledgement.ticket_number
         join participant using (ticket_number, contact_id)
         join contact on contact.id = acknowledgement.contact_id
       where acknowledgement.ticket_number = $1 and withheld_because is null and outgoing_mail_id is null`,
      [ticket],
    );
    return row ?? null;
  }

  async sent(tx: Transaction, ticket: number, contactId: string, outgoingMailId: string): Promise<void> {
    await tx.query(`update acknowledgement set outgoing_mail_id = $3 where ticket_number = $1 and contact_id = $2`, [
      ticket,
      contactId,
      outgoingMailId,
    ]);
  }

  async wasSent(tx: Transaction, ticket: number): Promise<boolean> {
    const rows = await tx.query(
      `select from acknowledgement where ticket_number = $1 and outgoing_mail_id is not null`,
      [ticket],
    );
    return rows.length > 0;
  }
}

const undeliverable = (contact: Contact): string | null =>
  contact.undeliverableAt === null ? null : 'mail to this address comes back';

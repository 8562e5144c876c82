import { Injectable } from '@nestjs/common';
import { isStaff, type CurrentUser } from '../identity/current-user.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';

/** How much of a ticket somebody may see. */
export interface Sight {
  /** Notes, rules and everything else that is for staff only. */
  readonly inside: boolean;
  /** The customer as whom they come; null for staff. */
  readonly contactId: string | null;
  /** Who was taken in later sees what was said since, and what they said themselves; null: everything. */
  readonly since: Date | null;
}

/** A piece of SQL with the values for its parameters. */
interface Condition {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/**
 * Who may see and do what with tickets. Staff work on all of them; customers see those they have a part in, and their
 * organisation's where that was granted. Tickets of others do not exist for a customer: they are never "forbidden".
 */
@Injectable()
export class TicketAccess {
  /** Whether this person may see the ticket, and how much of it. */
  async sight(tx: Transaction, user: CurrentUser, number: number): Promise<Sight> {
    if (isStaff(user)) {
      const rows = await tx.query(`select from ticket where number = $1`, [number]);
      if (rows.length === 0) throw unknown(number);
      return { inside: true, contactId: null, since: null };
    }
    const [row] = await tx.query<{ contactId: string; since: Date | null }>(
      `select contact.id as "contactId",
         case when ticket.requester_id = contact.id or (contact.sees_organisation and ticket.organisation_id = contact.organisation_id)
           then null else participant.joined_at end as since
       from ticket join contact on contact.email = $2
         left join participant on participant.ticket_number = ticket.number and participant.contact_id = contact.id
       where ticket.number = $1 and ticket.status <> 'spam' and (participant.id is not null
         or (contact.sees_organisation and ticket.organisation_id = contact.organisation_id))`,
      [number, user.email.toLowerCase()],
    );
    if (!row) throw unknown(number);
    return { inside: false, ...row };
  }

  /** Whether this person may write to the customer of a ticket: staff may, where nobody has marked it as spam. */
  async mayAnswer(tx: Transaction, user: CurrentUser, number: number): Promise<boolean> {
    if (!isStaff(user)) return false;
    const rows = await tx.query(`select from ticket where number = $1 and status <> 'spam'`, [number]);
    return rows.length > 0;
  }

  /** For lists: which tickets this person sees. Parameters are numbered from `first`; the table is called `ticket`. */
  visible(user: CurrentUser, first: number): Condition {
    if (isStaff(user)) return { sql: 'true', parameters: [] };
    return {
      sql: `(ticket.status <> 'spam' and exists (
        select from contact where contact.email = $${first} and (
          exists (select from participant
            where participant.ticket_number = ticket.number and participant.contact_id = contact.id)
          or (contact.sees_organisation and ticket.organisation_id = contact.organisation_id))))`,
      parameters: [user.email.toLowerCase()],
    };
  }

  /** For the messages of one ticket, called `message`: those within sight. Parameters are numbered from `first`. */
  messagesWithin({ inside, contactId, since }: Sight, first: number): Condition {
    if (inside) return { sql: 'true', parameters: [] };
    const said = `message.kind in ('reply', 'customer')`;
    if (since === null) return { sql: said, parameters: [] };
    return {
      sql: `(${said} and (message.created_at >= $${first} or message.author_contact_id = $${first + 1}))`,
      parameters: [since, contactId],
    };
  }
}

const unknown = (number: number): Problem => Problem.notFound(`There is no ticket #${number}.`);

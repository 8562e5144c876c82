import { Injectable } from '@nestjs/common';
import { Audit, type AuditedBy } from '../identity/audit.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Organisations } from './organisations.js';

/** To which organisation somebody who writes to us belongs. */
@Injectable()
export class Membership {
  constructor(
    private readonly organisations: Organisations,
    private readonly audit: Audit,
  ) {}

  /** From now on their requests are this organisation's, or nobody's. Tickets that are there keep what they have. */
  async set(tx: Transaction, contactId: string, organisation: string | null, by: AuditedBy): Promise<void> {
    const [contact] = await tx.query<{ email: string; from: string | null }>(
      `select contact.email, organisation.name as from from contact
         left join organisation on organisation.id = contact.organisation_id where contact.id = $1 for update of contact`,
      [contactId],
    );
    if (contact === undefined) throw Problem.notFound('Nobody known writes from that address.');
    if (contact.from === organisation) return;

    const id = organisation === null ? null : await this.organisations.idOf(tx, organisation);
    await tx.query(`update contact set organisation_id = $2 where id = $1`, [contactId, id]);
    await this.audit.record(tx, {
      by,
      action: 'contact.organisation-changed',
      subject: `contact ${contact.email}`,
      data: { from: contact.from, to: organisation },
    });
  }
}

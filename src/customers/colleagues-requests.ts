import { Injectable } from '@nestjs/common';
import { Audit, type AuditedBy } from '../identity/audit.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';

/** Which contacts may read the requests of everybody at their organisation. Only staff grant it. */
@Injectable()
export class ColleaguesRequests {
  constructor(private readonly audit: Audit) {}

  async grant(tx: Transaction, contactId: string, by: AuditedBy): Promise<void> {
    await this.set(tx, contactId, true, by);
  }

  async takeBack(tx: Transaction, contactId: string, by: AuditedBy): Promise<void> {
    await this.set(tx, contactId, false, by);
  }

  private async set(tx: Transaction, contactId: string, may: boolean, by: AuditedBy): Promise<void> {
    const [contact] = await tx.query<{ email: string }>(
      `update contact set sees_organisation = $2 where id = $1 and organisation_id is not null returning email`,
      [contactId, may],
    );
    if (contact === undefined) throw Problem.notFound('There is no such contact of an organisation.');

    const action = may ? 'contact.sees-organisation' : 'contact.sees-own-only';
    await this.audit.record(tx, { by, action, subject: `contact ${contact.email}` });
  }
}

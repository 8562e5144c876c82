import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';

/** A user, or something that has only a name: the command line, a desk file, the first start. */
export interface AuditedBy {
  readonly id?: string;
  readonly name: string;
  readonly email?: string;
}

/** What nobody in particular has done. */
export const theDeskItself: AuditedBy = { name: 'the desk itself' };

export interface AuditRecord {
  readonly by: AuditedBy;
  /** Such as `user.role-changed`. */
  readonly action: string;
  /** What it was done to, such as `user ann@example.com`. */
  readonly subject: string;
  /** Never a secret. */
  readonly data?: Record<string, unknown>;
}

export interface AuditEntry extends Required<AuditRecord> {
  readonly id: string;
  readonly at: Date;
}

/** Who changed what; entries are only ever added. */
@Injectable()
export class Audit {
  constructor(
    private readonly database: Database,
    private readonly now: Now,
  ) {}

  async record(tx: Transaction, { by, action, subject, data = {} }: AuditRecord): Promise<void> {
    const { id, name, email } = by;
    const who = { ...(id !== undefined && { id }), name, ...(email !== undefined && { email }) };
    await tx.query(`insert into audit_entry (at, by, action, subject, data) values ($1, $2, $3, $4, $5)`, [
      this.now.read(),
      JSON.stringify(who),
      action,
      subject,
      JSON.stringify(data),
    ]);
  }

  /** The newest entries first; `before` is the id of the last one already seen. */
  async latest({ limit = 50, before }: { limit?: number; before?: string } = {}): Promise<AuditEntry[]> {
    return this.database.query<AuditEntry>(
      `select id, at, by, action, subject, data from audit_entry
       where $2::bigint is null or id < $2 order by id desc limit $1`,
      [limit, before ?? null],
    );
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import type { DraftRow } from './draft.entity.js';

type Draft = Pick<DraftRow, 'kind' | 'body' | 'savedAt'>;

/** What agents have begun to write and not sent yet: each their own, one for each ticket. Nobody else sees it. */
@Injectable()
export class Drafts {
  constructor(private readonly database: Database) {}

  async of(user: string, ticket: number): Promise<Draft | null> {
    const [draft] = await this.database.query<Draft>(
      `select kind, body, saved_at as "savedAt" from draft where user_id = $1 and ticket_number = $2`,
      [user, ticket],
    );
    return draft ?? null;
  }

  /** Keeps it in place of the one before; an empty one is none, and neither is one that came in after it was sent. */
  async keep(tx: Transaction, user: string, ticket: number, { kind, body, savedAt }: Draft): Promise<void> {
    if (body.trim() === '') return this.discard(tx, user, ticket);

    await tx.query(
      `insert into draft (user_id, ticket_number, kind, body, saved_at)
       select $1, number, $3, $4, $5 from ticket
       where number = $2 and not exists (select from message where ticket_number = $2 and author_user_id = $1 and text = $4)
       on conflict on constraint draft_pk do update set kind = excluded.kind, body = excluded.body, saved_at = excluded.saved_at`,
      [user, ticket, kind, body.replaceAll('\0', ''), savedAt],
    );
  }

  async discard(tx: Transaction, user: string, ticket: number): Promise<void> {
    await tx.query(`delete from draft where user_id = $1 and ticket_number = $2`, [user, ticket]);
  }
}

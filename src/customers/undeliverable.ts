import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';

/** A bounce for a passing reason counts half after this. */
const HALF_LIFE_DAYS = 7;
/** So many at a time, and nobody is there any more. */
const SOFT_LIMIT = 5;
const DAY_SECONDS = 86_400;

/** Addresses that mail comes back from, and taking that back. */
@Injectable()
export class Undeliverable {
  /** Remembers why mail to this address is useless; answers whether anybody we know has it. The first reason stays. */
  async mark(tx: Transaction, email: string, { at, reason }: { at: Date; reason: string }): Promise<boolean> {
    const rows = await tx.query(
      `update contact set undeliverable_at = coalesce(undeliverable_at, $2),
         undeliverable_reason = coalesce(undeliverable_reason, $3)
       where email = $1 returning id`,
      [email.trim().toLowerCase(), at, reason],
    );
    return rows.length > 0;
  }

  /**
   * Mail has not reached this address for a reason that may pass. Each letter counts once, and for less as time goes by; when they come to
   * five, the address is useless. Answers whether it is now.
   */
  async countSoft(
    tx: Transaction,
    email: string,
    { at, reason, letter }: { at: Date; reason: string; letter: string },
  ): Promise<boolean> {
    const address = email.trim().toLowerCase();
    await tx.query(
      `insert into soft_bounce (contact_id, outgoing_mail_id, at) select id, $2, $3 from contact where email = $1
       on conflict on constraint soft_bounce_pk do nothing`,
      [address, letter, at],
    );
    const [row] = await tx.query<{ score: number }>(
      `select coalesce(sum(power(0.5, greatest(extract(epoch from $2 - at), 0) / ${HALF_LIFE_DAYS * DAY_SECONDS})), 0)::float8 as score
       from soft_bounce where contact_id = (select id from contact where email = $1)`,
      [address, at],
    );
    // Five of the same day are a little less than five by the evening.
    if (row === undefined || row.score < SOFT_LIMIT - 0.5) return false;

    return this.mark(tx, address, { at, reason: `Mail was not delivered again and again, the last time: ${reason}` });
  }

  async clear(tx: Transaction, contactId: string): Promise<void> {
    await tx.query(`update contact set undeliverable_at = null, undeliverable_reason = null where id = $1`, [
      contactId,
    ]);
    await tx.query(`delete from soft_bounce where contact_id = $1`, [contactId]);
  }
}

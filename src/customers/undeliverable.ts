import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';

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

  async clear(tx: Transaction, contactId: string): Promise<void> {
    await tx.query(`update contact set undeliverable_at = null, undeliverable_reason = null where id = $1`, [
      contactId,
    ]);
  }
}

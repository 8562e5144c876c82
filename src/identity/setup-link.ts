import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';
import { digestOf, newSecret } from './secret-token.js';

/** The one-time link by which the first admin sets the desk up. Without an admin who can sign in, each start makes one. */
@Injectable()
export class SetupLink {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly now: Now,
  ) {}

  /** A new link, which ends any older one; null when there is an admin who can sign in. */
  async renew(tx: Transaction): Promise<string | null> {
    if (await hasAdmin(tx)) return null;

    const token = newSecret();
    await tx.query(
      `insert into setup_link (token_hash, created_at) values ($1, $2)
       on conflict on constraint setup_link_pk do update
       set token_hash = excluded.token_hash, created_at = excluded.created_at`,
      [digestOf(token), this.now.read()],
    );
    return `${this.config.publicUrl}/setup/${token}`;
  }

  /** Whether the desk waits to be set up: nobody can sign in as an admin, and a link was printed. */
  async isAwaited(): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const [link] = await tx.query(`select 1 from setup_link limit 1`);
      return link !== undefined && !(await hasAdmin(tx));
    });
  }

  /** Whether this token still opens the set-up; looking spends nothing. */
  async isGood(token: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const [link] = await tx.query(`select 1 from setup_link where token_hash = $1`, [digestOf(token)]);
      return link !== undefined && !(await hasAdmin(tx));
    });
  }

  /**
   * Spends the token, in the transaction that makes the first admin: if that is undone, the token is good again. Of two
   * that come at once, the second waits here and gets false.
   */
  async spend(tx: Transaction, token: string): Promise<boolean> {
    const spent = await tx.query(`delete from setup_link where token_hash = $1 returning 1`, [digestOf(token)]);
    return spent.length > 0 && !(await hasAdmin(tx));
  }
}

async function hasAdmin(tx: Transaction): Promise<boolean> {
  const [admin] = await tx.query(
    `select 1 from app_user
     where role = 'admin' and password_hash is not null and disabled_at is null and not service limit 1`,
  );
  return admin !== undefined;
}

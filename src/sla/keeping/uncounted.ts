import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../platform/database/transaction.js';

export interface UncountedTicket {
  readonly ticket: number;
  readonly since: Date;
  readonly triedAt: Date;
  readonly because: string;
}

/** The tickets whose clocks could not be counted anew. */
@Injectable()
export class Uncounted {
  async note(tx: Transaction, ticket: number, because: string, at: Date): Promise<void> {
    await tx.query(
      `insert into uncounted_ticket (ticket_number, since, tried_at, because)
       select number, $2, $2, $3 from ticket where number = $1
       on conflict (ticket_number) do update set tried_at = excluded.tried_at, because = excluded.because`,
      [ticket, at, because],
    );
  }

  async forget(tx: Transaction, tickets: readonly number[]): Promise<void> {
    await tx.query(`delete from uncounted_ticket where ticket_number = any($1::integer[])`, [tickets]);
  }

  async all(asked: Pick<Transaction, 'query'>): Promise<UncountedTicket[]> {
    return asked.query<UncountedTicket>(
      `select ticket_number as ticket, since, tried_at as "triedAt", because
       from uncounted_ticket order by since, ticket_number limit 100`,
    );
  }

  async lastTriedBefore(asked: Pick<Transaction, 'query'>, instant: Date): Promise<number[]> {
    const rows = await asked.query<{ ticket: number }>(
      `select ticket_number as ticket from uncounted_ticket where tried_at <= $1 order by tried_at limit 100`,
      [instant],
    );
    return rows.map(({ ticket }) => ticket);
  }
}

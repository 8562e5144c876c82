import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Now } from '../platform/time/now.js';
import { theDesk } from './actor.js';
import { StatusChanges } from './status-changes.js';

const AT_ONCE = 100;

/** Closes what has stayed resolved for as many days as its queue says: a customer's word that it was right. */
@Injectable()
export class Closing implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly statuses: StatusChanges,
    private readonly now: Now,
  ) {}

  /** Answers how many were closed. */
  async sweep(): Promise<number> {
    let closed = 0;
    for (let batch = AT_ONCE; batch === AT_ONCE; closed += batch) batch = await this.closeSome();
    return closed;
  }

  private async closeSome(): Promise<number> {
    const at = this.now.read();
    return this.database.transaction(async (tx) => {
      const due = await tx.query<{ number: number }>(
        `select ticket.number from ticket join queue on queue.id = ticket.queue_id
         where status = 'resolved' and merged_into is null
           and resolved_at + make_interval(hours => 24 * close_after_days) <= $1
         order by resolved_at limit ${AT_ONCE} for update of ticket skip locked`,
        [at],
      );
      for (const { number } of due) await this.statuses.apply(tx, number, { cause: 'auto-close' }, { by: theDesk, at });
      return due.length;
    });
  }
}

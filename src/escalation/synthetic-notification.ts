import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Now } from '../platform/time/now.js';

const RESPONDER = 'The desk itself';
/** From writing to hand-over: longer than that a person would not wait either. */
const PATIENCE_MS = 30_000;
const KEPT_MS = 3_600_000;

/**
 * A notification that is for nobody goes the way of all others once a minute: written, rung for, claimed under a lease, handed over and
 * noted. Only while it arrives does the heartbeat tell the outside that alarms would, too.
 */
@Injectable()
export class SyntheticNotification {
  constructor(
    private readonly database: Database,
    private readonly jobs: JobQueue,
    private readonly now: Now,
  ) {}

  /** Sends the next one, and answers whether the one before has arrived in time; null: there was none yet. */
  async beat(): Promise<boolean | null> {
    const at = this.now.read();
    return this.database.transaction(async (tx) => {
      const [before] = await tx.query<{ createdAt: Date; handedOverAt: Date | null }>(
        `select created_at as "createdAt", handed_over_at as "handedOverAt" from notification
         where kind = 'synthetic' and created_at <= $1 order by number desc limit 1`,
        [new Date(at.getTime() - 1)],
      );
      await tx.query(`delete from notification where kind = 'synthetic' and created_at < $1`, [
        new Date(at.getTime() - KEPT_MS),
      ]);
      const [row] = await tx.query<{ id: string }>(
        `insert into notification (kind, step, round, responder_name, position, method, address, state, created_at, next_try_at)
         values ('synthetic', 0, 0, $1, 0, 'webhook', 'nobody', 'queued', $2::timestamptz, $2) returning id`,
        [RESPONDER, at],
      );
      if (row !== undefined) this.jobs.ring(tx, 'send-notification', row.id);
      if (before === undefined) return null;
      const { createdAt, handedOverAt } = before;
      const took = (handedOverAt ?? at).getTime() - createdAt.getTime();
      return handedOverAt === null ? took < PATIENCE_MS : took <= PATIENCE_MS;
    });
  }
}

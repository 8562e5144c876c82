import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';
import type { AcknowledgedBy } from './incident.entity.js';
import { Timeline } from './timeline.js';

const BATCH = 500;

/** Acknowledged but not done in time: an incident begins again at the first step of its chain, as if nobody had it. */
@Injectable()
export class Restart {
  constructor(
    private readonly timeline: Timeline,
    private readonly now: Now,
  ) {}

  /** Answers how many began again; their first step is due at once. */
  async take(tx: Transaction): Promise<number> {
    const now = this.now.read();
    const restarted = await tx.query<{ id: string; by: AcknowledgedBy }>(
      `with due as (
         select id, acknowledged_by from incident where restart_at <= $1 order by restart_at limit ${BATCH} for no key update skip locked)
       update incident set state = 'open', step = 0, round = 0, next_step_at = $1, restart_at = null, acknowledged_at = null,
         acknowledged_by = null, offered_to = null, offered_at = null
       from due where incident.id = due.id returning incident.id, due.acknowledged_by as by`,
      [now],
    );
    await this.timeline.write(
      tx,
      restarted.map(({ id, by }) => ({ incident: id, at: now, type: 'restarted', data: { by } })),
    );
    return restarted.length;
  }
}

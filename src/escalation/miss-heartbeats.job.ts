import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { Log } from '../platform/log/logger.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Now } from '../platform/time/now.js';
import { Alarms } from './alarms.js';
import { monitorColumns, type HeartbeatMonitor } from './heartbeat-monitors.js';
import { HeartbeatsOfOthers } from './heartbeats-of-others.js';

/** How long one that cannot be dealt with is left alone before it is tried again. */
const ASIDE_MS = 60_000;

/** Finds the programs outside that should have been heard of by now. Each stands alone: a sick one hinders no other. */
@Injectable()
export class MissHeartbeats implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly heartbeats: HeartbeatsOfOthers,
    private readonly alarms: Alarms,
    private readonly now: Now,
    private readonly log: Log,
  ) {}

  /** Answers how many are silent since this moment. */
  async sweep(): Promise<number> {
    const due = await this.database.query<{ id: string }>(
      `select id from heartbeat_monitor where due_at <= $1 order by due_at limit 500`,
      [this.now.read()],
    );
    let missed = 0;
    for (const { id } of due) missed += await this.miss(id);
    return missed;
  }

  private async miss(id: string): Promise<number> {
    try {
      return await this.database.transaction(async (tx) => {
        const [monitor] = await tx.query<HeartbeatMonitor>(
          `select ${monitorColumns} from heartbeat_monitor
           where id = $1 and due_at <= $2 for update of heartbeat_monitor skip locked`,
          [id, this.now.read()],
        );
        if (monitor === undefined) return 0;
        await this.heartbeats.fallsSilent(tx, monitor);
        await this.alarms.clear(tx, [id], ['stuck']);
        return 1;
      });
    } catch (error) {
      this.log.error({ err: error, heartbeat: id }, 'A heartbeat is missed, but no incident could be opened.');
      await this.database.transaction(async (tx) => {
        const [monitor] = await tx.query<{ name: string }>(
          `update heartbeat_monitor set due_at = $2 where id = $1 and due_at is not null returning name`,
          [id, new Date(this.now.read().getTime() + ASIDE_MS)],
        );
        const detail = `The heartbeat ${monitor?.name ?? id} is missed, but no incident could be opened; the log says why. It is tried again each minute.`;
        await this.alarms.raise(tx, [{ kind: 'stuck', subject: id, detail }]);
      });
      return 0;
    }
  }
}

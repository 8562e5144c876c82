import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { Database } from '../platform/database/database.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Now } from '../platform/time/now.js';

/** A worker of a machine that has come back under another id is not missed any more, nor is one that has been away for a day. */
const FORGOTTEN_MS = 24 * 3_600_000;

/** Each worker says every ten seconds that it lives, and how far its clock is behind the database's. */
@Injectable()
export class WorkerHeartbeat implements Sweeper, OnApplicationShutdown {
  private readonly worker = randomUUID();
  private readonly startedAt: Date;
  private beats = false;

  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly now: Now,
  ) {
    this.startedAt = now.read();
  }

  async sweep(): Promise<number> {
    const at = this.now.read();
    this.beats = true;
    await this.now.sample((sql) => this.database.query(sql));
    await this.database.query(
      `insert into worker_heartbeat (worker, host, roles, started_at, beat_at, behind_ms) values ($1, $2, $3, $4, $5, $6)
       on conflict on constraint worker_heartbeat_pk do update set beat_at = excluded.beat_at, behind_ms = excluded.behind_ms`,
      [this.worker, hostname(), [...this.config.roles], this.startedAt, at, Math.round(this.now.behindDatabaseMs)],
    );
    await this.database.query(
      `delete from worker_heartbeat gone where beat_at < $1
         or (beat_at < $2 and exists (select from worker_heartbeat later where later.host = gone.host and later.started_at > gone.beat_at))`,
      [new Date(at.getTime() - FORGOTTEN_MS), new Date(at.getTime() - 60_000)],
    );
    return 1;
  }

  /** Who leaves in order is not missed. */
  async onApplicationShutdown(): Promise<void> {
    if (!this.beats) return;
    await this.database.query(`delete from worker_heartbeat where worker = $1`, [this.worker]);
  }
}

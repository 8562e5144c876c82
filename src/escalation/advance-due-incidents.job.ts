import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { Log } from '../platform/log/logger.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Now } from '../platform/time/now.js';
import { Alarms } from './alarms.js';
import { HandOver } from './hand-over.js';
import { steppingColumns } from './incidents.js';
import { Restart } from './restart.js';
import { Steps, type SteppingIncident } from './steps.js';

const BATCH = 500;
/** How long an incident that cannot be taken further is left alone before it is tried again. */
const ASIDE_MS = 60_000;

/**
 * Claims incidents whose next step has come, in batches. A batch that fails is halved until the sick one stands alone;
 * that one is put aside with an alarm, and the line moves on.
 */
@Injectable()
export class AdvanceDueIncidents implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly steps: Steps,
    private readonly restart: Restart,
    private readonly handOver: HandOver,
    private readonly alarms: Alarms,
    private readonly now: Now,
    private readonly log: Log,
  ) {}

  async sweep(): Promise<number> {
    let advanced = await this.database.transaction((tx) => this.restart.take(tx));
    advanced += await this.database.transaction((tx) => this.handOver.lapse(tx));
    for (;;) {
      const due = await this.database.query<{ id: string }>(
        `select id from incident where next_step_at <= $1 order by next_step_at limit ${BATCH}`,
        [this.now.read()],
      );
      const moved = await this.advance(due.map(({ id }) => id));
      advanced += moved;
      if (moved === 0 || due.length < BATCH) return advanced;
    }
  }

  private async advance(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    try {
      return await this.take(ids);
    } catch (error) {
      if (ids.length === 1) return this.putAside(ids[0] ?? '', error);
      const half = Math.ceil(ids.length / 2);
      return (await this.advance(ids.slice(0, half))) + (await this.advance(ids.slice(half)));
    }
  }

  /** Those that another worker holds are that worker's. */
  private async take(ids: readonly string[]): Promise<number> {
    return this.database.transaction(async (tx) => {
      const now = this.now.read();
      const due = await tx.query<SteppingIncident>(
        `select ${steppingColumns} from incident
         where id = any($1) and next_step_at <= $2 order by id for no key update skip locked`,
        [ids, now],
      );
      if (due.length === 0) return 0;
      const taken = await this.steps.take(tx, due, now);
      await this.alarms.clear(
        tx,
        due.map(({ id }) => id),
        ['stuck'],
      );
      return taken;
    });
  }

  private async putAside(id: string, error: unknown): Promise<number> {
    this.log.error({ err: error, incident: id }, 'An incident cannot be taken a step further.');
    return this.database.transaction(async (tx) => {
      const aside = new Date(this.now.read().getTime() + ASIDE_MS);
      await tx.query(`update incident set next_step_at = $2 where id = $1 and next_step_at is not null`, [id, aside]);
      const detail = 'An incident cannot be taken a step further; the log says why. It is tried again each minute.';
      await this.alarms.raise(tx, [{ kind: 'stuck', subject: id, detail }]);
      return 1;
    });
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Log } from '../platform/log/logger.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Now } from '../platform/time/now.js';
import { ClockKeeper } from './clock-keeper.js';

const BATCH = 100;

/** How far a recomputation has come; tickets are counted. */
export interface RecomputationProgress {
  readonly askedAt: Date;
  readonly total: number;
  readonly done: number;
  readonly finishedAt: Date | null;
}

interface Running {
  readonly id: string;
  readonly lastTicket: number;
}

/**
 * Whatever decides what is promised (policies, levels, calendars, and who has which calendar), as one short text. It is looked at
 * instead of listened to, so that no way of changing any of it can be forgotten.
 */
const FINGERPRINT = `select md5(coalesce(string_agg(part, E'\\n' order by part), '')) as fingerprint from (
    select 'policy ' || id || ' ' || current_version || ' ' || position || ' ' || (removed_at is null) as part from policy
    union all select 'level ' || name || ' ' || targets::text || ' ' || coalesce(calendar_id::text, '') from level
    union all select 'calendar ' || id || ' ' || name || ' ' || current_version from calendar
    union all select 'queue ' || id || ' ' || name || ' ' || coalesce(calendar_id::text, '') from queue
    union all select 'organisation ' || id || ' ' || name || ' ' || coalesce(tier, '') || ' ' || coalesce(calendar_id::text, '')
      from organisation
    union all select 'desk ' || default_calendar from desk
  ) as parts`;

/** After a change of what is promised, counts all open clocks anew, some tickets at a time, and remembers how far it has come. */
@Injectable()
export class RecomputeClocks implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly keeper: ClockKeeper,
    private readonly now: Now,
    private readonly log: Log,
  ) {}

  async sweep(): Promise<number> {
    await this.database.transaction((tx) => this.begin(tx));
    let handled = 0;
    for (;;) {
      const done = await this.nextBatch();
      if (done === null) return handled;
      handled += done;
    }
  }

  /** The latest one, running or finished. */
  async progress(): Promise<RecomputationProgress | null> {
    const [row] = await this.database.query<RecomputationProgress>(
      `select asked_at as "askedAt", total, done, finished_at as "finishedAt" from recomputation order by id desc limit 1`,
    );
    return row ?? null;
  }

  /** Asks for a recomputation if what is promised is something else than when it was last asked for. */
  private async begin(tx: Transaction): Promise<void> {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('recomputation', 0))`);
    const [current] = await tx.query<{ fingerprint: string }>(FINGERPRINT);
    const [latest] = await tx.query<{ fingerprint: string }>(
      `select fingerprint from recomputation order by id desc limit 1`,
    );
    if (current === undefined || current.fingerprint === latest?.fingerprint) return;

    // What was under way starts again from the first ticket, by what is promised now.
    await tx.query(`update recomputation set finished_at = $1 where finished_at is null`, [this.now.read()]);
    await tx.query(
      `insert into recomputation (fingerprint, asked_at, total, done, last_ticket)
       select $1, $2, count(distinct ticket_number), 0, 0 from clock
       where state in ('running', 'paused') and withdrawn_at is null`,
      [current.fingerprint, this.now.read()],
    );
  }

  /** The next tickets; null when there is none left, or another worker is at it. */
  private async nextBatch(): Promise<number | null> {
    try {
      return await this.database.transaction((tx) =>
        this.goOn(tx, BATCH, (tickets) => this.keeper.recompute(tx, tickets)),
      );
    } catch (error) {
      this.log.warn({ err: error }, 'Some clocks cannot be counted anew; their tickets are tried one by one.');
      return this.oneByOne();
    }
  }

  /** A ticket whose clocks cannot be counted keeps them as they are, and the line moves on. */
  private async oneByOne(): Promise<number | null> {
    let handled = 0;
    while (handled < BATCH) {
      const done = await this.nextTicket();
      if (done === null) break;
      handled += done;
    }
    return handled === 0 ? null : handled;
  }

  private async nextTicket(): Promise<number | null> {
    try {
      return await this.database.transaction((tx) => this.goOn(tx, 1, (tickets) => this.keeper.recompute(tx, tickets)));
    } catch (error) {
      return this.database.transaction((tx) =>
        this.goOn(tx, 1, async ([ticket]) => {
          this.log.error(
            { err: error, ticket },
            'The clocks of a ticket cannot be counted anew; they stay as they are.',
          );
        }),
      );
    }
  }

  private async goOn(
    tx: Transaction,
    limit: number,
    work: (tickets: readonly number[]) => Promise<unknown>,
  ): Promise<number | null> {
    const [running] = await tx.query<Running>(
      `select id, last_ticket as "lastTicket" from recomputation where finished_at is null for update skip locked`,
    );
    if (running === undefined) return null;

    const tickets = await this.nextTickets(tx, running.lastTicket, limit);
    if (tickets.length > 0) await work(tickets);
    await tx.query(`update recomputation set done = done + $2, last_ticket = $3, finished_at = $4 where id = $1`, [
      running.id,
      tickets.length,
      tickets.at(-1) ?? running.lastTicket,
      tickets.length < limit ? this.now.read() : null,
    ]);
    return tickets.length;
  }

  /** Tickets are held before their clocks, as everywhere. */
  private async nextTickets(tx: Transaction, after: number, limit: number): Promise<number[]> {
    const rows = await tx.query<{ number: number }>(
      `select number from ticket
       where number > $1 and exists (
         select from clock where ticket_number = number and state in ('running', 'paused') and withdrawn_at is null)
       order by number limit $2 for no key update`,
      [after, limit],
    );
    return rows.map(({ number }) => number);
  }
}

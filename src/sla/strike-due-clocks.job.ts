import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Log } from '../platform/log/logger.js';
import { Precedence } from '../platform/queue/precedence.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Now } from '../platform/time/now.js';
import { ClockBreached, ClockSetAside, ClockWarned, type ClockFact, type ClockKey } from './clock-events.js';
import type { ClockRow, StoredWarning } from './clock.entity.js';
import { nextMoment, strike, type Struck } from './clock/clock.js';
import type { Metric } from './clock/timeline.js';
import { warningsFromStore, warningsToStore } from './keeping/clock-rows.js';
import { ClockJournal } from './keeping/clock-journal.js';

/** Few enough that the first of them need not wait long for the last. */
const BATCH = 200;
/** After so long a clock that could not be struck is tried again, by itself. */
const TRY_AGAIN_MS = 60_000;

type DueRow = Pick<
  ClockRow,
  | 'id'
  | 'ticketNumber'
  | 'metric'
  | 'cycle'
  | 'judgement'
  | 'dueAt'
  | 'breachedAt'
  | 'breachedBy'
  | 'warnings'
  | 'ahead'
>;

const COLUMNS = `id, ticket_number as "ticketNumber", metric, cycle, judgement, due_at as "dueAt", breached_at as "breachedAt",
  breached_by as "breachedBy", warnings, ahead`;

/** A clock that could not be struck. */
export interface ClockAside {
  readonly clock: string;
  readonly ticket: number;
  readonly metric: Metric;
  readonly cycle: number;
  readonly dueAt: Date | null;
  readonly since: Date;
  readonly because: string;
}

/** A clock before and after it was struck. */
interface StruckRow {
  readonly key: ClockKey;
  readonly before: Struck;
  readonly after: Struck;
}

/**
 * Strikes the clocks whose next moment has come: warnings and breaches.
 * 1. Claims a batch that no other worker holds.
 * 2. Asks the pure `strike` for each, saves all of them by one statement a table, and tells what happened, in one transaction.
 * 3. If that fails, halves the batch until the sick row stands alone; that one is set aside, shown, and tried again later.
 */
@Injectable()
export class StrikeDueClocks implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly journal: ClockJournal,
    private readonly precedence: Precedence,
    private readonly now: Now,
    private readonly log: Log,
  ) {}

  async sweep(): Promise<number> {
    return (await this.strikeSetAside()) + (await this.precedence.goFirst(() => this.strikeBatches()));
  }

  /** The earliest moment of all, if it comes before `end`. */
  async nextMomentBefore(end: Date): Promise<Date | null> {
    const [row] = await this.database.query<{ at: Date }>(
      `select next_moment_at as at from clock
       where next_moment_at < $1 and set_aside_at is null order by next_moment_at limit 1`,
      [end],
    );
    return row?.at ?? null;
  }

  /** What somebody must see to. */
  async setAside(): Promise<ClockAside[]> {
    return this.database.query<ClockAside>(
      `select id as clock, ticket_number as ticket, metric, cycle, due_at as "dueAt", set_aside_at as since, set_aside_because as because
       from clock where set_aside_at is not null order by set_aside_at, id limit 100`,
    );
  }

  /** Strikes a clock that was set aside at once; answers whether it works now. */
  async tryAgain(clock: string): Promise<boolean> {
    await this.strikeThese([clock]);
    const [row] = await this.database.query<{ aside: boolean }>(
      `select set_aside_at is not null as aside from clock where id = $1`,
      [clock],
    );
    return row?.aside === false;
  }

  private async strikeBatches(): Promise<number> {
    let struck = 0;
    for (;;) {
      const handled = await this.strikeBatch();
      struck += handled;
      if (handled < BATCH) return struck;
    }
  }

  private async strikeBatch(): Promise<number> {
    let claimed: readonly string[] = [];
    try {
      const strike = async (tx: Transaction): Promise<number> => {
        const due = await tx.query<DueRow>(
          `select ${COLUMNS} from clock where next_moment_at <= $1 and set_aside_at is null
           order by next_moment_at, id limit ${BATCH} for update skip locked`,
          [this.now.read()],
        );
        claimed = due.map(({ id }) => id);
        await this.strikeAll(tx, due);
        return due.length;
      };
      return await this.database.transaction(strike, { first: true });
    } catch (error) {
      if (claimed.length === 0) throw error;
      return this.strikeHalves(claimed, error);
    }
  }

  private async strikeHalves(ids: readonly string[], error: unknown): Promise<number> {
    if (ids.length === 1) return this.putAside(ids[0] ?? '', error);

    const half = Math.ceil(ids.length / 2);
    return (await this.strikeThese(ids.slice(0, half))) + (await this.strikeThese(ids.slice(half)));
  }

  private async strikeThese(ids: readonly string[]): Promise<number> {
    try {
      await this.database.transaction(async (tx) => {
        const due = await tx.query<DueRow>(
          `select ${COLUMNS} from clock where id = any($1::bigint[]) and next_moment_at <= $2
           order by next_moment_at, id for update skip locked`,
          [ids, this.now.read()],
        );
        await this.strikeAll(tx, due);
      });
      return ids.length;
    } catch (error) {
      return this.strikeHalves(ids, error);
    }
  }

  private async putAside(id: string, error: unknown): Promise<number> {
    this.log.error({ err: error, clock: id }, 'A clock cannot be struck; it is set aside and tried again each minute.');
    const because = error instanceof Error ? error.message : String(error);
    const now = this.now.read();
    await this.database.transaction(async (tx) => {
      const [row] = await tx.query<DueRow>(
        `update clock set set_aside_at = $2, set_aside_because = $3 where id = $1 and next_moment_at is not null returning ${COLUMNS}`,
        [id, now, because],
      );
      if (row !== undefined) await this.journal.announce(tx, [new ClockSetAside(keyOf(row), now, because)]);
    });
    return 1;
  }

  private async strikeSetAside(): Promise<number> {
    const now = this.now.read();
    const rows = await this.database.query<{ id: string }>(
      `select id from clock where set_aside_at <= $1 order by set_aside_at limit ${BATCH}`,
      [new Date(now.getTime() - TRY_AGAIN_MS)],
    );
    let handled = 0;
    for (const { id } of rows) handled += await this.strikeThese([id]);
    return handled;
  }

  private async strikeAll(tx: Transaction, due: readonly DueRow[]): Promise<void> {
    if (due.length === 0) return;

    const now = this.now.read();
    const struck = due.map((row) => {
      const before = struckOf(row);
      return { key: keyOf(row), before, after: strike(before, now) };
    });
    await save(tx, struck);
    const told = struck.flatMap(tale);
    await this.journal.write(tx, told, now);
    await this.journal.announce(
      tx,
      told.flatMap(({ fact }) => fact ?? []),
    );
  }
}

function keyOf({ id, ticketNumber, metric, cycle, judgement }: DueRow): ClockKey {
  return { clock: id, ticket: ticketNumber, metric, cycle, judgement };
}

function struckOf({ id, dueAt, breachedAt, breachedBy, warnings, ahead }: DueRow): Struck {
  if (dueAt === null) throw new Error(`The clock ${id} wants to be struck and has no due instant.`);
  return { dueAt, breachedAt, breachedBy, warnings: warningsFromStore(warnings), ahead: warningsFromStore(ahead) };
}

async function save(tx: Transaction, struck: readonly StruckRow[]): Promise<void> {
  const values = struck.map(({ key, after }) => ({
    id: key.clock,
    warnings: warningsToStore(after.warnings),
    ahead: warningsToStore(after.ahead) satisfies StoredWarning[],
    breached_at: after.breachedAt,
    breached_by: after.breachedBy,
    next_moment_at: nextMoment(after),
  }));
  await tx.query(
    `update clock set warnings = value.warnings, ahead = value.ahead, breached_at = value.breached_at,
       breached_by = value.breached_by, next_moment_at = value.next_moment_at, set_aside_at = null, set_aside_because = null
     from jsonb_to_recordset($1::jsonb) as value
       (id bigint, warnings jsonb, ahead jsonb, breached_at timestamptz, breached_by text, next_moment_at timestamptz)
     where clock.id = value.id`,
    [JSON.stringify(values)],
  );
}

interface Told {
  readonly key: ClockKey;
  readonly type: 'warned' | 'breached';
  readonly at: Date;
  readonly data: Record<string, unknown>;
  readonly fact?: ClockFact;
}

function tale({ key, before, after }: StruckRow): Told[] {
  const told: Told[] = after.warnings.slice(before.warnings.length).map(({ percent, at }) => ({
    key,
    type: 'warned',
    at,
    data: { percent },
    ...(after.breachedAt === null ? { fact: new ClockWarned(key, at, percent, after.dueAt) } : {}),
  }));
  if (before.breachedAt === null && after.breachedAt !== null) {
    const { breachedAt: at } = after;
    told.push({ key, type: 'breached', at, data: { because: 'due' }, fact: new ClockBreached(key, at, 'due') });
  }
  return told;
}

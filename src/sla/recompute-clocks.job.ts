import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Log } from '../platform/log/logger.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Now } from '../platform/time/now.js';
import { ClockKeeper } from './clock-keeper.js';
import { TicketTerms } from './keeping/ticket-terms.js';
import { concernedTickets } from './keeping/concerned.js';
import { fingerprint, type Fingerprint } from './keeping/fingerprint.js';
import { Uncounted } from './keeping/uncounted.js';

/** Tickets in a part: so many at a time are held, and as much is done again should a worker die over it. */
const PART = 250;
const LIVE = `state in ('running', 'paused') and withdrawn_at is null`;
/** A ticket to which something can be promised, though now perhaps nothing is. */
const LIVE_TICKET = `status in ('new', 'open', 'waiting', 'on-hold') and merged_into is null`;
/** After so long a ticket that could not be counted is tried again, by itself. */
const TRY_AGAIN_MS = 600_000;

/** How far a recomputation has come; tickets are counted. */
export interface RecomputationProgress {
  readonly askedAt: Date;
  readonly total: number;
  readonly done: number;
  /** What has come of it so far, in clocks. */
  readonly moved: number;
  readonly breached: number;
  readonly retracted: number;
  readonly finishedAt: Date | null;
}

/** A stretch of tickets, held by whoever counts them anew. */
interface Part {
  readonly id: string;
  readonly recomputation: string;
  readonly first: number;
  readonly last: number;
  readonly tickets: number;
  /** Only the clocks on these calendars; null: all. */
  readonly calendars: readonly string[] | null;
}

interface Latest extends Fingerprint {
  readonly finished: boolean;
}

/**
 * After a change of what is promised, counts the open clocks anew that it may concern, and remembers how far it has come. The work is cut
 * into parts, so that any number of workers share it; a part that a worker leaves undone is another's.
 */
@Injectable()
export class RecomputeClocks implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly keeper: ClockKeeper,
    private readonly terms: TicketTerms,
    private readonly uncounted: Uncounted,
    private readonly now: Now,
    private readonly log: Log,
  ) {}

  async sweep(): Promise<number> {
    await this.beginIfDue();
    let handled = await this.tryUncounted();
    for (;;) {
      const done = await this.nextPart();
      if (done === null) return handled;
      handled += done;
    }
  }

  /** Counts the clocks of a ticket anew that could not be counted; answers whether it works now. */
  async tryAgain(ticket: number): Promise<boolean> {
    return this.alone(ticket);
  }

  /** The latest one, running or finished. */
  async progress(): Promise<RecomputationProgress | null> {
    const [row] = await this.database.query<RecomputationProgress>(
      `select asked_at as "askedAt", total, done, moved, breached, retracted, finished_at as "finishedAt"
       from recomputation order by id desc limit 1`,
    );
    return row ?? null;
  }

  /** Whether what is promised has changed, and the count that follows has not begun yet. */
  async isDue(): Promise<boolean> {
    const current = await fingerprint(this.database);
    return changedCalendars(current, await latestOf(this.database))?.length !== 0;
  }

  /** Asks for a recomputation if what is promised is something else than when it was last asked for. */
  private async beginIfDue(): Promise<void> {
    const current = await fingerprint(this.database);
    if (changedCalendars(current, await latestOf(this.database))?.length === 0) return;

    // A ticket that is being opened by what was promised before must be there to be counted.
    await this.terms.released(this.database);
    await this.database.transaction((tx) => this.begin(tx, current));
  }

  /** What has changed again meanwhile is for the next time: those who chose by it were not waited for. */
  private async begin(tx: Transaction, current: Fingerprint): Promise<void> {
    await tx.lock('recomputation');
    const calendars = changedCalendars(current, await latestOf(tx));
    if (calendars?.length === 0 || !isDeepStrictEqual(await fingerprint(tx), current)) return;

    // What was under way starts again, by what is promised now. Parts are held before the recomputation, as by those who work on them.
    await tx.query(`delete from recomputation_part`);
    await tx.query(`update recomputation set finished_at = $1 where finished_at is null`, [this.now.read()]);
    const [asked] = await tx.query<{ id: string }>(
      `insert into recomputation (fingerprint, versions, calendars, asked_at, total, done) values ($1, $2, $3, $4, 0, 0) returning id`,
      [current.terms, JSON.stringify(current.versions), calendars, this.now.read()],
    );
    await tx.query(
      `insert into recomputation_part (recomputation_id, first_ticket, last_ticket, tickets)
       select $1, min(ticket_number), max(ticket_number), count(*) from (
         select ticket_number, (row_number() over (order by ticket_number) - 1) / ${PART} as part
         from (${concernedTickets('$2')}) as touched (ticket_number)) as numbered
       group by part order by part`,
      [asked?.id, calendars],
    );
    await tx.query(
      `update recomputation set total = there.tickets, finished_at = case when there.tickets = 0 then asked_at end
       from (select coalesce(sum(tickets), 0) as tickets from recomputation_part where recomputation_id = $1) as there
       where id = $1`,
      [asked?.id],
    );
  }

  /** One part; null when there is none left, or others are at all of them. */
  private async nextPart(): Promise<number | null> {
    let part: Part | undefined;
    try {
      return await this.database.transaction(async (tx) => {
        part = await claim(tx);
        if (part === undefined) return null;

        // Losing the last of it in a crash does no harm: then the part is there again.
        await tx.query('set local synchronous_commit = off');
        const tickets = await ticketsOf(tx, part);
        const since = this.now.read();
        await this.keeper.recompute(tx, tickets);
        await this.uncounted.forget(tx, tickets);
        await noteWhatCameOfIt(tx, tickets, since);
        await this.finish(tx, part);
        return part.tickets;
      });
    } catch (error) {
      if (part === undefined) throw error;

      this.log.warn({ err: error }, 'Some clocks cannot be counted anew; their tickets are tried one by one.');
      return this.oneByOne(part.id);
    }
  }

  /** A ticket whose clocks cannot be counted keeps them as they are, and the line moves on. */
  private async oneByOne(id: string): Promise<number | null> {
    const tickets = await this.database.transaction(async (tx) => {
      const part = await claim(tx, id);
      return part === undefined ? [] : ticketsOf(tx, part);
    });
    for (const ticket of tickets) await this.alone(ticket);
    return this.database.transaction(async (tx) => {
      const part = await claim(tx, id);
      if (part !== undefined) await this.finish(tx, part);
      return part?.tickets ?? 0;
    });
  }

  private async alone(ticket: number): Promise<boolean> {
    try {
      await this.database.transaction(async (tx) => {
        await tx.query(`select from ticket where number = $1 for no key update`, [ticket]);
        const since = this.now.read();
        await this.keeper.recompute(tx, [ticket]);
        await this.uncounted.forget(tx, [ticket]);
        await noteWhatCameOfIt(tx, [ticket], since);
      });
      return true;
    } catch (error) {
      this.log.error({ err: error, ticket }, 'The clocks of a ticket cannot be counted anew; they stay as they are.');
      const because = error instanceof Error ? error.message : String(error);
      await this.database.transaction((tx) => this.uncounted.note(tx, ticket, because, this.now.read()));
      return false;
    }
  }

  private async tryUncounted(): Promise<number> {
    const now = this.now.read();
    const tickets = await this.uncounted.lastTriedBefore(this.database, new Date(now.getTime() - TRY_AGAIN_MS));
    for (const ticket of tickets) await this.alone(ticket);
    return tickets.length;
  }

  private async finish(tx: Transaction, { id, recomputation, tickets }: Part): Promise<void> {
    await tx.query(`delete from recomputation_part where id = $1`, [id]);
    await tx.query(
      `update recomputation set done = done + $2, finished_at = case when done + $2 >= total then $3::timestamptz end
       where id = $1 and finished_at is null`,
      [recomputation, tickets, this.now.read()],
    );
  }
}

async function latestOf(asked: Pick<Transaction, 'query'>): Promise<Latest | undefined> {
  const [latest] = await asked.query<Latest>(
    `select fingerprint as terms, versions, finished_at is not null as finished from recomputation order by id desc limit 1`,
  );
  return latest;
}

/** Where only hours have changed since what is done: the calendars that did; none, if nothing has changed; null: anything may have. */
function changedCalendars(current: Fingerprint, latest: Latest | undefined): string[] | null {
  if (latest?.terms !== current.terms) return null;

  const changed = Object.entries(current.versions)
    .filter(([id, version]) => latest.versions[id] !== version)
    .map(([id]) => id);
  return changed.length === 0 || latest.finished ? changed : null;
}

async function claim(tx: Transaction, id: string | null = null): Promise<Part | undefined> {
  const [part] = await tx.query<Part>(
    `select part.id, part.recomputation_id as recomputation, part.first_ticket as first, part.last_ticket as last, part.tickets,
       recomputation.calendars
     from recomputation_part as part join recomputation on recomputation.id = part.recomputation_id
     where $1::bigint is null or part.id = $1 order by part.id limit 1 for update of part skip locked`,
    [id],
  );
  return part;
}

/** The tickets are held, so what was written about their clocks since is this count's doing. */
async function noteWhatCameOfIt(tx: Transaction, tickets: readonly number[], since: Date): Promise<void> {
  await tx.query(
    `update recomputation set moved = recomputation.moved + told.moved, breached = recomputation.breached + told.breached,
       retracted = recomputation.retracted + told.retracted
     from (select count(*) filter (where type = 'moved') as moved, count(*) filter (where type = 'breached') as breached,
             count(*) filter (where type = 'retracted') as retracted
           from clock_event where ticket_number = any($1::integer[]) and recorded_at >= $2) as told
     where finished_at is null and told.moved + told.breached + told.retracted > 0`,
    [tickets, since],
  );
}

/** Tickets are held before their clocks, as everywhere. */
async function ticketsOf(tx: Transaction, { first, last, calendars }: Part): Promise<number[]> {
  const rows = await tx.query<{ number: number }>(
    `select number from ticket
     where number between $1 and $2 and (($3::uuid[] is null and ${LIVE_TICKET}) or exists (
       select from clock where ticket_number = number and ${LIVE} and ($3::uuid[] is null or calendar_id = any($3))))
     order by number for no key update`,
    [first, last, calendars],
  );
  return rows.map(({ number }) => number);
}

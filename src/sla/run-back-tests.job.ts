import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { CalendarError } from '../calendar/calendar-error.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Log } from '../platform/log/logger.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import type { Job } from '../platform/queue/job.js';
import { Now } from '../platform/time/now.js';
import { RUN_BACK_TESTS, TURNS } from './back-test.js';
import type { Attainment, BackTestRow, Scope } from './back-test.entity.js';
import { ticketsOfPeriod } from './back-testing/tickets.js';
import { countedIn, type Counted, type JudgedClock } from './back-testing/verdict.js';
import { compiledCalendars, levelAt, timelineIn, type World } from './back-testing/world.js';
import { recordedTerms } from './clock/recorded-terms.js';
import { replay } from './clock/replay.js';
import type { Seen } from './clock/clock.js';
import type { CalendarTerms } from './clock/targets.js';
import { metrics, type Metric } from './clock/timeline.js';
import { TicketTerms, type TicketTraits } from './keeping/ticket-terms.js';
import { TicketTimelines, type EventRow } from './keeping/ticket-timelines.js';

const BATCH = 200;
/** Pages are answered in between, also where the same process does both. */
const WITHOUT_A_BREATH = 20;

interface Running {
  readonly id: string;
  readonly from: Date;
  readonly to: Date;
  readonly scope: Scope;
  readonly lastTicket: number;
}

interface StoredClock extends JudgedClock {
  readonly ticket: number;
  readonly metric: Metric;
  readonly cycle: number;
  readonly level: string;
  readonly queue: string;
  readonly organisation: string | null;
}

/** One clock in both columns. */
interface Compared {
  readonly ticket_number: number;
  readonly metric: Metric;
  readonly cycle: number;
  readonly level: string;
  readonly before: Counted['verdict'];
  readonly after: Counted['verdict'];
  readonly before_seconds: number | null;
  readonly after_seconds: number | null;
  readonly before_due_at: Date | null;
  readonly after_due_at: Date | null;
}

type Calendars = ReadonlyMap<string, CalendarTerms>;

/** Counts the back-tests that were asked for, some tickets at a time: what is done is kept, whoever is stopped in between. */
@Injectable()
export class RunBackTests implements Job {
  readonly name = RUN_BACK_TESTS;
  readonly concurrency = 1;
  /** Of the one under way; reading and compiling it takes longer than counting a ticket. */
  private imagined: { id: string; world: World; calendars: Calendars } | null = null;

  constructor(
    private readonly database: Database,
    private readonly terms: TicketTerms,
    private readonly timelines: TicketTimelines,
    private readonly now: Now,
    private readonly log: Log,
    jobs: JobQueue,
  ) {
    jobs.register(this);
  }

  async run(): Promise<void> {
    await this.sweep();
  }

  async sweep(): Promise<number> {
    let handled = 0;
    for (let done = await this.goOn(); done !== null; done = await this.goOn()) handled += done;
    this.imagined = null;
    return handled;
  }

  /** The next tickets of the oldest; null when there is none, or another worker is at it. Answers at least one where something was done. */
  private async goOn(): Promise<number | null> {
    let id: string | undefined;
    try {
      return await this.database.transaction(async (tx) => {
        const [running] = await tx.query<Running>(
          `select id, from_at as "from", to_at as "to", scope, last_ticket as "lastTicket" from back_test
           where finished_at is null order by number limit 1 for update skip locked`,
        );
        if (running === undefined) return null;

        id = running.id;
        return this.countNext(tx, running);
      });
    } catch (error) {
      if (id === undefined) throw error;

      this.log.error({ err: error, backTest: id }, 'A back-test cannot be counted; it is given up.');
      await this.database.query(
        `update back_test set failed_because = $2, world = null, finished_at = $3 where id = $1 and finished_at is null`,
        [id, 'Something went wrong on our side; it has been logged.', this.now.read()],
      );
      return 1;
    }
  }

  private async countNext(tx: Transaction, running: Running): Promise<number> {
    const { id, scope, lastTicket } = running;
    const tickets = await ticketsOfPeriod(tx, running, scope, lastTicket, BATCH);
    const { compared, uncountable } = await this.compare(tx, running, tickets);
    await save(tx, id, compared);
    await tx.query(
      `update back_test set done = done + $2, total = greatest(total, done + $2), last_ticket = $3, uncountable = uncountable + $4
       where id = $1`,
      [id, tickets.length, tickets.at(-1) ?? lastTicket, uncountable],
    );
    if (tickets.length < BATCH) await this.finish(tx, id);
    return Math.max(1, tickets.length);
  }

  private async compare(
    tx: Transaction,
    running: Running,
    tickets: readonly number[],
  ): Promise<{ compared: Compared[]; uncountable: number }> {
    const { world, calendars } = await this.worldOf(tx, running.id);
    const now = this.now.read();
    const stored = await storedClocks(tx, tickets);
    const traits = await this.terms.traitsOf(tx, tickets);
    const events = await this.timelines.events(tx, tickets);
    const compared: Compared[] = [];
    let uncountable = 0;
    for (const [i, ticket] of traits.entries()) {
      if (i % WITHOUT_A_BREATH === WITHOUT_A_BREATH - 1) await setImmediate();
      const happened = events.get(ticket.number) ?? [];
      const before = stored.filter((clock) => clock.ticket === ticket.number);
      const after = imaginedClocks(world, calendars, ticket, happened, now);
      if (after === null) uncountable++;
      compared.push(...sideBySide(running, { ticket, happened, before, after: after ?? [] }, now));
    }
    return { compared, uncountable };
  }

  private async worldOf(tx: Transaction, id: string): Promise<{ world: World; calendars: Calendars }> {
    if (this.imagined?.id === id) return this.imagined;

    const [row] = await tx.query<{ world: World }>(`select world from back_test where id = $1`, [id]);
    if (row === undefined) throw new Error('A back-test that is held is gone.');
    this.imagined = { id, world: row.world, calendars: compiledCalendars(row.world) };
    return this.imagined;
  }

  private async finish(tx: Transaction, id: string): Promise<void> {
    const result = await resultOf(tx, id);
    await tx.query(`delete from back_test_clock where back_test_id = $1 and before is not distinct from after`, [id]);
    await tx.query(`update back_test set result = $2, world = null, total = done, finished_at = $3 where id = $1`, [
      id,
      JSON.stringify(result),
      this.now.read(),
    ]);
  }
}

async function storedClocks(tx: Transaction, tickets: readonly number[]): Promise<StoredClock[]> {
  return tx.query<StoredClock>(
    `select ticket_number as ticket, metric, cycle, state, started_at as "startedAt", due_at as "dueAt", stopped_at as "stoppedAt",
       breached_at as "breachedAt", elapsed_seconds as "elapsedSeconds", clock.level, queue.name as queue, organisation.name as organisation
     from clock join queue on queue.id = clock.queue_id left join organisation on organisation.id = clock.organisation_id
     where ticket_number = any($1::integer[]) and withdrawn_at is null`,
    [tickets],
  );
}

/** The clocks of a ticket in that world; null where its calendar does not reach a target. */
function imaginedClocks(
  world: World,
  calendars: Calendars,
  ticket: TicketTraits,
  events: readonly EventRow[],
  now: Date,
): Seen[] | null {
  try {
    return replay(timelineIn(world, calendars, ticket, events), recordedTerms, now);
  } catch (error) {
    if (error instanceof CalendarError) return null;
    throw error;
  }
}

interface BothOfATicket {
  readonly ticket: TicketTraits;
  readonly happened: readonly EventRow[];
  readonly before: readonly StoredClock[];
  readonly after: readonly Seen[];
}

function sideBySide(running: Running, { ticket, happened, before, after }: BothOfATicket, now: Date): Compared[] {
  const keys = new Map<string, { metric: Metric; cycle: number }>();
  for (const { metric, cycle } of [...before, ...after]) keys.set(`${metric} ${String(cycle)}`, { metric, cycle });
  return [...keys.values()].flatMap(({ metric, cycle }): Compared[] => {
    const old = before.find((clock) => clock.metric === metric && clock.cycle === cycle);
    const seen = after.find((clock) => clock.metric === metric && clock.cycle === cycle);
    const other = seen === undefined ? undefined : judged(seen);
    const stamps = old ?? {
      level: levelAt(happened, other?.stoppedAt ?? now, ticket.level),
      queue: ticket.queue,
      organisation: ticket.organisation,
    };
    if (!liesIn(running.scope, stamps)) return [];

    const one = old === undefined ? null : countedIn(running, old, now);
    const two = other === undefined ? null : countedIn(running, other, now);
    if (one === null && two === null) return [];
    return [
      {
        ticket_number: ticket.number,
        metric,
        cycle,
        level: stamps.level,
        before: one?.verdict ?? null,
        after: two?.verdict ?? null,
        before_seconds: one?.seconds ?? null,
        after_seconds: two?.seconds ?? null,
        before_due_at: old?.dueAt ?? null,
        after_due_at: other?.dueAt ?? null,
      },
    ];
  });
}

function judged(clock: Seen): JudgedClock {
  return {
    state: clock.state,
    startedAt: clock.run.startedAt,
    dueAt: 'dueAt' in clock ? clock.dueAt : null,
    stoppedAt: 'stoppedAt' in clock ? clock.stoppedAt : null,
    breachedAt: clock.breachedAt,
    elapsedSeconds: clock.spentMs / 1000,
  };
}

function liesIn(
  scope: Scope,
  { level, queue, organisation }: Pick<StoredClock, 'level' | 'queue' | 'organisation'>,
): boolean {
  return (
    (scope.level === null || scope.level === level) &&
    (scope.queue === null || scope.queue === queue) &&
    (scope.organisation === null || scope.organisation === organisation)
  );
}

async function save(tx: Transaction, id: string, compared: readonly Compared[]): Promise<void> {
  if (compared.length === 0) return;

  await tx.query(
    `insert into back_test_clock (back_test_id, ticket_number, metric, cycle, level, before, after, before_seconds, after_seconds,
       before_due_at, after_due_at)
     select $1, ticket_number, metric, cycle, level, before, after, before_seconds, after_seconds, before_due_at, after_due_at
     from jsonb_to_recordset($2::jsonb) as clock (ticket_number integer, metric text, cycle integer, level text, before text, after text,
       before_seconds double precision, after_seconds double precision, before_due_at timestamptz, after_due_at timestamptz)`,
    [id, JSON.stringify(compared)],
  );
}

interface ResultSql {
  readonly level: string | null;
  readonly metric: Metric;
  readonly before: Omit<Attainment, 'attainment'>;
  readonly after: Omit<Attainment, 'attainment'>;
  readonly worse: number;
  readonly better: number;
}

/** By level and metric, and by metric alone, counted as the report on promises counts. */
async function resultOf(tx: Transaction, id: string): Promise<BackTestRow[]> {
  const column = (name: 'before' | 'after'): string => `jsonb_build_object(
      'met', count(*) filter (where ${name} = 'met'), 'breached', count(*) filter (where ${name} = 'breached'),
      'running', count(*) filter (where ${name} = 'running'),
      'p50Seconds', percentile_cont(0.5) within group (order by ${name}_seconds),
      'p90Seconds', percentile_cont(0.9) within group (order by ${name}_seconds)) as ${name}`;
  const rows = await tx.query<ResultSql>(
    `select level, metric, ${column('before')}, ${column('after')},
       count(*) filter (where ${TURNS.worse})::integer as worse, count(*) filter (where ${TURNS.better})::integer as better
     from back_test_clock where back_test_id = $1
     group by grouping sets ((level, metric), (metric))
     order by grouping(level) desc, level collate "und-x-icu", array_position($2::text[], metric)`,
    [id, metrics],
  );
  return rows.map(({ before, after, ...row }) => ({ ...row, before: withShare(before), after: withShare(after) }));
}

function withShare(column: Omit<Attainment, 'attainment'>): Attainment {
  const { met, breached } = column;
  return { ...column, attainment: met + breached === 0 ? null : met / (met + breached) };
}

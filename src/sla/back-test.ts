import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem, type FieldFault } from '../platform/problems/problem.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Now } from '../platform/time/now.js';
import { Calendars } from '../support-hours/calendars.js';
import type { BackTestRow, Scope, WhatIf } from './back-test.entity.js';
import { ticketsOfPeriod } from './back-testing/tickets.js';
import type { Verdict } from './back-testing/verdict.js';
import { narrowed, type World } from './back-testing/world.js';
import type { Metric } from './clock/timeline.js';
import { TicketTerms, type TeamTraits } from './keeping/ticket-terms.js';

export type { Attainment, BackTestRow, Scope, WhatIf } from './back-test.entity.js';
export type { Verdict } from './back-testing/verdict.js';

export const RUN_BACK_TESTS = 'run-back-tests';
/** So many are kept; the oldest go. */
const KEPT = 20;
const LONGEST_MS = 366 * 24 * 3_600_000;

/** What may be compared: from the first instant of the period to the first after it. */
export interface BackTestAsked {
  readonly from: Date;
  readonly to: Date;
  readonly scope: Scope;
  readonly whatIf: WhatIf;
}

export interface BackTest extends BackTestAsked {
  readonly id: string;
  readonly askedAt: Date;
  readonly askedBy: string;
  readonly changes: readonly string[];
  readonly total: number;
  readonly done: number;
  readonly uncountable: number;
  readonly result: readonly BackTestRow[] | null;
  readonly failedBecause: string | null;
  readonly finishedAt: Date | null;
}

/** A clock that would have been judged otherwise. */
export interface ChangedClock {
  readonly ticket: number;
  readonly subject: string;
  readonly metric: Metric;
  readonly cycle: number;
  readonly level: string;
  readonly before: Verdict | null;
  readonly after: Verdict | null;
  readonly beforeDueAt: Date | null;
  readonly afterDueAt: Date | null;
}

/** Breached only under the what-if; breached only as it was; or otherwise in another way, such as promised in one of the two only. */
export type Turn = 'worse' | 'better' | 'other';

export const TURNS: Readonly<Record<Turn, string>> = {
  worse: `(after = 'breached' and before is distinct from 'breached')`,
  better: `(before = 'breached' and after is distinct from 'breached')`,
  other: `(before is distinct from after and before is distinct from 'breached' and after is distinct from 'breached')`,
};

const COLUMNS = `id, asked_at as "askedAt", asked_by as "askedBy", from_at as "from", to_at as "to", scope, what_if as "whatIf", changes, total,
  done, uncountable, result, failed_because as "failedBecause", finished_at as "finishedAt"`;

/**
 * Tickets of the past under other promises: “last month under this policy”. What is promised otherwise is tried in a transaction that is
 * undone, and kept as it would be then; the tickets are counted by a job and not touched.
 */
@Injectable()
export class BackTests {
  constructor(
    private readonly database: Database,
    private readonly terms: TicketTerms,
    private readonly calendars: Calendars,
    private readonly jobs: JobQueue,
    private readonly now: Now,
  ) {}

  /** What everybody would be promised if `change` were made; it says in words what it changes, and nothing of it survives. */
  async imagine(
    change: (tx: Transaction) => Promise<readonly string[]>,
  ): Promise<{ world: World; changes: readonly string[] }> {
    try {
      await this.database.transaction(async (tx) => {
        const changes = await change(tx);
        throw new Imagined({ world: await this.worldIn(tx), changes });
      });
    } catch (error) {
      if (error instanceof Imagined) return error.found;
      throw error;
    }
    throw new Error('A transaction that threw was committed.');
  }

  /** Asks for one; answers its id. */
  async ask(
    tx: Transaction,
    asked: BackTestAsked,
    { world, changes }: { world: World; changes: readonly string[] },
    by: string,
  ): Promise<string> {
    await this.refuse(tx, asked, world);
    const total = await ticketsOfPeriod(tx, asked, asked.scope, 0, null);
    const [row] = await tx.query<{ id: string }>(
      `insert into back_test (asked_at, asked_by, from_at, to_at, scope, what_if, changes, world, total, done, last_ticket, uncountable)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0) returning id`,
      [
        this.now.read(),
        by,
        asked.from,
        asked.to,
        JSON.stringify(asked.scope),
        JSON.stringify(asked.whatIf),
        changes,
        JSON.stringify(narrowed(world, asked.whatIf)),
        total.length,
      ],
    );
    if (row === undefined) throw new Error('The back-test was not written down.');
    await tx.query(
      `delete from back_test where number <= (select number from back_test order by number desc offset ${KEPT} limit 1)`,
    );
    this.jobs.ring(tx, RUN_BACK_TESTS, row.id);
    return row.id;
  }

  /** The latest first. */
  async all(asked: Pick<Transaction, 'query'>): Promise<BackTest[]> {
    return asked.query<BackTest>(`select ${COLUMNS} from back_test order by number desc`);
  }

  async one(asked: Pick<Transaction, 'query'>, id: string): Promise<BackTest> {
    const [found] = await asked.query<BackTest>(`select ${COLUMNS} from back_test where id::text = $1`, [id]);
    if (found === undefined) throw Problem.notFound('There is no such back-test, or no more: the latest 20 are kept.');
    return found;
  }

  async remove(tx: Transaction, id: string): Promise<void> {
    const removed = await tx.query(`delete from back_test where id::text = $1 returning 1`, [id]);
    if (removed.length === 0) throw Problem.notFound('There is no such back-test, or no more: the latest 20 are kept.');
  }

  /** The clocks that would have been judged otherwise, in the order of their tickets. */
  async changed(
    asked: Pick<Transaction, 'query'>,
    id: string,
    { turn, level, metric, limit }: { turn: Turn | null; level: string | null; metric: Metric | null; limit: number },
  ): Promise<ChangedClock[]> {
    return asked.query<ChangedClock>(
      `select ticket_number as ticket, ticket.subject, metric, cycle, back_test_clock.level, before, after, before_due_at as "beforeDueAt",
         after_due_at as "afterDueAt"
       from back_test_clock join ticket on ticket.number = ticket_number
       where back_test_id::text = $1 and before is distinct from after ${turn === null ? '' : `and ${TURNS[turn]}`}
         and ($2::text is null or back_test_clock.level = $2) and ($3::text is null or metric = $3)
       order by ticket_number desc, metric, cycle limit $4`,
      [id, level, metric, limit],
    );
  }

  private async refuse(tx: Transaction, { from, to, scope, whatIf }: BackTestAsked, world: World): Promise<void> {
    const faults: FieldFault[] = [];
    const fault = (field: string, detail: string): void => {
      faults.push({ field, detail });
    };
    if (from >= to) fault('to', 'must lie after the beginning of the period');
    else if (to.getTime() - from.getTime() > LONGEST_MS) fault('to', 'may lie a year after the beginning at the most');
    const { policies, calendars } = world.promises;
    if (whatIf.policy !== null && !policies.some(({ definition }) => definition.name === whatIf.policy)) {
      fault('policy', `There is no policy named ${whatIf.policy}.`);
    }
    if (whatIf.calendar !== null && !calendars.some(({ name }) => name === whatIf.calendar)) {
      fault('calendar', `There is no calendar named ${whatIf.calendar}.`);
    }
    for (const [field, name] of Object.entries(scope) as [keyof Scope, string | null][]) {
      if (name === null) continue;
      const [known] = await tx.query(`select from ${field} where name = $1`, [name]);
      if (known === undefined) fault(field, `There is no ${field} named ${name}.`);
    }
    if (faults.length > 0) throw Problem.invalid('This cannot be compared.', faults);
  }

  private async worldIn(tx: Transaction): Promise<World> {
    const promises = await this.terms.promises(tx);
    const hours: Record<string, World['hours'][string]> = {};
    for (const { id, version } of promises.calendars) hours[id] = await this.calendars.version(tx, id, version);
    const levels = await tx.query<{ name: string } & World['levels'][string]>(
      `select name, targets, calendar_id as calendar from level`,
    );
    const queues = await tx.query<{ name: string } & World['queues'][string]>(
      `select name, calendar_id as calendar from queue`,
    );
    const organisations = await tx.query<{ name: string } & World['organisations'][string]>(
      `select name, tier, calendar_id as calendar from organisation`,
    );
    const teams = await tx.query<TeamTraits>(`select id, name, handling, calendar_id as calendar from team`);
    return {
      promises,
      hours,
      levels: byName(levels),
      queues: byName(queues),
      organisations: byName(organisations),
      teams: byName(teams),
    };
  }
}

class Imagined extends Error {
  constructor(readonly found: { world: World; changes: readonly string[] }) {
    super('Only looked at.');
  }
}

const byName = <T extends { readonly name: string }>(things: readonly T[]): Record<string, T> =>
  Object.fromEntries(things.map((thing) => [thing.name, thing]));

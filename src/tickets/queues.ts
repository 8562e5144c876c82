import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Audit, type AuditedBy } from '../identity/audit.js';
import type { Saved } from '../identity/users.js';
import { brokenConstraint } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Teams } from '../teams/teams.js';
import { calendarNamed } from './calendar-named.js';
import { Queue } from './queue.entity.js';

/** A queue as the desk file writes it. */
export interface QueueItem {
  readonly name: string;
  /** By name. */
  readonly calendar?: string | undefined;
  /** By name. */
  readonly chain?: string | undefined;
  /** By name: the team that gets its new tickets, unless a rule names another, and those that are moved into it. */
  readonly team?: string | undefined;
  /** After so many days a resolved ticket is closed; 7 where nothing is said. */
  readonly closeAfterDays?: number | undefined;
  /** For so many days after closing a customer's mail still goes to the same ticket; 14 where nothing is said. */
  readonly reopenWindowDays?: number | undefined;
}

const CLOSE_AFTER_DAYS = 7;
const REOPEN_WINDOW_DAYS = 14;

/** The piles that work is sorted into. */
@Injectable()
export class Queues {
  constructor(
    private readonly teams: Teams,
    private readonly audit: Audit,
  ) {}

  async all(tx: Transaction): Promise<QueueItem[]> {
    const rows = await tx.query<StoredQueue>(`${select} order by queue.name collate "und-x-icu"`);
    return rows.map(toItem);
  }

  async byName(tx: Transaction, name: string): Promise<QueueItem | null> {
    const [row] = await tx.query<StoredQueue>(`${select} where queue.name = $1`, [name]);
    return row ? toItem(row) : null;
  }

  /** Adds or replaces the queue of that name. */
  async save(tx: Transaction, item: QueueItem, by: AuditedBy): Promise<Saved> {
    const wanted = tidy(item);
    const before = await this.byName(tx, wanted.name);
    if (isDeepStrictEqual(before, wanted)) return 'unchanged';

    await tx.query(
      `insert into queue (name, calendar_id, chain, close_after_days, reopen_window_days, team_id) values ($1, $2, $3, $4, $5, $6)
       on conflict (name) do update set calendar_id = excluded.calendar_id, chain = excluded.chain,
         close_after_days = excluded.close_after_days, reopen_window_days = excluded.reopen_window_days,
         team_id = excluded.team_id`,
      [
        wanted.name,
        await calendarNamed(tx, wanted.calendar),
        wanted.chain ?? null,
        wanted.closeAfterDays ?? CLOSE_AFTER_DAYS,
        wanted.reopenWindowDays ?? REOPEN_WINDOW_DAYS,
        wanted.team === undefined ? null : (await this.teams.named(tx, wanted.team)).id,
      ],
    );
    const action = before ? 'queue.changed' : 'queue.added';
    await this.audit.record(tx, { by, action, subject: `queue ${wanted.name}`, data: { from: before, to: wanted } });
    return before ? 'changed' : 'added';
  }

  async remove(tx: Transaction, name: string, by: AuditedBy): Promise<void> {
    const before = await this.byName(tx, name);
    if (!before) throw Problem.notFound(`There is no queue named ${name}.`);

    const [used] = await tx.query<{ name: string }>(`select name from rule where "then" ->> 'queue' = $1 limit 1`, [
      name,
    ]);
    if (used) throw Problem.conflict(`The rule "${used.name}" sorts into the queue ${name}, so it cannot be removed.`);

    try {
      await tx.query(`delete from queue where name = $1`, [name]);
    } catch (error) {
      if (brokenConstraint(error) === undefined) throw error;
      throw Problem.conflict(`The queue ${name} has tickets, so it cannot be removed.`);
    }
    await this.audit.record(tx, { by, action: 'queue.removed', subject: `queue ${name}`, data: { from: before } });
  }

  /** The queue of this name, else a problem with the field. */
  async named(tx: Transaction, name: string): Promise<Queue> {
    const queue = await tx.manager.findOneBy(Queue, { name });
    if (!queue) {
      throw Problem.invalid(`There is no queue named ${name}.`, [{ field: 'queue', detail: 'is not known here' }]);
    }
    return queue;
  }

  async byId(tx: Transaction, id: string): Promise<Queue> {
    return tx.manager.findOneByOrFail(Queue, { id });
  }
}

interface StoredQueue {
  readonly name: string;
  readonly calendar: string | null;
  readonly chain: string | null;
  readonly team: string | null;
  readonly closeAfterDays: number;
  readonly reopenWindowDays: number;
}

const select = `select queue.name, calendar.name as calendar, queue.chain, team.name as team,
    queue.close_after_days as "closeAfterDays", queue.reopen_window_days as "reopenWindowDays"
  from queue left join calendar on calendar.id = queue.calendar_id left join team on team.id = queue.team_id`;

const toItem = ({ calendar, chain, team, ...queue }: StoredQueue): QueueItem =>
  tidy({ ...queue, calendar: calendar ?? undefined, chain: chain ?? undefined, team: team ?? undefined });

/** One way to write each queue: what is as everywhere is left out. */
function tidy({ name, calendar, chain, team, closeAfterDays, reopenWindowDays }: QueueItem): QueueItem {
  return {
    name,
    ...(calendar === undefined ? {} : { calendar }),
    ...(chain === undefined ? {} : { chain }),
    ...(team === undefined ? {} : { team }),
    ...(closeAfterDays === undefined || closeAfterDays === CLOSE_AFTER_DAYS ? {} : { closeAfterDays }),
    ...(reopenWindowDays === undefined || reopenWindowDays === REOPEN_WINDOW_DAYS ? {} : { reopenWindowDays }),
  };
}

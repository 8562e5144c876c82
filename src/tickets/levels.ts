import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Audit, type AuditedBy } from '../identity/audit.js';
import type { Saved } from '../identity/users.js';
import { brokenConstraint } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { calendarNamed } from './calendar-named.js';
import type { LevelTarget } from './level.entity.js';

/** A support level as the desk file writes it. */
export interface LevelItem {
  readonly name: string;
  readonly title: string;
  readonly description?: string | undefined;
  /** Minutes of working time or working days, by metric; null or 0 turns a metric off. */
  readonly targets: Readonly<Record<string, LevelTarget>>;
  /** By name. */
  readonly calendar?: string | undefined;
}

/** How urgent a request can be: the most urgent level first. */
@Injectable()
export class Levels {
  constructor(private readonly audit: Audit) {}

  async all(tx: Transaction): Promise<LevelItem[]> {
    const rows = await tx.query<StoredLevel>(`${select} order by level.position, level.name`);
    return rows.map(toItem);
  }

  async byName(tx: Transaction, name: string): Promise<LevelItem | null> {
    const [row] = await tx.query<StoredLevel>(`${select} where level.name = $1`, [name]);
    return row ? toItem(row) : null;
  }

  /** Adds or replaces the level of that name; a new one comes after those that are there. */
  async save(tx: Transaction, item: LevelItem, by: AuditedBy): Promise<Saved> {
    const wanted = tidy(item);
    const before = await this.byName(tx, wanted.name);
    if (isDeepStrictEqual(before, wanted)) return 'unchanged';

    await tx.query(
      `insert into level (name, title, description, position, targets, calendar_id)
       values ($1, $2, $3, (select coalesce(max(position), 0) + 1 from level), $4, $5)
       on conflict (name) do update set title = excluded.title, description = excluded.description,
         targets = excluded.targets, calendar_id = excluded.calendar_id`,
      [
        wanted.name,
        wanted.title,
        wanted.description ?? '',
        JSON.stringify(wanted.targets),
        await calendarNamed(tx, wanted.calendar),
      ],
    );
    const action = before ? 'level.changed' : 'level.added';
    await this.audit.record(tx, { by, action, subject: `level ${wanted.name}`, data: { from: before, to: wanted } });
    return before ? 'changed' : 'added';
  }

  /** Puts the levels into this order of urgency; those that are not named come after them as they are. */
  async order(tx: Transaction, names: readonly string[], by: AuditedBy): Promise<void> {
    const before = (await this.all(tx)).map(({ name }) => name);
    await tx.query(
      `update level set position = placed.position
       from (select name, row_number() over (order by array_position($1::text[], name) nulls last, position, name) as position
             from level) as placed
       where placed.name = level.name`,
      [names],
    );
    const after = (await this.all(tx)).map(({ name }) => name);
    if (isDeepStrictEqual(before, after)) return;

    await this.audit.record(tx, { by, action: 'levels.ordered', subject: 'levels', data: { from: before, to: after } });
  }

  async remove(tx: Transaction, name: string, by: AuditedBy): Promise<void> {
    const before = await this.byName(tx, name);
    if (!before) throw Problem.notFound(`There is no level named ${name}.`);

    const [used] = await tx.query<{ name: string }>(`select name from rule where "then" ->> 'level' = $1 limit 1`, [
      name,
    ]);
    if (used) throw Problem.conflict(`The rule "${used.name}" gives the level ${name}, so it cannot be removed.`);

    try {
      await tx.query(`delete from level where name = $1`, [name]);
    } catch (error) {
      if (brokenConstraint(error) === undefined) throw error;
      throw Problem.conflict(`Tickets have the level ${name}, so it cannot be removed.`);
    }
    await this.audit.record(tx, { by, action: 'level.removed', subject: `level ${name}`, data: { from: before } });
  }

  /** The level's name if there is such a level, else a problem with the field. */
  async known(tx: Transaction, name: string): Promise<string> {
    const [row] = await tx.setting(`level ${name}`, () =>
      tx.query<{ name: string }>(`select name from level where name = $1`, [name]),
    );
    if (!row)
      throw Problem.invalid(`There is no level named ${name}.`, [{ field: 'level', detail: 'is not known here' }]);
    return row.name;
  }
}

interface StoredLevel {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly targets: Record<string, LevelTarget>;
  readonly calendar: string | null;
}

const select = `select level.name, level.title, level.description, level.targets, calendar.name as calendar
  from level left join calendar on calendar.id = level.calendar_id`;

const toItem = ({ description, calendar, ...level }: StoredLevel): LevelItem =>
  tidy({ ...level, description: description === '' ? undefined : description, calendar: calendar ?? undefined });

function tidy({ name, title, description, targets, calendar }: LevelItem): LevelItem {
  return {
    name,
    title,
    ...(description === undefined || description === '' ? {} : { description }),
    targets,
    ...(calendar === undefined ? {} : { calendar }),
  };
}

import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { compileCalendar, type BusinessCalendar } from '../calendar/business-calendar.js';
import type { CalendarDefinition } from '../calendar/calendar-definition.js';
import { DAY_MS } from '../calendar/holidays.js';
import { Audit, type AuditedBy } from '../identity/audit.js';
import type { Saved } from '../identity/users.js';
import { brokenConstraint } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { CalendarChanged } from './calendar-events.js';
import { HolidayFeeds } from './holiday-feeds.js';
import { listedHolidays, windowAt, withThePast } from './holiday-window.js';
import { tidy } from './tidy.js';
import {
  checkWrittenCalendar,
  hoursOf,
  sourceOfFeed,
  sourceOfList,
  type SourcedHoliday,
  type WrittenCalendar,
} from './written-calendar.js';

/** A calendar as the desk file writes it. */
export interface CalendarItem extends WrittenCalendar {
  readonly name: string;
}

/** A calendar as it stands now. */
export interface StoredCalendar {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly definition: WrittenCalendar;
  /** What the lists and feeds of this version have given. */
  readonly sourced: readonly SourcedHoliday[];
}

/** What a calendar said from one moment on; null: it came with the desk. */
export interface CalendarVersion extends Omit<StoredCalendar, 'id' | 'name'> {
  readonly createdAt: Date | null;
}

/** The calendar that is always there and never closes. */
export const ALWAYS_OPEN = '24x7';

const MAX_NAME = 100;
/** Calendars in use are few; each holds some hundred kilobytes once it has answered for years. */
const MAX_COMPILED = 500;

const SELECT = `select calendar.id, calendar.name, current_version as version, definition, sourced
  from calendar join calendar_version on calendar_id = calendar.id and version = current_version`;

/** Whoever can be asked in SQL: a transaction that is under way, or the database. */
type Asked = Pick<Transaction, 'query'>;

/** The stored calendars and their versions; hands them out ready to answer. */
@Injectable()
export class Calendars {
  /** A version never changes, so what was compiled once holds for good. */
  private readonly compiledVersions = new Map<string, BusinessCalendar>();
  /** A version that has not been committed may be undone, and its number then be given to another. */
  private readonly compiledInTransaction = new WeakMap<Asked, Map<string, BusinessCalendar>>();

  constructor(
    private readonly audit: Audit,
    private readonly events: EventBus,
    private readonly feeds: HolidayFeeds,
    private readonly now: Now,
  ) {}

  /** All, in the desk file's shape. */
  async all(asked: Asked): Promise<CalendarItem[]> {
    return (await this.list(asked)).map(({ name, definition }) => ({ name, ...definition }));
  }

  async list(asked: Asked): Promise<StoredCalendar[]> {
    return asked.query<StoredCalendar>(`${SELECT} order by calendar.name collate "und-x-icu"`);
  }

  async byName(asked: Asked, name: string): Promise<StoredCalendar | null> {
    const [calendar] = await asked.query<StoredCalendar>(`${SELECT} where calendar.name = $1`, [name]);
    return calendar ?? null;
  }

  async byId(asked: Asked, id: string): Promise<StoredCalendar | null> {
    const [calendar] = await asked.query<StoredCalendar>(`${SELECT} where calendar.id = $1`, [id]);
    return calendar ?? null;
  }

  /** What the calendar counted by in that version. */
  async version(asked: Asked, id: string, version: number): Promise<CalendarDefinition> {
    const [row] = await asked.query<Pick<StoredCalendar, 'definition' | 'sourced'>>(
      `select definition, sourced from calendar_version where calendar_id = $1 and version = $2`,
      [id, version],
    );
    if (row === undefined) throw Problem.notFound(`The calendar has no version ${version}.`);
    return hoursOf(row.definition, row.sourced);
  }

  /** All that it ever said, the newest first. */
  async versions(asked: Asked, id: string): Promise<CalendarVersion[]> {
    return asked.query<CalendarVersion>(
      `select version, definition, sourced, created_at as "createdAt" from calendar_version
       where calendar_id = $1 order by version desc`,
      [id],
    );
  }

  /** That version, ready to answer. */
  async compiled(asked: Asked, id: string, version: number): Promise<BusinessCalendar> {
    const key = `${id} ${version}`;
    const known = this.compiledInTransaction.get(asked)?.get(key) ?? this.compiledVersions.get(key);
    if (known !== undefined) return known;

    const compiled = compileCalendar(await this.version(asked, id, version));
    if (await isUncommitted(asked, id, version)) {
      const own = this.compiledInTransaction.get(asked) ?? new Map<string, BusinessCalendar>();
      this.compiledInTransaction.set(asked, own.set(key, compiled));
    } else {
      this.forgetTheOldest();
      this.compiledVersions.set(key, compiled);
    }
    return compiled;
  }

  /**
   * Adds the calendar, or gives the stored one a new version if that says anything else. What its lists give is looked up now; its
   * feeds are asked soon after, by RefreshHolidays, so that saving needs no other machine.
   */
  async save(tx: Transaction, item: CalendarItem, by: AuditedBy): Promise<Saved> {
    const { name, definition } = checked(item);
    await this.lockName(tx, name);
    const before = await this.byName(tx, name);
    if (before !== null && isDeepStrictEqual(before.definition, definition)) return 'unchanged';

    const version = (before?.version ?? 0) + 1;
    const id = await this.nextVersion(tx, name, version);
    await this.feeds.keep(tx, id, definition);
    await this.write(tx, id, version, definition, await this.sourcedFor(tx, id, definition, before?.sourced ?? []));
    const action = before === null ? 'calendar.added' : 'calendar.changed';
    const data = { version, from: before?.definition ?? null, to: definition };
    await this.audit.record(tx, { by, action, subject: `calendar ${name}`, data });
    if (before !== null) await this.events.publish(tx, [new CalendarChanged(id, version)]);
    return before === null ? 'added' : 'changed';
  }

  /** Gives the calendar a new version if its lists and feeds say anything else than they did. */
  async refresh(tx: Transaction, id: string, by: AuditedBy): Promise<Saved> {
    if (!(await this.lock(tx, id))) return 'unchanged';

    const before = await this.byId(tx, id);
    if (before === null) return 'unchanged';
    const { name, definition } = before;
    const sourced = await this.sourcedFor(tx, id, definition, before.sourced);
    if (isDeepStrictEqual(sourced, before.sourced)) return 'unchanged';

    const version = before.version + 1;
    await this.nextVersion(tx, name, version);
    await this.write(tx, id, version, definition, sourced);
    const data = { version, added: missingIn(before.sourced, sourced), removed: missingIn(sourced, before.sourced) };
    await this.audit.record(tx, { by, action: 'calendar.holidays-refreshed', subject: `calendar ${name}`, data });
    await this.events.publish(tx, [new CalendarChanged(id, version)]);
    return 'changed';
  }

  /** Nobody else changes this calendar until the transaction ends; false if it is not there. */
  async lock(tx: Transaction, id: string): Promise<boolean> {
    const [calendar] = await tx.query<{ name: string }>(`select name from calendar where id = $1`, [id]);
    if (calendar === undefined) return false;

    await this.lockName(tx, calendar.name);
    return (await this.byId(tx, id)) !== null;
  }

  /** Removes a calendar that nothing leans on. */
  async remove(tx: Transaction, name: string, by: AuditedBy): Promise<void> {
    if (name === ALWAYS_OPEN)
      throw Problem.conflict(`The calendar ${ALWAYS_OPEN} cannot be removed: it is always there.`);
    const before = await this.byName(tx, name);
    if (before === null) throw Problem.notFound(`There is no calendar named ${name}.`);
    const [desk] = await tx.query(`select from desk where default_calendar = $1`, [name]);
    if (desk !== undefined) {
      throw Problem.conflict(`The calendar ${name} is the desk's own, so it cannot be removed.`);
    }

    try {
      await tx.query(`delete from calendar where id = $1`, [before.id]);
    } catch (error) {
      if (brokenConstraint(error) === undefined) throw error;
      throw Problem.conflict(`The calendar ${name} is in use, so it cannot be removed.`);
    }
    const data = { from: before.definition };
    await this.audit.record(tx, { by, action: 'calendar.removed', subject: `calendar ${name}`, data });
  }

  /** Two that save the same name at once: the second waits here and then finds the first one's version. */
  private async lockName(tx: Transaction, name: string): Promise<void> {
    await tx.lock(`calendar ${name}`);
  }

  private async sourcedFor(
    tx: Transaction,
    id: string,
    definition: WrittenCalendar,
    before: readonly SourcedHoliday[],
  ): Promise<SourcedHoliday[]> {
    const window = windowAt(definition, this.now.read());
    const fresh = [...listedHolidays(definition, window), ...(await this.feeds.holidays(tx, id))];
    const sources = [
      ...(definition.holidayLists ?? []).map(sourceOfList),
      ...(definition.holidayFeeds ?? []).map(sourceOfFeed),
    ];
    return withThePast(fresh, before, sources, window.today);
  }

  private async write(
    tx: Transaction,
    id: string,
    version: number,
    definition: WrittenCalendar,
    sourced: readonly SourcedHoliday[],
  ): Promise<void> {
    const now = this.now.read();
    await tx.query(
      `insert into calendar_version (calendar_id, version, definition, sourced, created_at) values ($1, $2, $3, $4, $5)`,
      [id, version, JSON.stringify(definition), JSON.stringify(sourced), now],
    );
    // What was looked up now need not be looked up before tomorrow.
    const due = (definition.holidayLists ?? []).length === 0 ? null : new Date(now.getTime() + DAY_MS);
    await tx.query(`update calendar set lists_due_at = $2 where id = $1`, [id, due]);
  }

  private async nextVersion(tx: Transaction, name: string, version: number): Promise<string> {
    const [row] = await tx.query<{ id: string }>(
      `insert into calendar (name, current_version) values ($1, $2)
       on conflict on constraint calendar_name_is_unique do update set current_version = excluded.current_version
       returning id`,
      [name, version],
    );
    if (row === undefined) throw new Error(`The calendar ${name} was neither added nor changed.`);
    return row.id;
  }

  private forgetTheOldest(): void {
    if (this.compiledVersions.size < MAX_COMPILED) return;

    const [oldest] = this.compiledVersions.keys();
    if (oldest !== undefined) this.compiledVersions.delete(oldest);
  }
}

/** Whether it was written by the very transaction that is asked. */
async function isUncommitted(asked: Asked, id: string, version: number): Promise<boolean> {
  const [row] = await asked.query<{ own: boolean }>(
    `select xmin = coalesce(pg_current_xact_id_if_assigned()::xid, '0'::xid) as own
     from calendar_version where calendar_id = $1 and version = $2`,
    [id, version],
  );
  return row?.own === true;
}

function checked({ name: given, ...rest }: CalendarItem): { name: string; definition: WrittenCalendar } {
  const name = given.trim();
  const faults = checkWrittenCalendar(rest).map(({ field, detail }) => ({ field, detail }));
  if (name === '') faults.push({ field: 'name', detail: 'The name is missing.' });
  if (name.length > MAX_NAME) faults.push({ field: 'name', detail: `A name has ${MAX_NAME} characters at the most.` });
  if (faults.length > 0) throw Problem.invalid(`The calendar “${name}” cannot be saved.`, faults);

  const definition = tidy(rest);
  const sources = [...(definition.holidayLists ?? []), ...(definition.holidayFeeds ?? [])];
  if (name === ALWAYS_OPEN && (sources.length > 0 || !compileCalendar(hoursOf(definition, [])).alwaysOpen)) {
    const detail = `The calendar ${ALWAYS_OPEN} is open around the clock, whatever happens; give other hours another name.`;
    throw Problem.invalid(detail, [{ field: 'week', detail }]);
  }
  return { name, definition };
}

function missingIn(these: readonly SourcedHoliday[], those: readonly SourcedHoliday[]): SourcedHoliday[] {
  const keys = new Set(these.map((one) => JSON.stringify(one)));
  return those.filter((one) => !keys.has(JSON.stringify(one)));
}

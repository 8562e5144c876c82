import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { compileCalendar, type BusinessCalendar } from '../calendar/business-calendar.js';
import { checkCalendar, type CalendarDefinition } from '../calendar/calendar-definition.js';
import { Audit, type AuditedBy } from '../identity/audit.js';
import type { Saved } from '../identity/users.js';
import { brokenConstraint } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { CalendarChanged } from './calendar-events.js';
import { tidy } from './tidy.js';

/** A calendar as the desk file writes it. */
export interface CalendarItem extends CalendarDefinition {
  readonly name: string;
}

/** A calendar as it stands now. */
export interface StoredCalendar {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly definition: CalendarDefinition;
}

/** The calendar that is always there and never closes. */
export const ALWAYS_OPEN = '24x7';

const MAX_NAME = 100;
/** Calendars in use are few; each holds some hundred kilobytes once it has answered for years. */
const MAX_COMPILED = 500;

const SELECT = `select calendar.id, calendar.name, current_version as version, definition
  from calendar join calendar_version on calendar_id = calendar.id and version = current_version`;

/** Whoever can be asked in SQL: a transaction that is under way, or the database. */
type Asked = Pick<Transaction, 'query'>;

/** The stored calendars and their versions; hands them out ready to answer. */
@Injectable()
export class Calendars {
  /** A version never changes, so what was compiled once holds for good. */
  private readonly compiledVersions = new Map<string, BusinessCalendar>();

  constructor(
    private readonly audit: Audit,
    private readonly events: EventBus,
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

  /** What the calendar said in that version. */
  async version(asked: Asked, id: string, version: number): Promise<CalendarDefinition> {
    const [row] = await asked.query<{ definition: CalendarDefinition }>(
      `select definition from calendar_version where calendar_id = $1 and version = $2`,
      [id, version],
    );
    if (row === undefined) throw Problem.notFound(`The calendar has no version ${version}.`);
    return row.definition;
  }

  /** That version, ready to answer. */
  async compiled(asked: Asked, id: string, version: number): Promise<BusinessCalendar> {
    const key = `${id} ${version}`;
    const known = this.compiledVersions.get(key);
    if (known !== undefined) return known;

    const compiled = compileCalendar(await this.version(asked, id, version));
    this.forgetTheOldest();
    this.compiledVersions.set(key, compiled);
    return compiled;
  }

  /** Adds the calendar, or gives the stored one a new version if that says anything else. */
  async save(tx: Transaction, item: CalendarItem, by: AuditedBy): Promise<Saved> {
    const { name, definition } = checked(item);
    // Two that save the same name at once: the second waits here and then finds the first one's version.
    await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`calendar ${name}`]);
    const before = await this.byName(tx, name);
    if (before !== null && isDeepStrictEqual(before.definition, definition)) return 'unchanged';

    const version = (before?.version ?? 0) + 1;
    const id = await this.nextVersion(tx, name, version);
    await tx.query(
      `insert into calendar_version (calendar_id, version, definition, created_at) values ($1, $2, $3, $4)`,
      [id, version, JSON.stringify(definition), this.now.read()],
    );
    const action = before === null ? 'calendar.added' : 'calendar.changed';
    const data = { version, from: before?.definition ?? null, to: definition };
    await this.audit.record(tx, { by, action, subject: `calendar ${name}`, data });
    if (before !== null) await this.events.publish(tx, [new CalendarChanged(id, version)]);
    return before === null ? 'added' : 'changed';
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

function checked({ name: given, ...rest }: CalendarItem): { name: string; definition: CalendarDefinition } {
  const name = given.trim();
  const faults = checkCalendar(rest).map(({ field, detail }) => ({ field, detail }));
  if (name === '') faults.push({ field: 'name', detail: 'The name is missing.' });
  if (name.length > MAX_NAME) faults.push({ field: 'name', detail: `A name has ${MAX_NAME} characters at the most.` });
  if (faults.length > 0) throw Problem.invalid(`The calendar “${name}” cannot be saved.`, faults);
  if (name === ALWAYS_OPEN && !compileCalendar(rest).alwaysOpen) {
    const detail = `The calendar ${ALWAYS_OPEN} is open around the clock, whatever happens; give other hours another name.`;
    throw Problem.invalid(detail, [{ field: 'week', detail }]);
  }
  return { name, definition: tidy(rest) };
}

import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Audit, type AuditedBy } from '../identity/audit.js';
import type { Saved } from '../identity/users.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem, type FieldFault } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { Calendars } from '../support-hours/calendars.js';
import { isDefault, type Match } from './clock/pick-policy.js';
import type { Pauses, Target, Targets } from './clock/targets.js';
import { metrics, statuses } from './clock/timeline.js';

/** A policy as the desk file writes it. */
export interface PolicyItem {
  readonly name: string;
  /** Without it, this is the default. */
  readonly match?: Match | undefined;
  /** By name. */
  readonly calendar?: string | undefined;
  /** Minutes of working time or working days; null or 0 turns a metric off, and one not named is as the level says. */
  readonly targets: Targets;
  readonly pauses?: Pauses | undefined;
  readonly warnAt?: readonly number[] | undefined;
  readonly reopen?: 'continue' | 'cycle' | undefined;
  readonly opensForStaff?: boolean | undefined;
  /** By name. */
  readonly chain?: string | undefined;
}

/** A policy as it stands now. */
export interface StoredPolicy {
  readonly id: string;
  readonly version: number;
  readonly calendarId: string | null;
  readonly definition: PolicyItem;
}

type Asked = Pick<Transaction, 'query'>;

interface StoredRow extends StoredPolicy {
  readonly removed: boolean;
}

const SELECT = `select policy.id, policy.current_version as version, policy.calendar_id as "calendarId",
    policy.removed_at is not null as removed, policy_version.definition
  from policy join policy_version on policy_version.policy_id = policy.id and policy_version.version = policy.current_version`;

/** What is promised to whom. Policies are ordered, the first that matches wins, and one without conditions is the default. */
@Injectable()
export class Policies {
  constructor(
    private readonly calendars: Calendars,
    private readonly audit: Audit,
    private readonly now: Now,
  ) {}

  /** All in their order, in the desk file's shape. */
  async all(asked: Asked): Promise<PolicyItem[]> {
    return (await this.list(asked)).map(({ definition }) => definition);
  }

  async list(asked: Asked): Promise<StoredPolicy[]> {
    return asked.query<StoredPolicy>(`${SELECT} where policy.removed_at is null order by policy.position, policy.name`);
  }

  async byName(asked: Asked, name: string): Promise<PolicyItem | null> {
    const row = await this.find(asked, name);
    return row === undefined || row.removed ? null : row.definition;
  }

  /** Adds the policy at the end, or gives the stored one a new version if that says anything else. */
  async save(tx: Transaction, item: PolicyItem, by: AuditedBy): Promise<Saved> {
    await lockOrder(tx);
    const saved = await this.write(tx, item, by);
    await this.checkDefault(tx);
    return saved;
  }

  /** Saves all of these, in this order before those that are not named; a default among them takes the place of the one that was. */
  async saveAll(tx: Transaction, items: readonly PolicyItem[], by: AuditedBy): Promise<Saved[]> {
    await lockOrder(tx);
    const saved: Saved[] = [];
    for (const item of items) saved.push(await this.write(tx, item, by));
    await this.takeTheDefaultOver(tx, items, by);
    await this.checkDefault(tx);
    const others = (await this.all(tx)).filter(({ name }) => !items.some((item) => item.name.trim() === name));
    await this.order(tx, [...items.map(({ name }) => name.trim()), ...others.map(({ name }) => name)], by);
    return saved;
  }

  /** Puts the policies into this order; those not named come after them as they are. */
  async order(tx: Transaction, names: readonly string[], by: AuditedBy): Promise<void> {
    await lockOrder(tx);
    const before = await this.tried(tx);
    await tx.query(
      `update policy set position = placed.position
       from (select name, row_number() over (order by array_position($1::text[], name) nulls last, position, name) as position
             from policy where removed_at is null) as placed
       where placed.name = policy.name and policy.position <> placed.position`,
      [names],
    );
    const after = await this.tried(tx);
    if (isDeepStrictEqual(before, after)) return;

    await this.audit.record(tx, {
      by,
      action: 'policies.ordered',
      subject: 'policies',
      data: { from: before, to: after },
    });
  }

  /** Nobody is promised by it any more; clocks that have ended keep it. */
  async remove(tx: Transaction, name: string, by: AuditedBy): Promise<void> {
    await lockOrder(tx);
    const before = await this.byName(tx, name);
    if (before === null) throw Problem.notFound(`There is no policy named ${name}.`);
    if (isDefault(before)) {
      throw Problem.conflict(`${name} is the default policy. Make another one the default before you remove it.`);
    }

    await this.retire(tx, before, by);
  }

  private async write(tx: Transaction, item: PolicyItem, by: AuditedBy): Promise<Saved> {
    const wanted = tidy(item);
    check(wanted);
    const calendarId = await this.calendarOf(tx, wanted);
    const found = await this.find(tx, wanted.name);
    const before = found === undefined || found.removed ? null : found.definition;
    if (isDeepStrictEqual(before, wanted)) return 'unchanged';

    const version = (found?.version ?? 0) + 1;
    const [row] = await tx.query<{ id: string }>(
      `insert into policy (name, position, current_version, calendar_id)
       values ($1, (select coalesce(max(position), 0) + 1 from policy), $2, $3)
       on conflict on constraint policy_name_is_unique do update
         set current_version = excluded.current_version, calendar_id = excluded.calendar_id, removed_at = null,
           position = case when policy.removed_at is null then policy.position else excluded.position end
       returning id`,
      [wanted.name, version, calendarId],
    );
    await tx.query(`insert into policy_version (policy_id, version, definition, created_at) values ($1, $2, $3, $4)`, [
      row?.id,
      version,
      JSON.stringify(wanted),
      this.now.read(),
    ]);
    const action = before === null ? 'policy.added' : 'policy.changed';
    const data = { version, from: before, to: wanted };
    await this.audit.record(tx, { by, action, subject: `policy ${wanted.name}`, data });
    return before === null ? 'added' : 'changed';
  }

  /** A default among `items` takes the place of the one that was. */
  private async takeTheDefaultOver(tx: Transaction, items: readonly PolicyItem[], by: AuditedBy): Promise<void> {
    if (!items.some(isDefault)) return;

    const named = new Set(items.map(({ name }) => name.trim()));
    const gone = (await this.all(tx)).filter((policy) => isDefault(policy) && !named.has(policy.name));
    for (const before of gone) await this.retire(tx, before, by);
  }

  private async retire(tx: Transaction, before: PolicyItem, by: AuditedBy): Promise<void> {
    const { name } = before;
    await tx.query(`update policy set removed_at = $2, calendar_id = null where name = $1`, [name, this.now.read()]);
    await this.audit.record(tx, { by, action: 'policy.removed', subject: `policy ${name}`, data: { from: before } });
  }

  /** Those that are tried in their order; the default stands for the rest wherever it is. */
  private async tried(tx: Transaction): Promise<string[]> {
    return (await this.all(tx)).filter((policy) => !isDefault(policy)).map(({ name }) => name);
  }

  private async find(asked: Asked, name: string): Promise<StoredRow | undefined> {
    const [row] = await asked.query<StoredRow>(`${SELECT} where policy.name = $1`, [name]);
    return row;
  }

  private async calendarOf(tx: Transaction, { calendar }: PolicyItem): Promise<string | null> {
    if (calendar === undefined) return null;

    const known = await this.calendars.byName(tx, calendar);
    if (known === null) {
      throw Problem.invalid(`There is no calendar named ${calendar}.`, [
        { field: 'calendar', detail: 'is not known here' },
      ]);
    }
    return known.id;
  }

  /** Without a default somebody would be promised nothing, with two of them nobody could say what. */
  private async checkDefault(tx: Transaction): Promise<void> {
    const defaults = (await this.all(tx)).filter(isDefault).map(({ name }) => name);
    if (defaults.length === 1) return;

    const detail =
      defaults.length === 0
        ? 'One policy must be the default: one without “match”, for all whom no other policy matches.'
        : `Only one policy can be the default, the one without “match”: ${defaults.join(' and ')} are without.`;
    throw Problem.invalid(detail, [{ field: 'match', detail }]);
  }
}

/** Whoever changes policies waits for the other: their order and their default are one thing. */
async function lockOrder(tx: Transaction): Promise<void> {
  await tx.lock('policies');
}

/** One way to write each policy, so that two can be compared: nothing unsaid, lists as lists. */
function tidy(item: PolicyItem): PolicyItem {
  const match = Object.entries(item.match ?? {}).filter(([, value]) => value !== undefined);
  const pauses = Object.entries(item.pauses ?? {});
  return {
    name: item.name.trim(),
    ...(match.length === 0 ? {} : { match: Object.fromEntries(match.map(([key, value]) => [key, [value].flat()])) }),
    ...(item.calendar === undefined ? {} : { calendar: item.calendar }),
    targets: item.targets,
    ...(pauses.length === 0 ? {} : { pauses: Object.fromEntries(pauses) }),
    ...(item.warnAt === undefined ? {} : { warnAt: item.warnAt.toSorted((a, b) => a - b) }),
    ...(item.reopen === undefined ? {} : { reopen: item.reopen }),
    ...(item.opensForStaff === undefined ? {} : { opensForStaff: item.opensForStaff }),
    ...(item.chain === undefined ? {} : { chain: item.chain }),
  };
}

function check({ name, targets, pauses = {}, warnAt = [] }: PolicyItem): void {
  const faults: FieldFault[] = [
    ...(name === '' ? [{ field: 'name', detail: 'is missing' }] : []),
    ...unknown(Object.keys(targets), metrics, 'targets'),
    ...Object.entries(targets).flatMap(([metric, target]) =>
      isTarget(target) ? [] : [{ field: `targets.${metric}`, detail: 'is minutes, {workingDays: n}, or null' }],
    ),
    ...unknown(Object.keys(pauses), metrics, 'pauses'),
    ...Object.entries(pauses).flatMap(([metric, list]) => unknown(list, statuses, `pauses.${metric}`)),
    ...warnAt.flatMap((percent) =>
      Number.isInteger(percent) && percent >= 1 && percent <= 99
        ? []
        : [{ field: 'warnAt', detail: `${percent} is not a percentage from 1 to 99` }],
    ),
  ];
  if (faults.length > 0) throw Problem.invalid(`The policy “${name}” cannot be saved.`, faults);
}

function isTarget(target: Target | null): boolean {
  if (target === null) return true;
  if (typeof target === 'number') return target >= 0 && target <= MAX_MINUTES;
  return Number.isInteger(target.workingDays) && target.workingDays >= 0 && target.workingDays <= MAX_DAYS;
}

/** More than a year of working time is no promise any more. */
const MAX_MINUTES = 366 * 24 * 60;
const MAX_DAYS = 366;

function unknown(values: readonly string[], known: readonly string[], field: string): FieldFault[] {
  return values
    .filter((value) => !known.includes(value))
    .map((value) => ({ field: `${field}.${value}`, detail: `is not known here; known are ${known.join(', ')}` }));
}

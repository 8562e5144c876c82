import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { isTimeZone } from '../calendar/local-time.js';
import { dayOfDate } from '../calendar/holidays.js';
import { minutesOf } from '../calendar/opening-hours.js';
import { Audit, theDeskItself, type AuditedBy } from '../identity/audit.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { instantOf, type Rota, type RotaOverride } from './chain/rota.js';

/** A rota as the desk file and the API say it. */
export interface RotaEntry {
  readonly name: string;
  readonly timezone: string;
  readonly every: 'day' | 'week';
  readonly at: string;
  readonly startsOn: string;
  readonly members: readonly string[];
  readonly overrides?: readonly RotaOverride[];
  /** Whoever is on call in it is the 24x7 emergency contact. There is one at the most. Absent: as it was. */
  readonly emergency?: boolean;
}

export interface NamedRota {
  readonly id: string;
  readonly name: string;
  readonly rota: Rota;
  readonly emergency: boolean;
  readonly feed: number;
}

const somebody = z.string().trim().min(1, 'must name somebody').max(100, 'may have 100 characters at the most');

const rotaEntry = z
  .strictObject({
    name: z.string().trim().min(1, 'must not be empty').max(100, 'may have 100 characters at the most'),
    timezone: z.string().refine(isTimeZone, 'must be the name of a time zone, such as Europe/Berlin'),
    every: z.enum(['day', 'week'], 'must be day or week'),
    at: z.string().refine((at) => (minutesOf(at) ?? 1440) < 1440, 'must be a time of day from 00:00 to 23:59'),
    startsOn: z.string().refine((date) => dayOfDate(date) !== null, 'must be a date such as 2026-11-23'),
    members: z.array(somebody).min(1, 'must name at least one responder').max(100, 'may be 100 at the most'),
    overrides: z
      .array(z.strictObject({ from: z.string(), to: z.string(), who: somebody }))
      .max(500, 'may be 500 at the most')
      .optional(),
    emergency: z.boolean().optional(),
  })
  .superRefine(({ timezone, overrides = [] }, context) => {
    if (!isTimeZone(timezone)) return;
    overrides.forEach(({ from, to }, index) => {
      const fault = (field: string, message: string): void => {
        context.addIssue({ code: 'custom', path: ['overrides', index, field], message });
      };
      const [start, end] = [instantOf(timezone, from), instantOf(timezone, to)];
      if (start === null) fault('from', 'must be a local time such as 2026-12-24T18:00');
      if (end === null) fault('to', 'must be a local time such as 2026-12-26T08:00');
      if (start !== null && end !== null && start >= end) fault('to', 'must be later than from');
    });
  });

const SELECT = `select id, name, definition as rota, emergency, feed from rota`;

/** Who takes turns at being called. */
@Injectable()
export class Rotas {
  constructor(private readonly audit: Audit) {}

  /** All, in the desk file's shape. */
  async all(tx: Transaction): Promise<RotaEntry[]> {
    return (await this.list(tx)).map(toEntry);
  }

  async list(asked: Pick<Transaction, 'query'>): Promise<NamedRota[]> {
    return asked.query<NamedRota>(`${SELECT} order by name collate "und-x-icu"`);
  }

  async byId(asked: Pick<Transaction, 'query'>, id: string): Promise<NamedRota | null> {
    const [rota] = await asked.query<NamedRota>(`${SELECT} where id = $1`, [id]);
    return rota ?? null;
  }

  /** Adds the rota or makes the stored one equal to `entry`. What it says of a moment that has passed is history, told elsewhere. */
  async save(
    tx: Transaction,
    entry: RotaEntry,
    by: AuditedBy = theDeskItself,
  ): Promise<'added' | 'changed' | 'unchanged'> {
    const { name, emergency, overrides = [], ...rest } = checked(entry);
    const rota: Rota = { ...rest, overrides };
    await tx.lock('responder');
    await this.knowAll(tx, name, rota);
    const before = await this.find(tx, name);
    const wanted = { rota, emergency: emergency ?? before?.emergency ?? false };
    if (before !== null && same(before, wanted)) return 'unchanged';

    if (wanted.emergency) await tx.query(`update rota set emergency = false where emergency and name <> $1`, [name]);
    await tx.query(
      `insert into rota (name, definition, emergency) values ($1, $2, $3)
       on conflict on constraint rota_name_is_unique do update set definition = excluded.definition, emergency = excluded.emergency`,
      [name, JSON.stringify(rota), wanted.emergency],
    );
    const from = before === null ? null : toEntry(before);
    await this.note(tx, by, before === null ? 'added' : 'changed', name, { from, to: toEntry({ name, ...wanted }) });
    return before === null ? 'added' : 'changed';
  }

  /** Removes a rota that no chain notifies. */
  async remove(tx: Transaction, name: string, by: AuditedBy = theDeskItself): Promise<void> {
    const rota = await this.find(tx, name);
    if (rota === null) throw Problem.notFound(`There is no rota named ${name}.`);
    const [chain] = await tx.query<{ name: string }>(
      `select name from chain, jsonb_array_elements(definition -> 'steps') as step where step -> 'notify' ? $1 limit 1`,
      [name],
    );
    if (chain !== undefined)
      throw Problem.conflict(`The chain ${chain.name} notifies the rota ${name}, so it cannot be removed.`);

    await tx.query(`delete from rota where id = $1`, [rota.id]);
    await this.note(tx, by, 'removed', name, { from: toEntry(rota) });
  }

  /** The feed gets another address; calendar programs that know the old one get nothing any more. */
  async renewFeed(tx: Transaction, name: string, by: AuditedBy): Promise<void> {
    const renewed = await tx.query(`update rota set feed = feed + 1 where name = $1 returning 1`, [name]);
    if (renewed.length === 0) throw Problem.notFound(`There is no rota named ${name}.`);
    await this.note(tx, by, 'feed-renewed', name, {});
  }

  private async find(tx: Transaction, name: string): Promise<NamedRota | null> {
    const [rota] = await tx.query<NamedRota>(`${SELECT} where name = $1 for update`, [name]);
    return rota ?? null;
  }

  private async note(
    tx: Transaction,
    by: AuditedBy,
    what: string,
    name: string,
    data: Record<string, unknown>,
  ): Promise<void> {
    await this.audit.record(tx, { by, action: `rota.${what}`, subject: `rota ${name}`, data });
  }

  private async knowAll(tx: Transaction, name: string, { members, overrides }: Rota): Promise<void> {
    const known = new Set((await tx.query<{ name: string }>(`select name from responder`)).map((row) => row.name));
    if (known.has(name)) {
      const detail = 'is the name of a responder; chains could not tell them apart';
      throw Problem.invalid(`The rota ${JSON.stringify(name)} cannot be saved: name ${detail}.`, [
        { field: 'name', detail },
      ]);
    }
    const named = [
      ...members.map((who, index) => ({ who, field: `members.${index}` })),
      ...overrides.map(({ who }, index) => ({ who, field: `overrides.${index}.who` })),
    ];
    const faults = named
      .filter(({ who }) => !known.has(who))
      .map(({ who, field }) => ({ field, detail: `There is no responder ${JSON.stringify(who)}.` }));
    if (faults.length === 0) return;

    const words = faults.map(({ detail }) => detail).join(' ');
    throw Problem.invalid(`The rota ${JSON.stringify(name)} cannot be saved. ${words}`, faults);
  }
}

/** SQL: the first rota in whose turns or overrides `$1` stands. */
export const ROTA_WITH = `select name from rota where definition -> 'members' ? $1
  or exists (select from jsonb_array_elements(definition -> 'overrides') as stand_in where stand_in ->> 'who' = $1) limit 1`;

function checked(entry: RotaEntry): z.output<typeof rotaEntry> {
  const { data, error } = rotaEntry.safeParse(entry);
  if (data !== undefined) return data;

  const faults = error.issues.map(({ path, message }) => ({ field: path.join('.'), detail: message }));
  const detail = faults.map(({ field, detail: fault }) => `${field} ${fault}`).join('; ');
  throw Problem.invalid(`The rota ${JSON.stringify(entry.name)} cannot be saved: ${detail}.`, faults);
}

function toEntry({ name, rota, emergency }: Pick<NamedRota, 'name' | 'rota' | 'emergency'>): RotaEntry {
  const { timezone, every, at, startsOn, members, overrides } = rota;
  return {
    ...{ name, timezone, every, at, startsOn, members },
    ...(overrides.length > 0 && { overrides }),
    ...(emergency && { emergency }),
  };
}

function same(before: Pick<NamedRota, 'rota' | 'emergency'>, after: Pick<NamedRota, 'rota' | 'emergency'>): boolean {
  const essence = ({ rota, emergency }: typeof after): string => {
    const { timezone, every, at, startsOn, members, overrides } = rota;
    const standIns = overrides.map(({ from, to, who }) => [from, to, who]);
    return JSON.stringify([timezone, every, at, startsOn, members, standIns, emergency]);
  };
  return essence(before) === essence(after);
}

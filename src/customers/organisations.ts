import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Audit, type AuditedBy } from '../identity/audit.js';
import type { Saved } from '../identity/users.js';
import { brokenConstraint } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';

/** An organisation as the desk file writes it. */
export interface OrganisationItem {
  readonly name: string;
  readonly tier?: string | undefined;
  readonly domains?: readonly string[] | undefined;
  /** By name. */
  readonly calendar?: string | undefined;
}

/** The firms that our customers come from. */
@Injectable()
export class Organisations {
  constructor(
    private readonly audit: Audit,
    private readonly now: Now,
  ) {}

  async all(tx: Transaction): Promise<OrganisationItem[]> {
    const rows = await tx.query<StoredOrganisation>(`${select} order by organisation.name collate "und-x-icu"`);
    return rows.map(toItem);
  }

  async byName(tx: Transaction, name: string): Promise<OrganisationItem | null> {
    const [row] = await tx.query<StoredOrganisation>(`${select} where lower(organisation.name) = lower($1)`, [name]);
    return row ? toItem(row) : null;
  }

  /** Adds or replaces the organisation of that name. Contacts at its domains that belong nowhere yet join it. */
  async save(tx: Transaction, item: OrganisationItem, by: AuditedBy): Promise<Saved> {
    const wanted = tidy(item);
    const before = await this.byName(tx, wanted.name);
    if (isDeepStrictEqual(before, wanted)) return 'unchanged';

    const domains = wanted.domains ?? [];
    await refuseTaken(tx, wanted.name, domains);
    const calendarId = wanted.calendar === undefined ? null : await calendarNamed(tx, wanted.calendar);
    const [saved] = await tx.query<{ id: string }>(
      `insert into organisation (name, tier, domains, calendar_id, created_at) values ($1, $2, $3, $4, $5)
       on conflict (lower(name)) do update
         set name = excluded.name, tier = excluded.tier, domains = excluded.domains, calendar_id = excluded.calendar_id
       returning id`,
      [wanted.name, wanted.tier ?? null, domains, calendarId, this.now.read()],
    );
    await tx.query(
      `update contact set organisation_id = $1
       where organisation_id is null and exists (
         select from unnest($2::text[]) as domain
         where split_part(email, '@', -1) = domain or right(email, length(domain) + 1) = '.' || domain)`,
      [saved?.id, domains],
    );
    const action = before ? 'organisation.changed' : 'organisation.added';
    await this.audit.record(tx, {
      by,
      action,
      subject: `organisation ${wanted.name}`,
      data: { from: before, to: wanted },
    });
    return before ? 'changed' : 'added';
  }

  async remove(tx: Transaction, name: string, by: AuditedBy): Promise<void> {
    const before = await this.byName(tx, name);
    if (!before) throw Problem.notFound(`There is no organisation named ${name}.`);

    try {
      await tx.query(`delete from organisation where name = $1`, [before.name]);
    } catch (error) {
      if (brokenConstraint(error) === undefined) throw error;
      throw Problem.conflict(`${before.name} still has tickets, so it cannot be removed.`);
    }
    await this.audit.record(tx, {
      by,
      action: 'organisation.removed',
      subject: `organisation ${before.name}`,
      data: { from: before },
    });
  }

  async idOf(tx: Transaction, name: string): Promise<string> {
    const [row] = await tx.query<{ id: string }>(`select id from organisation where lower(name) = lower($1)`, [name]);
    if (!row)
      throw Problem.invalid(`There is no organisation named ${name}.`, [
        { field: 'organisation', detail: 'is not known here' },
      ]);
    return row.id;
  }
}

interface StoredOrganisation {
  readonly name: string;
  readonly tier: string | null;
  readonly domains: string[];
  readonly calendar: string | null;
}

const select = `select organisation.name, tier, domains, calendar.name as calendar
  from organisation left join calendar on calendar.id = organisation.calendar_id`;

const toItem = ({ name, tier, domains, calendar }: StoredOrganisation): OrganisationItem =>
  tidy({ name, domains, tier: tier ?? undefined, calendar: calendar ?? undefined });

/** One way to write each organisation, so that two can be compared. */
function tidy({ name, tier, domains = [], calendar }: OrganisationItem): OrganisationItem {
  const lower = [...new Set(domains.map((domain) => domain.trim().toLowerCase()))];
  return {
    name: name.trim(),
    ...(tier === undefined ? {} : { tier }),
    ...(lower.length === 0 ? {} : { domains: lower }),
    ...(calendar === undefined ? {} : { calendar }),
  };
}

async function refuseTaken(tx: Transaction, name: string, domains: readonly string[]): Promise<void> {
  const [taken] = await tx.query<{ name: string; domain: string }>(
    `select name, domain from organisation, unnest(domains) as domain
     where domains && $2 and domain = any($2) and lower(name) <> lower($1) limit 1`,
    [name, domains],
  );
  if (taken)
    throw Problem.invalid(`The domain ${taken.domain} belongs to ${taken.name} already.`, [
      { field: 'domains', detail: `${taken.domain} belongs to ${taken.name}` },
    ]);
}

async function calendarNamed(tx: Transaction, name: string): Promise<string> {
  const [row] = await tx.query<{ id: string }>(`select id from calendar where name = $1`, [name]);
  if (!row)
    throw Problem.invalid(`There is no calendar named ${name}.`, [{ field: 'calendar', detail: 'is not known here' }]);
  return row.id;
}

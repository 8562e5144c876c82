import type { Transaction } from '../../platform/database/transaction.js';

/** All that decides what is promised but the hours in the calendars, which change most often: they stand beside it. */
const PARTS = `
    select 'policy ' || id || ' ' || current_version || ' ' || position || ' ' || (removed_at is null) as part from policy
    union all select 'level ' || name || ' ' || targets::text || ' ' || coalesce(calendar_id::text, '') from level
    union all select 'calendar ' || id || ' ' || name from calendar
    union all select 'queue ' || id || ' ' || name || ' ' || coalesce(calendar_id::text, '') from queue
    union all select 'organisation ' || id || ' ' || name || ' ' || coalesce(tier, '') || ' ' || coalesce(calendar_id::text, '')
      from organisation
    union all select 'team ' || id || ' ' || name || ' ' || coalesce(handling::text, '') || ' ' || coalesce(calendar_id::text, '') from team
    union all select 'desk ' || default_calendar from desk`;

const FINGERPRINT = `select
    (select md5(coalesce(string_agg(part, E'\\n' order by part), '')) from (${PARTS}) as parts) as terms,
    (select coalesce(jsonb_object_agg(id, current_version), '{}') from calendar) as versions`;

/** What decides what is promised, at one moment. */
export interface Fingerprint {
  /** Policies, levels, and who has which calendar, as one short text. */
  readonly terms: string;
  /** The version of each calendar, by its id. */
  readonly versions: Readonly<Record<string, number>>;
}

/** What decides what is promised. It is looked at instead of listened to, so that no way of changing any of it can be forgotten. */
export async function fingerprint(asked: Pick<Transaction, 'query'>): Promise<Fingerprint> {
  const [row] = await asked.query<Fingerprint>(FINGERPRINT);
  if (row === undefined) throw new Error('PostgreSQL answered no row to a question without conditions.');
  return row;
}

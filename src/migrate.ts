import { runMigrations as runQueueMigrations } from 'bullmq';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { migrations } from './data-source.js';
import { CannotStart } from './platform/problems/cannot-start.js';
import { QUEUE_SCHEMA } from './platform/queue/job-queue.js';

/** Any number will do, if only we take it. */
const LOCK = 7_350_112;

/**
 * Brings the tables to what this release wants, one process at a time; answers the names of the steps that were missing. A database
 * that a newer release has been at is left alone.
 */
export async function migrate(url: string, dataSource: DataSource): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'punctual migrations' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await refuseNewer(client);
    const ran = await dataSource.runMigrations();
    await runQueueMigrations(client, QUEUE_SCHEMA);
    return ran.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** Names of steps that the database has taken and this release does not know, or the other way round. */
export async function compareMigrations(client: pg.Client): Promise<{ missing: string[]; unknown: string[] }> {
  const taken = new Set(await takenMigrations(client));
  const known = new Set(migrations.map(({ name }) => name));
  return {
    missing: [...known].filter((name) => !taken.has(name)),
    unknown: [...taken].filter((name) => !known.has(name)),
  };
}

async function refuseNewer(client: pg.Client): Promise<void> {
  const { unknown } = await compareMigrations(client);
  if (unknown.length === 0) return;
  throw new CannotStart(
    `The database belongs to a newer release of the desk: it has taken steps that this one does not know (${unknown.join(', ')}).`,
  );
}

async function takenMigrations(client: pg.Client): Promise<string[]> {
  const { rows: tables } = await client.query<{ found: string | null }>(
    `select to_regclass('public.migration')::text as found`,
  );
  if (typeof tables[0]?.found !== 'string') return [];
  const { rows } = await client.query<{ name: string }>('select name from public.migration order by id');
  return rows.map(({ name }) => name);
}

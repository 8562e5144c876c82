import { statSync } from 'node:fs';
import pg from 'pg';
import { createDataSource, migrations } from '../../data-source.js';
import { migrate } from '../../migrate.js';
import { present } from '../../platform/database/presence.js';
import { CannotStart } from '../../platform/problems/cannot-start.js';
import { QUEUE_SCHEMA } from '../../platform/queue/job-queue.js';
import { Progress } from '../progress.js';
import { BackupReader, isFooter, type Footer, type Header } from './backup-file.js';
import { copyIn } from './copy.js';
import { tablesOf, target } from './tables.js';

/**
 * Makes the database what the backup says, and brings it to this release:
 * 1. read the whole file once, so that a damaged one changes nothing;
 * 2. take all tables away, and make them as they were when the backup was written;
 * 3. in one transaction: set foreign keys and triggers aside, fill the tables, set the sequences, put foreign keys and triggers back;
 * 4. take the steps that this release has beyond that.
 * Answers how many rows there were.
 */
export async function restoreBackup(url: string, file: string, { replace }: { replace: boolean }): Promise<number> {
  const { header, footer } = await check(file);
  const client = new pg.Client({ connectionString: url, application_name: 'punctual restore' });
  await client.connect();
  try {
    await refuseRunningDesk(client);
    if (!replace) await refuseToOverwrite(client);

    await rebuild(url, client, header);
    await fill(client, file, footer);
  } finally {
    await client.end();
  }
  await toThisRelease(url);
  return Object.values(footer.rows).reduce((sum, count) => sum + count, 0);
}

async function check(file: string): Promise<{ header: Header; footer: Footer }> {
  const progress = new Progress('Checking', sizeOf(file));
  const { header, reader } = await BackupReader.open(file, (bytes) => {
    progress.reach(bytes);
  });
  const known = new Set<string>(migrations.map(({ name }) => name));
  const unknown = header.migrations.filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new CannotStart(`${file} was written by a newer release of the desk (${unknown.join(', ')}).`);

  for (;;) {
    const part = await reader.next();
    if (isFooter(part)) {
      progress.finish();
      return { header, footer: part };
    }
    for await (const _ of reader.rows());
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (error) {
    throw new CannotStart(`The backup cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

async function refuseRunningDesk(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query(present('desk'));
  if (rowCount !== 0) throw new CannotStart('A desk is running on this database. Stop it before restoring a backup.');
}

async function refuseToOverwrite(client: pg.Client): Promise<void> {
  for (const { name } of await tablesOf(client)) {
    if (name !== 'app_user' && name !== 'ticket') continue;
    const { rowCount } = await client.query(`select from public.${pg.escapeIdentifier(name)} limit 1`);
    if (rowCount !== 0) {
      throw new CannotStart(
        'There is a desk in this database already. To put the backup in its place, repeat with --replace.',
      );
    }
  }
}

/** The migrations know the way down as well as up. What is left in the queue rings for rows that may be no more. */
async function rebuild(url: string, client: pg.Client, header: Header): Promise<void> {
  const all = await createDataSource({ url, poolSize: 2, applicationName: 'punctual restore' }).initialize();
  try {
    const { rows } = await client.query<{ found: boolean }>(
      `select to_regclass('public.migration') is not null as found`,
    );
    const taken = rows[0]?.found === true ? (await client.query('select from public.migration')).rowCount : 0;
    for (let step = 0; step < (taken ?? 0); step++) await all.undoLastMigration();
  } finally {
    await all.destroy();
  }
  await client.query(`drop schema if exists ${QUEUE_SCHEMA} cascade`);
  await toRelease(url, header.migrations);
}

async function toThisRelease(url: string): Promise<void> {
  await toRelease(url);
}

async function toRelease(url: string, steps?: readonly string[]): Promise<void> {
  const source = createDataSource({
    url,
    poolSize: 2,
    applicationName: 'punctual restore',
    ...(steps !== undefined && { steps }),
  });
  await source.initialize();
  try {
    await migrate(url, source);
  } finally {
    await source.destroy();
  }
}

async function fill(client: pg.Client, file: string, footer: Footer): Promise<void> {
  const progress = new Progress('Restoring', sizeOf(file));
  const { reader } = await BackupReader.open(file, (bytes) => {
    progress.reach(bytes);
  });
  const tables = (await tablesOf(client)).map(({ name }) => `public.${pg.escapeIdentifier(name)}`);
  await client.query('begin');
  const keys = await setForeignKeysAside(client);
  for (const table of tables) await client.query(`alter table ${table} disable trigger user`);
  await client.query(`truncate ${tables.join(', ')}`);

  for (let part = await reader.next(); !isFooter(part); part = await reader.next()) {
    const { table, columns } = part;
    const count = await copyIn(client, `copy ${target({ name: table, columns })} from stdin`, reader.rows());
    if (count !== footer.rows[table])
      throw new CannotStart(`Of ${footer.rows[table]} rows of ${table} only ${count} could be restored.`);
  }
  for (const [sequence, value] of Object.entries(footer.sequences)) {
    await client.query('select setval($1::regclass, $2)', [`public.${pg.escapeIdentifier(sequence)}`, value]);
  }

  for (const table of tables) await client.query(`alter table ${table} enable trigger user`);
  for (const { table, name, definition } of keys) {
    await client.query(`alter table ${table} add constraint ${pg.escapeIdentifier(name)} ${definition}`);
  }
  await client.query('commit');
  await client.query('analyze');
  progress.finish();
}

interface ForeignKey {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

async function setForeignKeysAside(client: pg.Client): Promise<ForeignKey[]> {
  const { rows } = await client.query<ForeignKey>(
    `select conrelid::regclass::text as "table", conname as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`,
  );
  for (const { table, name } of rows)
    await client.query(`alter table ${table} drop constraint ${pg.escapeIdentifier(name)}`);
  return rows;
}

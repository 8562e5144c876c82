import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { createDataSource } from '../../src/data-source.js';

const MIGRATIONS = path.resolve(__dirname, '../../migrations');

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A database of its own for one house, copied from a migrated template that the first to need it makes. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env['TEST_DATABASE_URL'];
  if (server === undefined)
    throw new Error('TEST_DATABASE_URL is not set: this test needs the PostgreSQL that the global set-up starts.');

  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  try {
    await admin.query('select pg_advisory_lock(4711)');
    const template = await ensureTemplate(admin, server);
    await admin.query(`create database ${name} template ${template}`);
  } finally {
    await admin.end();
  }
  return {
    url: urlOf(server, name),
    drop: async () => {
      const client = new pg.Client({ connectionString: server });
      await client.connect();
      await client.query(`drop database if exists ${name} with (force)`);
      await client.end();
    },
  };
}

async function ensureTemplate(admin: pg.Client, server: string): Promise<string> {
  const template = `template_${fingerprint()}`;
  const { rowCount } = await admin.query('select from pg_database where datname = $1', [template]);
  if (rowCount !== 0) return template;

  const making = `making_${randomBytes(4).toString('hex')}`;
  await admin.query(`create database ${making}`);
  const source = createDataSource({ url: urlOf(server, making), poolSize: 2 });
  await source.initialize();
  await source.runMigrations();
  await source.destroy();
  await admin.query(`alter database ${making} rename to ${template}`);
  return template;
}

/** Changes whenever a migration does, so that a template is never stale. */
function fingerprint(): string {
  const hash = createHash('sha1');
  for (const file of readdirSync(MIGRATIONS).sort())
    hash.update(file).update(readFileSync(path.join(MIGRATIONS, file)));
  return hash.digest('hex').slice(0, 12);
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

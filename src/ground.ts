import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createDataSource } from './data-source.js';
import { migrate } from './migrate.js';
import type { Config } from './platform/config/config.js';
import type { Use } from './platform/database/embedded/database-record.js';
import { EmbeddedPostgres } from './platform/database/embedded/embedded-postgres.js';
import { Presence } from './platform/database/presence.js';
import type { Log } from './platform/log/logger.js';
import type { Ground } from './platform/platform.module.js';
import { CannotStart } from './platform/problems/cannot-start.js';
import { readSecretKey } from './platform/secrets/secret-key.js';

const OLDEST_POSTGRESQL = 15;
/** A database that is started together with us may need a moment. */
const PATIENCE_MS = 5_000;

/** The address of the desk's database, and how to leave it. */
export interface OpenDatabase {
  readonly url: string;
  close(): Promise<void>;
}

/** What a process stands on, and how to leave it when everything that stands on it is closed. */
export interface OpenGround extends Ground {
  /** The migrations that were run. */
  readonly steps: readonly string[];
  close(): Promise<void>;
}

interface Opening {
  readonly config: Config;
  readonly log: Log;
  readonly use: Use;
  /** Aborted when nobody wants it any more, while it is still being opened. */
  readonly stopping?: AbortSignal;
  /** What is done on it can be done again, so no commit waits for the disk. */
  readonly canBeMadeAgain?: boolean;
}

/** The secret key, the database with its tables as this release wants them, and a pool of connections. */
export async function openGround(opening: Opening): Promise<OpenGround> {
  const { config, log, stopping, canBeMadeAgain = false } = opening;
  const secretKey = readSecretKey(config);
  const database = await openDatabase(opening);
  const dataSource = createDataSource({ url: database.url, canBeMadeAgain });
  const close = async (): Promise<void> => {
    if (dataSource.isInitialized) await dataSource.destroy();
    await database.close();
  };
  try {
    stopping?.throwIfAborted();
    await dataSource.initialize();
    stopping?.throwIfAborted();
    const steps = await migrate(database.url, dataSource);
    if (steps.length > 0) log.info({ steps }, 'The database has been brought up to date.');
    return { config, log, secretKey, dataSource, databaseUrl: database.url, steps, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The database of DATABASE_URL, else the one that came with the desk, whatever is in it. */
export async function openDatabase({ config, log, use, stopping }: Opening): Promise<OpenDatabase> {
  if (config.databaseUrl === undefined) {
    return EmbeddedPostgres.open({ dataDir: config.dataDir, log, use, ...(stopping !== undefined && { stopping }) });
  }

  const url = config.databaseUrl;
  await firstAnswer(url);
  const presence = await Presence.enter(url, use === 'command' ? 'command' : 'desk');
  return { url, close: () => presence.leave() };
}

async function firstAnswer(url: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      await refuseOld(url);
      return;
    } catch (error) {
      if (error instanceof CannotStart) throw error;
      if (!mayPass(error) || performance.now() > until) throw unreachable(url, error);
      await sleep(250);
    }
  }
}

async function refuseOld(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PATIENCE_MS });
  // The question that fails says what is wrong.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string }>(`select current_setting('server_version_num') as version`);
    const major = Math.floor(Number(rows[0]?.version) / 10_000);
    if (major < OLDEST_POSTGRESQL) {
      throw new CannotStart(
        `DATABASE_URL leads to a PostgreSQL ${major}; the desk needs ${OLDEST_POSTGRESQL} or newer.`,
      );
    }
  } finally {
    await client.end();
  }
}

/** Not there yet, or starting up (SQLSTATE 57P03). */
function mayPass(error: unknown): boolean {
  return ['ECONNREFUSED', '57P03'].includes((error as { code?: string }).code ?? '');
}

function unreachable(url: string, error: unknown): CannotStart {
  const { host, pathname } = new URL(url);
  const { message, code } = error as Error & { code?: string };
  return new CannotStart(
    `The database of DATABASE_URL (${pathname.slice(1)} on ${host}) cannot be opened: ${message || code}`,
    {
      cause: error,
    },
  );
}

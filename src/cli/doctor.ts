import { statfsSync } from 'node:fs';
import { Command } from 'commander';
import { Redis } from 'ioredis';
import { createTransport } from 'nodemailer';
import pg from 'pg';
import { emergencyVerified } from '../escalation/emergency-contact.js';
import { compareMigrations } from '../migrate.js';
import type { Config } from '../platform/config/config.js';
import { prepareDataFolder } from '../platform/config/data-folder.js';
import { CannotStart } from '../platform/problems/cannot-start.js';
import { readSecretKey } from '../platform/secrets/secret-key.js';
import { Now } from '../platform/time/now.js';
import { print, withDatabase } from './frame.js';

const LEAST_FREE_BYTES = 1_000_000_000;
const MOST_CLOCK_DIFFERENCE_MS = 2_000;
const ANSWER_WITHIN_MS = 5_000;

/** What was found, in words; thrown, if it is not as it should be. */
type Examination = () => Promise<string> | string;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('look whether the desk has what it needs; fails if it has not')
    .action(async () => {
      const ill = await withDatabase(async (url, config) => {
        const client = new pg.Client({ connectionString: url, application_name: 'punctual doctor' });
        await client.connect();
        try {
          return await examine({ ...ofMachine(config), ...ofDatabase(client, config), ...ofNeighbours(config) });
        } finally {
          await client.end();
        }
      });
      if (ill > 0) throw new CannotStart(ill === 1 ? 'One thing needs attention.' : `${ill} things need attention.`);
    });
}

async function examine(examinations: Record<string, Examination>): Promise<number> {
  let ill = 0;
  for (const [what, look] of Object.entries(examinations)) {
    try {
      print(`ok      ${what.padEnd(18)} ${await look()}`);
    } catch (error) {
      ill++;
      print(`WRONG   ${what.padEnd(18)} ${(error as Error).message}`);
    }
  }
  return ill;
}

function ofMachine(config: Config): Record<string, Examination> {
  return {
    settings: () => `can be read; this process would be ${[...config.roles].join(', ')}`,
    'data folder': () => {
      prepareDataFolder(config.dataDir);
      const { bavail, bsize } = statfsSync(config.dataDir);
      const free = `${((bavail * bsize) / 1e9).toFixed(1)} GB free in ${config.dataDir}`;
      return needed(bavail * bsize >= LEAST_FREE_BYTES, free);
    },
    'secret key': () => {
      readSecretKey(config);
      return config.secretKey === undefined ? 'kept in the data folder; not part of a backup' : 'given by SECRET_KEY';
    },
  };
}

function ofDatabase(client: pg.Client, config: Config): Record<string, Examination> {
  const ask = async <Row extends object>(sql: string): Promise<Row[]> => (await client.query<Row>(sql)).rows;
  const count = async (table: string, where: string): Promise<number> => {
    const [row] = await ask<{ count: string }>(`select count(*) from ${table} where ${where}`);
    return Number(row?.count);
  };
  return {
    database: async () => {
      const [row] = await ask<{ version: string; size: string }>(
        `select current_setting('server_version') as version, pg_size_pretty(pg_database_size(current_database())) as size`,
      );
      return `PostgreSQL ${row?.version}, ${row?.size}`;
    },
    tables: async () => {
      const { missing, unknown } = await compareMigrations(client);
      if (unknown.length > 0) throw new Error(`a newer release has been here: ${unknown.join(', ')}`);
      return needed(
        missing.length === 0,
        missing.length === 0 ? 'up to date' : `not up to date; run migrate, or start the desk`,
      );
    },
    clock: async () => {
      const now = new Now();
      await now.sample(async <Row>(sql: string) => (await client.query(sql)).rows as Row[]);
      const difference = `${now.behindDatabaseMs} ms behind the database's`;
      return needed(Math.abs(now.behindDatabaseMs) < MOST_CLOCK_DIFFERENCE_MS, difference);
    },
    admin: async () => {
      const admins = await count('app_user', `role = 'admin' and password_hash is not null and disabled_at is null`);
      return needed(
        admins > 0,
        admins > 0 ? `${admins} can sign in` : 'nobody can sign in as admin: start the desk, it prints a link',
      );
    },
    'emergency contact': async () => {
      const reachable = await count('responder', `emergency and jsonb_array_length(methods) > 0`);
      if (reachable === 0) throw new Error('nobody will be reached when a promise is broken');
      const mailLeaves = config.smtpUrl !== undefined;
      const [row] = await ask<{ verified: boolean }>(`select ${emergencyVerified({ mailLeaves })} as verified`);
      return needed(
        row?.verified === true,
        row?.verified === true
          ? 'has confirmed that a call gets through'
          : `has not confirmed yet that a call gets through; send a code from the settings, Responders${mailLeaves ? '' : '. Mail proves nothing while no relay is set (SMTP_URL)'}`,
      );
    },
    alarms: async () => {
      const standing = await count('alarm', 'cleared_at is null');
      return needed(standing === 0, standing === 0 ? 'none' : `${standing} stand; the incidents page shows them`);
    },
    clocks: async () => {
      const aside = await count('clock', 'set_aside_at is not null');
      const uncounted = await count('uncounted_ticket', 'true');
      const found = `${aside} could not be judged, of ${uncounted} tickets they could not be counted anew; /admin/clocks says why`;
      return needed(aside + uncounted === 0, aside + uncounted === 0 ? 'all could be judged and counted' : found);
    },
    'mail coming in': async () => {
      const aside = await count('inbound_mail', `state = 'quarantined'`);
      return needed(
        aside === 0,
        aside === 0 ? 'all could be read' : `${aside} could not be read and wait for a person`,
      );
    },
    'mail accounts': async () => {
      const [all, failing, locked] = [
        await count('imap_account', 'true'),
        await count('imap_account', 'failing_since is not null'),
        await count('imap_account', 'sealed_secret is null'),
      ];
      const found = `${failing} of ${all} IMAP accounts cannot be connected to, ${locked} have no password; /admin/mailboxes says why`;
      return needed(failing + locked === 0, failing + locked === 0 ? 'no IMAP account is in trouble' : found);
    },
    'signed letters': async () => {
      const [all, unseen] = [await count('dkim_key', 'true'), await count('dkim_key', 'verified_at is null')];
      const found = `DNS does not show ${unseen} of ${all} DKIM keys; /admin/mailboxes says what it must have`;
      const good = all === 0 ? 'none: there is no DKIM key' : 'DNS shows every DKIM key';
      return needed(unseen === 0, unseen === 0 ? good : found);
    },
    'mail going out': async () => {
      const failed = await count('outgoing_mail', `state = 'failed'`);
      return needed(failed === 0, failed === 0 ? 'none has failed' : `${failed} could not be delivered`);
    },
  };
}

function ofNeighbours({ redisUrl, smtpUrl }: Config): Record<string, Examination> {
  return {
    ...(redisUrl !== undefined && { Redis: () => answerOfRedis(redisUrl) }),
    ...(smtpUrl !== undefined && { 'mail relay': () => answerOfRelay(smtpUrl) }),
  };
}

async function answerOfRedis(url: string): Promise<string> {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: ANSWER_WITHIN_MS,
  });
  // The command that fails says what is wrong.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
    return 'answers';
  } finally {
    redis.disconnect();
  }
}

async function answerOfRelay(url: string): Promise<string> {
  const relay = createTransport({ url, connectionTimeout: ANSWER_WITHIN_MS, greetingTimeout: ANSWER_WITHIN_MS });
  try {
    await relay.verify();
    return 'answers, and lets us in';
  } finally {
    relay.close();
  }
}

function needed(good: boolean, finding: string): string {
  if (!good) throw new Error(finding);
  return finding;
}

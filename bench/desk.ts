import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { AppModule } from '../src/app.module.js';
import { FirstRun } from '../src/desk-file/first-run.js';
import { Sessions } from '../src/identity/sessions.js';
import { Users } from '../src/identity/users.js';
import { openGround, type OpenGround } from '../src/ground.js';
import { ReadMailJob } from '../src/mail/inbound/read-mail.job.js';
import { MailIntake } from '../src/mail/mail-intake.js';
import { Config } from '../src/platform/config/config.js';
import { Database } from '../src/platform/database/database.js';
import { readRecord } from '../src/platform/database/embedded/database-record.js';
import { Log } from '../src/platform/log/logger.js';
import { nestLog } from '../src/platform/log/nest-log.js';
import { Now } from '../src/platform/time/now.js';
import { openToTheWeb, webAdapter } from '../src/web/http.js';
import { inLanes } from './comparison.js';
import type { Mail } from './mails.js';

export const ADMIN = 'adam@bench.test';
/** What shells expect after Ctrl-C. */
const INTERRUPTED = 130;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The whole desk as it is installed, on a PostgreSQL of its own in a temporary folder. Its timers and its queue stand still: a
 * benchmark does the work itself, so that it measures nothing else.
 */
export class Desk {
  private constructor(
    private readonly dataDir: string,
    private readonly ground: OpenGround,
    readonly house: NestFastifyApplication,
    /** Connections past the desk, for what the raw side does; as many as the desk has. */
    readonly raw: pg.Pool,
  ) {}

  /** Lets `work` have a desk, and leaves nothing of it behind, whatever happens; also when it is interrupted while it opens. */
  static async *forA<T>(work: (desk: Desk) => AsyncIterable<T>): AsyncIterable<T> {
    const opening = Desk.open();
    let ending: Promise<void> | undefined;
    const interrupted = (): void => {
      ending ??= opening.then((desk) => desk.breakOff()).finally(() => process.exit(INTERRUPTED));
    };
    for (const signal of SIGNALS) process.on(signal, interrupted);
    const desk = await opening;
    try {
      yield* work(desk);
    } finally {
      await (ending ?? desk.close());
      for (const signal of SIGNALS) process.off(signal, interrupted);
    }
  }

  private static async open(): Promise<Desk> {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'punctual-bench-'));
    try {
      const config = Config.read(settings(dataDir));
      const log = Log.open(config.logLevel, process.stderr);
      const ground = await openGround({ config, log, use: 'desk' });
      try {
        return await Desk.furnish(dataDir, ground);
      } catch (error) {
        await ground.close();
        throw error;
      }
    } catch (error) {
      removeAll(dataDir);
      throw error;
    }
  }

  private static async furnish(dataDir: string, ground: OpenGround): Promise<Desk> {
    const options = { logger: nestLog(ground.log), abortOnError: false } as const;
    const house = await NestFactory.create<NestFastifyApplication>(
      AppModule.on(ground),
      webAdapter(ground.config),
      options,
    );
    await openToTheWeb(house);
    const database = house.get(Database);
    await house.get(Now).sample((sql) => database.query(sql));
    await database.transaction((tx) => house.get(FirstRun, { strict: false }).run(tx));
    await house.listen(0, '127.0.0.1');
    return new Desk(dataDir, ground, house, new pg.Pool({ connectionString: ground.databaseUrl, max: 12 }));
  }

  get<T>(type: Type<T>): T {
    return this.house.get(type, { strict: false });
  }

  get now(): Date {
    return this.get(Now).read();
  }

  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.get(Database).query<Row>(sql, parameters);
  }

  /** What another process needs to stand on the same ground. */
  get environment(): Record<string, string> {
    return { ...settings(this.dataDir), DATABASE_URL: this.ground.databaseUrl };
  }

  /** The columns of a table that are written, quoted. */
  async columnsOf(table: string): Promise<string[]> {
    const columns = await this.query<{ name: string }>(
      `select column_name as name from information_schema.columns
       where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER'
         and (is_identity = 'NO' or identity_generation = 'BY DEFAULT') order by ordinal_position`,
      [table],
    );
    return columns.map(({ name }) => `"${name}"`);
  }

  /** A session of the admin's, as a cookie. */
  async signIn(): Promise<string> {
    const user = await this.get(Users).byEmail(ADMIN);
    if (user === null) throw new Error('There is nobody who could sign in.');
    const from = { address: '127.0.0.1', userAgent: 'benchmark' };
    const { token } = await this.get(Database).transaction((tx) => this.get(Sessions).start(tx, user.id, from));
    return `punctual-session=${token}`;
  }

  async count(what: string): Promise<number> {
    const [row] = await this.query<{ count: number }>(`select count(*)::integer as count from ${what}`);
    return row!.count;
  }

  /** Mails are durable, and nobody has read them yet. */
  async accept(mails: readonly Mail[]): Promise<string[]> {
    const ids: string[] = [];
    await inLanes(8, mails, async ({ from, to, raw }) => {
      const mail = { raw: Buffer.from(raw), envelopeFrom: from, envelopeTo: [to], receivedAt: this.now };
      ids.push((await this.get(MailIntake).accept({ ...mail, channel: 'smtp' })).id);
    });
    return ids;
  }

  /** All that were accepted become tickets. */
  async readMail(): Promise<void> {
    await this.get(ReadMailJob).sweep();
  }

  /** What is broken off in the midst of its work has nothing to complain of. */
  private async breakOff(): Promise<void> {
    this.ground.log.pino.level = 'silent';
    await this.close();
  }

  private async close(): Promise<void> {
    try {
      await this.raw.end();
      await this.house.close();
      await this.ground.close();
    } finally {
      removeAll(this.dataDir);
    }
  }
}

const settings = (dataDir: string): Record<string, string> => ({
  DATA_DIR: dataDir,
  PORT: '0',
  PUBLIC_URL: 'http://bench.test',
  MAIL_DOMAIN: 'bench.test',
  MAIL_SMTP_PORT: '0',
  ADMIN_EMAIL: ADMIN,
  ADMIN_PASSWORD: 'correct horse battery staple',
  EMERGENCY_EMAIL: 'night@bench.test',
  LOG_LEVEL: 'warn',
});

/** The database too, should it have had to go elsewhere. */
function removeAll(dataDir: string): void {
  const record = readRecord(dataDir);
  if (record !== undefined) rmSync(path.resolve(dataDir, record.cluster), { recursive: true, force: true });
  rmSync(dataDir, { recursive: true, force: true });
}

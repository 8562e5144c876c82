import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import type { DataSource } from 'typeorm';
import { AppModule } from '../../src/app.module.js';
import { createDataSource } from '../../src/data-source.js';
import { DeskFiles } from '../../src/desk-file/desk-files.js';
import { FirstRun } from '../../src/desk-file/first-run.js';
import { readDeskFile } from '../../src/desk-file/read.js';
import { Users } from '../../src/identity/users.js';
import { MailIntake } from '../../src/mail/mail-intake.js';
import { Config, type Environment } from '../../src/platform/config/config.js';
import { Database } from '../../src/platform/database/database.js';
import type { Transaction } from '../../src/platform/database/transaction.js';
import { Readiness } from '../../src/platform/health/readiness.js';
import { JobQueue } from '../../src/platform/queue/job-queue.js';
import type { RecurringWork } from '../../src/platform/queue/recurring.js';
import { Log } from '../../src/platform/log/logger.js';
import { Now } from '../../src/platform/time/now.js';
import { recurringWork } from '../../src/schedule.js';
import { Replay, type Difference } from '../../src/sla/replay.js';
import { openToTheWeb, webAdapter } from '../../src/web/http.js';
import { ApiClient } from './api.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { addressOf, writeMail, type MailToWrite } from './mails.js';
import type { Colleague } from './people.js';

/** The admin's API token of every house. */
export const API_TOKEN = 'the-api-token-of-the-admin-of-every-test-house';
export const ADMIN_PASSWORD = 'correct horse battery staple';
export const STAFF_PASSWORD = 'every colleague has this password';
const SECRET_KEY = 'the secret key of a desk that exists for one test only';
/** A Monday in the middle of working hours in every zone the tests use: 12:00 in Berlin. */
const A_MONDAY = '2026-06-01T10:00:00.000Z';
const DAY = [['09:00', '17:00']];
const OFFICE_HOURS = {
  name: 'Office hours',
  timezone: 'Europe/Berlin',
  week: { mon: DAY, tue: DAY, wed: DAY, thu: DAY, fri: DAY },
};
/** More rounds than any story needs; work that is still not done by then goes in circles. */
const ROUNDS = 50;

export interface HouseOptions {
  readonly env?: Environment;
  /** When the story begins. */
  readonly at?: string;
  /** Whether time passes only when the test says so. */
  readonly standsStill?: boolean;
}

export interface LetterSent {
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  readonly replyTo: string | null;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly state: string;
  readonly createdAt: Date;
}

/**
 * The whole desk on a database of its own, with time that the test moves. The timers stay off: the sweeps, which must find
 * everything anyway, are run by `settle`. So does the job queue, except in the Redis suite, where it works beside the sweeps.
 */
export class House {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly config: Config,
    private readonly dataSource: DataSource,
    private readonly testDatabase: TestDatabase,
  ) {}

  static async open({ env = {}, ...time }: HouseOptions = {}): Promise<House> {
    const config = Config.read({
      PUBLIC_URL: 'http://desk.test',
      MAIL_DOMAIN: 'desk.test',
      LOG_LEVEL: 'error',
      ADMIN_EMAIL: 'adam@desk.test',
      ADMIN_PASSWORD,
      ADMIN_API_TOKEN: API_TOKEN,
      REDIS_URL: redisOfThisWorker(),
      ...env,
    });
    const testDatabase = await createTestDatabase();
    const dataSource = createDataSource({ url: testDatabase.url, poolSize: 8 });
    try {
      await dataSource.initialize();
      return await House.build(config, dataSource, testDatabase, time);
    } catch (error) {
      // What is left open would keep Jest from ending, and nobody would see why.
      if (dataSource.isInitialized) await dataSource.destroy();
      await testDatabase.drop();
      throw error;
    }
  }

  /**
   * A house in which the first start has been made and somebody works Monday to Friday, nine to five, in Berlin. Time stands still
   * in it, so that its stories are exact to the millisecond.
   */
  static async openForBusiness(options: HouseOptions = {}): Promise<House> {
    const house = await House.open({ standsStill: true, ...options });
    await house.transaction(async (tx) => {
      await house.get(FirstRun).run(tx);
      const file = readDeskFile(
        JSON.stringify({ desk: { name: 'Test desk', timezone: 'Europe/Berlin' }, calendars: [OFFICE_HOURS] }),
      );
      await house.get(DeskFiles).apply(tx, file, { name: 'test' });
    });
    return house;
  }

  private static async build(
    config: Config,
    dataSource: DataSource,
    testDatabase: TestDatabase,
    { at = A_MONDAY, standsStill = false }: Omit<HouseOptions, 'env'>,
  ): Promise<House> {
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.on({
        config,
        dataSource,
        databaseUrl: testDatabase.url,
        secretKey: SECRET_KEY,
        log: Log.open(config.logLevel),
      }),
      webAdapter(config),
      { logger: false, abortOnError: false },
    );
    await openToTheWeb(app);
    const house = new House(app, config, dataSource, testDatabase);
    if (config.redisUrl !== undefined) house.get(JobQueue).start({ work: true });
    if (standsStill) house.now.hold(new Date(at));
    else {
      await house.now.sample((sql) => house.database.query(sql));
      house.now.move(new Date(at).getTime() - house.now.read().getTime());
    }
    await app.listen(0, '127.0.0.1');
    house.get(Readiness).serving();
    return house;
  }

  async close(): Promise<void> {
    await this.app.close();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
    await this.testDatabase.drop();
  }

  /** One of the house's capabilities. */
  get<T>(type: Type<T>): T {
    return this.app.get(type, { strict: false });
  }

  get database(): Database {
    return this.get(Database);
  }

  /** Where this house really listens; links in its letters begin with `http://desk.test`. */
  get url(): string {
    const { port } = this.app.getHttpServer().address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** The REST API, used with the admin's token. */
  get api(): ApiClient {
    return new ApiClient(this.url, API_TOKEN);
  }

  /** The REST API, used with another token or with none. */
  apiWith(token: string | undefined): ApiClient {
    return new ApiClient(this.url, token);
  }

  /** Somebody begins to work here, and signs in with `STAFF_PASSWORD`. */
  async employs({ email, name, role }: Colleague): Promise<void> {
    await this.transaction((tx) =>
      this.get(Users).add(tx, { email, name, role, password: STAFF_PASSWORD }, { name: 'test' }),
    );
  }

  /** A mail arrives at the intake and is read. */
  async mailArrives(mail: MailToWrite): Promise<{ id: string; sha256: string }> {
    const accepted = await this.get(MailIntake).accept({
      raw: writeMail(mail),
      channel: 'smtp',
      envelopeFrom: addressOf(mail.from),
      envelopeTo: [addressOf(mail.to ?? 'support@desk.test')],
      receivedAt: this.now.read(),
    });
    await this.settle();
    return accepted;
  }

  /** What the desk has written to somebody, the oldest first. */
  async lettersTo(email: string): Promise<LetterSent[]> {
    return this.query<LetterSent>(
      `select subject, text, html, reply_to as "replyTo", message_id as "messageId", headers, state, created_at as "createdAt"
       from outgoing_mail
       where coalesce(copy_for = $1, recipients @> jsonb_build_array(jsonb_build_object('email', $1::text))) order by number`,
      [email],
    );
  }

  get databaseUrl(): string {
    return this.testDatabase.url;
  }

  get now(): Now {
    return this.get(Now);
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.database.transaction(work);
  }

  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.database.query<Row>(sql, parameters);
  }

  /** What recurs and comes to an end. */
  get sweeps(): RecurringWork[] {
    return recurringWork(this.app).filter(({ settles }) => settles);
  }

  /** Does all that is due by now, and all that follows from it. */
  async settle(): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      await this.get(JobQueue).idle();
      let done = 0;
      for (const { sweeper } of this.sweeps) done += await sweeper.sweep();
      if (done === 0) return;
    }
    throw new Error(`The house has not come to rest after ${ROUNDS} rounds of sweeps.`);
  }

  /** What is stored otherwise than the histories of all tickets say: nothing, in a sound house. */
  async differences(): Promise<Difference[]> {
    return this.transaction(async (tx) => {
      const tickets = await tx.query<{ number: number }>('select number from ticket order by number');
      return this.get(Replay).checkAll(
        tx,
        tickets.map(({ number }) => number),
      );
    });
  }

  /** Lets time pass (`'90s'`, `'15m'`, `'8h'`, `'3d'`), doing what becomes due at its end. */
  async passTime(duration: string): Promise<void> {
    this.now.move(millisecondsOf(duration));
    await this.settle();
  }

  /** Moves to an instant, doing what becomes due at it. */
  async passTimeUntil(instant: string | Date): Promise<void> {
    this.now.move(new Date(instant).getTime() - this.now.read().getTime());
    await this.settle();
  }
}

/** Only in the Redis suite. Test files run side by side; each worker has one of Redis's numbered databases to itself. */
function redisOfThisWorker(): string | undefined {
  const redis = process.env['TEST_REDIS_URL'];
  return redis === undefined || !('QUEUE_ON_REDIS' in globalThis)
    ? undefined
    : `${redis}/${process.env['JEST_WORKER_ID'] ?? '0'}`;
}

function millisecondsOf(duration: string): number {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  if (amount === undefined || unit === undefined) throw new Error(`Not a duration: ${duration}`);
  return Number(amount) * { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 's' | 'm' | 'h' | 'd'];
}

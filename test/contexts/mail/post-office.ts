import path from 'node:path';
import { Module, type DynamicModule, type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../../src/data-source.js';
import { DeskModule } from '../../../src/desk/desk.module.js';
import { ReadMailJob } from '../../../src/mail/inbound/read-mail.job.js';
import { SmtpIntake } from '../../../src/mail/inbound/smtp-intake.js';
import { MailBounced, MailReceived } from '../../../src/mail/mail-events.js';
import { MailIntake } from '../../../src/mail/mail-intake.js';
import { MailLog, type Filing } from '../../../src/mail/mail-log.js';
import { MailModule } from '../../../src/mail/mail.module.js';
import { DeliverMailJob } from '../../../src/mail/outbound/deliver-mail.job.js';
import { Config, type Environment } from '../../../src/platform/config/config.js';
import { Database } from '../../../src/platform/database/database.js';
import type { Transaction } from '../../../src/platform/database/transaction.js';
import { EventBus } from '../../../src/platform/events/event-bus.js';
import { Log } from '../../../src/platform/log/logger.js';
import { PlatformModule, type Ground } from '../../../src/platform/platform.module.js';
import { TemplateFolder, Templates } from '../../../src/platform/rendering/templates.js';
import { Now } from '../../../src/platform/time/now.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

const SECRET_KEY = 'the secret key of a post office that exists for one test only';
const A_MONDAY = '2026-06-01T10:00:00.000Z';
export const SUPPORT = 'support@desk.test';

@Module({})
class PostOfficeModule {
  static on(ground: Ground): DynamicModule {
    const platform = PlatformModule.on(ground);
    // Letters of its own: those of the floors above are none of the post office's business.
    const letters = { provide: Templates, useFactory: () => new TemplateFolder(path.join(__dirname, 'views')) };
    const providers = platform.providers?.map((provider) => (provider === Templates ? letters : provider)) ?? [];
    return { module: PostOfficeModule, imports: [{ ...platform, providers }, DeskModule, MailModule] };
  }
}

/** What the floors above would do with a mail; the tests say what. */
export type Follower = (mail: MailReceived, tx: Transaction) => Promise<Filing> | Filing;

/** The mail floor alone, with nobody above it but a follower that the test gives. */
export class PostOffice {
  readonly received: MailReceived[] = [];
  readonly bounced: MailBounced[] = [];
  follower: Follower = () => ({ outcome: 'opened', ticket: 1001 });

  private constructor(
    readonly house: INestApplicationContext,
    private readonly dataSource: DataSource,
    private readonly testDatabase: TestDatabase | null,
    readonly databaseUrl: string,
  ) {}

  /** On a database of its own, or on one that another process uses as well. */
  static async open(env: Environment = {}, sharedUrl?: string): Promise<PostOffice> {
    const config = Config.read({
      PUBLIC_URL: 'http://desk.test',
      MAIL_DOMAIN: 'desk.test',
      MAIL_SMTP_PORT: '0',
      LOG_LEVEL: 'silent',
      ...env,
    });
    const testDatabase = sharedUrl === undefined ? await createTestDatabase() : null;
    const databaseUrl = sharedUrl ?? testDatabase?.url ?? '';
    const dataSource = createDataSource({ url: databaseUrl, poolSize: 8 });
    await dataSource.initialize();
    const ground = { config, dataSource, databaseUrl, secretKey: SECRET_KEY, log: Log.open(config.logLevel) };
    const app = await NestFactory.createApplicationContext(PostOfficeModule.on(ground), {
      logger: false,
      abortOnError: false,
    });
    const office = new PostOffice(app, dataSource, testDatabase, databaseUrl);
    office.now.move(new Date(A_MONDAY).getTime() - office.now.read().getTime());
    office.listen();
    return office;
  }

  async close(): Promise<void> {
    await this.house.close();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
    await this.testDatabase?.drop();
  }

  get<T>(type: Type<T>): T {
    return this.house.get(type, { strict: false });
  }

  get now(): Now {
    return this.get(Now);
  }

  get log(): MailLog {
    return this.get(MailLog);
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.get(Database).transaction(work);
  }

  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.get(Database).query<Row>(sql, parameters);
  }

  async startSmtp(): Promise<number> {
    return this.get(SmtpIntake).start();
  }

  /** Takes a mail by HTTP, as it were, and answers its id. */
  async take(
    raw: Buffer | string,
    { from = 'carl@example.com', to = [SUPPORT] }: { from?: string | null; to?: string[] } = {},
  ): Promise<string> {
    const { id } = await this.get(MailIntake).accept({
      raw: typeof raw === 'string' ? mail(raw) : raw,
      channel: 'http',
      envelopeFrom: from,
      envelopeTo: to,
      receivedAt: this.now.read(),
    });
    return id;
  }

  async read(): Promise<number> {
    return this.get(ReadMailJob).sweep();
  }

  async deliver(): Promise<number> {
    return this.get(DeliverMailJob).sweep();
  }

  passSeconds(seconds: number): void {
    this.now.move(seconds * 1_000);
  }

  private listen(): void {
    const events = this.get(EventBus);
    events.follow(MailReceived, async (tx, facts) => {
      for (const fact of facts) {
        await this.log.filed(tx, fact.mail.id, await this.follower(fact, tx));
        this.received.push(fact);
      }
    });
    events.follow(MailBounced, (_tx, facts) => {
      this.bounced.push(...facts);
      return Promise.resolve();
    });
  }
}

/** A mail as a person types it, with the line ends of the wire. */
export function mail(text: string): Buffer {
  return Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'utf8');
}

/** A simple mail from Carl. */
export function letterFromCarl({
  id = 'one',
  subject = 'Printer on fire',
  body = 'It burns.',
}: { id?: string | null; subject?: string; body?: string } = {}): string {
  const messageId = id === null ? '' : `Message-ID: <${id}@example.com>\n`;
  return `From: Carl Customer <carl@example.com>\nTo: ${SUPPORT}\nSubject: ${subject}\nDate: Mon, 1 Jun 2026 11:58:00 +0200\n${messageId}\n${body}\n`;
}

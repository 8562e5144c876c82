import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { FirstRun } from './desk-file/first-run.js';
import { openGround } from './ground.js';
import { SetupLink } from './identity/setup-link.js';
import type { Config } from './platform/config/config.js';
import { ImapIntake } from './mail/inbound/imap-intake.js';
import { SmtpIntake } from './mail/inbound/smtp-intake.js';
import { Database } from './platform/database/database.js';
import { Readiness } from './platform/health/readiness.js';
import type { Log } from './platform/log/logger.js';
import { nestLog } from './platform/log/nest-log.js';
import { CannotStart } from './platform/problems/cannot-start.js';
import { JobQueue } from './platform/queue/job-queue.js';
import { Recurring } from './platform/queue/recurring.js';
import { Now } from './platform/time/now.js';
import { recurringWork } from './schedule.js';
import { DueClockTimer } from './sla/due-clock-timer.js';
import { openToTheWeb, webAdapter } from './web/http.js';

const COMPARE_CLOCKS_EVERY_MS = 60_000;
/** What still runs this long after the stop began is cut off; the database undoes it, and sweeps find it again. */
const FINISH_WITHIN_MS = 5_000;

/** Where people find what this process has opened. */
export interface Doors {
  readonly web?: string;
  readonly mail?: string;
  /** For the first admin, as long as there is none. */
  readonly setup?: string;
}

/** One process of the desk: opens what its roles ask for, and closes it in the opposite order. */
export class DeskProcess {
  private readonly closers: (() => Promise<void> | void)[] = [];
  private cutOffAt: number | undefined;

  private constructor(
    private readonly config: Config,
    private readonly log: Log,
    private readonly stopping: AbortSignal,
  ) {}

  /** Throws when any of it cannot be opened; null: it was asked to stop meanwhile. In both cases all of it is closed again. */
  static async start(
    config: Config,
    log: Log,
    stopping: AbortSignal,
  ): Promise<{ desk: DeskProcess; doors: Doors } | null> {
    const desk = new DeskProcess(config, log, stopping);
    try {
      return { desk, doors: await desk.open() };
    } catch (error) {
      await desk.stop();
      if (stopping.aborted) return null;
      throw error;
    }
  }

  /** Takes nothing new, finishes what runs, leaves the database last. */
  async stop(): Promise<void> {
    this.cutOffAt = performance.now() + FINISH_WITHIN_MS;
    for (const close of this.closers.reverse()) await close();
    this.closers.length = 0;
  }

  private async open(): Promise<Doors> {
    const { config, log, stopping } = this;
    stopping.throwIfAborted();
    const ground = await openGround({ config, log, use: config.isWholeDesk ? 'desk' : 'role', stopping });
    this.closers.push(() => ground.close());
    stopping.throwIfAborted();

    const house = await this.build(AppModule.on(ground));
    stopping.throwIfAborted();
    const database = house.get(Database);
    await this.followTheTime(house.get(Now), database);
    const setup = await database.transaction(async (tx) => {
      await house.get(FirstRun, { strict: false }).run(tx);
      return house.get(SetupLink, { strict: false }).renew(tx);
    });
    stopping.throwIfAborted();
    house.get(JobQueue).start({ work: config.roles.has('worker') });
    if (config.roles.has('worker')) await this.startWork(house);
    const readiness = house.get(Readiness);
    stopping.throwIfAborted();
    const mail = await this.takeMail(house);
    const web = await this.listen(house);
    readiness.serving();
    this.closers.push(() => {
      readiness.stopping();
    });
    return { ...(web !== undefined && { web }), ...(mail !== undefined && { mail }), ...(setup !== null && { setup }) };
  }

  private async build(house: ReturnType<typeof AppModule.on>): Promise<INestApplicationContext> {
    const options = { logger: nestLog(this.log), abortOnError: false } as const;
    const { config } = this;
    if (!config.roles.has('web')) return this.closingLater(await NestFactory.createApplicationContext(house, options));

    const app = await NestFactory.create<NestFastifyApplication>(house, webAdapter(config), options);
    this.closingLater(app);
    await openToTheWeb(app);
    return app;
  }

  private closingLater(app: INestApplicationContext): INestApplicationContext {
    this.closers.push(() => this.finish(app.close()));
    return app;
  }

  /** The database's clock is the desk's; machines drift, so they are compared now and then. */
  private async followTheTime(now: Now, database: Database): Promise<void> {
    const compare = (): Promise<void> => now.sample((sql) => database.query(sql));
    await compare();
    const timer = setInterval(() => {
      compare().catch((error: unknown) => {
        this.log.warn({ err: error }, 'The clocks could not be compared; the last difference is kept.');
      });
    }, COMPARE_CLOCKS_EVERY_MS);
    this.closers.push(() => {
      clearInterval(timer);
    });
  }

  private async startWork(house: INestApplicationContext): Promise<void> {
    const recurring = new Recurring(recurringWork(house), this.log);
    recurring.start();
    this.closers.push(() => this.finish(recurring.stop()));
    const timer = house.get(DueClockTimer, { strict: false });
    this.closers.push(() => this.finish(timer.stop()));
    await timer.start();
  }

  private async takeMail(house: INestApplicationContext): Promise<string | undefined> {
    if (!this.config.roles.has('mail')) return undefined;

    const { host, port, protocol } = this.config.mail;
    try {
      const listening = await house.get(SmtpIntake, { strict: false }).start();
      house.get(ImapIntake, { strict: false }).start();
      return `${host}:${listening} (${protocol.toUpperCase()})`;
    } catch (error) {
      throw cannotListen(error, `${host}:${port}`, 'MAIL_SMTP_PORT');
    }
  }

  private async listen(house: INestApplicationContext): Promise<string | undefined> {
    if (!isHttp(house)) return undefined;

    const { host, port, publicUrl } = this.config;
    try {
      await house.init();
      // Not by Nest, which would write to the log, too, why it cannot.
      await house.getHttpAdapter().getInstance().listen({ port, host });
    } catch (error) {
      throw cannotListen(error, `${host}:${port}`, 'PORT');
    }
    return publicUrl;
  }

  private async finish(work: Promise<void>): Promise<void> {
    const left = (this.cutOffAt ?? performance.now() + FINISH_WITHIN_MS) - performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(
        () => {
          this.log.warn({}, 'Some work did not end in time; it is cut off, and done again later.');
          resolve();
        },
        Math.max(0, left),
      );
    });
    await Promise.race([work, late]);
    clearTimeout(timer);
  }
}

function isHttp(house: INestApplicationContext): house is NestFastifyApplication {
  return 'listen' in house;
}

function cannotListen(error: unknown, where: string, setting: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new CannotStart(`Another program listens on ${where} already. Give the desk another ${setting}.`);
  if (code === 'EACCES')
    return new CannotStart(`${where} may not be used without special rights. Give the desk a ${setting} above 1023.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new CannotStart(`${where} is not an address of this machine: ${message}`);
  }
  return error;
}

import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareDataFolder } from '../../config/data-folder.js';
import type { Log } from '../../log/logger.js';
import { CannotStart } from '../../problems/cannot-start.js';
import { present, Presence } from '../presence.js';
import { openCluster, type Cluster } from './cluster.js';
import { readRecord, writeRecord, type DatabaseRecord, type Use } from './database-record.js';
import { isRunning, thisProcess } from './running-process.js';
import { asKeeper, isServing, serve, stop, urlOf, type Server } from './server.js';
import { alone } from './start-lock.js';

const LOOK_AFTER_IT_EVERY_MS = 1_000;
const OTHERS_LEAVE_WITHIN_MS = 2_000;
const ANSWERS_WITHIN_MS = 15_000;

interface Options {
  readonly dataDir: string;
  readonly log: Log;
  readonly use: Use;
  /** Aborted when nobody wants it any more, while it is still being made. */
  readonly stopping?: AbortSignal;
}

/**
 * The PostgreSQL that comes with the desk, on a free port of the loopback interface, opened by a password that only the owner of the
 * data folder can read.
 *
 * The first process to need it owns it: it starts it, or takes over what a killed process left, starts it again if it dies, and stops
 * it last. Later processes attach. There is one whole desk to a data folder. A command lends the database to the desk that starts
 * meanwhile. If others still work when the owner goes, the last of them stops it.
 */
export class EmbeddedPostgres {
  private watch: NodeJS.Timeout | undefined;
  private reviving: Promise<void> | undefined;
  private server: Server | undefined;

  private constructor(
    readonly url: string,
    private readonly cluster: Cluster | undefined,
    private readonly presence: Presence,
    private readonly options: Options,
  ) {}

  static async open(options: Options): Promise<EmbeddedPostgres> {
    prepareDataFolder(options.dataDir);
    return alone(options.dataDir, async () => {
      const owner = livingOwner(readRecord(options.dataDir));
      if (owner?.use === 'desk' && options.use === 'desk') throw secondOwner(options.dataDir, owner.pid);

      const lent = owner?.use === 'command' && options.use !== 'command';
      return owner === undefined || lent ? await EmbeddedPostgres.own(options) : await EmbeddedPostgres.attach(options);
    });
  }

  /** Whether this process started the database, or took it over. */
  get owned(): boolean {
    return this.cluster !== undefined;
  }

  /** Leaves the database. To be called when this process has closed all its connections. */
  async close(): Promise<void> {
    clearInterval(this.watch);
    await this.reviving;
    await this.presence.leave();
    await alone(this.options.dataDir, async () => {
      const record = readRecord(this.options.dataDir);
      const owner = livingOwner(record);
      if (record === undefined || (owner !== undefined && owner.pid !== process.pid)) return;

      const { owner: _, ...nobodys } = record;
      if (await this.othersRemain()) {
        this.options.log.info({}, 'Other processes still use the database; the last of them stops it.');
      } else {
        await stop(this.cluster ?? (await openCluster(this.options.dataDir, this.options.log)), this.options.log);
      }
      writeRecord(this.options.dataDir, nobodys);
    });
  }

  private static async own(options: Options): Promise<EmbeddedPostgres> {
    const { dataDir, log, use, stopping } = options;
    const cluster = await openCluster(dataDir, log, stopping);
    stopping?.throwIfAborted();
    const server = await serve(cluster, readRecord(dataDir)?.port, logFile(dataDir), log);
    writeRecord(dataDir, { ...recordOf(dataDir), port: server.port, owner: { ...thisProcess(), use } });
    const url = urlOf(cluster, server.port);
    const embedded = new EmbeddedPostgres(url, cluster, await enter(url, options), options);
    embedded.lookAfter(cluster, server);
    return embedded;
  }

  private static async attach(options: Options): Promise<EmbeddedPostgres> {
    const { dataDir } = options;
    const until = performance.now() + ANSWERS_WITHIN_MS;
    for (;;) {
      const record = recordOf(dataDir);
      const url = urlOf(record, record.port ?? 0);
      try {
        return new EmbeddedPostgres(url, undefined, await enter(url, options), options);
      } catch (error) {
        if (performance.now() > until) {
          const owner = record.owner?.pid ?? 'another process';
          const reason = (error as Error).message;
          throw new CannotStart(`The database that process ${owner} runs for ${dataDir} does not answer: ${reason}`, {
            cause: error,
          });
        }
        await sleep(100);
      }
    }
  }

  /** Starts the database again, at the same port, should it die under us. */
  private lookAfter(cluster: Cluster, server: Server): void {
    const { dataDir, log } = this.options;
    this.server = server;
    this.watch = setInterval(() => {
      if (this.reviving !== undefined || this.server === undefined || isServing(this.server)) return;

      log.error({}, 'The database has died; it is started again.');
      this.reviving = serve(cluster, server.port, logFile(dataDir), log)
        .then((revived) => {
          this.server = revived;
        })
        .catch((error: unknown) => {
          log.error({ err: error }, 'The database cannot be started again; the next try follows.');
        })
        .finally(() => {
          this.reviving = undefined;
        });
    }, LOOK_AFTER_IT_EVERY_MS);
    this.watch.unref();
  }

  /** Whether processes of ours are still at work with the database after a while. */
  private async othersRemain(): Promise<boolean> {
    const until = performance.now() + OTHERS_LEAVE_WITHIN_MS;
    try {
      return await asKeeper(this.url, async (client) => {
        for (;;) {
          const { rowCount } = await client.query(present());
          if (rowCount === 0 || !this.owned || performance.now() > until) return rowCount !== 0;
          await sleep(50);
        }
      });
    } catch (error) {
      this.options.log.debug({ err: error }, 'The database no longer answers.');
      return false;
    }
  }
}

async function enter(url: string, { use }: Options): Promise<Presence> {
  return Presence.enter(url, use === 'command' ? 'command' : 'desk');
}

function livingOwner(record: DatabaseRecord | undefined): DatabaseRecord['owner'] {
  return record?.owner !== undefined && isRunning(record.owner) ? record.owner : undefined;
}

function recordOf(dataDir: string): DatabaseRecord {
  const record = readRecord(dataDir);
  if (record === undefined) throw new CannotStart(`database.json has vanished from ${dataDir}.`);
  return record;
}

function secondOwner(dataDir: string, pid: number): CannotStart {
  return new CannotStart(
    `A desk is already running on ${dataDir} (process ${pid}). Stop it first, or give this one another DATA_DIR. ` +
      'To add a process to that desk, name its part of the work in ROLES.',
  );
}

function logFile(dataDir: string): string {
  return path.join(dataDir, 'postgresql.log');
}

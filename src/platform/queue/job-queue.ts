import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createPostgresBackend, Queue, setDefaultBackendFactory, Worker, type QueueOptions } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { DatabaseAddress } from '../database/database-address.js';
import type { Transaction } from '../database/transaction.js';
import { Log } from '../log/logger.js';
import type { Job } from './job.js';

/** PostgreSQL's schema for BullMQ's tables. */
export const QUEUE_SCHEMA = 'bullmq';
/** A worker that is heard of no more loses its job to another after this time. */
const LOCK_MS = 30_000;
/** Nothing shortens this wait: a worker that the database has left closes only after it. */
const TRY_AGAIN_AFTER_MS = 500;
const COMPLAIN_EVERY_MS = 10_000;
const IDLE_CHECK_MS = 10;
const REACHABLE_CHECK_MS = 100;

/**
 * Rings for jobs after the commit, through BullMQ on PostgreSQL, or on Redis where one is configured. A lost or unreachable queue
 * loses nothing: the rows are there and the sweeps find them, so no request ever waits for a ring.
 */
@Injectable()
export class JobQueue implements OnApplicationShutdown {
  private readonly jobs = new Map<string, Job>();
  private readonly queues = new Map<string, Queue>();
  private readonly workers: Worker[] = [];
  private readonly running = new Set<Promise<void>>();
  private readonly closers: (() => Promise<unknown>)[] = [];
  private complainedAt = 0;
  private open = false;
  private hears: () => boolean = () => true;

  constructor(
    private readonly address: DatabaseAddress,
    private readonly redisUrl: string | undefined,
    private readonly log: Log,
  ) {}

  /** Makes a job known; two of one name are a fault of ours. */
  register(job: Job): void {
    if (this.jobs.has(job.name)) throw new Error(`There are two jobs named ${job.name}.`);
    this.jobs.set(job.name, job);
  }

  get registered(): readonly Job[] {
    return [...this.jobs.values()];
  }

  /** Whether a ring would be heard now. */
  get isReachable(): boolean {
    return this.hears();
  }

  /** After the commit of `tx`, asks for `job` to be run for the row `id` as soon as may be. */
  ring(tx: Transaction, job: string, id: string): void {
    if (!this.jobs.has(job)) throw new Error(`Nobody does the job ${job}.`);
    tx.afterCommit(() => {
      this.enqueue(job, id);
    });
  }

  /** Opens the queues, and with `work` also starts a worker for each job in this process. */
  start({ work }: { work: boolean }): void {
    const options = this.redisUrl === undefined ? this.onPostgres() : this.onRedis(this.redisUrl);
    for (const job of this.jobs.values()) {
      const queue = new Queue(job.name, options.ring);
      queue.on('error', (error) => {
        this.complain(error);
      });
      this.queues.set(job.name, queue);
      if (work) this.workers.push(this.startWorker(job, options.work));
    }
    this.open = true;
  }

  /** Waits until nothing that was rung is waiting or being worked on, as long as the queue answers. */
  async idle(): Promise<void> {
    for (const queue of this.queues.values()) {
      while (this.isReachable && (await queue.getJobCountByTypes('wait', 'prioritized', 'active')) > 0)
        await sleep(IDLE_CHECK_MS);
    }
  }

  /** Takes nothing new, lets what runs come to its end, closes all connections. */
  async onApplicationShutdown(): Promise<void> {
    this.open = false;
    const away = !this.isReachable;
    await this.unlessAway(Promise.all(this.workers.map((worker) => worker.close(away))));
    await Promise.allSettled(this.running);
    await this.unlessAway(Promise.all([...this.queues.values()].map((queue) => queue.close())));
    for (const close of this.closers) await close();
  }

  /** BullMQ says good-bye to Redis before it closes, and to a Redis that is away it would do so for ever. */
  private async unlessAway(closing: Promise<unknown>): Promise<void> {
    const closed = closing.then(() => true);
    while (!(await Promise.race([closed, sleep(REACHABLE_CHECK_MS, false)]))) {
      if (this.isReachable) continue;
      closed.catch(() => undefined);
      return;
    }
  }

  private enqueue(job: string, id: string): void {
    if (!this.open) return;

    if (!this.isReachable) {
      this.complain(new Error('It cannot be reached.'));
      return;
    }
    this.queues
      .get(job)
      ?.add(job, { id }, { jobId: `${job}-${id}`, removeOnComplete: true, removeOnFail: true, attempts: 1 })
      .catch((error: unknown) => {
        this.complain(error);
      });
  }

  private startWorker(job: Job, options: QueueOptions): Worker {
    const worker = new Worker<{ id: string }>(job.name, ({ data }) => this.run(job, data.id), {
      ...options,
      concurrency: job.concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: LOCK_MS,
      runRetryDelay: TRY_AGAIN_AFTER_MS,
    });
    worker.on('error', (error) => {
      this.complain(error);
    });
    worker.on('failed', (_, error) => {
      this.log.error({ err: error, job: job.name }, 'A job failed; the next sweep finds its row again.');
    });
    return worker;
  }

  private async run(job: Job, id: string): Promise<void> {
    const run = job.run(id);
    this.running.add(run);
    await run.finally(() => this.running.delete(run));
  }

  private onPostgres(): { ring: QueueOptions; work: QueueOptions } {
    setDefaultBackendFactory(createPostgresBackend);
    const pool = new pg.Pool({
      connectionString: this.address.url,
      options: `-c search_path=${QUEUE_SCHEMA},public`,
      application_name: 'punctual queue',
      keepAlive: true,
      // Each worker keeps one connection to listen on, the rest is for the queues.
      max: this.jobs.size * 2 + 4,
    });
    pool.on('error', (error) => {
      this.complain(error);
    });
    // Every worker and queue listens for the pool's errors.
    pool.setMaxListeners(0);
    // The pool listens to idle connections only; one that breaks while BullMQ holds it would take the process with it.
    pool.on('connect', (client) => {
      client.on('error', (error) => {
        this.complain(error);
      });
    });
    this.closers.push(() => pool.end());
    const options = { connection: pool } as unknown as QueueOptions;
    return { ring: options, work: options };
  }

  private onRedis(url: string): { ring: QueueOptions; work: QueueOptions } {
    setDefaultBackendFactory();
    // BullMQ gives a queue up for good when its first words to Redis fail, so they wait for Redis; rings do not (`isReachable`).
    const connection = new Redis(url, { maxRetriesPerRequest: null });
    connection.on('error', (error) => {
      this.complain(error);
    });
    this.hears = () => connection.status === 'ready';
    // Each worker waits for Redis on a connection of its own, which BullMQ makes from this one.
    const connections = [connection];
    const duplicate = connection.duplicate.bind(connection);
    connection.duplicate = (...options) => {
      const another = duplicate(...options);
      connections.push(another);
      return another;
    };
    this.closers.push(() => {
      for (const one of connections) {
        // BullMQ opens again what it finds closed; then at least nothing knocks for ever.
        one.options.retryStrategy = () => null;
        one.disconnect();
      }
      return Promise.resolve();
    });
    return { ring: { connection }, work: { connection } };
  }

  /** One line each ten seconds is enough to say that the queue is away. */
  private complain(error: unknown): void {
    const at = performance.now();
    if (this.complainedAt !== 0 && at - this.complainedAt < COMPLAIN_EVERY_MS) return;

    this.complainedAt = at;
    this.log.warn({ err: error }, 'The job queue does not answer; sweeps do its work meanwhile.');
  }
}

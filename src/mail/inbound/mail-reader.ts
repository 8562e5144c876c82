import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Envelope, House, ParsedMail } from './reading/parse-mail.js';
import type { ReadingResult, ReadingTask, ThreadBegun } from './reading/reader-thread.js';
import { UnreadableMail } from './reading/unreadable-mail.js';
import { threadFile } from './thread-file.js';
import { computedMs } from './thread-time.js';

/**
 * A mail that takes more computing, or more memory, is a bomb. One that is merely slow, since the machine is busy, is tried again later; the
 * lease of whoever reads it is longer than that.
 */
export interface ReadingLimits {
  readonly computingMs: number;
  readonly elapsedMs: number;
  /** How often one looks. */
  readonly everyMs: number;
}

const LIMITS: ReadingLimits = { computingMs: 20_000, elapsedMs: 50_000, everyMs: 1_000 };
const MOST_MEGABYTES = 768;
/** Mails are read one at a time and what is left of them is dropped: more room for it would only stay in use. */
const YOUNG_MEGABYTES = 8;
const THREADS = 2;

interface Waiting {
  readonly task: ReadingTask;
  readonly done: (mail: ParsedMail) => void;
  readonly failed: (error: Error) => void;
}

/** A thread that has read a mail of more bytes ends: a new one costs less than what it holds. */
const LARGE = 2_000_000;

type Outcome = ReadingResult | { readonly tooSlow: string };

/** Reads mails in threads of their own, each under limits, so that no mail stalls the desk. */
@Injectable()
export class MailReader implements OnApplicationShutdown {
  /** Tests make them small. */
  limits = LIMITS;
  private readonly threads = new Set<ReaderThread>();
  private readonly waiting: Waiting[] = [];
  private stopping = false;

  /** Throws UnreadableMail where it cannot be done, and another error where it may be done later. */
  async read(raw: Buffer, envelope: Envelope, house: House): Promise<ParsedMail> {
    return new Promise((done, failed) => {
      this.waiting.push({ task: { raw, envelope, house }, done, failed });
      this.next();
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    for (const { failed } of this.waiting.splice(0)) failed(new Error('The desk is stopping.'));
    await Promise.all([...this.threads].map((thread) => thread.end()));
  }

  private next(): void {
    if (this.waiting.length === 0) return;
    const thread =
      [...this.threads].find(({ isIdle }) => isIdle) ?? (this.threads.size < THREADS ? this.startThread() : undefined);
    const waiting = thread === undefined ? undefined : this.waiting.shift();
    if (thread === undefined || waiting === undefined) return;

    const { task, done, failed } = waiting;
    thread
      .read(task)
      .then(done, (error: unknown) => {
        // A mail whose reading we ended ourselves is as good as before.
        failed(this.stopping || !(error instanceof Error) ? new Error('The desk is stopping.') : error);
      })
      .finally(() => {
        // What a large mail has left behind in a thread would stay there until another one needs the room.
        if (task.raw.length > LARGE) void thread.retire();
        this.next();
      });
  }

  private startThread(): ReaderThread {
    const thread = new ReaderThread(this.limits, () => this.threads.delete(thread));
    this.threads.add(thread);
    return thread;
  }
}

/** One thread, reading one mail at a time. It ends with the first mail that it cannot cope with. */
class ReaderThread {
  private readonly worker: Worker;
  private current: { settle: (outcome: Outcome) => void; timer: NodeJS.Timeout } | undefined;
  /** The kernel's, once the thread has begun. */
  private number: number | null | undefined;

  constructor(
    private readonly limits: ReadingLimits,
    private readonly ended: () => void,
  ) {
    const { file, workerData } = threadFile(new URL('./reading/reader-thread.js', import.meta.url));
    this.worker = new Worker(file, {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES, maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    this.worker.on('message', (message: ReadingResult | ThreadBegun) => {
      if ('thread' in message) this.number = message.thread;
      else this.settle(message);
    });
    this.worker.on('error', (error: Error & { code?: string }) => {
      const tooLarge = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.break({
        unreadable: tooLarge
          ? 'Reading it took more memory than a mail may take.'
          : `Its reader broke: ${error.message}`,
      });
    });
    this.worker.on('exit', () => {
      this.break({ unreadable: 'Its reader stopped before it was done.' });
    });
    // An idle thread keeps no process alive.
    this.worker.unref();
  }

  get isIdle(): boolean {
    return this.current === undefined;
  }

  async read(task: ReadingTask): Promise<ParsedMail> {
    return new Promise((done, failed) => {
      this.current = {
        timer: this.watch(),
        settle: (outcome) => {
          if ('mail' in outcome) done(outcome.mail);
          else failed('tooSlow' in outcome ? new Error(outcome.tooSlow) : new UnreadableMail(outcome.unreadable));
        },
      };
      this.worker.ref();
      this.worker.postMessage(task);
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  /** Ends between two mails. */
  async retire(): Promise<void> {
    this.ended();
    await this.end();
  }

  /** Ends the thread with the mail that takes too much of it. */
  private watch(): NodeJS.Timeout {
    const before = this.computed();
    const began = performance.now();
    return setInterval(() => {
      const over = overLimit(this.limits, {
        computingMs: this.computed() - before,
        elapsedMs: performance.now() - began,
      });
      if (over === null) return;
      this.break(over);
      void this.end();
    }, this.limits.everyMs);
  }

  private computed(): number {
    return this.number === undefined ? 0 : computedMs(this.worker, this.number);
  }

  private break(outcome: Outcome): void {
    this.ended();
    this.settle(outcome);
  }

  private settle(outcome: Outcome): void {
    const current = this.current;
    if (current === undefined) return;
    clearInterval(current.timer);
    this.current = undefined;
    this.worker.unref();
    current.settle(outcome);
  }
}

/** What is to be said of a mail that has taken this much; null: it may go on. */
export function overLimit(
  limits: ReadingLimits,
  { computingMs, elapsedMs }: Pick<ReadingLimits, 'computingMs' | 'elapsedMs'>,
): Exclude<Outcome, { mail: unknown }> | null {
  if (computingMs > limits.computingMs) {
    return { unreadable: `Reading it took more than ${limits.computingMs / 1_000} seconds of computing.` };
  }
  if (elapsedMs > limits.elapsedMs) {
    return { tooSlow: `Reading it was not done within ${limits.elapsedMs / 1_000} seconds: the machine is too busy.` };
  }
  return null;
}

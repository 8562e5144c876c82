import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Envelope, House, ParsedMail } from './reading/parse-mail.js';
import type { ReadingResult, ReadingTask } from './reading/reader-thread.js';
import { UnreadableMail } from './reading/unreadable-mail.js';
import { threadFile } from './thread-file.js';

/** A mail that takes longer, or more memory, is a bomb. */
const MOST_MILLISECONDS = 20_000;
const MOST_MEGABYTES = 768;
const THREADS = 2;

interface Waiting {
  readonly task: ReadingTask;
  readonly done: (mail: ParsedMail) => void;
  readonly failed: (error: Error) => void;
}

/** Reads mails in threads of their own, each under a time limit, so that no mail stalls the desk. */
@Injectable()
export class MailReader implements OnApplicationShutdown {
  private readonly threads = new Set<ReaderThread>();
  private readonly waiting: Waiting[] = [];
  private stopping = false;

  /** Throws UnreadableMail where it cannot be done. */
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
        this.next();
      });
  }

  private startThread(): ReaderThread {
    const thread = new ReaderThread(() => this.threads.delete(thread));
    this.threads.add(thread);
    return thread;
  }
}

/** One thread, reading one mail at a time. It ends with the first mail that it cannot cope with. */
class ReaderThread {
  private readonly worker: Worker;
  private current: { settle: (result: ReadingResult) => void; timer: NodeJS.Timeout } | undefined;

  constructor(private readonly ended: () => void) {
    const { file, workerData } = threadFile(new URL('./reading/reader-thread.js', import.meta.url));
    this.worker = new Worker(file, { workerData, resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES } });
    this.worker.on('message', (result: ReadingResult) => {
      this.settle(result);
    });
    this.worker.on('error', (error: Error & { code?: string }) => {
      const tooLarge = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.break(tooLarge ? 'Reading it took more memory than a mail may take.' : `Its reader broke: ${error.message}`);
    });
    this.worker.on('exit', () => {
      this.break('Its reader stopped before it was done.');
    });
    // An idle thread keeps no process alive.
    this.worker.unref();
  }

  get isIdle(): boolean {
    return this.current === undefined;
  }

  async read(task: ReadingTask): Promise<ParsedMail> {
    return new Promise((done, failed) => {
      const timer = setTimeout(() => {
        this.break(`Reading it took longer than ${MOST_MILLISECONDS / 1_000} seconds.`);
        void this.end();
      }, MOST_MILLISECONDS);
      this.current = {
        timer,
        settle: (result) => {
          if ('mail' in result) done(result.mail);
          else failed(new UnreadableMail(result.unreadable));
        },
      };
      this.worker.ref();
      this.worker.postMessage(task);
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private break(reason: string): void {
    this.ended();
    this.settle({ unreadable: reason });
  }

  private settle(result: ReadingResult): void {
    const current = this.current;
    if (current === undefined) return;
    clearTimeout(current.timer);
    this.current = undefined;
    this.worker.unref();
    current.settle(result);
  }
}

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { packageRoot } from '../../platform/rendering/package-root.js';
import type { Envelope, House, ParsedMail } from './reading/parse-mail.js';
import type { ReadingResult, ReadingTask } from './reading/reader-thread.js';
import { UnreadableMail } from './reading/unreadable-mail.js';

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
  private readonly idle: Worker[] = [];
  private readonly waiting: Waiting[] = [];
  private readonly all = new Set<Worker>();

  /** Throws UnreadableMail where it cannot be done. */
  async read(raw: Buffer, envelope: Envelope, house: House): Promise<ParsedMail> {
    return new Promise((done, failed) => {
      this.waiting.push({ task: { raw, envelope, house }, done, failed });
      this.next();
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.all].map((thread) => thread.terminate()));
  }

  private next(): void {
    if (this.waiting.length === 0) return;
    const thread = this.idle.pop() ?? (this.all.size < THREADS ? this.startThread() : undefined);
    if (thread === undefined) return;

    const waiting = this.waiting.shift();
    if (waiting !== undefined) this.readIn(thread, waiting);
  }

  private readIn(thread: Worker, { task, done, failed }: Waiting): void {
    const finish = (use: () => void, survives: boolean): void => {
      clearTimeout(timer);
      thread.removeAllListeners();
      thread.unref();
      if (survives) this.idle.push(thread);
      else this.all.delete(thread);
      use();
      this.next();
    };
    const giveUp = (reason: string): void => {
      finish(() => {
        failed(new UnreadableMail(reason));
      }, false);
    };
    const timer = setTimeout(() => {
      giveUp(`Reading it took longer than ${MOST_MILLISECONDS / 1000} seconds.`);
      void thread.terminate();
    }, MOST_MILLISECONDS);

    thread.ref();
    thread.once('message', (result: ReadingResult) => {
      finish(() => {
        if ('mail' in result) done(result.mail);
        else failed(new UnreadableMail(result.unreadable));
      }, true);
    });
    thread.once('error', (error) => {
      const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
      giveUp(tooLarge ? 'Reading it took more memory than a mail may take.' : `Its reader broke: ${error.message}`);
    });
    thread.once('exit', () => {
      giveUp('Its reader stopped before it was done.');
    });
    thread.postMessage(task);
  }

  private startThread(): Worker {
    const { file, workerData } = threadFile();
    const thread = new Worker(file, { workerData, resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES } });
    this.all.add(thread);
    return thread;
  }
}

/**
 * The compiled thread lies beside this file. Where the desk runs from its TypeScript sources, as under Jest, a thread does not
 * inherit the transformer, so it begins with a file that brings it along.
 */
function threadFile(): { file: URL | string; workerData: unknown } {
  const compiled = !import.meta.url.endsWith('.ts');
  if (compiled) return { file: new URL('./reading/reader-thread.js', import.meta.url), workerData: null };
  return {
    file: path.join(packageRoot, 'test/support/typescript-thread.cjs'),
    workerData: { entry: fileURLToPath(new URL('./reading/reader-thread.ts', import.meta.url)) },
  };
}

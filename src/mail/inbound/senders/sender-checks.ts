import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Log } from '../../../platform/log/logger.js';
import { Dns } from '../../dns.js';
import type { Authentication } from '../../received-mail.js';
import { threadFile } from '../thread-file.js';
import type { SenderQuestion } from './check-sender.js';
import type { FromThread, ToThread } from './sender-thread.js';

/** A check that takes longer says nothing about the sender. */
const MOST_MILLISECONDS = 12_000;
const MOST_MEGABYTES = 384;
const UNKNOWN: Authentication = { spf: 'temperror', dkim: 'temperror', dmarc: 'temperror' };

interface Running {
  readonly question: SenderQuestion;
  readonly settle: (verdict: Authentication) => void;
  readonly timer: NodeJS.Timeout;
  /** Its thread was ended on account of another mail. */
  readonly again: boolean;
}

/** Checks senders in a thread, under a time limit. It never fails: who cannot be checked is not known, and that is a verdict too. */
@Injectable()
export class SenderChecks implements OnApplicationShutdown {
  private readonly running = new Map<number, Running>();
  private worker: Worker | undefined;
  private last = 0;
  private readonly log: Log;

  constructor(
    private readonly dns: Dns,
    log: Log,
  ) {
    this.log = log.child({ part: 'sender-checks' });
  }

  async check(question: SenderQuestion): Promise<Authentication> {
    return new Promise((settle) => {
      this.begin(question, settle, false);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    const { worker } = this;
    for (const id of [...this.running.keys()]) this.settle(id, UNKNOWN);
    this.worker = undefined;
    await worker?.terminate();
  }

  private begin(question: SenderQuestion, settle: Running['settle'], again: boolean): void {
    const id = ++this.last;
    const timer = setTimeout(() => {
      this.log.warn({ bytes: question.raw.length }, 'Checking the sender of a mail took too long and was given up.');
      this.settle(id, UNKNOWN);
      this.startAnew();
    }, MOST_MILLISECONDS);
    timer.unref();
    this.running.set(id, { question, settle, timer, again });
    this.worker ??= this.start();
    this.worker.ref();
    this.tell({ check: id, ...question });
  }

  private settle(id: number, verdict: Authentication): void {
    const running = this.running.get(id);
    if (running === undefined) return;
    clearTimeout(running.timer);
    this.running.delete(id);
    if (this.running.size === 0) this.worker?.unref();
    running.settle(verdict);
  }

  private start(): Worker {
    const { file, workerData } = threadFile(new URL('./sender-thread.js', import.meta.url));
    const worker = new Worker(file, { workerData, resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES } });
    worker.on('message', (message: FromThread) => {
      if (worker === this.worker) this.hear(message);
    });
    const broken = (error?: Error): void => {
      if (worker !== this.worker) return;
      if (error !== undefined) this.log.error({ err: error }, 'The thread that checks senders broke.');
      this.startAnew();
    };
    worker.on('error', broken);
    worker.on('exit', () => {
      broken();
    });
    // An idle thread keeps no process alive.
    worker.unref();
    return worker;
  }

  /** Ends the thread with the mail that it cannot cope with; the others in it have one more chance. */
  private startAnew(): void {
    const { worker } = this;
    this.worker = undefined;
    void worker?.terminate();
    for (const [id, { question, settle, timer, again }] of [...this.running]) {
      if (again) {
        this.settle(id, UNKNOWN);
        continue;
      }
      clearTimeout(timer);
      this.running.delete(id);
      this.begin(question, settle, true);
    }
  }

  private hear(message: FromThread): void {
    if ('question' in message) void this.answer(message);
    else if ('verdict' in message) this.settle(message.check, message.verdict);
    else {
      this.log.warn({ fault: message.fault }, 'The sender of a mail could not be checked.');
      this.settle(message.check, UNKNOWN);
    }
  }

  private async answer({ question, name, type }: Extract<FromThread, { question: number }>): Promise<void> {
    try {
      this.tell({ question, answer: await this.dns.resolve(name, type) });
    } catch (error) {
      this.tell({ question, code: (error as NodeJS.ErrnoException).code ?? 'ESERVFAIL' });
    }
  }

  private tell(message: ToThread): void {
    this.worker?.postMessage(message);
  }
}

import type { Log } from '../log/logger.js';

/** Something that looks for all that is due in the database and does it; answers how much there was. */
export interface Sweeper {
  sweep(): Promise<number>;
}

export interface RecurringWork {
  readonly name: string;
  readonly everySeconds: number;
  readonly sweeper: Sweeper;
}

/**
 * Runs recurring work in this process, each piece on its own beat and never twice at a time. Any number of processes may run the
 * same work: each sweep claims rows that nobody else holds.
 */
export class Recurring {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly running = new Map<string, Promise<void>>();
  private stopped = false;

  constructor(
    private readonly work: readonly RecurringWork[],
    private readonly log: Log,
  ) {}

  start(): void {
    for (const piece of this.work) this.schedule(piece, 0);
  }

  /** Starts nothing more and waits for what runs. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    await Promise.all(this.running.values());
  }

  private schedule(piece: RecurringWork, afterSeconds: number): void {
    if (this.stopped) return;

    const timer = setTimeout(() => {
      const run = this.sweep(piece).then(() => {
        this.running.delete(piece.name);
        this.schedule(piece, piece.everySeconds);
      });
      this.running.set(piece.name, run);
    }, afterSeconds * 1000);
    this.timers.set(piece.name, timer);
  }

  private async sweep({ name, sweeper }: RecurringWork): Promise<void> {
    try {
      await sweeper.sweep();
    } catch (error) {
      this.log.error({ err: error, work: name }, 'Recurring work failed; it is tried again at its next beat.');
    }
  }
}

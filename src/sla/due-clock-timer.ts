import { Injectable } from '@nestjs/common';
import { Listener } from '../platform/database/listener.js';
import { Log } from '../platform/log/logger.js';
import { Now } from '../platform/time/now.js';
import { MOMENT_CHANNEL } from './keeping/clock-journal.js';
import { StrikeDueClocks } from './strike-due-clocks.job.js';

const LOOK_EVERY_MS = 1_000;

/**
 * Wakes at the very moment a clock is due, instead of at the next sweep. It knows the earliest moment of the next second and is told by
 * NOTIFY of moments that come up meanwhile. Only promptness rests on it: what it misses, the sweep finds.
 */
@Injectable()
export class DueClockTimer {
  private looking: NodeJS.Timeout | undefined;
  private waking: NodeJS.Timeout | undefined;
  private wakesAt = Infinity;
  private striking: Promise<unknown> = Promise.resolve();
  private running = false;

  constructor(
    private readonly strikeDueClocks: StrikeDueClocks,
    private readonly listener: Listener,
    private readonly now: Now,
    private readonly log: Log,
  ) {}

  async start(): Promise<void> {
    this.running = true;
    await this.listener.listen(MOMENT_CHANNEL, (moment) => {
      this.wakeAt(new Date(moment));
    });
    this.look();
  }

  /** Wakes no more, and waits for what it has begun. */
  async stop(): Promise<void> {
    this.running = false;
    clearTimeout(this.looking);
    clearTimeout(this.waking);
    await this.striking;
  }

  private look(): void {
    if (!this.running) return;

    this.looking = setTimeout(() => {
      this.look();
    }, LOOK_EVERY_MS);
    void this.lookAhead();
  }

  private async lookAhead(): Promise<void> {
    const end = new Date(this.now.read().getTime() + LOOK_EVERY_MS * 1.5);
    try {
      const moment = await this.strikeDueClocks.nextMomentBefore(end);
      if (moment !== null) this.wakeAt(moment);
    } catch (error) {
      this.log.warn({ err: error }, 'The next due clock could not be looked up; the sweep finds it.');
    }
  }

  private wakeAt(moment: Date): void {
    if (!this.running || Number.isNaN(moment.getTime()) || moment.getTime() >= this.wakesAt) return;

    clearTimeout(this.waking);
    this.wakesAt = moment.getTime();
    const wait = Math.max(0, this.wakesAt - this.now.read().getTime());
    this.waking = setTimeout(() => {
      this.wakesAt = Infinity;
      this.striking = this.striking.then(() => this.strike());
    }, wait);
  }

  private async strike(): Promise<void> {
    try {
      await this.strikeDueClocks.sweep();
    } catch (error) {
      this.log.error({ err: error }, 'Due clocks could not be struck; the next sweep tries again.');
      return;
    }
    // Behind the moment that it woke to there may be another before the next look.
    await this.lookAhead();
  }
}

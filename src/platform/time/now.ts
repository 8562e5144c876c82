import { Injectable } from '@nestjs/common';

type AskDatabase = <Row>(sql: string) => Promise<Row[]>;

/**
 * The only one who knows the time of day. It is the database's clock, sampled now and then, so that all processes of a
 * desk agree; tests move it on.
 */
@Injectable()
export class Now {
  private differenceMs = 0;
  private movedMs = 0;
  private heldMs: number | undefined;

  /** This instant, to the millisecond. */
  read(): Date {
    return new Date((this.heldMs ?? Date.now() + this.differenceMs) + this.movedMs);
  }

  /** How far this machine's clock is behind the database's, in milliseconds, as of the last sample. */
  get behindDatabaseMs(): number {
    return this.differenceMs;
  }

  /**
   * Compares this machine's clock with the database's and follows the latter from then on. The answer's way is taken as
   * half of the round trip; of three samples the one with the shortest round trip counts.
   */
  async sample(ask: AskDatabase): Promise<void> {
    let shortest = Infinity;
    for (let sample = 0; sample < 3; sample++) {
      const asked = Date.now();
      const [row] = await ask<{ ms: string }>('select extract(epoch from clock_timestamp()) * 1000 as ms');
      const answered = Date.now();
      if (row !== undefined && answered - asked < shortest) {
        shortest = answered - asked;
        this.differenceMs = Math.round(Number(row.ms) - (asked + answered) / 2);
      }
    }
  }

  /** For tests: it is `at`, and stays so until somebody moves it. */
  hold(at: Date): void {
    this.heldMs = at.getTime();
    this.movedMs = 0;
  }

  /** For tests and the demo's history: moves the time of day by so many milliseconds. */
  move(milliseconds: number): void {
    this.movedMs += milliseconds;
  }
}

import { Injectable } from '@nestjs/common';

/** Half of it is what a clock may be wrong by. */
const SHORT_TRIP_MS = 100;

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
   * Compares this machine's clock with the database's and follows the latter from then on. Of three samples the one with the shortest
   * round trip counts. Where that was short, the answer is taken as given half-way. Where the machine is too busy for that, all that is
   * sure is that the answer was given somewhere on the way: then what was known stays, as far as it agrees with that.
   */
  async sample(ask: AskDatabase): Promise<void> {
    let shortest: { asked: number; answered: number; ms: number } | undefined;
    for (let sample = 0; sample < 3; sample++) {
      const asked = Date.now();
      const [row] = await ask<{ ms: string }>('select extract(epoch from clock_timestamp()) * 1000 as ms');
      const answered = Date.now();
      if (row === undefined || (shortest !== undefined && answered - asked >= shortest.answered - shortest.asked))
        continue;
      shortest = { asked, answered, ms: Number(row.ms) };
    }
    if (shortest === undefined) return;

    const { asked, answered, ms } = shortest;
    this.differenceMs = Math.round(
      answered - asked <= SHORT_TRIP_MS
        ? ms - (asked + answered) / 2
        : Math.min(Math.max(this.differenceMs, ms - answered), ms - asked),
    );
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

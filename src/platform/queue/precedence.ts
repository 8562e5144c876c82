import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

/** Lets work that cannot wait go before work of the same process that can, where both would share processors and database. */
@Injectable()
export class Precedence {
  private readonly first = new Set<Promise<unknown>>();

  /** Does what goes first. */
  async goFirst<T>(work: () => Promise<T>): Promise<T> {
    const going = work();
    this.first.add(going);
    try {
      return await going;
    } finally {
      this.first.delete(going);
    }
  }

  /** Resolves when nothing is under way that goes first, at the latest after `most` milliseconds: it must not starve the others. */
  async standBack(most: number): Promise<void> {
    if (this.first.size === 0) return;
    const over = new AbortController();
    const waited = sleep(most, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
    await Promise.race([Promise.allSettled(this.first), waited]);
    over.abort();
  }
}

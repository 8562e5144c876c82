import type { Sweeper } from './recurring.js';

/**
 * Work on one row that is to be done soon after its commit. The row says what is to be done; a ring only says "look now", may come
 * twice or not at all, and `sweep` finds what was not rung.
 */
export interface Job extends Sweeper {
  readonly name: string;
  /** How many rows one process works on at the same time. */
  readonly concurrency: number;
  run(id: string): Promise<void>;
}

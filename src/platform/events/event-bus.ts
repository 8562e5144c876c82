import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/transaction.js';

type FactClass<Fact> = abstract new (...values: never[]) => Fact;
type Follower = (tx: Transaction, facts: never[]) => Promise<void>;

/**
 * Facts go up: a context announces what happened, the contexts above follow it inside the same transaction. If a
 * follower throws, the whole change is undone. Facts travel in lists, so that a batch stays one statement a table.
 */
@Injectable()
export class EventBus {
  private readonly followers: { fact: FactClass<object>; follow: Follower; order: number }[] = [];

  /**
   * Follows a kind of fact and all kinds derived from it. Followers run in the order of `order` (default 0), equal ones in the
   * order in which they began to follow.
   */
  follow<Fact extends object>(
    fact: FactClass<Fact>,
    follow: (tx: Transaction, facts: Fact[]) => Promise<void>,
    { order = 0 }: { order?: number } = {},
  ): void {
    this.followers.push({ fact, follow, order });
    this.followers.sort((a, b) => a.order - b.order);
  }

  /** Tells every follower, one after the other, of those of `facts` that it follows. */
  async publish(tx: Transaction, facts: readonly object[]): Promise<void> {
    for (const { fact, follow } of this.followers) {
      const followed = facts.filter((candidate) => candidate instanceof fact);
      if (followed.length > 0) await follow(tx, followed as never[]);
    }
  }
}

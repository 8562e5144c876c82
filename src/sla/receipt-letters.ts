import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { Now } from '../platform/time/now.js';
import { Letters, type PromisesMade } from '../tickets/letters.js';
import { TicketOpened } from '../tickets/ticket-events.js';

/** After the clock-keeper, who follows in the common order: a receipt tells what the clocks it has just made promise. */
const AFTER_THE_CLOCKS = 100;

/** Tells whoever sent a request that it has arrived, and what they may expect. */
@Injectable()
export class ReceiptLetters {
  constructor(
    events: EventBus,
    private readonly letters: Letters,
    private readonly now: Now,
  ) {
    events.follow(TicketOpened, (tx, facts) => this.write(tx, facts), { order: AFTER_THE_CLOCKS });
  }

  private async write(tx: Transaction, opened: readonly TicketOpened[]): Promise<void> {
    for (const { ticket } of opened) await this.letters.acknowledge(tx, ticket, await this.promisesOf(tx, ticket));
  }

  /** A due instant that lies behind us already, as of a mail that was long under way, is no promise. */
  private async promisesOf(tx: Transaction, ticket: number): Promise<PromisesMade> {
    const due = await tx.query<{ metric: string; dueAt: Date }>(
      `select metric, due_at as "dueAt" from clock
       where ticket_number = $1 and state = 'running' and withdrawn_at is null and due_at > $2`,
      [ticket, this.now.read()],
    );
    const dueOf = (metric: string): Date | null => due.find((clock) => clock.metric === metric)?.dueAt ?? null;
    return { firstReplyBy: dueOf('firstResponse'), resolvedBy: dueOf('resolution') };
  }
}

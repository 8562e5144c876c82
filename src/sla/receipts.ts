import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { Letters } from '../tickets/letters.js';
import { TicketOpened } from '../tickets/ticket-events.js';

/** After the clocks of a new ticket have been started. */
const ORDER = 10;

/** Tells whoever opened a ticket that it has arrived and what is promised: nobody below this floor knows what that is. */
@Injectable()
export class Receipts {
  constructor(
    private readonly letters: Letters,
    events: EventBus,
  ) {
    events.follow(TicketOpened, (tx, opened) => this.send(tx, opened), { order: ORDER });
  }

  private async send(tx: Transaction, opened: readonly TicketOpened[]): Promise<void> {
    const dues = await tx.query<{ ticket: number; metric: string; dueAt: Date | null }>(
      `select ticket_number as ticket, metric, due_at as "dueAt" from clock
       where ticket_number = any($1::integer[]) and cycle = 1 and metric in ('firstResponse', 'resolution')`,
      [opened.map(({ ticket }) => ticket)],
    );
    const due = (ticket: number, metric: string): Date | null =>
      dues.find((one) => one.ticket === ticket && one.metric === metric)?.dueAt ?? null;
    await this.letters.acknowledge(
      tx,
      new Map(
        opened.map(({ ticket }) => [
          ticket,
          { firstReplyBy: due(ticket, 'firstResponse'), resolvedBy: due(ticket, 'resolution') },
        ]),
      ),
    );
  }
}

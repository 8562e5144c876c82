import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import type { Deed } from './actor.js';
import { TicketJournal } from './ticket-journal.js';
import { TicketStore } from './ticket.store.js';

/** Farther than that no calendar is counted. */
const FARTHEST_MS = 10 * 365 * 24 * 3_600_000;

/** A manager's word that something is due at another time than was computed; it holds until it is taken back. */
@Injectable()
export class ManualDue {
  constructor(
    private readonly tickets: TicketStore,
    private readonly journal: TicketJournal,
  ) {}

  async set(
    tx: Transaction,
    number: number,
    { metric, dueAt, reason }: { metric: string; dueAt: Date; reason: string },
    deed: Deed,
  ): Promise<void> {
    if (!(Math.abs(dueAt.getTime() - deed.at.getTime()) <= FARTHEST_MS)) {
      throw Problem.invalid('A due date set by hand lies within ten years.', [
        { field: 'dueAt', detail: 'is more than ten years away' },
      ]);
    }
    await this.record(tx, number, { metric, dueAt: dueAt.toISOString(), reason }, deed);
  }

  async remove(
    tx: Transaction,
    number: number,
    { metric, reason }: { metric: string; reason: string },
    deed: Deed,
  ): Promise<void> {
    await this.record(tx, number, { metric, dueAt: null, reason }, deed);
  }

  private async record(
    tx: Transaction,
    number: number,
    due: { readonly metric: string; readonly dueAt: string | null; readonly reason: string },
    deed: Deed,
  ): Promise<void> {
    const reason = due.reason.trim();
    if (reason === '') {
      throw Problem.invalid('Say why the due date is changed by hand.', [{ field: 'reason', detail: 'is required' }]);
    }
    const ticket = await this.tickets.lockToChange(tx, number);
    await this.tickets.save(tx, ticket, deed.at);
    await this.journal.record(tx, number, 'manualDue', { ...deed, data: { ...due, reason } });
  }
}

import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import type { Deed } from './actor.js';
import { statusAfter, type ChoosableStatus, type StatusCause, type TicketStatus } from './status.js';
import type { Ticket } from './ticket.entity.js';
import { TicketJournal, type JournalEntry } from './ticket-journal.js';
import { TicketStore } from './ticket.store.js';

/** Brings a ticket from one status to another, always by the table in status.ts. */
@Injectable()
export class StatusChanges {
  constructor(
    private readonly tickets: TicketStore,
    private readonly journal: TicketJournal,
  ) {}

  /** To the status that somebody names, by whatever way leads there. */
  async choose(tx: Transaction, number: number, status: ChoosableStatus, deed: Deed): Promise<void> {
    await this.apply(tx, number, { cause: 'chosen', status }, deed);
  }

  /** Answers whether the status is another one now. */
  async apply(tx: Transaction, number: number, cause: StatusCause, deed: Deed): Promise<boolean> {
    const ticket = await this.tickets.lockToChange(tx, number);
    const entries = changeStatus(ticket, cause, deed);
    if (entries.length === 0) return false;

    await this.tickets.save(tx, ticket, deed.at);
    await this.journal.recordAll(tx, number, entries);
    return true;
  }
}

/** Changes the ticket in hand and answers what must be written in its history; a refusal is thrown. */
export function changeStatus(ticket: Ticket, cause: StatusCause, deed: Deed): JournalEntry[] {
  const outcome = statusAfter(ticket.status, cause);
  if ('refused' in outcome) throw Problem.conflict(outcome.refused);

  return outcome.steps.map((status) => enter(ticket, status, deed));
}

function enter(ticket: Ticket, status: TicketStatus, { by, at }: Deed): JournalEntry {
  const from = ticket.status;
  ticket.status = status;
  // Spam is set aside as it is, and comes back as it was.
  if (status !== 'spam' && from !== 'spam') {
    ticket.closedAt = status === 'closed' ? at : null;
    if (status === 'resolved') resolve(ticket, at);
    else if (status !== 'closed') reopen(ticket);
  }
  const withoutReply = status === 'resolved' && ticket.resolvedWithoutReply;
  return { type: 'status', at, by, data: { status, from, ...(withoutReply ? { withoutReply } : {}) } };
}

function resolve(ticket: Ticket, at: Date): void {
  ticket.resolvedAt = at;
  ticket.resolvedWithoutReply = ticket.firstRepliedAt === null && ticket.openedBy === 'customer';
}

function reopen(ticket: Ticket): void {
  ticket.resolvedAt = null;
  ticket.resolvedWithoutReply = false;
}

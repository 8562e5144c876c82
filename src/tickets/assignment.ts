import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import type { Actor, Deed } from './actor.js';
import type { Ticket } from './ticket.entity.js';
import { TicketJournal, type JournalEntry } from './ticket-journal.js';
import { TicketStore } from './ticket.store.js';

export interface Assignee {
  readonly id: string;
  readonly email: string;
}

/** Who works on a ticket. */
@Injectable()
export class Assignment {
  constructor(
    private readonly tickets: TicketStore,
    private readonly journal: TicketJournal,
  ) {}

  /** Gives the ticket to the member of staff with this address. */
  async assign(tx: Transaction, number: number, email: string, deed: Deed): Promise<void> {
    await this.give(tx, number, await staffNamed(tx, email), deed);
  }

  /** Takes it oneself. */
  async take(tx: Transaction, number: number, deed: Deed): Promise<void> {
    if (deed.by.kind !== 'user') throw Problem.forbidden('Only a member of staff can take a ticket.');
    await this.assign(tx, number, deed.by.email, deed);
  }

  async release(tx: Transaction, number: number, deed: Deed): Promise<void> {
    await this.give(tx, number, null, deed);
  }

  /** For those who hold the ticket already: whoever replies to a ticket that is nobody's has it from then on. */
  async claim(tx: Transaction, ticket: Ticket, deed: Deed): Promise<JournalEntry[]> {
    if (ticket.assigneeId !== null) return [];

    const replier = await staffWhoCanTake(tx, deed.by);
    if (!replier) return [];

    ticket.assigneeId = replier.id;
    return [assigned(replier.email, null, deed)];
  }

  private async give(tx: Transaction, number: number, to: Assignee | null, deed: Deed): Promise<void> {
    const ticket = await this.tickets.lockToChange(tx, number);
    if (ticket.assigneeId === (to?.id ?? null)) return;

    const from = ticket.assigneeId === null ? null : await emailOf(tx, ticket.assigneeId);
    ticket.assigneeId = to?.id ?? null;
    await this.tickets.save(tx, ticket, deed.at);
    await this.journal.recordAll(tx, number, [assigned(to?.email ?? null, from, deed)]);
  }
}

export const assigned = (assignee: string | null, from: string | null, { by, at }: Deed): JournalEntry => ({
  type: 'assigned',
  at,
  by,
  data: { assignee, from },
});

const takers = `select id, email from app_user where role <> 'customer' and disabled_at is null and not service`;

/** An enabled member of staff by address, else a problem with the field. */
export async function staffNamed(tx: Transaction, email: string): Promise<Assignee> {
  const staff = await findStaff(tx, email);
  if (!staff) {
    throw Problem.invalid(`Nobody with the address ${email} works here.`, [
      { field: 'assignee', detail: 'is no member of staff' },
    ]);
  }
  return staff;
}

export async function findStaff(tx: Transaction, email: string): Promise<Assignee | null> {
  const [row] = await tx.query<Assignee>(`${takers} and email = $1`, [email.trim().toLowerCase()]);
  return row ?? null;
}

async function staffWhoCanTake(tx: Transaction, by: Actor): Promise<Assignee | null> {
  if (by.kind !== 'user') return null;
  const [row] = await tx.query<Assignee>(`${takers} and id = $1`, [by.id]);
  return row ?? null;
}

async function emailOf(tx: Transaction, userId: string): Promise<string | null> {
  const [row] = await tx.query<{ email: string }>(`select email from app_user where id = $1`, [userId]);
  return row?.email ?? null;
}

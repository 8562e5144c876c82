import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Ticket } from './ticket.entity.js';

/** Loads and saves tickets for those who change them. */
@Injectable()
export class TicketStore {
  async find(tx: Transaction, number: number): Promise<Ticket | null> {
    return tx.manager.findOneBy(Ticket, { number });
  }

  /** The ticket, held until the end of the transaction. */
  async lock(tx: Transaction, number: number): Promise<Ticket> {
    const ticket = await tx.manager.findOne(Ticket, { where: { number }, lock: { mode: 'pessimistic_write' } });
    if (!ticket) throw Problem.notFound(`There is no ticket #${number}.`);
    return ticket;
  }

  /** The ticket, held, to be changed: a merged one lives on in another and changes no more. */
  async lockToChange(tx: Transaction, number: number): Promise<Ticket> {
    const ticket = await this.lock(tx, number);
    if (ticket.mergedInto !== null) {
      throw Problem.conflict(`Ticket #${number} is merged into #${ticket.mergedInto}. Work on that one.`);
    }
    return ticket;
  }

  /** Where the conversation of this ticket goes on, held: itself, or what it was merged into. */
  async lockLiving(tx: Transaction, number: number): Promise<Ticket> {
    const [row] = await tx.query<{ number: number }>(
      `with recursive way as (
         select number, merged_into from ticket where number = $1
         union select ticket.number, ticket.merged_into from ticket join way on ticket.number = way.merged_into)
       select number from way where merged_into is null`,
      [number],
    );
    const ticket = await this.lock(tx, row?.number ?? number);
    return ticket.mergedInto === null ? ticket : this.lockLiving(tx, ticket.number);
  }

  /** Several at once, held in the order of their numbers, so that two who merge across each other do not wait forever. */
  async lockBoth(tx: Transaction, one: number, other: number): Promise<[Ticket, Ticket]> {
    if (one === other) {
      const ticket = await this.lock(tx, one);
      return [ticket, ticket];
    }
    if (one > other) {
      const [lower, higher] = await this.lockBoth(tx, other, one);
      return [higher, lower];
    }
    return [await this.lock(tx, one), await this.lock(tx, other)];
  }

  async insert(tx: Transaction, ticket: Omit<Ticket, 'number' | 'version' | 'search'>): Promise<Ticket> {
    const inserted = await tx.manager.insert(Ticket, { ...ticket, version: 1 });
    return Object.assign(new Ticket(), ticket, { version: 1 }, inserted.identifiers[0]);
  }

  async save(tx: Transaction, ticket: Ticket, at: Date): Promise<void> {
    if (at > ticket.updatedAt) ticket.updatedAt = at;
    ticket.version += 1;
    const { number, search: _, ...columns } = ticket;
    await tx.manager.update(Ticket, { number }, columns);
  }
}

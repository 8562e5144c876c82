import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import type { Deed } from './actor.js';
import { MessageStore } from './message.store.js';
import { Participants } from './participants.js';
import type { Ticket } from './ticket.entity.js';
import type { TicketEventData } from './ticket-events.js';
import { TicketJournal } from './ticket-journal.js';
import { TicketStore } from './ticket.store.js';

/**
 * Making two tickets about one thing into one, and taking that back. The messages move to the target and its people are
 * joined by those of the other; each ticket keeps its own history, so each one's clocks stay what they were.
 */
@Injectable()
export class Merging {
  constructor(
    private readonly tickets: TicketStore,
    private readonly messages: MessageStore,
    private readonly participants: Participants,
    private readonly journal: TicketJournal,
  ) {}

  async merge(tx: Transaction, number: number, into: number, deed: Deed): Promise<void> {
    if (number === into) throw Problem.invalid('A ticket cannot be merged into itself.', [intoIs('the same ticket')]);

    if ((await this.tickets.find(tx, number)) !== null && (await this.tickets.find(tx, into)) === null)
      throw Problem.invalid(`There is no ticket #${into}.`, [intoIs('no ticket')]);
    const [ticket, target] = await this.tickets.lockBoth(tx, number, into);
    refuseMerge(ticket, target);

    const moved = await tx.query<{ id: string }>(
      `update message set ticket_number = $2 where ticket_number = $1 returning id`,
      [number, into],
    );
    const joining = (await this.participants.of(tx, number)).map(({ contactId }) => contactId);
    const people = await this.participants.add(tx, into, joining, { kind: 'cc', at: deed.at });
    ticket.mergedInto = into;
    await this.tickets.save(tx, ticket, deed.at);
    await this.journal.record(tx, number, 'merged', {
      ...deed,
      data: { into, messages: moved.map(({ id }) => id), people },
    });
    await this.tell(tx, target, `Ticket #${number} was merged into this one.`, deed);
  }

  /** Gives the ticket back what was its own; what was said since stays where it was said. */
  async undo(tx: Transaction, number: number, deed: Deed): Promise<void> {
    const mergedInto = (await this.tickets.find(tx, number))?.mergedInto ?? number;
    const [ticket, target] = await this.tickets.lockBoth(tx, number, mergedInto);
    if (ticket.mergedInto === null) throw Problem.conflict(`Ticket #${number} is not merged into another.`);

    const merged = await this.lastMerge(tx, number);
    await takeBack(tx, number, target.number, merged.messages);
    await this.participants.remove(tx, target.number, merged.people);
    ticket.mergedInto = null;
    await this.tickets.save(tx, ticket, deed.at);
    await this.journal.record(tx, number, 'unmerged', { ...deed, data: { from: target.number } });
    if (target.mergedInto === null)
      await this.tell(tx, target, `Ticket #${number} was taken out of this one again.`, deed);
  }

  private async lastMerge(tx: Transaction, number: number): Promise<TicketEventData['merged']> {
    const [row] = await tx.query<{ data: TicketEventData['merged'] }>(
      `select data from ticket_event where ticket_number = $1 and type = 'merged' order by id desc limit 1`,
      [number],
    );
    if (!row) throw new Error(`Ticket #${number} is merged, and its history does not say so.`);
    return row.data;
  }

  private async tell(tx: Transaction, target: Ticket, text: string, { by, at }: Deed): Promise<void> {
    const message = await this.messages.insert(tx, {
      ticket: target.number,
      kind: 'note',
      author: by,
      words: { text },
      at,
    });
    await this.tickets.save(tx, target, at);
    await this.journal.record(tx, target.number, 'note', { at, by, data: { message } });
  }
}

/** Its messages lie in the target, or where the target was merged into in turn; elsewhere they have been taken already. */
async function takeBack(tx: Transaction, number: number, target: number, messages: readonly string[]): Promise<void> {
  await tx.query(
    `with recursive way as (
       select number, merged_into from ticket where number = $2
       union select ticket.number, ticket.merged_into from ticket join way on ticket.number = way.merged_into)
     update message set ticket_number = $1
     where id = any($3::uuid[]) and ticket_number in (select number from way)`,
    [number, target, messages],
  );
}

function refuseMerge(ticket: Ticket, target: Ticket): void {
  if (ticket.mergedInto !== null) {
    throw Problem.conflict(`Ticket #${ticket.number} is merged into #${ticket.mergedInto} already.`);
  }
  if (target.mergedInto !== null) {
    throw Problem.invalid(`Ticket #${target.number} is itself merged into #${target.mergedInto}.`, [
      intoIs(`merged into #${target.mergedInto}`),
    ]);
  }
  if (target.status === 'spam') {
    throw Problem.invalid(`Ticket #${target.number} is marked as spam.`, [intoIs('marked as spam')]);
  }
}

const intoIs = (what: string) => ({ field: 'into', detail: `is ${what}` });

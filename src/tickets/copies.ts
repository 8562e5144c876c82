import { Injectable } from '@nestjs/common';
import { Directory } from '../customers/directory.js';
import { Mailboxes } from '../mail/mailboxes.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import type { Deed } from './actor.js';
import { Participants } from './participants.js';
import { TicketJournal } from './ticket-journal.js';
import { TicketStore } from './ticket.store.js';

/** More than that is a list, and lists have programs of their own. */
const MOST_COPIES = 20;

/** Who is in copy of a conversation: taken in, let go, silenced at their own wish. */
@Injectable()
export class Copies {
  constructor(
    private readonly tickets: TicketStore,
    private readonly participants: Participants,
    private readonly directory: Directory,
    private readonly mailboxes: Mailboxes,
    private readonly journal: TicketJournal,
  ) {}

  /** From now on they get what we answer, and read what is said from now on. */
  async add(
    tx: Transaction,
    number: number,
    person: { readonly email: string; readonly name?: string },
    deed: Deed,
  ): Promise<void> {
    const email = this.mailboxes.addressIn(person.email);
    if (email === null) throw refused(`“${person.email}” is not an e-mail address.`);
    if ((await this.mailboxes.oursIn(tx)).mailboxOf(email) !== null) throw refused('That is an address of this desk.');

    const ticket = await this.tickets.lockToChange(tx, number);
    const people = await this.participants.of(tx, number);
    if (people.filter(({ kind }) => kind === 'cc').length >= MOST_COPIES)
      throw refused(`At most ${MOST_COPIES} people can be in copy.`);

    const contact = await this.directory.findOrAdd(tx, { ...person, email }, deed.at);
    const added = await this.participants.add(tx, number, [contact.id], { kind: 'cc', at: deed.at });
    if (added.length === 0) return;
    await this.tickets.save(tx, ticket, deed.at);
    await this.journal.record(tx, number, 'copies', { ...deed, data: { added: [email], removed: [] } });
  }

  /** They get nothing more and see nothing more; links that they were given open nothing any more. */
  async remove(tx: Transaction, number: number, email: string, deed: Deed): Promise<void> {
    const ticket = await this.tickets.lockToChange(tx, number);
    const wanted = email.trim().toLowerCase();
    const person = (await this.participants.of(tx, number)).find((one) => one.kind === 'cc' && one.email === wanted);
    if (person === undefined) return;

    await this.participants.remove(tx, number, [person.contactId]);
    await this.tickets.save(tx, ticket, deed.at);
    await this.journal.record(tx, number, 'copies', { ...deed, data: { added: [], removed: [wanted] } });
  }
}

const refused = (detail: string): Problem => Problem.invalid(detail, [{ field: 'copy', detail }]);

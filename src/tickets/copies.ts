import { Injectable } from '@nestjs/common';
import { Directory } from '../customers/directory.js';
import { Mailboxes } from '../mail/mailboxes.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import type { Deed } from './actor.js';
import { Participants } from './participants.js';
import { Queues } from './queues.js';
import type { Ticket } from './ticket.entity.js';
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
    private readonly queues: Queues,
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

  /**
   * Those whom a mail names beside us take part from then on, as far as the queue's policy lets them; who is left out is shown to the agent.
   * Whoever works here, and whoever was taken out of the conversation, joins by no mail. Nobody may give another person a name.
   */
  async joinByMail(tx: Transaction, ticket: Ticket, named: readonly string[], deed: Deed): Promise<void> {
    if (named.length === 0) return;
    const { copiesJoin } = await this.queues.byId(tx, ticket.queueId);
    if (copiesJoin === 'nobody') return;

    const people = await this.participants.of(tx, ticket.number);
    const room = MOST_COPIES - people.filter(({ kind }) => kind === 'cc').length;
    const added: string[] = [];
    for (const email of await this.strangersAmong(tx, ticket.number, named)) {
      if (added.length >= room) break;
      if (copiesJoin === 'colleagues' && !(await this.isColleague(tx, ticket, email))) continue;
      const contact = await this.directory.findOrAdd(tx, { email }, deed.at);
      const joined = await this.participants.add(tx, ticket.number, [contact.id], { kind: 'cc', at: deed.at });
      if (joined.length > 0) added.push(email);
    }
    if (added.length === 0) return;
    await this.journal.record(tx, ticket.number, 'copies', { ...deed, data: { added, removed: [] } });
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

  /** Of these addresses, those that are none of ours, of nobody who works here, and of nobody who takes part or was taken out. */
  private async strangersAmong(tx: Transaction, number: number, named: readonly string[]): Promise<string[]> {
    const ours = await this.mailboxes.oursIn(tx);
    const addresses = named.flatMap((email) => this.mailboxes.addressIn(email)?.toLowerCase() ?? []);
    const rows = await tx.query<{ email: string }>(
      `select email from unnest($2::text[]) with ordinality as named (email, place)
       where not exists (select from app_user where app_user.email = named.email and role <> 'customer')
         and not exists (select from participant join contact on contact.id = contact_id
           where ticket_number = $1 and contact.email = named.email)
         and not coalesce((select data -> 'removed' ? named.email from ticket_event
           where ticket_number = $1 and type = 'copies' and (data -> 'removed' ? named.email or data -> 'added' ? named.email)
           order by id desc limit 1), false)
       order by place`,
      [number, [...new Set(addresses)].filter((email) => ours.mailboxOf(email) === null)],
    );
    return rows.map(({ email }) => email);
  }

  private async isColleague(tx: Transaction, { organisationId }: Ticket, email: string): Promise<boolean> {
    return organisationId !== null && (await this.directory.organisationFor(tx, email)) === organisationId;
  }
}

const refused = (detail: string): Problem => Problem.invalid(detail, [{ field: 'copy', detail }]);

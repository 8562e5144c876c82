import { Injectable } from '@nestjs/common';
import { Organisations } from '../customers/organisations.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Teams } from '../teams/teams.js';
import type { Deed } from './actor.js';
import { handOver } from './assignment.js';
import { Levels } from './levels.js';
import { Queues } from './queues.js';
import type { TicketStatus } from './status.js';
import { StatusChanges } from './status-changes.js';
import { cleanSubject } from './subject.js';
import { cleanTags } from './tags.js';
import type { Ticket } from './ticket.entity.js';
import { TicketJournal, type JournalEntry } from './ticket-journal.js';
import { TicketStore } from './ticket.store.js';

/** Putting a ticket where it belongs: how urgent, whose, about what; and whether it is a request at all. */
@Injectable()
export class Triage {
  constructor(
    private readonly tickets: TicketStore,
    private readonly journal: TicketJournal,
    private readonly levels: Levels,
    private readonly queues: Queues,
    private readonly teams: Teams,
    private readonly organisations: Organisations,
    private readonly statuses: StatusChanges,
  ) {}

  /** A person who changes the level must say why: a promise to a customer changes with it. */
  async setLevel(
    tx: Transaction,
    number: number,
    level: string,
    reason: string | undefined,
    deed: Deed,
  ): Promise<void> {
    await this.change(tx, number, deed, async (ticket) => {
      if (ticket.level === level) return [];

      const from = ticket.level;
      ticket.level = await this.levels.known(tx, level);
      const why = reason?.trim() ?? '';
      if (why === '' && deed.by.kind === 'user') {
        throw Problem.invalid('Say why the level changes.', [
          { field: 'levelReason', detail: 'is required with a new level' },
        ]);
      }
      return [{ type: 'level', ...deed, data: { level, from, ...(why === '' ? {} : { reason: why }) } }];
    });
  }

  /** A queue that names a team hands the ticket over to it. */
  async setQueue(tx: Transaction, number: number, queue: string, deed: Deed): Promise<void> {
    await this.change(tx, number, deed, async (ticket) => {
      const to = await this.queues.named(tx, queue);
      if (ticket.queueId === to.id) return [];

      const from = await this.queues.byId(tx, ticket.queueId);
      ticket.queueId = to.id;
      const team = to.teamId === null ? null : await this.teams.byId(tx, to.teamId);
      return [
        { type: 'queue', ...deed, data: { queue: to.name, from: from.name } },
        ...(team === null ? [] : await handOver(tx, ticket, team, deed)),
      ];
    });
  }

  async setTags(tx: Transaction, number: number, tags: readonly string[], deed: Deed): Promise<void> {
    await this.change(tx, number, deed, (ticket) => {
      const from = ticket.tags;
      const wanted = cleanTags(tags);
      if (from.join('\n') === wanted.join('\n')) return Promise.resolve([]);

      ticket.tags = wanted;
      return Promise.resolve([{ type: 'tags', ...deed, data: { tags: wanted, from } }]);
    });
  }

  async setSubject(tx: Transaction, number: number, subject: string, deed: Deed): Promise<void> {
    await this.change(tx, number, deed, (ticket) => {
      const from = ticket.subject;
      const wanted = cleanSubject(subject);
      if (from === wanted) return Promise.resolve([]);

      ticket.subject = wanted;
      return Promise.resolve([{ type: 'subject', ...deed, data: { subject: wanted, from } }]);
    });
  }

  /** Whose contract holds for this ticket; the requester's own organisation stays what it is. */
  async setOrganisation(tx: Transaction, number: number, organisation: string | null, deed: Deed): Promise<void> {
    await this.change(tx, number, deed, async (ticket) => {
      const to = organisation === null ? null : await this.organisations.idOf(tx, organisation);
      if (ticket.organisationId === to) return [];

      const from = await organisationName(tx, ticket.organisationId);
      ticket.organisationId = to;
      return [{ type: 'organisation', ...deed, data: { organisation: await organisationName(tx, to), from } }];
    });
  }

  async markSpam(tx: Transaction, number: number, deed: Deed): Promise<void> {
    await this.statuses.choose(tx, number, 'spam', deed);
  }

  /** Back to what it was before. */
  async notSpam(tx: Transaction, number: number, deed: Deed): Promise<void> {
    await this.tickets.lock(tx, number);
    const [marked] = await tx.query<{ from: TicketStatus }>(
      `select data ->> 'from' as "from" from ticket_event
       where ticket_number = $1 and type = 'status' and data ->> 'status' = 'spam' order by id desc limit 1`,
      [number],
    );
    await this.statuses.apply(tx, number, { cause: 'not-spam', before: marked?.from ?? 'open' }, deed);
  }

  private async change(
    tx: Transaction,
    number: number,
    deed: Deed,
    change: (ticket: Ticket) => Promise<JournalEntry[]>,
  ): Promise<void> {
    const ticket = await this.tickets.lockToChange(tx, number);
    const entries = await change(ticket);
    if (entries.length === 0) return;

    await this.tickets.save(tx, ticket, deed.at);
    await this.journal.recordAll(tx, number, entries);
  }
}

async function organisationName(tx: Transaction, id: string | null): Promise<string | null> {
  if (id === null) return null;
  const [row] = await tx.query<{ name: string }>(`select name from organisation where id = $1`, [id]);
  return row?.name ?? null;
}

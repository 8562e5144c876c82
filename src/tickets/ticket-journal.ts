import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { Now } from '../platform/time/now.js';
import type { Actor } from './actor.js';
import {
  AgentReplied,
  AssigneeChanged,
  AutomaticMailFiled,
  CustomerWrote,
  LevelChanged,
  ManualDueSet,
  NoteWritten,
  OrganisationChanged,
  QueueChanged,
  StatusChanged,
  SubjectChanged,
  TagsChanged,
  TicketMerged,
  TicketOpened,
  TicketUnmerged,
  type TicketEventData,
  type TicketEventType,
  type TicketFact,
} from './ticket-events.js';

export type JournalEntry = {
  [T in TicketEventType]: {
    readonly type: T;
    readonly at: Date;
    readonly by: Actor;
    readonly data: TicketEventData[T];
  };
}[TicketEventType];

/** The only way a ticket's history grows: a row in ticket_event, and the fact that tells of it. */
@Injectable()
export class TicketJournal {
  constructor(
    private readonly events: EventBus,
    private readonly now: Now,
  ) {}

  /** Writes one event and announces it; answers its id. Change the ticket's row first: followers read it. */
  async record<T extends TicketEventType>(
    tx: Transaction,
    ticket: number,
    type: T,
    entry: { readonly at: Date; readonly by: Actor; readonly data: TicketEventData[T] },
  ): Promise<string> {
    const [id] = await this.recordAll(tx, ticket, [{ type, ...entry } as JournalEntry]);
    return id as string;
  }

  /** Writes what belongs together in the order given, and announces it in one list when all of it stands. */
  async recordAll(tx: Transaction, ticket: number, entries: readonly JournalEntry[]): Promise<string[]> {
    if (entries.length === 0) return [];

    const rows = await tx.query<{ id: string }>(
      `insert into ticket_event (ticket_number, recorded_at, at, type, by, data)
       select $1, $2, entry.at, entry.type, entry.by, entry.data
       from unnest($3::timestamptz[], $4::text[], $5::jsonb[], $6::jsonb[])
         with ordinality as entry (at, type, by, data, position)
       order by entry.position
       returning id`,
      [
        ticket,
        this.now.read(),
        entries.map((entry) => entry.at),
        entries.map((entry) => entry.type),
        entries.map((entry) => JSON.stringify(entry.by)),
        entries.map((entry) => JSON.stringify(entry.data)),
      ],
    );
    const ids = rows.map((row) => row.id).sort((a, b) => Number(BigInt(a) - BigInt(b)));
    const facts = entries.flatMap((entry, position) => factOf(entry, ticket, ids[position] as string));
    if (facts.length > 0) await this.events.publish(tx, facts);
    return ids;
  }
}

type FactClass = new (ticket: number, event: string, at: Date) => TicketFact;

/** What the SLA floor writes about itself, and which rule decided, is told to nobody: it follows from the rest. */
const facts: Record<TicketEventType, FactClass | null> = {
  created: TicketOpened,
  customerMessage: CustomerWrote,
  agentReply: AgentReplied,
  call: AgentReplied,
  note: NoteWritten,
  autoReply: AutomaticMailFiled,
  status: StatusChanged,
  level: LevelChanged,
  queue: QueueChanged,
  assigned: AssigneeChanged,
  organisation: OrganisationChanged,
  tags: TagsChanged,
  subject: SubjectChanged,
  rule: null,
  merged: TicketMerged,
  unmerged: TicketUnmerged,
  manualDue: ManualDueSet,
  policy: null,
  calendar: null,
};

function factOf(entry: JournalEntry, ticket: number, event: string): TicketFact[] {
  const fact = facts[entry.type];
  return fact ? [new fact(ticket, event, entry.at)] : [];
}

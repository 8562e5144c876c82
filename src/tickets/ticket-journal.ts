import { Injectable } from '@nestjs/common';
import { storableJson } from '../platform/database/storable-json.js';
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
  /** What has been written in transactions that will announce it later. */
  private readonly unannounced = new WeakMap<Transaction, TicketFact[]>();

  constructor(
    private readonly events: EventBus,
    private readonly now: Now,
  ) {}

  /** Lets `work` write, and announces all of it in one list at its end: what many tickets have in common is then done once. */
  async together<T>(tx: Transaction, work: () => Promise<T>): Promise<T> {
    const facts: TicketFact[] = [];
    this.unannounced.set(tx, facts);
    let value: T;
    try {
      value = await work();
    } finally {
      this.unannounced.delete(tx);
    }
    if (facts.length > 0) await this.events.publish(tx, facts);
    return value;
  }

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
    return this.recordForAll(tx, new Map([[ticket, entries]]));
  }

  /** The same for many tickets at once, by one statement. */
  async recordForAll(tx: Transaction, histories: ReadonlyMap<number, readonly JournalEntry[]>): Promise<string[]> {
    const all = [...histories].flatMap(([ticket, entries]) => entries.map((entry) => ({ ticket, entry })));
    if (all.length === 0) return [];

    // Many tickets often say the same, which is then sent and read once.
    const words = new Distinct();
    const rows = await tx.query<{ id: string }>(
      `insert into ticket_event (ticket_number, recorded_at, at, type, by, data)
       select entry.ticket, $1, entry.at, entry.type, words.list[entry.by], words.list[entry.data]
       from unnest($2::integer[], $3::timestamptz[], $4::text[], $5::integer[], $6::integer[])
         with ordinality as entry (ticket, at, type, by, data, position)
         cross join (select $7::jsonb[] as list offset 0) as words
       order by entry.position
       returning id`,
      [
        this.now.read(),
        all.map(({ ticket }) => ticket),
        all.map(({ entry }) => entry.at),
        all.map(({ entry }) => entry.type),
        all.map(({ entry }) => words.place(entry.by)),
        all.map(({ entry }) => words.place(entry.data)),
        words.list,
      ],
    );
    const ids = rows.map((row) => row.id).sort((a, b) => Number(BigInt(a) - BigInt(b)));
    const facts = all.flatMap(({ ticket, entry }, position) => factOf(entry, ticket, ids[position] as string));
    const waiting = this.unannounced.get(tx);
    if (waiting !== undefined) waiting.push(...facts);
    else if (facts.length > 0) await this.events.publish(tx, facts);
    return ids;
  }
}

/** Values as JSON, each once; places count from one, as PostgreSQL does. */
class Distinct {
  readonly list: string[] = [];
  private readonly places = new Map<object, number>();

  place(value: object): number {
    const known = this.places.get(value);
    if (known !== undefined) return known;

    this.list.push(storableJson(value));
    this.places.set(value, this.list.length);
    return this.list.length;
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
  copies: null,
  rule: null,
  merged: TicketMerged,
  unmerged: TicketUnmerged,
  manualDue: ManualDueSet,
  policy: null,
  calendar: null,
  agreement: null,
};

function factOf(entry: JournalEntry, ticket: number, event: string): TicketFact[] {
  const fact = facts[entry.type];
  return fact ? [new fact(ticket, event, entry.at)] : [];
}

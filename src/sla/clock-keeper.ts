import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { Now } from '../platform/time/now.js';
import { theDesk } from '../tickets/actor.js';
import {
  LevelChanged,
  ManualDueSet,
  OrganisationChanged,
  QueueChanged,
  StatusChanged,
  TagsChanged,
  TicketFact,
  TicketOpened,
  TicketUnmerged,
} from '../tickets/ticket-events.js';
import { TicketJournal, type JournalEntry } from '../tickets/ticket-journal.js';
import type { ClockRow } from './clock.entity.js';
import { recordedTerms } from './clock/recorded-terms.js';
import { replay } from './clock/replay.js';
import { change, withdrawal, type Change } from './keeping/clock-changes.js';
import { ClockJournal } from './keeping/clock-journal.js';
import { clockColumns, snapshotOf, valuesOf } from './keeping/clock-rows.js';
import { sameCalendar, samePromise, TicketTerms, type Choice, type TicketTraits } from './keeping/ticket-terms.js';
import { TicketTimelines, type TicketHistory } from './keeping/ticket-timelines.js';

/** From when on what is chosen now holds for a ticket. */
type ChosenAt = (ticket: number) => Date;

/** What may choose another policy or calendar. */
const CHOOSING = [
  TicketOpened,
  LevelChanged,
  QueueChanged,
  OrganisationChanged,
  TagsChanged,
  StatusChanged,
  TicketUnmerged,
];

/**
 * Keeps the clocks of tickets: whatever happens to one, its whole history is replayed and the difference to what is stored
 * is saved. What is stored is therefore what a replay gives, by construction.
 */
@Injectable()
export class ClockKeeper {
  constructor(
    private readonly timelines: TicketTimelines,
    private readonly terms: TicketTerms,
    private readonly tickets: TicketJournal,
    private readonly clocks: ClockJournal,
    private readonly now: Now,
    events: EventBus,
  ) {
    events.follow(TicketFact, (tx, facts) => this.follow(tx, facts));
  }

  /** Counts the clocks of these tickets anew, by what is promised to them now. Answers how many clocks changed. */
  async recompute(tx: Transaction, tickets: readonly number[]): Promise<number> {
    const now = this.now.read();
    return this.keep(tx, tickets, now, () => now);
  }

  /** Stores what the histories of these tickets say. Answers how many clocks were otherwise. */
  async mend(tx: Transaction, tickets: readonly number[]): Promise<number> {
    return this.keep(tx, tickets, this.now.read(), null);
  }

  /** What the clocks of these tickets are by their histories, beside what is stored; the rows are held. */
  async compare(tx: Transaction, tickets: readonly number[], now: Date): Promise<Change[]> {
    const stored = await this.lock(tx, tickets);
    const traits = await this.terms.traitsOf(tx, tickets);
    const histories = await this.timelines.of(tx, tickets);
    return traits.flatMap((ticket) => this.changesOf(ticket, histories.get(ticket.number), stored, now));
  }

  private async follow(tx: Transaction, facts: readonly TicketFact[]): Promise<void> {
    const choosing = new Map<number, Date>();
    for (const fact of facts) if (CHOOSING.some((kind) => fact instanceof kind)) choosing.set(fact.ticket, fact.at);
    const all = new Set(facts.map(({ ticket }) => ticket));
    const now = this.now.read();
    const others = [...all].filter((ticket) => !choosing.has(ticket));
    if (choosing.size > 0) await this.keep(tx, [...choosing.keys()], now, (ticket) => choosing.get(ticket) ?? now);
    if (others.length > 0) await this.keep(tx, others, now, null, whyOf(facts));
  }

  private async keep(
    tx: Transaction,
    tickets: readonly number[],
    now: Date,
    chosenAt: ChosenAt | null,
    why = 'an earlier event came to light',
  ): Promise<number> {
    const stored = await this.lock(tx, tickets);
    const traits = await this.terms.traitsOf(tx, tickets);
    let histories = await this.timelines.of(tx, tickets);
    const reasons = chosenAt === null ? new Map<number, string>() : await this.choose(tx, traits, histories, chosenAt);
    if (reasons.size > 0) histories = await this.timelines.of(tx, tickets);
    const changes = traits.flatMap((ticket) => this.changesOf(ticket, histories.get(ticket.number), stored, now));
    return this.clocks.save(tx, changes, now, (ticket) => reasons.get(ticket) ?? why);
  }

  /** Writes into each ticket's history what it is promised from now on, where that is something else; answers why. */
  private async choose(
    tx: Transaction,
    traits: readonly TicketTraits[],
    histories: ReadonlyMap<number, TicketHistory>,
    chosenAt: ChosenAt,
  ): Promise<Map<number, string>> {
    const choices = await this.terms.choose(tx, traits);
    const reasons = new Map<number, string>();
    for (const { number } of traits) {
      const entries = newlyChosen(choices.get(number), histories.get(number), chosenAt(number));
      if (entries.length === 0) continue;

      await this.tickets.recordAll(tx, number, entries);
      reasons.set(number, entries.map(reasonOf).join('; '));
    }
    return reasons;
  }

  private changesOf(
    ticket: TicketTraits,
    history: TicketHistory | undefined,
    stored: ReadonlyMap<string, ClockRow>,
    now: Date,
  ): Change[] {
    // A ticket without a history says nothing about its clocks.
    if (history === undefined) return [];

    const { timeline } = history;
    const at = new Date(Math.max(now.getTime(), ...timeline.map((event) => event.at.getTime())));
    const replayed = replay(timeline, recordedTerms, at).map((clock) =>
      valuesOf(clock, ticket.number, snapshotOf(ticket)),
    );
    const changes = replayed.map((values) => change(stored.get(keyOf(values)) ?? null, values));
    const kept = new Set(replayed.map(keyOf));
    const gone = [...stored.values()].filter((row) => row.ticketNumber === ticket.number && !kept.has(keyOf(row)));
    return [...changes, ...gone.map((row) => withdrawal(row, now))];
  }

  /** The clocks of these tickets, held until the end of the transaction. */
  private async lock(tx: Transaction, tickets: readonly number[]): Promise<Map<string, ClockRow>> {
    const rows = await tx.query<ClockRow>(
      `select ${clockColumns} from clock where ticket_number = any($1::integer[]) order by id for update`,
      [tickets],
    );
    return new Map(rows.map((row) => [keyOf(row), row]));
  }
}

const keyOf = ({ ticketNumber, metric, cycle }: Pick<ClockRow, 'ticketNumber' | 'metric' | 'cycle'>): string =>
  `${ticketNumber} ${metric} ${cycle}`;

const whyOf = (facts: readonly TicketFact[]): string =>
  facts.some((fact) => fact instanceof ManualDueSet)
    ? 'the due date was set by hand'
    : 'an earlier event came to light';

function newlyChosen(choice: Choice | undefined, history: TicketHistory | undefined, at: Date): JournalEntry[] {
  const entries: JournalEntry[] = [];
  const { policy = null, calendar = null } = choice ?? {};
  if (policy !== null && !samePromise(policy, history?.policy ?? null)) {
    entries.push({ type: 'policy', at, by: theDesk, data: policy });
  }
  if (calendar !== null && !sameCalendar(calendar, history?.calendar ?? null)) {
    entries.push({ type: 'calendar', at, by: theDesk, data: calendar });
  }
  return entries;
}

function reasonOf(entry: JournalEntry): string {
  if (entry.type === 'policy') return `policy ${entry.data.policy}, version ${entry.data.version} (${entry.data.why})`;
  if (entry.type === 'calendar')
    return `calendar ${entry.data.calendar}, version ${entry.data.version} (${entry.data.why})`;
  return entry.type;
}

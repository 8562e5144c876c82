import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { Now } from '../platform/time/now.js';
import { theDesk } from '../tickets/actor.js';
import {
  AssigneeChanged,
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
import type { MeasureRow } from './measure.entity.js';
import { recordedTerms } from './clock/recorded-terms.js';
import { measuresAt } from './clock/measures.js';
import { clocksAt, stateAt } from './clock/replay.js';
import { change, withdrawal, type Change } from './keeping/clock-changes.js';
import { ClockJournal } from './keeping/clock-journal.js';
import { clockColumns, snapshotOf, valuesOf } from './keeping/clock-rows.js';
import { Recounting, type OtherHours } from './keeping/recounting.js';
import { MeasureRows, measureRows } from './keeping/measure-rows.js';
import { reasonsOf } from './keeping/reasons.js';
import {
  sameAgreement,
  sameCalendar,
  samePromise,
  TicketTerms,
  type Choice,
  type TicketTraits,
} from './keeping/ticket-terms.js';
import { TicketTimelines, type TicketHistory } from './keeping/ticket-timelines.js';

/** From when on what is chosen now holds for a ticket. */
type ChosenAt = (ticket: number) => Date;

/** What would become of a clock, and why. */
export interface Foreseen extends Change {
  readonly why: string;
}

/** What the histories of tickets say, beside what is stored. */
export interface Comparison {
  readonly changes: readonly Change[];
  readonly measures: { readonly stored: readonly MeasureRow[]; readonly replayed: readonly MeasureRow[] };
}

/** What may choose another policy, calendar or agreement. */
const CHOOSING = [
  TicketOpened,
  LevelChanged,
  QueueChanged,
  OrganisationChanged,
  TagsChanged,
  StatusChanged,
  TicketUnmerged,
  AssigneeChanged,
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
    private readonly measures: MeasureRows,
    private readonly recounting: Recounting,
    private readonly now: Now,
    events: EventBus,
  ) {
    events.follow(TicketFact, (tx, facts) => this.follow(tx, facts));
  }

  /** Counts the clocks of these tickets anew, by what is promised to them now. Answers how many clocks changed. */
  async recompute(tx: Transaction, tickets: readonly number[]): Promise<number> {
    const now = this.now.read();
    const { recounted, changed } = await this.recount(tx, tickets, now);
    const others = tickets.filter((ticket) => !recounted.has(ticket));
    return others.length === 0 ? changed : changed + (await this.keep(tx, others, now, () => now));
  }

  /** Stores what the histories of these tickets say. Answers how many clocks were otherwise. */
  async mend(tx: Transaction, tickets: readonly number[]): Promise<number> {
    return this.keep(tx, tickets, this.now.read(), null);
  }

  /**
   * What `recompute` would make of these tickets. Nothing is held and nothing is written, so that what is promised can be tried in a
   * transaction that is undone.
   */
  async foresee(tx: Transaction, tickets: readonly number[]): Promise<Foreseen[]> {
    const now = this.now.read();
    const stored = await this.look(tx, tickets);
    const traits = await this.terms.traitsOf(tx, tickets);
    const histories = await this.timelines.of(tx, tickets);
    const choices = await this.terms.choose(tx, traits);
    const foreseen: Foreseen[] = [];
    for (const ticket of traits) {
      const history = histories.get(ticket.number);
      if (history === undefined) continue;

      const entries = newlyChosen(choices.get(ticket.number), history, now);
      const later = await this.timelines.continued(tx, ticket.number, history, entries);
      const why = reasonsOf(entries, history);
      foreseen.push(...outcomeOf(ticket, later, stored, now).changes.map((change) => ({ ...change, why })));
    }
    return foreseen;
  }

  /** What the clocks of these tickets are by their histories, beside what is stored; the rows are held. */
  async compare(tx: Transaction, tickets: readonly number[], now: Date): Promise<Comparison> {
    const stored = await this.lock(tx, tickets);
    const traits = await this.terms.traitsOf(tx, tickets);
    const histories = await this.timelines.of(tx, tickets);
    const outcomes = traits.map((ticket) => outcomeOf(ticket, histories.get(ticket.number), stored, now));
    return {
      changes: outcomes.flatMap((outcome) => outcome.changes),
      measures: {
        stored: await this.measures.of(tx, tickets),
        replayed: outcomes.flatMap((outcome) => outcome.measures),
      },
    };
  }

  private async follow(tx: Transaction, facts: readonly TicketFact[]): Promise<void> {
    const choosing = new Map<number, Date>();
    for (const fact of facts) if (CHOOSING.some((kind) => fact instanceof kind)) choosing.set(fact.ticket, fact.at);
    const all = new Set(facts.map(({ ticket }) => ticket));
    const now = this.now.read();
    const others = [...all].filter((ticket) => !choosing.has(ticket));
    const why = await whyOf(tx, facts);
    if (choosing.size > 0) {
      const chosenAt: ChosenAt = (ticket) => choosing.get(ticket) ?? now;
      const opened = new Set(facts.filter((fact) => fact instanceof TicketOpened).map(({ ticket }) => ticket));
      await this.keep(tx, [...choosing.keys()], now, chosenAt, { why, opened });
    }
    if (others.length > 0) await this.keep(tx, others, now, null, { why });
  }

  /** Where nothing but the calendar is another one, the open clocks are counted anew without the histories. */
  private async recount(
    tx: Transaction,
    tickets: readonly number[],
    now: Date,
  ): Promise<{ recounted: ReadonlySet<number>; changed: number }> {
    const traits = await this.terms.traitsOf(tx, tickets);
    const choices = await this.terms.choose(tx, traits);
    const promised = await this.recounting.lastPromised(tx, tickets);
    const entries = new Map<number, JournalEntry[]>();
    const reasons = new Map<number, string>();
    const otherHours: OtherHours[] = [];
    for (const ticket of traits) {
      const last = promised.get(ticket.number);
      const chosen = newlyChosen(choices.get(ticket.number), last, now);
      const [only] = chosen;
      const nothingElse = only?.type === 'calendar' && chosen.length === 1;
      if (!nothingElse || last === undefined || last.policy === null || last.lastAt >= now) continue;

      otherHours.push({ ticket, policy: last.policy, calendar: only.data });
      entries.set(ticket.number, chosen);
      reasons.set(ticket.number, reasonsOf(chosen, last));
    }
    const recounted = await this.recounting.recount(tx, otherHours, now);
    await this.tickets.recordForAll(tx, new Map([...entries].filter(([ticket]) => recounted.has(ticket))));
    const changes = [...recounted.values()].flat();
    const changed = await this.clocks.save(tx, changes, now, (ticket) => reasons.get(ticket) ?? '');
    return { recounted: new Set(recounted.keys()), changed };
  }

  private async keep(
    tx: Transaction,
    tickets: readonly number[],
    now: Date,
    chosenAt: ChosenAt | null,
    { why = null, opened = new Set() }: { why?: string | null; opened?: ReadonlySet<number> } = {},
  ): Promise<number> {
    // A ticket that has just been opened has no clocks, and no measures that could be wrong.
    const known = tickets.filter((ticket) => !opened.has(ticket));
    const stored = await this.lock(tx, known);
    if (chosenAt !== null) await this.terms.hold(tx);
    const traits = await this.terms.traitsOf(tx, tickets);
    const histories = await this.timelines.of(tx, tickets);
    const reasons =
      chosenAt === null ? new Map<number, string>() : await this.choose(tx, traits, histories, chosenAt, why);
    const outcomes = traits.map((ticket) => outcomeOf(ticket, histories.get(ticket.number), stored, now));
    const measured = outcomes.flatMap((outcome) => outcome.measures);
    if (known.length + measured.length > 0) await this.measures.save(tx, tickets, measured);
    const changes = outcomes.flatMap((outcome) => outcome.changes);
    return this.clocks.save(
      tx,
      changes,
      now,
      (ticket) => reasons.get(ticket) ?? why ?? 'an earlier event came to light',
    );
  }

  /** Writes into each ticket's history, stored and at hand, what it is promised from now on, where that is something else; answers why. */
  private async choose(
    tx: Transaction,
    traits: readonly TicketTraits[],
    histories: Map<number, TicketHistory>,
    chosenAt: ChosenAt,
    cause: string | null,
  ): Promise<Map<number, string>> {
    const choices = await this.terms.choose(tx, traits);
    const chosen = new Map<number, JournalEntry[]>();
    const reasons = new Map<number, string>();
    for (const { number } of traits) {
      const history = histories.get(number);
      const entries = newlyChosen(choices.get(number), history, chosenAt(number));
      if (entries.length === 0) continue;

      chosen.set(number, entries);
      reasons.set(number, reasonsOf(entries, history, cause));
      if (history !== undefined) histories.set(number, await this.timelines.continued(tx, number, history, entries));
    }
    await this.tickets.recordForAll(tx, chosen);
    return reasons;
  }

  /** The clocks of these tickets, held until the end of the transaction. */
  private async lock(tx: Transaction, tickets: readonly number[]): Promise<Map<string, ClockRow>> {
    return this.look(tx, tickets, 'for update');
  }

  private async look(tx: Transaction, tickets: readonly number[], hold = ''): Promise<Map<string, ClockRow>> {
    if (tickets.length === 0) return new Map();

    const rows = await tx.query<ClockRow>(
      `select ${clockColumns} from clock where ticket_number = any($1::integer[]) order by id ${hold}`,
      [tickets],
    );
    return new Map(rows.map((row) => [keyOf(row), row]));
  }
}

interface Outcome {
  readonly changes: readonly Change[];
  readonly measures: readonly MeasureRow[];
}

/** What a ticket's history says of its clocks, beside what is stored, and what was measured. */
function outcomeOf(
  ticket: TicketTraits,
  history: TicketHistory | undefined,
  stored: ReadonlyMap<string, ClockRow>,
  now: Date,
): Outcome {
  // A ticket without a history says nothing about its clocks.
  if (history === undefined) return { changes: [], measures: [] };

  const { timeline } = history;
  const at = new Date(Math.max(now.getTime(), ...timeline.map((event) => event.at.getTime())));
  const state = stateAt(timeline, recordedTerms, at);
  const replayed = clocksAt(state, at).map((clock) => valuesOf(clock, ticket.number, snapshotOf(ticket)));
  const changes = replayed.map((values) => change(stored.get(keyOf(values)) ?? null, values));
  const kept = new Set(replayed.map(keyOf));
  const gone = [...stored.values()].filter((row) => row.ticketNumber === ticket.number && !kept.has(keyOf(row)));
  return {
    changes: [...changes, ...gone.map((row) => withdrawal(row, now))],
    measures: measureRows(ticket, measuresAt(state, at)),
  };
}

const keyOf = ({ ticketNumber, metric, cycle }: Pick<ClockRow, 'ticketNumber' | 'metric' | 'cycle'>): string =>
  `${ticketNumber} ${metric} ${cycle}`;

/** In words, what happened that may move a due instant; of several, the first. */
async function whyOf(tx: Transaction, facts: readonly TicketFact[]): Promise<string | null> {
  const byHand = facts.find((fact) => fact instanceof ManualDueSet);
  if (byHand !== undefined) return reasonByHand(tx, byHand.event);
  return CAUSES.find(([kind]) => facts.some((fact) => fact instanceof kind))?.[1] ?? null;
}

/** A manager's own words. */
async function reasonByHand(tx: Transaction, event: string): Promise<string> {
  const [set] = await tx.query<{ dueAt: string | null; reason: string }>(
    `select data ->> 'dueAt' as "dueAt", data ->> 'reason' as reason from ticket_event where id = $1`,
    [event],
  );
  const what = set?.dueAt === null ? 'the due date set by hand was taken back' : 'the due date was set by hand';
  return `${what} (${set?.reason ?? ''})`;
}

const CAUSES: readonly (readonly [(typeof CHOOSING)[number], string])[] = [
  [LevelChanged, 'the level changed'],
  [OrganisationChanged, 'the organisation changed'],
  [QueueChanged, 'the queue changed'],
  [TagsChanged, 'the tags changed'],
];

function newlyChosen(
  choice: Choice | undefined,
  history: Partial<Pick<TicketHistory, 'policy' | 'calendar' | 'agreement'>> | undefined,
  at: Date,
): JournalEntry[] {
  const entries: JournalEntry[] = [];
  const { policy = null, calendar = null } = choice ?? {};
  if (policy !== null && !samePromise(policy, history?.policy ?? null)) {
    entries.push({ type: 'policy', at, by: theDesk, data: policy });
  }
  if (calendar !== null && !sameCalendar(calendar, history?.calendar ?? null)) {
    entries.push({ type: 'calendar', at, by: theDesk, data: calendar });
  }
  if (choice !== undefined && !sameAgreement(choice.agreement, history?.agreement ?? null)) {
    entries.push({ type: 'agreement', at, by: theDesk, data: choice.agreement });
  }
  return entries;
}

import { Injectable } from '@nestjs/common';
import { CalendarError } from '../calendar/calendar-error.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';
import { ClockKeeper, type Foreseen } from './clock-keeper.js';
import { strike } from './clock/clock.js';
import type { Metric } from './clock/timeline.js';
import { changesAnything, happenings } from './keeping/clock-changes.js';
import { warningsFromStore } from './keeping/clock-rows.js';
import { concernedTickets } from './keeping/concerned.js';
import { fingerprint, type Fingerprint } from './keeping/fingerprint.js';

/** What would become of one clock. */
export interface Foretold {
  readonly ticket: number;
  readonly metric: Metric;
  readonly cycle: number;
  readonly what: Fate;
  /** Its due instant, now and then; null while it is paused or where there is none. */
  readonly from: Date | null;
  readonly to: Date | null;
  readonly why: string;
}

export type Fate = 'breach' | 'noLonger' | 'started' | 'ended' | 'moved';

/** What a change of what is promised would do to the clocks that run or are paused. */
export interface Impact {
  readonly at: Date;
  /** Nothing that decides what is promised would be another, so no clock was looked at. */
  readonly same: boolean;
  /** Whether all of them were looked at; else time was up. */
  readonly complete: boolean;
  /** What was looked at: living tickets that may be concerned, and their clocks that run or are paused. */
  readonly tickets: number;
  readonly clocks: number;
  /** How many of these there are. */
  readonly allTickets: number;
  readonly allClocks: number;
  /** Due at another instant, or paused with another target. */
  readonly moved: number;
  readonly earlier: number;
  readonly later: number;
  /** Not breached now, but breached at once under the change. */
  readonly breach: number;
  /** Breached now, and not any more. */
  readonly noLonger: number;
  /** New clocks, where the change turns a metric on; and those that are cancelled because it turns one off. */
  readonly started: number;
  readonly ended: number;
  /** Tickets whose clocks could not be counted, such as by a calendar that opens too seldom; they would keep what they have. */
  readonly uncountable: number;
  readonly examples: readonly Foretold[];
}

const BATCH = 250;
/** A page waits for the answer, and whoever else wants to change what is promised waits with it. */
const LONGEST_MS = 8_000;
const MOST_EXAMPLES = 10;

/** Tries a change of what is promised: makes it, looks what would become of every live clock, and undoes it in any case. */
@Injectable()
export class Rehearsal {
  constructor(
    private readonly database: Database,
    private readonly keeper: ClockKeeper,
    private readonly now: Now,
  ) {}

  /**
   * What `change` would do to the clocks, by the very functions that count them anew once it is made. Nothing of it survives, nobody is
   * told, and no ticket or clock is held meanwhile. If the change is refused, this is refused in the same way.
   */
  async of(change: (tx: Transaction) => Promise<unknown>, longestMs = LONGEST_MS): Promise<Impact> {
    try {
      await this.database.transaction(async (tx) => {
        throw new Undone(await this.within(tx, () => change(tx), longestMs));
      });
    } catch (error) {
      if (error instanceof Undone) return error.impact;
      throw error;
    }
    throw new Error('A transaction that threw was committed.');
  }

  /** The same for whoever undoes the transaction himself: makes the change in it and answers what it would do. */
  async within(tx: Transaction, change: () => Promise<unknown>, longestMs = LONGEST_MS): Promise<Impact> {
    const before = await fingerprint(tx);
    await change();
    const calendars = changedCalendars(before, await fingerprint(tx));
    return calendars?.length === 0 ? nothing(this.now.read()) : this.lookAtAll(tx, calendars, longestMs);
  }

  private async lookAtAll(tx: Transaction, calendars: Concerned, longestMs: number): Promise<Impact> {
    const until = performance.now() + longestMs;
    const [all] = await tx.query<{ clocks: number }>(
      `select count(*)::integer as clocks from clock
       where state in ('running', 'paused') and withdrawn_at is null and ($1::uuid[] is null or calendar_id = any($1))`,
      [calendars],
    );
    const tickets = await ticketsOf(tx, calendars);
    const tally = new Tally();
    let done = 0;
    while (done < tickets.length && performance.now() < until) {
      const batch = tickets.slice(done, done + BATCH);
      await this.count(tx, batch, tally);
      done += batch.length;
    }
    const complete = done === tickets.length;
    return tally.impact(this.now.read(), complete, { tickets: tickets.length, clocks: all?.clocks ?? 0 });
  }

  /** One ticket that cannot be counted does not hide the others. */
  private async count(tx: Transaction, tickets: readonly number[], tally: Tally): Promise<void> {
    try {
      tally.add(tickets.length, await this.keeper.foresee(tx, tickets), this.now.read());
    } catch (error) {
      if (!(error instanceof CalendarError)) throw error;

      if (tickets.length === 1) tally.uncountable++;
      else for (const ticket of tickets) await this.count(tx, [ticket], tally);
    }
  }
}

class Undone extends Error {
  constructor(readonly impact: Impact) {
    super('Only looked at.');
  }
}

/** The calendars whose hours alone have changed; null: something else has, so any clock may be concerned. */
type Concerned = readonly string[] | null;

function changedCalendars(before: Fingerprint, after: Fingerprint): Concerned {
  if (before.terms !== after.terms) return null;
  return Object.keys(after.versions).filter((id) => before.versions[id] !== after.versions[id]);
}

async function ticketsOf(tx: Transaction, calendars: Concerned): Promise<number[]> {
  const rows = await tx.query<{ number: number }>(`${concernedTickets('$1')} order by number`, [calendars]);
  return rows.map(({ number }) => number);
}

/** What has been found so far. */
class Tally {
  uncountable = 0;
  private tickets = 0;
  private clocks = 0;
  private earlier = 0;
  private later = 0;
  private readonly counts: Record<Fate, number> = { breach: 0, noLonger: 0, started: 0, ended: 0, moved: 0 };
  private readonly examples: Record<Fate, Foretold[]> = { breach: [], noLonger: [], started: [], ended: [], moved: [] };

  add(tickets: number, foreseen: readonly Foreseen[], now: Date): void {
    this.tickets += tickets;
    for (const one of foreseen) {
      if (isLive(one.before)) this.clocks++;
      if (changesAnything(one)) this.note(one, now);
    }
  }

  impact(at: Date, complete: boolean, all: { tickets: number; clocks: number }): Impact {
    const { tickets, clocks, earlier, later, uncountable } = this;
    return {
      at,
      same: false,
      complete,
      tickets,
      clocks,
      allTickets: all.tickets,
      allClocks: Math.max(clocks, all.clocks),
      ...this.counts,
      earlier,
      later,
      uncountable,
      examples: someOfEach(Object.values(this.examples)),
    };
  }

  private note(one: Foreseen, now: Date): void {
    const fates = fatesOf(one, now);
    for (const fate of fates) {
      this.counts[fate]++;
      // A clock is an example of the first thing that is worth telling about it.
      if (fate === fates[0] && this.examples[fate].length < MOST_EXAMPLES) this.examples[fate].push(example(one, fate));
    }
    if (!fates.includes('moved')) return;
    if (later(one)) this.later++;
    else this.earlier++;
  }
}

/** In the order in which people care. */
function fatesOf(change: Foreseen, now: Date): Fate[] {
  const types = new Set(happenings(change, now, change.why).map(({ type }) => type));
  const fates: [Fate, boolean][] = [
    // What is overdue and only waits for a worker is not the change's doing.
    ['breach', types.has('breached') && !isOverdue(change.before, now)],
    ['noLonger', types.has('retracted')],
    ['started', types.has('started') || types.has('restored') || types.has('reopened')],
    ['ended', types.has('cancelled') || types.has('withdrawn')],
    ['moved', types.has('moved')],
  ];
  return fates.flatMap(([fate, holds]) => (holds ? [fate] : []));
}

type Before = Foreseen['before'];

const isLive = (before: Before): boolean =>
  before !== null && before.withdrawnAt === null && (before.state === 'running' || before.state === 'paused');

function isOverdue(before: Before, now: Date): boolean {
  if (before === null || before.state !== 'running' || before.dueAt === null) return false;

  const { dueAt, breachedAt, breachedBy } = before;
  const warnings = { warnings: warningsFromStore(before.warnings), ahead: warningsFromStore(before.ahead) };
  return strike({ dueAt, breachedAt, breachedBy, ...warnings }, now).breachedAt !== null;
}

function later({ before, after }: Foreseen): boolean {
  if (before?.dueAt && after.dueAt) return after.dueAt > before.dueAt;
  return after.targetSeconds > (before?.targetSeconds ?? 0);
}

function example({ before, after, why }: Foreseen, what: Fate): Foretold {
  const { ticketNumber: ticket, metric, cycle } = after;
  return { ticket, metric, cycle, what, from: before?.dueAt ?? null, to: after.dueAt, why };
}

/** Ten at most, of each kind in turn, so that many of one do not hide the others; each kind together. */
function someOfEach(kinds: readonly (readonly Foretold[])[]): Foretold[] {
  const takes = kinds.map(() => 0);
  for (let left = MOST_EXAMPLES, before = -1; left > 0 && before !== left;) {
    before = left;
    kinds.forEach((kind, i) => {
      if (left === 0 || (takes[i] as number) >= kind.length) return;
      takes[i] = (takes[i] as number) + 1;
      left--;
    });
  }
  return kinds.flatMap((kind, i) => kind.slice(0, takes[i]));
}

function nothing(at: Date): Impact {
  return { ...new Tally().impact(at, true, { tickets: 0, clocks: 0 }), same: true };
}

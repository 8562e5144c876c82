import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';
import { ClockKeeper, type Comparison } from './clock-keeper.js';
import type { MeasureRow } from './measure.entity.js';
import { nextMoment, strike } from './clock/clock.js';
import { warningsFromStore, warningsToStore, type ClockValues } from './keeping/clock-rows.js';
import type { Change } from './keeping/clock-changes.js';

/** Something that is stored otherwise than the ticket's history says. */
export interface Difference {
  readonly ticket: number;
  readonly metric: string;
  readonly cycle: number;
  readonly field: string;
  readonly stored: unknown;
  readonly replayed: unknown;
}

/** Holds what is stored against what the histories of tickets say. */
@Injectable()
export class Replay {
  constructor(
    private readonly keeper: ClockKeeper,
    private readonly now: Now,
  ) {}

  /** What is stored otherwise than a pure replay of the ticket's events gives; nothing, if all is well. */
  async check(tx: Transaction, ticket: number): Promise<Difference[]> {
    return this.checkAll(tx, [ticket]);
  }

  async checkAll(tx: Transaction, tickets: readonly number[]): Promise<Difference[]> {
    const now = this.now.read();
    const { changes, measures } = await this.keeper.compare(tx, tickets, now);
    return [...changes.flatMap((change) => differences(change, now)), ...differencesOfMeasures(measures)];
  }

  /** Stores what the histories say. Answers how many clocks were otherwise. */
  async mend(tx: Transaction, tickets: readonly number[]): Promise<number> {
    return this.keeper.mend(tx, tickets);
  }

  /** The next tickets in the order of their numbers. */
  async ticketsAfter(tx: Transaction, number: number, limit: number): Promise<number[]> {
    const rows = await tx.query<{ number: number }>(
      `select number from ticket where number > $1 order by number limit $2`,
      [number, limit],
    );
    return rows.map((row) => row.number);
  }

  async countTickets(tx: Transaction): Promise<number> {
    const [row] = await tx.query<{ count: number }>(`select count(*)::integer as count from ticket`);
    return row?.count ?? 0;
  }
}

function differences({ before, after }: Change, now: Date): Difference[] {
  const { ticketNumber: ticket, metric, cycle } = after;
  if (before === null) {
    return [{ ticket, metric, cycle, field: 'clock', stored: null, replayed: after.state }];
  }
  const stored = struck(before, now) as unknown as Record<string, unknown>;
  return Object.entries(after).flatMap(([field, replayed]: [string, unknown]) =>
    JSON.stringify(sorted(stored[field])) === JSON.stringify(sorted(replayed))
      ? []
      : [{ ticket, metric, cycle, field, stored: stored[field], replayed }],
  );
}

/** What is measured, both ways: what is stored and what is not; what the ticket was when it ended is nobody's business here. */
function differencesOfMeasures({ stored, replayed }: Comparison['measures']): Difference[] {
  const keyOf = ({ ticketNumber, metric, cycle }: MeasureRow): string => `${ticketNumber} ${metric} ${cycle}`;
  const keep = ({ team, startedAt, endedAt, elapsedSeconds }: MeasureRow): unknown[] => [
    team,
    startedAt,
    endedAt,
    elapsedSeconds,
  ];
  const one = (rows: readonly MeasureRow[]): Map<string, MeasureRow> => new Map(rows.map((row) => [keyOf(row), row]));
  const [before, after] = [one(stored), one(replayed)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [was, is] = [before.get(key), after.get(key)];
    const { ticketNumber: ticket, metric, cycle } = (was ?? is) as MeasureRow;
    const [said, says] = [was === undefined ? null : keep(was), is === undefined ? null : keep(is)];
    return JSON.stringify(said) === JSON.stringify(says)
      ? []
      : [{ ticket, metric, cycle, field: 'measure', stored: said, replayed: says }];
  });
}

/** A moment that came just now may not have been struck yet; that is no difference. What cannot be read stays what it is, and is one. */
function struck<C extends ClockValues>(clock: C, now: Date): C {
  if (clock.state !== 'running' || clock.dueAt === null || !(isReadable(clock.warnings) && isReadable(clock.ahead)))
    return clock;

  const { dueAt, breachedAt, breachedBy } = clock;
  const warnings = warningsFromStore(clock.warnings);
  const after = strike({ dueAt, breachedAt, breachedBy, warnings, ahead: warningsFromStore(clock.ahead) }, now);
  return {
    ...clock,
    warnings: warningsToStore(after.warnings),
    ahead: warningsToStore(after.ahead),
    breachedAt: after.breachedAt,
    breachedBy: after.breachedBy,
    nextMomentAt: nextMoment(after),
  };
}

function isReadable(warnings: unknown): boolean {
  return (
    Array.isArray(warnings) &&
    warnings.every((warning: { at?: unknown } | null) => !Number.isNaN(Date.parse(String(warning?.at))))
  );
}

/** The same whatever order the keys of JSON come in. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, content]: [string, unknown]) => [key, sorted(content)]));
}

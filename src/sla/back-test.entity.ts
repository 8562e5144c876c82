import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import type { Metric } from './clock/timeline.js';
import type { Verdict } from './back-testing/verdict.js';
import type { World } from './back-testing/world.js';

/** Only what lies in it is compared; null: everything. */
export interface Scope {
  readonly level: string | null;
  readonly queue: string | null;
  readonly organisation: string | null;
}

/** What is imagined: a piece of a desk file as text, one policy for all, one calendar for all. */
export interface WhatIf {
  readonly file: string | null;
  readonly policy: string | null;
  readonly calendar: string | null;
}

/** How promises were kept, in one of the two columns. */
export interface Attainment {
  readonly met: number;
  readonly breached: number;
  readonly running: number;
  /** Met out of all that were decided, 0 to 1; null where nothing was. */
  readonly attainment: number | null;
  readonly p50Seconds: number | null;
  readonly p90Seconds: number | null;
}

/** One level and metric side by side; without a level: all of them. */
export interface BackTestRow {
  readonly level: string | null;
  readonly metric: Metric;
  readonly before: Attainment;
  readonly after: Attainment;
  /** Clocks that would have been breached and were not, and the other way round. */
  readonly worse: number;
  readonly better: number;
}

/** A period judged once more by what might have been promised; `done` of `total` tickets so far. */
@Entity({ name: 'back_test' })
export class BackTestEntity {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  /** In the order in which they were asked for. */
  @Column({ type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS' })
  number!: string;

  @Column({ name: 'asked_at', type: 'timestamptz' })
  askedAt!: Date;

  @Column({ name: 'asked_by', type: 'text' })
  askedBy!: string;

  @Column({ name: 'from_at', type: 'timestamptz' })
  from!: Date;

  @Column({ name: 'to_at', type: 'timestamptz' })
  to!: Date;

  @Column({ type: 'jsonb' })
  scope!: Scope;

  @Column({ name: 'what_if', type: 'jsonb' })
  whatIf!: WhatIf;

  /** In words, what the desk file would have changed. */
  @Column({ type: 'text', array: true })
  changes!: string[];

  /** Until it is finished. */
  @Column({ type: 'jsonb', nullable: true })
  world!: World | null;

  @Column({ type: 'integer' })
  total!: number;

  @Column({ type: 'integer' })
  done!: number;

  @Column({ name: 'last_ticket', type: 'integer' })
  lastTicket!: number;

  /** Tickets whose clocks cannot be counted under it. */
  @Column({ type: 'integer' })
  uncountable!: number;

  @Column({ type: 'jsonb', nullable: true })
  result!: BackTestRow[] | null;

  @Column({ name: 'failed_because', type: 'text', nullable: true })
  failedBecause!: string | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;
}

/** One clock in both columns; once the back-test is finished, only those are kept that it judges otherwise. */
@Entity({ name: 'back_test_clock' })
export class BackTestClockEntity {
  @PrimaryColumn({ name: 'back_test_id', type: 'uuid' })
  backTestId!: string;

  @PrimaryColumn({ name: 'ticket_number', type: 'integer' })
  ticketNumber!: number;

  @PrimaryColumn({ type: 'text' })
  metric!: Metric;

  @PrimaryColumn({ type: 'integer' })
  cycle!: number;

  @Column({ type: 'text' })
  level!: string;

  @Column({ type: 'text', nullable: true })
  before!: Verdict | null;

  @Column({ type: 'text', nullable: true })
  after!: Verdict | null;

  @Column({ name: 'before_seconds', type: 'double precision', nullable: true })
  beforeSeconds!: number | null;

  @Column({ name: 'after_seconds', type: 'double precision', nullable: true })
  afterSeconds!: number | null;

  @Column({ name: 'before_due_at', type: 'timestamptz', nullable: true })
  beforeDueAt!: Date | null;

  @Column({ name: 'after_due_at', type: 'timestamptz', nullable: true })
  afterDueAt!: Date | null;
}

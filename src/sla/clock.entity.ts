import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { BreachCause, CancelCause, Clock } from './clock/clock.js';
import type { Metric, Status } from './clock/timeline.js';

/** A warning as JSON keeps it. */
export interface StoredWarning {
  readonly percent: number;
  readonly at: string;
}

/** When the clock ran and when it was paused, as JSON keeps it. */
export interface StoredRun {
  readonly past: readonly {
    readonly from: string;
    readonly to: string;
    readonly pausedIn: Status | null;
    readonly countedMs: number;
  }[];
  readonly since: string;
  readonly pausedIn: Status | null;
}

/** One promise to one ticket, as it stands. */
@Entity({ name: 'clock' })
export class ClockRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column({ name: 'ticket_number', type: 'integer' })
  ticketNumber!: number;

  @Column({ type: 'text' })
  metric!: Metric;

  @Column({ type: 'integer' })
  cycle!: number;

  @Column({ type: 'text' })
  state!: Clock['state'];

  @Column({ type: 'integer' })
  judgement!: number;

  @Column({ name: 'policy_id', type: 'uuid' })
  policyId!: string;

  @Column({ name: 'policy_version', type: 'integer' })
  policyVersion!: number;

  @Column({ name: 'calendar_id', type: 'uuid' })
  calendarId!: string;

  @Column({ name: 'calendar_version', type: 'integer' })
  calendarVersion!: number;

  @Column({ name: 'target_seconds', type: 'double precision' })
  targetSeconds!: number;

  /** Working time counted by `countingSince`, or by the pause or the end. */
  @Column({ name: 'elapsed_seconds', type: 'double precision' })
  elapsedSeconds!: number;

  @Column({ name: 'counting_since', type: 'timestamptz', nullable: true })
  countingSince!: Date | null;

  @Column({ name: 'started_at', type: 'timestamptz' })
  startedAt!: Date;

  @Column({ name: 'due_at', type: 'timestamptz', nullable: true })
  dueAt!: Date | null;

  @Column({ name: 'manual_due_at', type: 'timestamptz', nullable: true })
  manualDueAt!: Date | null;

  @Column({ name: 'stopped_at', type: 'timestamptz', nullable: true })
  stoppedAt!: Date | null;

  /** The user who ended it, where it was one. */
  @Column({ name: 'stopped_by', type: 'uuid', nullable: true })
  stoppedBy!: string | null;

  @Column({ name: 'breached_at', type: 'timestamptz', nullable: true })
  breachedAt!: Date | null;

  @Column({ name: 'breached_by', type: 'text', nullable: true })
  breachedBy!: BreachCause | null;

  @Column({ name: 'cancelled_because', type: 'text', nullable: true })
  cancelledBecause!: CancelCause | null;

  @Column({ type: 'jsonb' })
  run!: StoredRun;

  @Column({ type: 'jsonb' })
  warnings!: StoredWarning[];

  /** The warnings still to come. */
  @Column({ type: 'jsonb' })
  ahead!: StoredWarning[];

  @Column({ name: 'next_moment_at', type: 'timestamptz', nullable: true })
  nextMomentAt!: Date | null;

  /** It could not be struck: somebody must see to it, and it is tried again now and then. */
  @Column({ name: 'set_aside_at', type: 'timestamptz', nullable: true })
  setAsideAt!: Date | null;

  @Column({ name: 'set_aside_because', type: 'text', nullable: true })
  setAsideBecause!: string | null;

  /** What came to light later says that there never was such a clock. */
  @Column({ name: 'withdrawn_at', type: 'timestamptz', nullable: true })
  withdrawnAt!: Date | null;

  /** What the ticket was when the clock ended, or is while it is open. */
  @Column({ type: 'text' })
  level!: string;

  @Column({ name: 'queue_id', type: 'uuid' })
  queueId!: string;

  @Column({ name: 'assignee_id', type: 'uuid', nullable: true })
  assigneeId!: string | null;

  @Column({ name: 'organisation_id', type: 'uuid', nullable: true })
  organisationId!: string | null;
}

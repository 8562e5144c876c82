import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { Chain } from './chain/chain.js';

export type IncidentState = 'open' | 'acknowledged' | 'closed';
export type ClosingReason = 'stopped' | 'cancelled' | 'retracted';

/** Who acknowledged: a responder by the link in their notification, or a user on the page or by the API. */
export interface AcknowledgedBy {
  readonly kind: 'responder' | 'user';
  readonly id: string;
  readonly name: string;
  readonly email?: string;
}

/** A promise broken and being escalated: one for each clock, cycle and judgement. */
@Entity({ name: 'incident' })
export class IncidentRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ name: 'ticket_number', type: 'integer' })
  ticketNumber!: number;

  /** Null where a customer has asked for help in an emergency. */
  @Column({ name: 'clock_id', type: 'bigint', nullable: true })
  clockId!: string | null;

  @Column({ type: 'text' })
  metric!: string;

  @Column({ type: 'integer' })
  cycle!: number;

  @Column({ type: 'integer' })
  judgement!: number;

  @Column({ name: 'due_at', type: 'timestamptz' })
  dueAt!: Date;

  @Column({ type: 'text' })
  state!: IncidentState;

  @Column({ type: 'jsonb' })
  chain!: Chain;

  @Column({ type: 'integer' })
  step!: number;

  @Column({ type: 'integer' })
  round!: number;

  @Column({ name: 'next_step_at', type: 'timestamptz', nullable: true })
  nextStepAt!: Date | null;

  @Column({ name: 'opened_at', type: 'timestamptz' })
  openedAt!: Date;

  @Column({ name: 'acknowledged_at', type: 'timestamptz', nullable: true })
  acknowledgedAt!: Date | null;

  @Column({ name: 'acknowledged_by', type: 'jsonb', nullable: true })
  acknowledgedBy!: AcknowledgedBy | null;

  /** Acknowledged, but not done by then: it starts again. */
  @Column({ name: 'restart_at', type: 'timestamptz', nullable: true })
  restartAt!: Date | null;

  /** The responder who is asked to take over. */
  @Column({ name: 'offered_to', type: 'uuid', nullable: true })
  offeredTo!: string | null;

  @Column({ name: 'offered_at', type: 'timestamptz', nullable: true })
  offeredAt!: Date | null;

  @Column({ name: 'closed_at', type: 'timestamptz', nullable: true })
  closedAt!: Date | null;

  @Column({ name: 'closed_because', type: 'text', nullable: true })
  closedBecause!: ClosingReason | null;
}

import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

export type ClockEventType =
  | 'started'
  | 'warned'
  | 'breached'
  | 'retracted'
  | 'moved'
  | 'paused'
  | 'resumed'
  | 'stopped'
  | 'reopened'
  | 'cancelled'
  | 'restored'
  | 'withdrawn';

/** A change of a clock: when it counts, when it was written down, and why. */
@Entity({ name: 'clock_event' })
export class ClockEventRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column({ name: 'clock_id', type: 'bigint' })
  clockId!: string;

  @Column({ name: 'ticket_number', type: 'integer' })
  ticketNumber!: number;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ name: 'recorded_at', type: 'timestamptz' })
  recordedAt!: Date;

  @Column({ type: 'text' })
  type!: ClockEventType;

  @Column({ type: 'jsonb' })
  data!: Record<string, unknown>;
}

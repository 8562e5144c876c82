import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Measured } from './clock/timeline.js';

/** What was measured of a ticket, now that it is over, where no clock says the same. */
@Entity({ name: 'measure' })
export class MeasureRow {
  @PrimaryColumn({ name: 'ticket_number', type: 'integer' })
  ticketNumber!: number;

  @PrimaryColumn({ type: 'text' })
  metric!: Measured;

  @PrimaryColumn({ type: 'integer' })
  cycle!: number;

  /** Of handling: the team as the ticket's history names it. */
  @Column({ type: 'text', nullable: true })
  team!: string | null;

  @Column({ name: 'started_at', type: 'timestamptz' })
  startedAt!: Date;

  @Column({ name: 'ended_at', type: 'timestamptz' })
  endedAt!: Date;

  @Column({ name: 'elapsed_seconds', type: 'double precision' })
  elapsedSeconds!: number;

  /** What the ticket was when it ended. */
  @Column({ type: 'text' })
  level!: string;

  @Column({ name: 'queue_id', type: 'uuid' })
  queueId!: string;

  @Column({ name: 'assignee_id', type: 'uuid', nullable: true })
  assigneeId!: string | null;

  @Column({ name: 'organisation_id', type: 'uuid', nullable: true })
  organisationId!: string | null;
}

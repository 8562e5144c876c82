import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A program outside that must be heard of now and then. */
@Entity({ name: 'heartbeat_monitor' })
export class HeartbeatMonitorRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'every_minutes', type: 'integer' })
  everyMinutes!: number;

  /** How much later it may be. */
  @Column({ name: 'grace_minutes', type: 'integer' })
  graceMinutes!: number;

  /** Of the ticket that its silence opens. */
  @Column({ type: 'text' })
  level!: string;

  /** Null: the rules choose. */
  @Column({ name: 'queue_id', type: 'uuid', nullable: true })
  queueId!: string | null;

  /** Counts how often it was given another address. */
  @Column({ type: 'integer' })
  link!: number;

  @Column({ name: 'heard_at', type: 'timestamptz', nullable: true })
  heardAt!: Date | null;

  /** When it counts as silent; null while nothing was ever heard of it, and while it is silent. */
  @Column({ name: 'due_at', type: 'timestamptz', nullable: true })
  dueAt!: Date | null;

  @Column({ name: 'silent_since', type: 'timestamptz', nullable: true })
  silentSince!: Date | null;

  /** The ticket that its last silence opened. */
  @Column({ name: 'ticket_number', type: 'integer', nullable: true })
  ticketNumber!: number | null;
}

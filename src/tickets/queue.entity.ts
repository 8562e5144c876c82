import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A pile of work, with its own hours, its own escalation and its own patience. */
@Entity({ name: 'queue' })
export class Queue {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'calendar_id', type: 'uuid', nullable: true })
  calendarId!: string | null;

  /** The escalation chain, by name: chains live on a floor above. */
  @Column({ type: 'text', nullable: true })
  chain!: string | null;

  /** The team that gets its tickets. */
  @Column({ name: 'team_id', type: 'uuid', nullable: true })
  teamId!: string | null;

  /** How long a resolved ticket stays resolved before it is closed. */
  @Column({ name: 'close_after_days', type: 'integer' })
  closeAfterDays!: number;

  /** How long after closing a customer's mail still goes to the same ticket. */
  @Column({ name: 'reopen_window_days', type: 'integer' })
  reopenWindowDays!: number;
}

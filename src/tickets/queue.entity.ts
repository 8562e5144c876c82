import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { QueueLetters } from './wording.js';

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

  /** The one of our mailboxes that its letters leave from; null: the one that was written to. */
  @Column({ name: 'sender_address', type: 'text', nullable: true })
  senderAddress!: string | null;

  /** The name beside it; null: the mailbox's. */
  @Column({ name: 'sender_name', type: 'text', nullable: true })
  senderName!: string | null;

  /** Of its letters to people of whom nothing is known; null: the desk's. */
  @Column({ type: 'text', nullable: true })
  language!: string | null;

  /** Below what agents write, with places for names; null: ours. */
  @Column({ type: 'text', nullable: true })
  signature!: string | null;

  @Column({ type: 'jsonb' })
  letters!: QueueLetters;

  /** Which people whom a mail names beside us take part from then on. */
  @Column({ name: 'copies_join', type: 'text' })
  copiesJoin!: 'nobody' | 'colleagues' | 'anybody';

  /** How long a resolved ticket stays resolved before it is closed. */
  @Column({ name: 'close_after_days', type: 'integer' })
  closeAfterDays!: number;

  /** How long after closing a customer's mail still goes to the same ticket. */
  @Column({ name: 'reopen_window_days', type: 'integer' })
  reopenWindowDays!: number;
}

import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { LetterFile } from '../letter.js';
import type { MailAddress } from '../received-mail.js';

/** A letter as it leaves, or left: complete, so that a retry sends the very same one. */
@Entity({ name: 'outgoing_mail' })
export class OutgoingMailRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  /** What its bounce address carries. */
  @Column({ type: 'bigint' })
  number!: string;

  @Column({ type: 'text' })
  state!: 'queued' | 'sent' | 'bounced' | 'failed';

  /** Kept for reading only: the desk has no relay. */
  @Column({ type: 'boolean' })
  captured!: boolean;

  @Column({ name: 'message_id', type: 'text' })
  messageId!: string;

  @Column({ type: 'jsonb' })
  sender!: MailAddress;

  @Column({ type: 'jsonb' })
  recipients!: MailAddress[];

  @Column({ type: 'jsonb' })
  cc!: MailAddress[];

  /** The one of those named whom this copy goes to; null: everybody. */
  @Column({ name: 'copy_for', type: 'text', nullable: true })
  copyFor!: string | null;

  @Column({ name: 'reply_to', type: 'text', nullable: true })
  replyTo!: string | null;

  @Column({ type: 'text' })
  subject!: string;

  @Column({ type: 'text' })
  text!: string;

  @Column({ type: 'text', nullable: true })
  html!: string | null;

  /** Fields beyond the common ones, in their order. */
  @Column({ type: 'jsonb' })
  headers!: Record<string, string>;

  @Column({ type: 'jsonb' })
  attachments!: LetterFile[];

  @Column({ name: 'envelope_from', type: 'text' })
  envelopeFrom!: string;

  /** An alarm: it waits behind nothing. */
  @Column({ type: 'boolean' })
  urgent!: boolean;

  /** Its turn is given, and is `nextTryAt`. */
  @Column({ type: 'boolean' })
  paced!: boolean;

  /** Its last try did not come as far as the letter itself: the relay was away. */
  @Column({ name: 'waits_for_relay', type: 'boolean' })
  waitsForRelay!: boolean;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'next_try_at', type: 'timestamptz', nullable: true })
  nextTryAt!: Date | null;

  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ name: 'leased_until', type: 'timestamptz', nullable: true })
  leasedUntil!: Date | null;

  @Column({ name: 'last_error', type: 'text', nullable: true })
  lastError!: string | null;

  @Column({ name: 'sent_at', type: 'timestamptz', nullable: true })
  sentAt!: Date | null;

  @Column({ name: 'bounced_at', type: 'timestamptz', nullable: true })
  bouncedAt!: Date | null;
}

import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { MailChannel } from '../received-mail.js';

/** A mail that came in, byte for byte, and what became of it. */
@Entity({ name: 'inbound_mail' })
export class InboundMailRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  /** In the order in which they were accepted. */
  @Column({ type: 'bigint' })
  number!: string;

  @Column({ type: 'text' })
  sha256!: string;

  @Column({ type: 'bytea', select: false })
  raw!: Buffer;

  @Column({ type: 'integer' })
  size!: number;

  @Column({ name: 'received_at', type: 'timestamptz' })
  receivedAt!: Date;

  @Column({ type: 'text' })
  channel!: MailChannel;

  @Column({ name: 'envelope_from', type: 'text', nullable: true })
  envelopeFrom!: string | null;

  @Column({ name: 'envelope_to', type: 'text', array: true })
  envelopeTo!: string[];

  /** Who handed it over by SMTP: the address, and what it called itself. */
  @Column({ name: 'client_address', type: 'text', nullable: true })
  clientAddress!: string | null;

  @Column({ name: 'client_name', type: 'text', nullable: true })
  clientName!: string | null;

  /** Only its header fields are here: it was too large to be taken. */
  @Column({ type: 'boolean' })
  incomplete!: boolean;

  @Column({ type: 'text' })
  state!: 'pending' | 'filed' | 'quarantined';

  @Column({ type: 'text', nullable: true })
  outcome!: string | null;

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ name: 'next_try_at', type: 'timestamptz', nullable: true })
  nextTryAt!: Date | null;

  @Column({ name: 'leased_until', type: 'timestamptz', nullable: true })
  leasedUntil!: Date | null;

  @Column({ name: 'read_at', type: 'timestamptz', nullable: true })
  readAt!: Date | null;

  @Column({ type: 'text', nullable: true })
  identity!: string | null;

  @Column({ type: 'text', nullable: true })
  mailbox!: string | null;

  @Column({ name: 'message_id', type: 'text', nullable: true })
  messageId!: string | null;

  @Column({ type: 'text', nullable: true })
  subject!: string | null;

  @Column({ name: 'from_email', type: 'text', nullable: true })
  fromEmail!: string | null;

  @Column({ name: 'from_name', type: 'text', nullable: true })
  fromName!: string | null;

  /** The ReceivedMail, as JSON. */
  @Column({ type: 'jsonb', nullable: true })
  parsed!: object | null;

  @Column({ name: 'ticket_number', type: 'integer', nullable: true })
  ticketNumber!: number | null;

  @Column({ name: 'threaded_by', type: 'text', nullable: true })
  threadedBy!: string | null;

  @Column({ name: 'threaded_to', type: 'text', nullable: true })
  threadedTo!: string | null;

  @Column({ type: 'boolean' })
  acknowledged!: boolean;

  @Column({ name: 'duplicate_of', type: 'uuid', nullable: true })
  duplicateOf!: string | null;
}

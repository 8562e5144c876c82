import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { MethodKind } from './methods.js';

/** `queued`: on its way, also while a retry is ahead. `unknown`: the hand-over broke off so that nobody knows. */
export type NotificationState = 'queued' | 'handedOver' | 'failed' | 'unknown';
/** `answered`: what became of an offer. Those behind it are about no incident. */
export type NotificationKind =
  'alert' | 'acknowledged' | 'closed' | 'offered' | 'answered' | 'test' | 'verification' | 'synthetic';

/** One sending to one responder by one method. Its id is the idempotency key under which every attempt is made. */
@Entity({ name: 'notification' })
export class NotificationRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  /** In the order in which they were written; a short name for what answers a notification. */
  @Column({ type: 'bigint', generated: 'identity', unique: true })
  number!: string;

  @Column({ name: 'incident_id', type: 'uuid', nullable: true })
  incidentId!: string | null;

  @Column({ type: 'text' })
  kind!: NotificationKind;

  @Column({ type: 'integer' })
  step!: number;

  @Column({ type: 'integer' })
  round!: number;

  @Column({ name: 'responder_id', type: 'uuid', nullable: true })
  responderId!: string | null;

  @Column({ name: 'responder_name', type: 'text' })
  responderName!: string;

  /** Which of the responder's methods it is, in their order. */
  @Column({ type: 'integer' })
  position!: number;

  @Column({ type: 'text' })
  method!: MethodKind;

  @Column({ type: 'text' })
  address!: string;

  @Column({ type: 'text' })
  state!: NotificationState;

  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'first_tried_at', type: 'timestamptz', nullable: true })
  firstTriedAt!: Date | null;

  @Column({ name: 'next_try_at', type: 'timestamptz', nullable: true })
  nextTryAt!: Date | null;

  @Column({ name: 'leased_until', type: 'timestamptz', nullable: true })
  leasedUntil!: Date | null;

  @Column({ name: 'handed_over_at', type: 'timestamptz', nullable: true })
  handedOverAt!: Date | null;

  @Column({ name: 'outgoing_mail_id', type: 'uuid', nullable: true })
  outgoingMailId!: string | null;

  @Column({ name: 'last_error', type: 'text', nullable: true })
  lastError!: string | null;

  /** What the provider calls it. */
  @Column({ type: 'text', nullable: true })
  receipt!: string | null;

  /** Until then the provider has promised to say what became of it. */
  @Column({ name: 'receipt_due_at', type: 'timestamptz', nullable: true })
  receiptDueAt!: Date | null;

  @Column({ name: 'delivered_at', type: 'timestamptz', nullable: true })
  deliveredAt!: Date | null;

  /** What would have been sent, had a provider been set up. */
  @Column({ type: 'text', nullable: true })
  captured!: string | null;
}

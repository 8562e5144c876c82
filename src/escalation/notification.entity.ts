import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { MethodKind } from './methods.js';

/** `queued`: on its way, also while a retry is ahead. `unknown`: the hand-over broke off so that nobody knows. */
export type NotificationState = 'queued' | 'handedOver' | 'failed' | 'unknown';
export type NotificationKind = 'alert' | 'acknowledged' | 'closed';

/** One sending to one responder by one method. Its id is the idempotency key under which every attempt is made. */
@Entity({ name: 'notification' })
export class NotificationRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ name: 'incident_id', type: 'uuid' })
  incidentId!: string;

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
}

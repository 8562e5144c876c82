import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

export type DeliveryState = 'queued' | 'delivered' | 'failed';

/** Something that happened, as it is told: the same to everybody, and the same at every try. */
@Entity({ name: 'webhook_event' })
export class WebhookEventRow {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'jsonb' })
  data!: Record<string, unknown>;
}

/** One event for one webhook. */
@Entity({ name: 'webhook_delivery' })
export class WebhookDeliveryRow {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ name: 'webhook_id', type: 'uuid' })
  webhookId!: string;

  @Column({ name: 'event_id', type: 'uuid' })
  eventId!: string;

  @Column({ type: 'text' })
  state!: DeliveryState;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  /** When the present round of tries began; a replay begins a new one. */
  @Column({ name: 'round_began_at', type: 'timestamptz' })
  roundBeganAt!: Date;

  /** In the present round. */
  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ name: 'next_try_at', type: 'timestamptz', nullable: true })
  nextTryAt!: Date | null;

  @Column({ name: 'leased_until', type: 'timestamptz', nullable: true })
  leasedUntil!: Date | null;

  @Column({ name: 'delivered_at', type: 'timestamptz', nullable: true })
  deliveredAt!: Date | null;

  @Column({ name: 'last_status', type: 'integer', nullable: true })
  lastStatus!: number | null;

  @Column({ name: 'last_error', type: 'text', nullable: true })
  lastError!: string | null;
}

/** One try, for the log. */
@Entity({ name: 'webhook_attempt' })
export class WebhookAttemptRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: string;

  @Column({ name: 'delivery_id', type: 'uuid' })
  deliveryId!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'integer' })
  milliseconds!: number;

  /** What the other side answered; null: nothing. */
  @Column({ type: 'integer', nullable: true })
  status!: number | null;

  @Column({ type: 'text', nullable: true })
  error!: string | null;
}

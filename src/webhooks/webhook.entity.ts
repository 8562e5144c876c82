import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** Another program that is told what happens. */
@Entity({ name: 'webhook' })
export class WebhookRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  url!: string;

  /** What it wants to hear, such as `clock.breached` or `incident.*`; null: everything. */
  @Column({ type: 'text', array: true, nullable: true })
  events!: string[] | null;

  @Column({ type: 'boolean' })
  enabled!: boolean;

  @Column({ name: 'allow_private', type: 'boolean' })
  allowPrivate!: boolean;

  /** Sealed. */
  @Column({ type: 'text' })
  secret!: string;

  /** Signs beside the new one until then, so that the other side can change over without losing anything. */
  @Column({ name: 'previous_secret', type: 'text', nullable: true })
  previousSecret!: string | null;

  @Column({ name: 'previous_secret_until', type: 'timestamptz', nullable: true })
  previousSecretUntil!: Date | null;

  /** Since when nothing has got through; null: the last delivery did. */
  @Column({ name: 'failing_since', type: 'timestamptz', nullable: true })
  failingSince!: Date | null;

  /** Why the desk itself has switched it off. */
  @Column({ name: 'disabled_because', type: 'text', nullable: true })
  disabledBecause!: string | null;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An account with somebody who carries notifications. */
@Entity({ name: 'provider' })
export class ProviderRow {
  @PrimaryColumn({ type: 'text' })
  name!: 'twilio' | 'pushover';

  @Column({ type: 'jsonb' })
  definition!: Record<string, unknown>;

  /** Sealed; null: the account is named, but cannot be used yet. */
  @Column({ type: 'text', nullable: true })
  secret!: string | null;
}

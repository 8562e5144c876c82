import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Where and how a mailbox's mail is fetched, and how that goes. */
@Entity({ name: 'imap_account' })
export class ImapAccountRow {
  @PrimaryColumn({ name: 'mailbox_id', type: 'integer' })
  mailboxId!: number;

  @Column({ type: 'text' })
  host!: string;

  @Column({ type: 'integer' })
  port!: number;

  @Column({ type: 'text' })
  security!: 'tls' | 'starttls' | 'none';

  @Column({ type: 'text' })
  username!: string;

  /** What of an OAuth2 sign-in is no secret; null where there is a password. */
  @Column({ type: 'jsonb', nullable: true })
  oauth!: object | null;

  @Column({ name: 'sealed_secret', type: 'text', nullable: true })
  sealedSecret!: string | null;

  @Column({ type: 'text' })
  folder!: string;

  @Column({ type: 'text' })
  afterwards!: 'flag' | 'move' | 'delete';

  @Column({ name: 'move_to', type: 'text', nullable: true })
  moveTo!: string | null;

  @Column({ name: 'allow_private', type: 'boolean' })
  allowPrivate!: boolean;

  @Column({ name: 'changed_at', type: 'timestamptz' })
  changedAt!: Date;

  /** The process that holds it; one at a time. */
  @Column({ name: 'leased_by', type: 'uuid', nullable: true })
  leasedBy!: string | null;

  @Column({ name: 'leased_until', type: 'timestamptz', nullable: true })
  leasedUntil!: Date | null;

  @Column({ name: 'connected_since', type: 'timestamptz', nullable: true })
  connectedSince!: Date | null;

  @Column({ name: 'last_error', type: 'text', nullable: true })
  lastError!: string | null;

  @Column({ name: 'failing_since', type: 'timestamptz', nullable: true })
  failingSince!: Date | null;

  @Column({ type: 'integer' })
  failures!: number;

  @Column({ name: 'next_try_at', type: 'timestamptz', nullable: true })
  nextTryAt!: Date | null;

  @Column({ name: 'last_mail_at', type: 'timestamptz', nullable: true })
  lastMailAt!: Date | null;

  @Column({ name: 'uid_validity', type: 'text', nullable: true })
  uidValidity!: string | null;

  /** Up to here everything has been looked at. */
  @Column({ name: 'last_uid', type: 'bigint', nullable: true })
  lastUid!: string | null;
}

import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** An address under which the desk takes mail. */
@Entity({ name: 'mailbox' })
export class MailboxRow {
  @PrimaryGeneratedColumn({ type: 'integer' })
  id!: number;

  @Column({ type: 'text' })
  address!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'verify_senders', type: 'boolean' })
  verifySenders!: boolean;

  /** Whose Authentication-Results are believed in mail that did not come to us directly. */
  @Column({ name: 'trusted_authserv_id', type: 'text', nullable: true })
  trustedAuthservId!: string | null;

  @Column({ name: 'send_per_minute', type: 'integer' })
  sendPerMinute!: number;

  /** Whether each letter leaves with a return path of its own (VERP). */
  @Column({ name: 'own_return_path', type: 'boolean' })
  ownReturnPath!: boolean;

  @Column({ name: 'changed_by', type: 'text', nullable: true })
  changedBy!: string | null;

  @Column({ name: 'changed_at', type: 'timestamptz' })
  changedAt!: Date;
}

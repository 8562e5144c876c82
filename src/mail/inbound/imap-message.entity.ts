import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A message of an IMAP account that has been stored here. */
@Entity({ name: 'imap_message' })
export class ImapMessageRow {
  @PrimaryColumn({ name: 'mailbox_id', type: 'integer' })
  mailboxId!: number;

  @PrimaryColumn({ name: 'uid_validity', type: 'text' })
  uidValidity!: string;

  @PrimaryColumn({ type: 'bigint' })
  uid!: string;

  /** The server knows, too: it is flagged, moved or deleted there. */
  @Column({ type: 'boolean' })
  settled!: boolean;
}

import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

export type MessageKind = 'reply' | 'note' | 'customer' | 'call' | 'automatic';

/** Something said in a ticket. Exactly one of the three authors is set: staff, a customer, or a program by its name. */
@Entity({ name: 'message' })
export class Message {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  /** Which came first of those of one instant. */
  @Column({ type: 'bigint', insert: false, update: false })
  position!: string;

  @Column({ name: 'ticket_number', type: 'integer' })
  ticketNumber!: number;

  @Column({ type: 'text' })
  kind!: MessageKind;

  @Column({ name: 'author_user_id', type: 'uuid', nullable: true })
  authorUserId!: string | null;

  @Column({ name: 'author_contact_id', type: 'uuid', nullable: true })
  authorContactId!: string | null;

  @Column({ name: 'author_name', type: 'text', nullable: true })
  authorName!: string | null;

  @Column({ type: 'text' })
  text!: string;

  /** The text without quoted history and signature, for a first look. */
  @Column({ name: 'new_text', type: 'text' })
  newText!: string;

  /** As it came; made harmless each time it is shown. */
  @Column({ type: 'text', nullable: true })
  html!: string | null;

  /** The sender's domain disowns this mail: shown with a warning, and nothing follows from it by itself. */
  @Column({ type: 'boolean' })
  unverified!: boolean;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'inbound_mail_id', type: 'uuid', nullable: true })
  inboundMailId!: string | null;

  @Column({ name: 'outgoing_mail_id', type: 'uuid', nullable: true })
  outgoingMailId!: string | null;

  @Column({ type: 'tsvector', nullable: true, select: false, insert: false, update: false })
  search?: string;
}

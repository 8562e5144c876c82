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

  @Column({ name: 'changed_by', type: 'text', nullable: true })
  changedBy!: string | null;

  @Column({ name: 'changed_at', type: 'timestamptz' })
  changedAt!: Date;
}

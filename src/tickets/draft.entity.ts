import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What an agent has begun to write about a ticket, one for each. */
@Entity({ name: 'draft' })
export class DraftRow {
  @PrimaryColumn({ name: 'user_id', type: 'uuid' })
  userId!: string;

  @PrimaryColumn({ name: 'ticket_number', type: 'integer' })
  ticketNumber!: number;

  @Column({ type: 'text' })
  kind!: 'reply' | 'note' | 'call';

  @Column({ type: 'text' })
  body!: string;

  @Column({ name: 'saved_at', type: 'timestamptz' })
  savedAt!: Date;
}

import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A customer in a conversation: who asked, and who was taken in later. */
@Entity({ name: 'participant' })
export class Participant {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column({ name: 'ticket_number', type: 'integer' })
  ticketNumber!: number;

  @Column({ name: 'contact_id', type: 'uuid' })
  contactId!: string;

  @Column({ type: 'text' })
  kind!: 'requester' | 'cc';

  /** Who was taken in later sees nothing of what was said before. */
  @Column({ name: 'joined_at', type: 'timestamptz' })
  joinedAt!: Date;

  /** Since then they get no mail of this conversation; only who was put in copy may ask for that. */
  @Column({ name: 'silenced_at', type: 'timestamptz', nullable: true })
  silencedAt!: Date | null;

  /** Signed links carry it; raising it takes all earlier ones back. */
  @Column({ name: 'link_generation', type: 'integer' })
  linkGeneration!: number;
}

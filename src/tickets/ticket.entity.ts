import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { TicketStatus } from './status.js';
import type { TicketChannel } from './ticket-events.js';

export type FieldValue = string | number | boolean;

/** A request and where it stands. */
@Entity({ name: 'ticket' })
export class Ticket {
  @PrimaryGeneratedColumn('identity', { type: 'integer', generatedIdentity: 'BY DEFAULT' })
  number!: number;

  @Column({ type: 'text' })
  subject!: string;

  @Column({ type: 'text' })
  status!: TicketStatus;

  @Column({ type: 'text' })
  level!: string;

  @Column({ name: 'queue_id', type: 'uuid' })
  queueId!: string;

  @Column({ name: 'assignee_id', type: 'uuid', nullable: true })
  assigneeId!: string | null;

  /** Whose work it is, as a team. */
  @Column({ name: 'team_id', type: 'uuid', nullable: true })
  teamId!: string | null;

  @Column({ name: 'requester_id', type: 'uuid' })
  requesterId!: string;

  @Column({ name: 'organisation_id', type: 'uuid', nullable: true })
  organisationId!: string | null;

  @Column({ type: 'text', array: true })
  tags!: string[];

  @Column({ type: 'jsonb' })
  fields!: Record<string, FieldValue>;

  @Column({ type: 'text' })
  channel!: TicketChannel;

  @Column({ name: 'opened_by', type: 'text' })
  openedBy!: 'customer' | 'staff';

  /** The older ticket that this one goes on from, where the older could not be joined. */
  @Column({ type: 'integer', nullable: true })
  follows!: number | null;

  @Column({ name: 'merged_into', type: 'integer', nullable: true })
  mergedInto!: number | null;

  @Column({ name: 'resolved_without_reply', type: 'boolean' })
  resolvedWithoutReply!: boolean;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;

  @Column({ name: 'first_replied_at', type: 'timestamptz', nullable: true })
  firstRepliedAt!: Date | null;

  @Column({ name: 'resolved_at', type: 'timestamptz', nullable: true })
  resolvedAt!: Date | null;

  @Column({ name: 'closed_at', type: 'timestamptz', nullable: true })
  closedAt!: Date | null;

  @Column({ name: 'last_message_at', type: 'timestamptz', nullable: true })
  lastMessageAt!: Date | null;

  /** Whose turn it was last, in public. */
  @Column({ name: 'last_actor', type: 'text', nullable: true })
  lastActor!: 'customer' | 'agent' | null;

  /** Goes up with each change: what ETag and If-Match compare. */
  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'tsvector', nullable: true, select: false, insert: false, update: false })
  search?: string;
}

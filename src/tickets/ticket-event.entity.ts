import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { Actor } from './actor.js';
import type { TicketEventData, TicketEventType } from './ticket-events.js';

/** One line of a ticket's history. */
@Entity({ name: 'ticket_event' })
export class TicketEvent {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column({ name: 'ticket_number', type: 'integer' })
  ticketNumber!: number;

  /** When it counts. */
  @Column({ type: 'timestamptz' })
  at!: Date;

  /** When it was written down. */
  @Column({ name: 'recorded_at', type: 'timestamptz' })
  recordedAt!: Date;

  @Column({ type: 'text' })
  type!: TicketEventType;

  @Column({ type: 'jsonb' })
  by!: Actor;

  @Column({ type: 'jsonb' })
  data!: TicketEventData[TicketEventType];
}

import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A ticket whose clocks could not be counted anew: they stay as they were, and somebody must see to it. */
@Entity({ name: 'uncounted_ticket' })
export class UncountedTicketRow {
  @PrimaryColumn({ name: 'ticket_number', type: 'integer' })
  ticketNumber!: number;

  @Column({ type: 'timestamptz' })
  since!: Date;

  @Column({ name: 'tried_at', type: 'timestamptz' })
  triedAt!: Date;

  @Column({ type: 'text' })
  because!: string;
}

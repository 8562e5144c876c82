import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Whether a sender was told that a request has arrived: once for each ticket, or why not. */
@Entity({ name: 'acknowledgement' })
export class AcknowledgementRow {
  @PrimaryColumn({ name: 'ticket_number', type: 'integer' })
  ticketNumber!: number;

  @PrimaryColumn({ name: 'contact_id', type: 'uuid' })
  contactId!: string;

  @Column({ name: 'decided_at', type: 'timestamptz' })
  decidedAt!: Date;

  @Column({ name: 'withheld_because', type: 'text', nullable: true })
  withheldBecause!: string | null;

  @Column({ name: 'outgoing_mail_id', type: 'uuid', nullable: true })
  outgoingMailId!: string | null;
}

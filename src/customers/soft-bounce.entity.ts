import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A letter that did not reach somebody for a reason that may pass. */
@Entity({ name: 'soft_bounce' })
export class SoftBounceRow {
  @PrimaryColumn({ name: 'contact_id', type: 'uuid' })
  contactId!: string;

  @PrimaryColumn({ name: 'outgoing_mail_id', type: 'uuid' })
  outgoingMailId!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;
}

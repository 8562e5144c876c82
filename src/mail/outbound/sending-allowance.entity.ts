import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How many letters may leave at once for a mailbox, or to a domain, as of a moment. */
@Entity({ name: 'sending_allowance' })
export class SendingAllowanceRow {
  @PrimaryColumn({ type: 'text' })
  scope!: string;

  @Column({ type: 'double precision' })
  letters!: number;

  @Column({ name: 'as_of', type: 'timestamptz' })
  asOf!: Date;
}

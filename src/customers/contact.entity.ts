import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** Somebody who writes to us: an address with a name. */
@Entity({ name: 'contact' })
export class Contact {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  /** In lower case, unique. */
  @Column({ type: 'text' })
  email!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'organisation_id', type: 'uuid', nullable: true })
  organisationId!: string | null;

  /** Whether this person may read the tickets of colleagues. Granted by staff only. */
  @Column({ name: 'sees_organisation', type: 'boolean' })
  seesOrganisation!: boolean;

  @Column({ name: 'undeliverable_at', type: 'timestamptz', nullable: true })
  undeliverableAt!: Date | null;

  @Column({ name: 'undeliverable_reason', type: 'text', nullable: true })
  undeliverableReason!: string | null;

  /** Of our letters to them, such as `de`; null where nobody has said and nothing they wrote has told. */
  @Column({ type: 'text', nullable: true })
  language!: string | null;

  /** An IANA zone; null: the desk's. */
  @Column({ type: 'text', nullable: true })
  timezone!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}

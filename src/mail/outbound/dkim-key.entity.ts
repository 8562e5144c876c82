import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The key that signs the letters of a domain. */
@Entity({ name: 'dkim_key' })
export class DkimKeyRow {
  @PrimaryColumn({ type: 'text' })
  domain!: string;

  @Column({ type: 'text' })
  selector!: string;

  /** As DNS has it: the base64 of the DER, after `p=`. */
  @Column({ name: 'public_key', type: 'text' })
  publicKey!: string;

  @Column({ name: 'sealed_private_key', type: 'text' })
  sealedPrivateKey!: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'checked_at', type: 'timestamptz', nullable: true })
  checkedAt!: Date | null;

  /** Since then DNS has shown this key; letters are signed only while it does. */
  @Column({ name: 'verified_at', type: 'timestamptz', nullable: true })
  verifiedAt!: Date | null;

  @Column({ type: 'text', nullable: true })
  fault!: string | null;
}

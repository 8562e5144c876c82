import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The one link by which the first admin sets the desk up. */
@Entity({ name: 'setup_link' })
export class SetupLinkRow {
  @PrimaryColumn({ name: 'only_one', type: 'boolean' })
  onlyOne!: boolean;

  @Column({ name: 'token_hash', type: 'text' })
  tokenHash!: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}

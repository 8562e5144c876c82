import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** One request by the public form, with the proof of work that came along, which holds once; null: there was none. */
@Entity({ name: 'request_proof' })
export class RequestProofRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column({ type: 'text' })
  network!: string;

  @Column({ type: 'text', nullable: true })
  proof!: string | null;

  @Column({ type: 'timestamptz' })
  at!: Date;
}

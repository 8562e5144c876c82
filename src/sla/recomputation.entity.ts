import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** All open clocks counted anew, because what is promised has changed; `done` of `total` tickets so far. */
@Entity({ name: 'recomputation' })
export class RecomputationRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  /** Of everything that decides what is promised, when it was asked for. */
  @Column({ type: 'text' })
  fingerprint!: string;

  @Column({ name: 'asked_at', type: 'timestamptz' })
  askedAt!: Date;

  @Column({ type: 'integer' })
  total!: number;

  @Column({ type: 'integer' })
  done!: number;

  @Column({ name: 'last_ticket', type: 'integer' })
  lastTicket!: number;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;
}

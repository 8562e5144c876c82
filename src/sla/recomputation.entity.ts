import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** All open clocks counted anew, because what is promised has changed; `done` of `total` tickets so far. */
@Entity({ name: 'recomputation' })
export class RecomputationRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  /** Of everything that decides what is promised but the calendars' hours, when it was asked for. */
  @Column({ type: 'text' })
  fingerprint!: string;

  /** By which version of each calendar it counts. */
  @Column({ type: 'jsonb' })
  versions!: Record<string, number>;

  /** Only the clocks on these calendars, where nothing else has changed; null: all. */
  @Column({ type: 'uuid', array: true, nullable: true })
  calendars!: string[] | null;

  @Column({ name: 'asked_at', type: 'timestamptz' })
  askedAt!: Date;

  @Column({ type: 'integer' })
  total!: number;

  @Column({ type: 'integer' })
  done!: number;

  /** What came of it: clocks due at another instant, breached at once, and not breached any more. */
  @Column({ type: 'integer', default: 0 })
  moved!: number;

  @Column({ type: 'integer', default: 0 })
  breached!: number;

  @Column({ type: 'integer', default: 0 })
  retracted!: number;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;
}

/** A stretch of tickets that is still to be counted anew. */
@Entity({ name: 'recomputation_part' })
export class RecomputationPartRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column({ name: 'recomputation_id', type: 'bigint' })
  recomputationId!: string;

  @Column({ name: 'first_ticket', type: 'integer' })
  firstTicket!: number;

  @Column({ name: 'last_ticket', type: 'integer' })
  lastTicket!: number;

  @Column({ type: 'integer' })
  tickets!: number;
}

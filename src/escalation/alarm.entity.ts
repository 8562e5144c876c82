import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { AlarmKind } from './alarms.js';

/** Something is wrong with the alarm system itself. */
@Entity({ name: 'alarm' })
export class AlarmRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: string;

  @Column({ type: 'text' })
  kind!: AlarmKind;

  @Column({ type: 'text' })
  subject!: string;

  @Column({ type: 'text' })
  detail!: string;

  @Column({ name: 'raised_at', type: 'timestamptz' })
  raisedAt!: Date;

  @Column({ name: 'cleared_at', type: 'timestamptz', nullable: true })
  clearedAt!: Date | null;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Minutes of working time, a number of working days, or no target at all. */
export type LevelTarget = number | { readonly workingDays: number } | null;

/** A support level: how urgent, and what is promised for it unless a policy says otherwise. */
@Entity({ name: 'level' })
export class Level {
  @PrimaryColumn({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  title!: string;

  @Column({ type: 'text' })
  description!: string;

  /** The most urgent first. */
  @Column({ type: 'integer' })
  position!: number;

  @Column({ type: 'jsonb' })
  targets!: Record<string, LevelTarget>;

  /** The calendar that holds for this level whoever asks; without one, the customer's does. */
  @Column({ name: 'calendar_id', type: 'uuid', nullable: true })
  calendarId!: string | null;
}

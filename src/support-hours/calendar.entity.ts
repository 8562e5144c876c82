import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A calendar that others name. What it says is in its versions. */
@Entity({ name: 'calendar' })
export class CalendarRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'current_version', type: 'integer' })
  currentVersion!: number;

  /** When its lists are looked into next; null: it has none. */
  @Column({ name: 'lists_due_at', type: 'timestamptz', nullable: true })
  listsDueAt!: Date | null;
}

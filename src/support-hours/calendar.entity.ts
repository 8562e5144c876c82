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
}

import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The single row of the desk itself. */
@Entity({ name: 'desk' })
export class DeskRow {
  @PrimaryColumn({ name: 'only_one', type: 'boolean' })
  onlyOne!: boolean;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  timezone!: string;

  @Column({ type: 'text' })
  language!: string;

  @Column({ name: 'support_address', type: 'text', nullable: true })
  supportAddress!: string | null;

  @Column({ name: 'default_calendar', type: 'text' })
  defaultCalendar!: string;

  @Column({ name: 'set_up_at', type: 'timestamptz', nullable: true })
  setUpAt!: Date | null;
}

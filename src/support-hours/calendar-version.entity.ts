import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SourcedHoliday, WrittenCalendar } from './written-calendar.js';

/** What a calendar says, or once said; never changed. */
@Entity({ name: 'calendar_version' })
export class CalendarVersionRow {
  @PrimaryColumn({ name: 'calendar_id', type: 'uuid' })
  calendarId!: string;

  @PrimaryColumn({ type: 'integer' })
  version!: number;

  @Column({ type: 'jsonb' })
  definition!: WrittenCalendar;

  /** What its lists and feeds gave when it was made. */
  @Column({ type: 'jsonb' })
  sourced!: readonly SourcedHoliday[];

  /** Null: it came with the desk. */
  @Column({ name: 'created_at', type: 'timestamptz', nullable: true })
  createdAt!: Date | null;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CalendarDefinition } from '../calendar/calendar-definition.js';

/** What a calendar says, or once said; never changed. */
@Entity({ name: 'calendar_version' })
export class CalendarVersionRow {
  @PrimaryColumn({ name: 'calendar_id', type: 'uuid' })
  calendarId!: string;

  @PrimaryColumn({ type: 'integer' })
  version!: number;

  @Column({ type: 'jsonb' })
  definition!: CalendarDefinition;

  /** Null: it came with the desk. */
  @Column({ name: 'created_at', type: 'timestamptz', nullable: true })
  createdAt!: Date | null;
}

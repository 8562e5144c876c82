import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { NamedDate } from './holiday-lists.js';

/** An iCal file that a calendar takes holidays from: what it last gave, how it is doing, and when it is asked next. */
@Entity({ name: 'holiday_feed' })
export class HolidayFeedRow {
  @PrimaryColumn({ name: 'calendar_id', type: 'uuid' })
  calendarId!: string;

  @PrimaryColumn({ type: 'text' })
  url!: string;

  @Column({ name: 'allow_private', type: 'boolean' })
  allowPrivate!: boolean;

  @Column({ type: 'jsonb' })
  dates!: readonly NamedDate[];

  /** Zone and window of dates that the file was read for; null: it has never been read. */
  @Column({ name: 'read_for', type: 'text', nullable: true })
  readFor!: string | null;

  @Column({ type: 'text', nullable: true })
  etag!: string | null;

  @Column({ name: 'last_modified', type: 'text', nullable: true })
  lastModified!: string | null;

  /** When the other machine last answered well, also that nothing has changed. */
  @Column({ name: 'fetched_at', type: 'timestamptz', nullable: true })
  fetchedAt!: Date | null;

  /** Why the last attempt failed, and since when all do. */
  @Column({ type: 'text', nullable: true })
  fault!: string | null;

  @Column({ name: 'failing_since', type: 'timestamptz', nullable: true })
  failingSince!: Date | null;

  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ name: 'next_try_at', type: 'timestamptz' })
  nextTryAt!: Date;

  @Column({ name: 'leased_until', type: 'timestamptz', nullable: true })
  leasedUntil!: Date | null;
}

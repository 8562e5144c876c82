import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Holidays that come from lists and feeds. What they gave is written into the version, so that a version never changes and can be
 * compiled without asking anybody; a feed remembers what it gave last, since when it fails, and when it is asked next.
 */
export class HolidaySources1795400010000 implements MigrationInterface {
  readonly name = 'HolidaySources1795400010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table calendar_version add column sourced jsonb not null default '[]'`);
    await runner.query(`alter table calendar add column lists_due_at timestamptz`);
    await runner.query(`create index calendar_lists_due on calendar (lists_due_at) where lists_due_at is not null`);
    await runner.query(`
      create table holiday_feed (
        calendar_id uuid not null,
        url text not null,
        allow_private boolean not null,
        dates jsonb not null default '[]',
        read_for text,
        etag text,
        last_modified text,
        fetched_at timestamptz,
        fault text,
        failing_since timestamptz,
        attempts integer not null default 0,
        next_try_at timestamptz not null,
        leased_until timestamptz,
        constraint holiday_feed_pk primary key (calendar_id, url),
        constraint holiday_feed_calendar_fk foreign key (calendar_id) references calendar (id) on delete cascade,
        constraint holiday_feed_fails_since_a_moment check ((fault is null) = (failing_since is null))
      )`);
    await runner.query(`create index holiday_feed_due on holiday_feed (next_try_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table holiday_feed`);
    await runner.query(`alter table calendar drop column lists_due_at`);
    await runner.query(`alter table calendar_version drop column sourced`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Calendars by name, each with all the versions it ever had: a clock keeps the version that judged it. A version is never
 * changed. "24x7" is there from the beginning, because what is urgent leans on it.
 */
export class SupportHours1795305605000 implements MigrationInterface {
  readonly name = 'SupportHours1795305605000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table calendar (
        id uuid not null default gen_random_uuid(),
        name text not null,
        current_version integer not null,
        constraint calendar_pk primary key (id),
        constraint calendar_name_is_unique unique (name),
        constraint calendar_name_is_given check (name <> '')
      )`);
    await runner.query(`
      create table calendar_version (
        calendar_id uuid not null,
        version integer not null,
        definition jsonb not null,
        created_at timestamptz,
        constraint calendar_version_pk primary key (calendar_id, version),
        constraint calendar_version_calendar_fk foreign key (calendar_id) references calendar (id) on delete cascade,
        constraint calendar_version_counts_from_one check (version >= 1)
      )`);
    await runner.query(
      `with always as (insert into calendar (name, current_version) values ('24x7', 1) returning id)
       insert into calendar_version (calendar_id, version, definition)
       select id, 1, jsonb_build_object('timezone', 'UTC', 'week', jsonb_object_agg(weekday, '[["00:00", "24:00"]]'::jsonb))
       from always, unnest(array['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']) as weekday group by id`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table calendar_version`);
    await runner.query(`drop table calendar`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the desk is called, in which zone it lives, and whether it has been set up: one row. */
export class Desk1795305602000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table desk (
        only_one boolean default true constraint desk_pk primary key constraint desk_is_only_one check (only_one),
        name text not null constraint desk_name_is_given check (name <> ''),
        timezone text not null,
        support_address text,
        default_calendar text not null,
        set_up_at timestamptz
      )`);
    await runner.query(
      `insert into desk (name, timezone, default_calendar) values ('Support desk', 'UTC', 'Office hours')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table desk');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A period judged once more by what might have been promised. It is counted some tickets at a time, so that it can be interrupted, and
 * its result is kept to be compared with others.
 */
export class BackTests1795400030000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table back_test (
        id uuid not null default gen_random_uuid(),
        number bigint not null generated always as identity,
        asked_at timestamptz not null,
        asked_by text not null,
        from_at timestamptz not null,
        to_at timestamptz not null,
        scope jsonb not null,
        what_if jsonb not null,
        changes text[] not null,
        world jsonb,
        total integer not null,
        done integer not null,
        last_ticket integer not null,
        uncountable integer not null,
        result jsonb,
        failed_because text,
        finished_at timestamptz,
        constraint back_test_pk primary key (id),
        constraint back_test_number_is_unique unique (number),
        constraint back_test_is_of_a_period check (from_at < to_at),
        constraint back_test_has_its_world_until_the_end check ((finished_at is null) = (world is not null)),
        constraint back_test_ends_with_a_result_or_a_reason
          check ((finished_at is null) = (result is null and failed_because is null))
      )`);
    await runner.query(`
      create table back_test_clock (
        back_test_id uuid not null,
        ticket_number integer not null,
        metric text not null,
        cycle integer not null,
        level text not null,
        before text,
        after text,
        before_seconds double precision,
        after_seconds double precision,
        before_due_at timestamptz,
        after_due_at timestamptz,
        constraint back_test_clock_pk primary key (back_test_id, ticket_number, metric, cycle),
        constraint back_test_clock_back_test_fk foreign key (back_test_id) references back_test (id) on delete cascade,
        constraint back_test_clock_ticket_fk foreign key (ticket_number) references ticket (number) on delete cascade,
        constraint back_test_clock_before_is_known check (before in ('met', 'breached', 'running')),
        constraint back_test_clock_after_is_known check (after in ('met', 'breached', 'running'))
      )`);
    await runner.query(`create index back_test_clock_by_ticket on back_test_clock (ticket_number)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table back_test_clock`);
    await runner.query(`drop table back_test`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A recomputation is cut into parts, each a stretch of tickets, so that any number of workers share it; what is done is removed. It
 * remembers by which versions of the calendars it counts: where only hours have changed, the others' tickets need not be looked at.
 */
export class RecomputationParts1795400090000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // What was under way has no parts; as its fingerprint is another one now, everything is counted anew once more.
    await runner.query(`update recomputation set finished_at = asked_at where finished_at is null`);
    await runner.query(`
      alter table recomputation
        drop column last_ticket,
        add column versions jsonb not null default '{}',
        add column calendars uuid[]`);
    await runner.query(`alter table recomputation alter column versions drop default`);
    await runner.query(`
      create table recomputation_part (
        id bigint not null generated always as identity,
        recomputation_id bigint not null,
        first_ticket integer not null,
        last_ticket integer not null,
        tickets integer not null,
        constraint recomputation_part_pk primary key (id),
        constraint recomputation_part_recomputation_fk
          foreign key (recomputation_id) references recomputation (id) on delete cascade
      )`);
    await runner.query(`create index recomputation_part_by_recomputation on recomputation_part (recomputation_id, id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table recomputation_part`);
    await runner.query(`update recomputation set finished_at = asked_at where finished_at is null`);
    await runner.query(`
      alter table recomputation
        drop column versions, drop column calendars, add column last_ticket integer not null default 0`);
    await runner.query(`alter table recomputation alter column last_ticket drop default`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People take turns at being called; the feed of a rota for calendar programs can be given another address. */
export class Rotas1795400080000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table rota (
        id uuid not null default gen_random_uuid() constraint rota_pk primary key,
        name text not null constraint rota_name_is_unique unique,
        definition jsonb not null,
        emergency boolean not null default false,
        feed integer not null default 1,
        constraint rota_name_is_given check (name <> ''),
        constraint rota_is_never_empty check (jsonb_array_length(definition -> 'members') > 0)
      )`);
    // One rota at the most stands behind every chain.
    await runner.query(`create unique index rota_one_emergency on rota (emergency) where emergency`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table rota`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whom a mail names beside us takes part only where the queue's policy lets them; by itself nobody does. */
export class CopiesJoinByMail1796117758676 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table queue add column copies_join text not null default 'nobody'
        constraint queue_copies_join_known check (copies_join in ('nobody', 'colleagues', 'anybody'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table queue drop column copies_join');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Single keys act at once; whoever speaks to their computer, or types with a tremor, turns them off for themselves (WCAG 2.1.4). */
export class SingleKeys1796099096463 implements MigrationInterface {
  readonly name = 'SingleKeys1796099096463';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table app_user add column single_keys boolean not null default true`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table app_user drop column single_keys`);
  }
}

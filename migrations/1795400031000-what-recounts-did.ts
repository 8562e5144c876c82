import type { MigrationInterface, QueryRunner } from 'typeorm';

/** After all clocks were counted anew, people want to know what came of it. */
export class WhatRecountsDid1795400031000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table recomputation
        add column moved integer not null default 0,
        add column breached integer not null default 0,
        add column retracted integer not null default 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table recomputation drop column moved, drop column breached, drop column retracted`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Responders are away on some days and want to sleep on others. The emergency contact is called all the same. */
export class RespondersRest1796099098971 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // {timezone, quietHours: [["22:00", "07:00"]], away: [{from, to}]}, in wall-clock times of that zone.
    await runner.query(`alter table responder add column rest jsonb`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table responder drop column rest`);
  }
}

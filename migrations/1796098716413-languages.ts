import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Letters are written in the language of whoever gets them: their own, else their queue's, else the desk's. */
export class Languages1796098716413 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table desk add column language text not null default 'en'`);
    await runner.query(`alter table contact add column language text, add column timezone text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table contact drop column language, drop column timezone`);
    await runner.query(`alter table desk drop column language`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tags that were used last are found without a look at all tickets that have none. */
export class TaggedTickets1796125505755 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create index ticket_tagged on ticket (number desc) where tags <> '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index ticket_tagged');
  }
}

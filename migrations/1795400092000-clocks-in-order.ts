import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The list of tickets walks along what is due next. With the ticket in it, the order of the index is the order of the list: nothing is
 * left to be sorted, however many clocks run.
 */
export class ClocksInOrder1795400092000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index clock_running_by_due`);
    await runner.query(
      `create index clock_running_in_order on clock (due_at, ticket_number) where state = 'running' and withdrawn_at is null`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index clock_running_in_order`);
    await runner.query(`create index clock_running_by_due on clock (due_at) where state = 'running'`);
  }
}

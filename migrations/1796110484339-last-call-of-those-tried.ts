import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A call that has not been tried is nobody's last call: in a storm ten thousand rows need not be written into the index. */
export class LastCallOfThoseTried1796110484339 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('drop index notification_last_call');
    await runner.query(
      `create index notification_last_call on notification (responder_name, method, address, first_tried_at desc)
       where kind = 'alert' and first_tried_at is not null`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index notification_last_call');
    await runner.query(
      `create index notification_last_call on notification (responder_name, method, address, first_tried_at desc) where kind = 'alert'`,
    );
  }
}

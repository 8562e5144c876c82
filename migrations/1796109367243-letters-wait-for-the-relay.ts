import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Letters that failed because the relay was away are known, so that they leave when it is back instead of hours later. */
export class LettersWaitForTheRelay1796109367243 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table outgoing_mail add column waits_for_relay boolean not null default false');
    await runner.query(
      `create index outgoing_mail_waits_for_relay on outgoing_mail (number) where state = 'queued' and waits_for_relay`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index outgoing_mail_waits_for_relay');
    await runner.query('alter table outgoing_mail drop column waits_for_relay');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each queue may write under its own name and address, in its own language and words. */
export class LettersOfQueues1796098716414 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table queue
        add column sender_address text,
        add column sender_name text,
        add column language text,
        add column signature text,
        add column letters jsonb not null default '{}'`);
    // Many relays refuse return paths of domains that are not theirs to send for.
    await runner.query(`alter table mailbox add column own_return_path boolean not null default true`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table mailbox drop column own_return_path`);
    await runner.query(`
      alter table queue drop column sender_address, drop column sender_name, drop column language, drop column signature, drop column letters`);
  }
}

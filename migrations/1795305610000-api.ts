import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was answered to a POST with an Idempotency-Key, for as long as the same answer must be given again. */
export class Api1795305610000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Keys are the caller's own: two callers may use the same.
    await runner.query(`
      create table idempotency_key (
        user_id uuid not null,
        key text not null,
        fingerprint text not null,
        status integer not null,
        headers jsonb not null,
        body text,
        created_at timestamptz not null,
        constraint idempotency_key_pk primary key (user_id, key),
        constraint idempotency_key_user_fk foreign key (user_id) references app_user (id) on delete cascade
      )`);
    await runner.query('create index idempotency_key_created_at on idempotency_key (created_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table idempotency_key');
  }
}

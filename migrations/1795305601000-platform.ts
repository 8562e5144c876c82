import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Files live in the database, so that every process can reach them and one backup holds everything. */
export class Platform1795305601000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table blob (
        sha256 text constraint blob_pk primary key constraint blob_sha256_is_hex check (sha256 ~ '^[0-9a-f]{64}$'),
        size integer not null constraint blob_size_is_true check (size = octet_length(content)),
        content bytea not null,
        created_at timestamptz not null
      )`);
    // Attachments are compressed already more often than not: do not spend time on trying again.
    await runner.query('alter table blob alter column content set storage external');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table blob');
  }
}

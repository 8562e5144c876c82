import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Requests that came by the public form: those whose browser has done some work for it, once for each proof, and how many came without,
 * from where.
 */
export class RequestProofs1796099096512 implements MigrationInterface {
  readonly name = 'RequestProofs1796099096512';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table request_proof (
        id bigint generated always as identity,
        network text not null,
        proof text,
        at timestamptz not null,
        constraint request_proof_pk primary key (id),
        constraint request_proof_once unique (proof)
      )`);
    await runner.query(`create index request_proof_unproven on request_proof (at) where proof is null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table request_proof`);
  }
}

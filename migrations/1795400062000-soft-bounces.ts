import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Letters that did not reach somebody for a passing reason. Each counts for less as time goes by; many at a time mean that nobody is there. */
export class SoftBounces1795400062000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table soft_bounce (
        contact_id uuid not null constraint soft_bounce_contact_fk references contact (id) on delete cascade,
        outgoing_mail_id uuid not null constraint soft_bounce_outgoing_mail_fk references outgoing_mail (id) on delete cascade,
        at timestamptz not null,
        constraint soft_bounce_pk primary key (contact_id, outgoing_mail_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table soft_bounce');
  }
}

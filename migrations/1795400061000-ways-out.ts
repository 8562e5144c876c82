import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Letters are signed by the key of their domain, and leave at a pace: no burst after an outage. */
export class WaysOut1795400061000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table dkim_key (
        domain text constraint dkim_key_pk primary key,
        selector text not null,
        public_key text not null,
        sealed_private_key text not null,
        created_at timestamptz not null,
        checked_at timestamptz,
        verified_at timestamptz,
        fault text,
        constraint dkim_key_domain_is_lower_case check (domain = lower(domain))
      )`);

    // How many letters may still leave now for a mailbox, or to a domain: it fills up with time.
    await runner.query(`
      create table sending_allowance (
        scope text constraint sending_allowance_pk primary key,
        letters double precision not null,
        as_of timestamptz not null
      )`);

    await runner.query(`
      alter table outgoing_mail
        add column urgent boolean not null default false,
        add column paced boolean not null default false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table outgoing_mail drop column urgent, drop column paced');
    await runner.query('drop table sending_allowance');
    await runner.query('drop table dkim_key');
  }
}

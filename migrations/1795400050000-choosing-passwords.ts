import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How people come by a password: a link by mail, for an invitation or for one that was forgotten. What is asked for is
 * written down first and answered by a job, so that asking takes as long for an unknown address as for a known one. And
 * sign-in attempts remember the device, so that a stranger's failures do not lock the owner out.
 */
export class ChoosingPasswords1795400050000 implements MigrationInterface {
  readonly name = 'ChoosingPasswords1795400050000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table password_link (
        token_hash text not null,
        user_id uuid not null,
        purpose text not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        constraint password_link_pk primary key (token_hash),
        constraint password_link_user_fk foreign key (user_id) references app_user (id) on delete cascade,
        constraint password_link_purpose_is_known check (purpose in ('invitation', 'forgotten'))
      )`);
    await runner.query(`create index password_link_user_idx on password_link (user_id)`);

    await runner.query(`
      create table password_request (
        id bigint generated always as identity,
        email text not null,
        address text not null,
        at timestamptz not null,
        answered_at timestamptz,
        constraint password_request_pk primary key (id)
      )`);
    await runner.query(`create index password_request_open_idx on password_request (id) where answered_at is null`);
    await runner.query(`create index password_request_email_idx on password_request (email, at)`);
    await runner.query(`create index password_request_address_idx on password_request (address, at)`);

    await runner.query(`alter table sign_in_attempt add column device text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table sign_in_attempt drop column device`);
    await runner.query(`drop table password_request`);
    await runner.query(`drop table password_link`);
  }
}

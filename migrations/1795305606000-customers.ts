import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who writes to us. A contact is an address with a name; the contract hangs on the organisation, found by domain. */
export class Customers1795305606000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table organisation (
        id uuid not null default gen_random_uuid(),
        name text not null,
        tier text,
        domains text[] not null default '{}',
        calendar_id uuid,
        created_at timestamptz not null,
        constraint organisation_pk primary key (id),
        constraint organisation_calendar_fk foreign key (calendar_id) references calendar (id),
        constraint organisation_name_given check (name <> '')
      )`);
    await queryRunner.query(`create unique index organisation_name_unique on organisation (lower(name))`);
    await queryRunner.query(`create index organisation_domains on organisation using gin (domains)`);

    // Addresses are kept in lower case: the same person writes as Carl@ and carl@, and no provider tells them apart.
    await queryRunner.query(`
      create table contact (
        id uuid not null default gen_random_uuid(),
        email text not null,
        name text not null default '',
        organisation_id uuid,
        sees_organisation boolean not null default false,
        undeliverable_at timestamptz,
        undeliverable_reason text,
        created_at timestamptz not null,
        constraint contact_pk primary key (id),
        constraint contact_email_unique unique (email),
        constraint contact_organisation_fk foreign key (organisation_id) references organisation (id) on delete set null,
        constraint contact_email_lower check (email = lower(email)),
        constraint contact_undeliverable_has_reason check ((undeliverable_at is null) = (undeliverable_reason is null))
      )`);
    await queryRunner.query(`create index contact_organisation on contact (organisation_id)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table contact`);
    await queryRunner.query(`drop table organisation`);
  }
}

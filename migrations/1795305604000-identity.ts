import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may come in: people and programs, their sessions and tokens, the first set-up, and the record of who did what. */
export class Identity1795305604000 implements MigrationInterface {
  readonly name = 'Identity1795305604000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table app_user (
        id uuid not null default gen_random_uuid(),
        email text not null,
        name text not null,
        role text not null,
        password_hash text,
        timezone text,
        service boolean not null default false,
        disabled_at timestamptz,
        created_at timestamptz not null,
        constraint app_user_pk primary key (id),
        constraint app_user_email_is_unique unique (email),
        constraint app_user_email_is_lower_case check (email = lower(email)),
        constraint app_user_role_is_known check (role in ('admin', 'manager', 'agent', 'customer'))
      )`);

    await runner.query(`create unique index app_user_one_service on app_user (service) where service`);

    // The cookie holds the secret, the row only its hash: who reads the table cannot sign in with it.
    await runner.query(`
      create table session (
        id uuid not null default gen_random_uuid(),
        token_hash text not null,
        user_id uuid not null,
        created_at timestamptz not null,
        last_seen_at timestamptz not null,
        expires_at timestamptz not null,
        address text not null,
        user_agent text not null,
        constraint session_pk primary key (id),
        constraint session_token_hash_is_unique unique (token_hash),
        constraint session_user_fk foreign key (user_id) references app_user (id) on delete cascade
      )`);
    await runner.query(`create index session_user_idx on session (user_id)`);
    await runner.query(`create index session_expires_idx on session (expires_at)`);

    await runner.query(`
      create table api_token (
        id uuid not null default gen_random_uuid(),
        user_id uuid not null,
        name text not null,
        token_hash text not null,
        created_at timestamptz not null,
        last_used_at timestamptz,
        constraint api_token_pk primary key (id),
        constraint api_token_hash_is_unique unique (token_hash),
        constraint api_token_user_fk foreign key (user_id) references app_user (id) on delete cascade
      )`);
    await runner.query(`create index api_token_user_idx on api_token (user_id)`);

    // At most one link is alive: each start that still needs one replaces it.
    await runner.query(`
      create table setup_link (
        only_one boolean not null default true,
        token_hash text not null,
        created_at timestamptz not null,
        constraint setup_link_pk primary key (only_one),
        constraint setup_link_is_only_one check (only_one)
      )`);

    await runner.query(`
      create table sign_in_attempt (
        id bigint generated always as identity,
        email text not null,
        address text not null,
        at timestamptz not null,
        succeeded boolean not null,
        constraint sign_in_attempt_pk primary key (id)
      )`);
    await runner.query(`create index sign_in_attempt_email_idx on sign_in_attempt (email, at)`);
    await runner.query(`create index sign_in_attempt_address_idx on sign_in_attempt (address, at)`);

    await runner.query(`
      create table audit_entry (
        id bigint generated always as identity,
        at timestamptz not null,
        by jsonb not null,
        action text not null,
        subject text not null,
        data jsonb not null,
        constraint audit_entry_pk primary key (id)
      )`);
    await runner.query(`create index audit_entry_at_idx on audit_entry (at)`);
    await runner.query(`
      create function audit_entry_is_append_only() returns trigger language plpgsql as $$
      begin
        raise exception 'audit_entry is append-only';
      end $$`);
    await runner.query(`
      create trigger audit_entry_append_only before update or delete on audit_entry
      for each row execute function audit_entry_is_append_only()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table audit_entry`);
    await runner.query(`drop function audit_entry_is_append_only()`);
    await runner.query(`drop table sign_in_attempt`);
    await runner.query(`drop table setup_link`);
    await runner.query(`drop table api_token`);
    await runner.query(`drop table session`);
    await runner.query(`drop table app_user`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Other programs are told what happens: whom, of what, and how each telling went. */
export class Webhooks1796097505881 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // events: null for all. Secrets are sealed; for a day after a new one was made, the one before signs as well.
    await runner.query(`
      create table webhook (
        id uuid not null default gen_random_uuid() constraint webhook_pk primary key,
        name text not null constraint webhook_name_is_unique unique,
        url text not null,
        events text[],
        enabled boolean not null,
        allow_private boolean not null,
        secret text not null,
        previous_secret text,
        previous_secret_until timestamptz,
        failing_since timestamptz,
        disabled_because text,
        constraint webhook_name_is_given check (name <> ''),
        constraint webhook_disabled_because_it_is check (disabled_because is null or not enabled),
        constraint webhook_previous_secret_ends check ((previous_secret is null) = (previous_secret_until is null))
      )`);

    await runner.query(`
      create table webhook_event (
        id uuid not null constraint webhook_event_pk primary key,
        type text not null,
        at timestamptz not null,
        data jsonb not null
      )`);
    await runner.query(`create index webhook_event_at on webhook_event (at)`);

    // round_began_at: when the present round of tries began; a replay begins a new one.
    await runner.query(`
      create table webhook_delivery (
        id uuid not null constraint webhook_delivery_pk primary key,
        webhook_id uuid not null
          constraint webhook_delivery_webhook_fk references webhook (id) on delete cascade,
        event_id uuid not null
          constraint webhook_delivery_event_fk references webhook_event (id) on delete cascade,
        state text not null
          constraint webhook_delivery_state_is_known check (state in ('queued', 'delivered', 'failed')),
        created_at timestamptz not null,
        round_began_at timestamptz not null,
        attempts integer not null default 0,
        next_try_at timestamptz,
        leased_until timestamptz,
        delivered_at timestamptz,
        last_status integer,
        last_error text,
        constraint webhook_delivery_once unique (event_id, webhook_id),
        constraint webhook_delivery_queued_has_a_turn check ((state = 'queued') = (next_try_at is not null)),
        constraint webhook_delivery_delivered_when check ((state = 'delivered') = (delivered_at is not null))
      )`);
    await runner.query(
      `create index webhook_delivery_next on webhook_delivery (webhook_id, next_try_at) where state = 'queued'`,
    );
    await runner.query(
      `create index webhook_delivery_listed on webhook_delivery (webhook_id, created_at desc, id desc)`,
    );

    await runner.query(`
      create table webhook_attempt (
        id bigint generated always as identity constraint webhook_attempt_pk primary key,
        delivery_id uuid not null
          constraint webhook_attempt_delivery_fk references webhook_delivery (id) on delete cascade,
        at timestamptz not null,
        milliseconds integer not null,
        status integer,
        error text
      )`);
    await runner.query(`create index webhook_attempt_delivery on webhook_attempt (delivery_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table webhook_attempt`);
    await runner.query(`drop table webhook_delivery`);
    await runner.query(`drop table webhook_event`);
    await runner.query(`drop table webhook`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Heartbeats of others: a program outside asks an address of ours now and then; where it falls silent, an incident opens that no clock
 * has caused, as with a customer's emergency request.
 */
export class HeartbeatMonitors1796099098970 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // due_at: when it counts as silent; null while nothing was ever heard of it, and while it is silent. link: counts its addresses.
    await runner.query(`
      create table heartbeat_monitor (
        id uuid not null default gen_random_uuid() constraint heartbeat_monitor_pk primary key,
        name text not null constraint heartbeat_monitor_name_is_unique unique,
        every_minutes integer not null,
        grace_minutes integer not null,
        level text not null constraint heartbeat_monitor_level_fk references level (name) on update cascade,
        queue_id uuid constraint heartbeat_monitor_queue_fk references queue (id),
        link integer not null default 1,
        heard_at timestamptz,
        due_at timestamptz,
        silent_since timestamptz,
        ticket_number integer constraint heartbeat_monitor_ticket_fk references ticket (number) on delete set null,
        constraint heartbeat_monitor_name_is_given check (name <> ''),
        constraint heartbeat_monitor_silent_or_due check (silent_since is null or due_at is null)
      )`);
    await runner.query(`create index heartbeat_monitor_due on heartbeat_monitor (due_at) where due_at is not null`);
    await runner.query(`
      alter table incident
        drop constraint incident_has_a_cause,
        add constraint incident_has_a_cause check ((clock_id is null) = (metric in ('emergency', 'heartbeat')))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`delete from incident where metric = 'heartbeat'`);
    await runner.query(`
      alter table incident
        drop constraint incident_has_a_cause,
        add constraint incident_has_a_cause check ((clock_id is null) = (metric = 'emergency'))`);
    await runner.query(`drop table heartbeat_monitor`);
  }
}

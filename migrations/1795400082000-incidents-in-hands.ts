import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Incidents in people's hands: handed to a colleague, begun again when nothing came of it; those that a customer's emergency request
 * opens without any clock; and who watches: a row for each worker.
 */
export class IncidentsInHands1795400082000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // offered_to: a responder who is asked to take over; until they accept, who acknowledged has it.
    await runner.query(`
      alter table incident
        alter column clock_id drop not null,
        add column restart_at timestamptz,
        add column offered_to uuid constraint incident_offered_to_fk references responder (id) on delete set null,
        add column offered_at timestamptz,
        add constraint incident_has_a_cause check ((clock_id is null) = (metric = 'emergency')),
        add constraint incident_restarts_when_acknowledged check (restart_at is null or state = 'acknowledged'),
        add constraint incident_offered_when_acknowledged check (offered_to is null or state = 'acknowledged')`);
    await runner.query(`create index incident_restart on incident (restart_at) where restart_at is not null`);
    await runner.query(`create unique index incident_one_emergency on incident (ticket_number) where clock_id is null`);

    await runner.query(`
      create table worker_heartbeat (
        worker uuid not null constraint worker_heartbeat_pk primary key,
        host text not null,
        roles text[] not null,
        started_at timestamptz not null,
        beat_at timestamptz not null,
        behind_ms integer not null
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table worker_heartbeat`);
    await runner.query(`drop index incident_one_emergency`);
    await runner.query(`delete from incident where clock_id is null`);
    await runner.query(`
      alter table incident
        drop constraint incident_has_a_cause,
        drop constraint incident_restarts_when_acknowledged,
        drop constraint incident_offered_when_acknowledged,
        drop column offered_at,
        drop column offered_to,
        drop column restart_at,
        alter column clock_id set not null`);
  }
}

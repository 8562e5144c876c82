import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who is called when a promise is broken: responders, chains, incidents with their notifications and timelines, alarms. */
export class Escalation1795305609000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table responder (
        id uuid not null default gen_random_uuid() constraint responder_pk primary key,
        name text not null constraint responder_name_is_unique unique,
        email text,
        phone text,
        methods jsonb not null,
        emergency boolean not null default false,
        constraint responder_name_is_given check (name <> ''),
        constraint responder_methods_are_a_list check (jsonb_typeof(methods) = 'array')
      )`);
    // There is one 24x7 emergency contact.
    await runner.query(`create unique index responder_one_emergency on responder (emergency) where emergency`);

    await runner.query(`
      create table chain (
        id uuid not null default gen_random_uuid() constraint chain_pk primary key,
        name text not null constraint chain_name_is_unique unique,
        definition jsonb not null,
        constraint chain_name_is_given check (name <> '')
      )`);

    // chain: a copy. Who edits a chain does not change what is already under way.
    await runner.query(`
      create table incident (
        id uuid not null default gen_random_uuid() constraint incident_pk primary key,
        ticket_number integer not null constraint incident_ticket_fk references ticket (number) on delete cascade,
        clock_id bigint not null constraint incident_clock_fk references clock (id) on delete cascade,
        metric text not null,
        cycle integer not null,
        judgement integer not null,
        due_at timestamptz not null,
        state text not null constraint incident_state_is_known check (state in ('open', 'acknowledged', 'closed')),
        chain jsonb not null,
        step integer not null,
        round integer not null,
        next_step_at timestamptz,
        opened_at timestamptz not null,
        acknowledged_at timestamptz,
        acknowledged_by jsonb,
        closed_at timestamptz,
        closed_because text
          constraint incident_closing_is_known check (closed_because in ('stopped', 'cancelled', 'retracted')),
        constraint incident_once unique (clock_id, cycle, judgement),
        constraint incident_open_goes_on check ((state = 'open') = (next_step_at is not null)),
        constraint incident_acknowledged_by_somebody check ((acknowledged_at is null) = (acknowledged_by is null)),
        constraint incident_acknowledged_when check (state <> 'acknowledged' or acknowledged_at is not null),
        constraint incident_closed_for_a_reason
          check ((state = 'closed') = (closed_at is not null) and (state = 'closed') = (closed_because is not null))
      )`);
    await runner.query(`create index incident_next_step on incident (next_step_at) where next_step_at is not null`);
    await runner.query(`create index incident_ticket on incident (ticket_number)`);
    await runner.query(`create index incident_opened on incident (opened_at desc, id desc)`);

    // One sending to one responder by one method. kind: what it tells them.
    await runner.query(`
      create table notification (
        id uuid not null default gen_random_uuid() constraint notification_pk primary key,
        incident_id uuid not null constraint notification_incident_fk references incident (id) on delete cascade,
        kind text not null
          constraint notification_kind_is_known check (kind in ('alert', 'acknowledged', 'closed')),
        step integer not null,
        round integer not null,
        responder_id uuid constraint notification_responder_fk references responder (id) on delete set null,
        responder_name text not null,
        position integer not null,
        method text not null,
        address text not null,
        state text not null
          constraint notification_state_is_known check (state in ('queued', 'handedOver', 'failed', 'unknown')),
        attempts integer not null default 0,
        created_at timestamptz not null,
        first_tried_at timestamptz,
        next_try_at timestamptz,
        leased_until timestamptz,
        handed_over_at timestamptz,
        outgoing_mail_id uuid constraint notification_outgoing_mail_fk references outgoing_mail (id) on delete set null,
        last_error text,
        constraint notification_handed_over_when check ((state = 'handedOver') = (handed_over_at is not null)),
        constraint notification_tried_while_queued check (state = 'queued' or (next_try_at is null and leased_until is null))
      )`);
    await runner.query(`create index notification_due on notification (next_try_at) where next_try_at is not null`);
    await runner.query(`create index notification_incident on notification (incident_id, step, round)`);
    await runner.query(
      `create index notification_outgoing_mail on notification (outgoing_mail_id) where outgoing_mail_id is not null`,
    );

    await runner.query(`
      create table incident_event (
        id bigint not null generated always as identity constraint incident_event_pk primary key,
        incident_id uuid not null constraint incident_event_incident_fk references incident (id) on delete cascade,
        at timestamptz not null,
        type text not null,
        data jsonb not null
      )`);
    await runner.query(`create index incident_event_incident on incident_event (incident_id, id)`);

    // What is wrong with the alarm system itself, until it is right again.
    await runner.query(`
      create table alarm (
        id bigint not null generated always as identity constraint alarm_pk primary key,
        kind text not null,
        subject text not null,
        detail text not null,
        raised_at timestamptz not null,
        cleared_at timestamptz
      )`);
    await runner.query(`create unique index alarm_standing on alarm (kind, subject) where cleared_at is null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['alarm', 'incident_event', 'notification', 'incident', 'chain', 'responder']) {
      await runner.query(`drop table ${table}`);
    }
  }
}

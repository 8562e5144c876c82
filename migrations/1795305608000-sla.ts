import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What we promise, and how each ticket stands against it. */
export class Sla1795305608000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.policies(runner);
    await this.clocks(runner);
    await this.recomputations(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['recomputation', 'clock_event', 'clock', 'policy_version', 'policy']) {
      await runner.query(`drop table ${table}`);
    }
  }

  /** A version is never changed: clocks keep the one that judged them. A removed policy stays for their sake. */
  private async policies(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table policy (
        id uuid not null default gen_random_uuid(),
        name text not null,
        position integer not null,
        current_version integer not null,
        calendar_id uuid,
        removed_at timestamptz,
        constraint policy_pk primary key (id),
        constraint policy_name_is_unique unique (name),
        constraint policy_calendar_fk foreign key (calendar_id) references calendar (id),
        constraint policy_name_is_given check (name <> '')
      )`);
    await runner.query(`
      create table policy_version (
        policy_id uuid not null,
        version integer not null,
        definition jsonb not null,
        created_at timestamptz not null,
        constraint policy_version_pk primary key (policy_id, version),
        constraint policy_version_policy_fk foreign key (policy_id) references policy (id) on delete cascade,
        constraint policy_version_counts_from_one check (version >= 1)
      )`);
  }

  /**
   * A clock's row holds all that striking it needs, so that no calendar is asked when thousands fall due at once. Whatever
   * reports ask for is stamped on it too: what became of a ticket later does not change how its promise was kept.
   */
  private async clocks(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table clock (
        id bigint not null generated always as identity,
        ticket_number integer not null,
        metric text not null,
        cycle integer not null,
        state text not null,
        judgement integer not null,
        policy_id uuid not null,
        policy_version integer not null,
        calendar_id uuid not null,
        calendar_version integer not null,
        target_seconds double precision not null,
        elapsed_seconds double precision not null,
        counting_since timestamptz,
        started_at timestamptz not null,
        due_at timestamptz,
        manual_due_at timestamptz,
        stopped_at timestamptz,
        stopped_by uuid,
        breached_at timestamptz,
        breached_by text,
        cancelled_because text,
        run jsonb not null,
        warnings jsonb not null,
        ahead jsonb not null,
        next_moment_at timestamptz,
        set_aside_at timestamptz,
        set_aside_because text,
        withdrawn_at timestamptz,
        level text not null,
        queue_id uuid not null,
        assignee_id uuid,
        organisation_id uuid,
        constraint clock_pk primary key (id),
        constraint clock_once_a_cycle unique (ticket_number, metric, cycle),
        constraint clock_ticket_fk foreign key (ticket_number) references ticket (number) on delete cascade,
        constraint clock_policy_version_fk
          foreign key (policy_id, policy_version) references policy_version (policy_id, version),
        constraint clock_calendar_version_fk
          foreign key (calendar_id, calendar_version) references calendar_version (calendar_id, version),
        constraint clock_metric_is_known
          check (metric in ('firstResponse', 'nextResponse', 'update', 'resolution', 'handling')),
        constraint clock_state_is_known check (state in ('running', 'paused', 'met', 'breached', 'cancelled')),
        constraint clock_counts_while_it_runs check ((state = 'running') = (counting_since is not null)),
        constraint clock_is_due_unless_paused check ((state in ('paused', 'cancelled')) = (due_at is null)),
        constraint clock_ended_is_stopped check ((state in ('running', 'paused')) = (stopped_at is null)),
        constraint clock_met_in_time check (state <> 'met' or stopped_at <= due_at),
        constraint clock_breached_too_late check (state <> 'breached' or stopped_at > due_at),
        constraint clock_breached_when_due check (breached_at is null or due_at is null or breached_at = due_at),
        constraint clock_wants_striking_while_it_runs check (next_moment_at is null or state = 'running'),
        constraint clock_set_aside_with_reason check ((set_aside_at is null) = (set_aside_because is null))
      )`);
    await runner.query(
      `create index clock_by_next_moment on clock (next_moment_at) where next_moment_at is not null and set_aside_at is null`,
    );
    await runner.query(`create index clock_set_aside on clock (set_aside_at) where set_aside_at is not null`);
    await runner.query(`create index clock_running_by_due on clock (due_at) where state = 'running'`);
    await runner.query(
      `create index clock_open on clock (ticket_number) where state in ('running', 'paused') and withdrawn_at is null`,
    );
    await runner.query(`create index clock_by_stop on clock (stopped_at) where stopped_at is not null`);
    await runner.query(`
      create table clock_event (
        id bigint not null generated always as identity,
        clock_id bigint not null,
        ticket_number integer not null,
        at timestamptz not null,
        recorded_at timestamptz not null,
        type text not null,
        data jsonb not null,
        constraint clock_event_pk primary key (id),
        constraint clock_event_clock_fk foreign key (clock_id) references clock (id) on delete cascade,
        constraint clock_event_type_is_known check (type in ('started', 'warned', 'breached', 'retracted', 'moved', 'paused',
          'resumed', 'stopped', 'reopened', 'cancelled', 'restored', 'withdrawn'))
      )`);
    await runner.query(`create index clock_event_by_clock on clock_event (clock_id, id)`);
    await runner.query(`create index clock_event_by_ticket on clock_event (ticket_number, at, id)`);
  }

  /** All open clocks counted anew, because what is promised has changed. Ticket after ticket, so that it can be interrupted. */
  private async recomputations(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table recomputation (
        id bigint not null generated always as identity,
        fingerprint text not null,
        asked_at timestamptz not null,
        total integer not null,
        done integer not null,
        last_ticket integer not null,
        finished_at timestamptz,
        constraint recomputation_pk primary key (id)
      )`);
    await runner.query(
      `create unique index recomputation_one_at_a_time on recomputation ((true)) where finished_at is null`,
    );
  }
}

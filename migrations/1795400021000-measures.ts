import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How long requesters waited, how long it was for us to work and how long each team had a ticket, where no clock says so because
 * no target is set. Only what is over is kept, so that reports need no calendar: what still counts is counted when it is looked at.
 */
export class Measures1795400021000 implements MigrationInterface {
  readonly name = 'Measures1795400021000';

  async up(runner: QueryRunner): Promise<void> {
    await this.allow(runner, [...METRICS, 'requesterWait', 'agentWork']);
    await runner.query(`
      create table measure (
        ticket_number integer not null,
        metric text not null,
        cycle integer not null,
        team text,
        started_at timestamptz not null,
        ended_at timestamptz not null,
        elapsed_seconds double precision not null,
        level text not null,
        queue_id uuid not null,
        assignee_id uuid,
        organisation_id uuid,
        constraint measure_pk primary key (ticket_number, metric, cycle),
        constraint measure_ticket_fk foreign key (ticket_number) references ticket (number) on delete cascade,
        constraint measure_metric_is_known check (metric in ('requesterWait', 'agentWork', 'handling')),
        constraint measure_of_handling_names_the_team check ((metric = 'handling') = (team is not null))
      )`);
    await runner.query(`create index measure_by_end on measure (ended_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table measure`);
    await runner.query(`delete from clock where metric <> all($1::text[])`, [METRICS]);
    await this.allow(runner, METRICS);
  }

  private async allow(runner: QueryRunner, metrics: readonly string[]): Promise<void> {
    const list = metrics.map((metric) => `'${metric}'`).join(', ');
    await runner.query(`
      alter table clock drop constraint clock_metric_is_known,
        add constraint clock_metric_is_known check (metric in (${list}))`);
  }
}

const METRICS = ['firstResponse', 'nextResponse', 'update', 'resolution', 'handling'];

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Teams: who works together, who leads them, and what they have agreed among themselves about handling a ticket. A user
 * who leads a team stays until somebody else does; one who is only a member may go.
 */
export class Teams1795400005000 implements MigrationInterface {
  readonly name = 'Teams1795400005000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table team (
        id uuid not null default gen_random_uuid(),
        name text not null,
        lead_id uuid,
        calendar_id uuid,
        handling jsonb,
        constraint team_pk primary key (id),
        constraint team_name_is_unique unique (name),
        constraint team_name_is_given check (name <> ''),
        constraint team_lead_fk foreign key (lead_id) references app_user (id),
        constraint team_calendar_fk foreign key (calendar_id) references calendar (id)
      )`);
    await runner.query(`
      create table team_member (
        team_id uuid not null,
        user_id uuid not null,
        constraint team_member_pk primary key (team_id, user_id),
        constraint team_member_team_fk foreign key (team_id) references team (id) on delete cascade,
        constraint team_member_user_fk foreign key (user_id) references app_user (id) on delete cascade
      )`);
    await runner.query(`create index team_member_user_idx on team_member (user_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table team_member`);
    await runner.query(`drop table team`);
  }
}

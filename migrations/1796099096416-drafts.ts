import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an agent has begun to write about a ticket outlives the browser in which it was begun, and is there on the next machine. */
export class Drafts1796099096416 implements MigrationInterface {
  readonly name = 'Drafts1796099096416';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table draft (
        user_id uuid not null,
        ticket_number integer not null,
        kind text not null,
        body text not null,
        saved_at timestamptz not null,
        constraint draft_pk primary key (user_id, ticket_number),
        constraint draft_user_fk foreign key (user_id) references app_user (id) on delete cascade,
        constraint draft_ticket_fk foreign key (ticket_number) references ticket (number) on delete cascade,
        constraint draft_kind_is_known check (kind in ('reply', 'note', 'call'))
      )`);
    await runner.query(`create index draft_by_ticket on draft (ticket_number)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table draft`);
  }
}

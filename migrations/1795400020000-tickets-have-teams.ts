import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which team has a ticket, and which one the tickets of a queue go to. */
export class TicketsHaveTeams1795400020000 implements MigrationInterface {
  readonly name = 'TicketsHaveTeams1795400020000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['ticket', 'queue']) {
      await runner.query(`
        alter table ${table} add column team_id uuid,
          add constraint ${table}_team_fk foreign key (team_id) references team (id)`);
    }
    await runner.query(`create index ticket_by_team on ticket (team_id) where team_id is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['ticket', 'queue']) await runner.query(`alter table ${table} drop column team_id`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tickets whose clocks could not be counted anew after a change of what is promised: they wait for a person, not in a log. */
export class UncountedTickets1795400022000 implements MigrationInterface {
  readonly name = 'UncountedTickets1795400022000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table uncounted_ticket (
        ticket_number integer not null,
        since timestamptz not null,
        tried_at timestamptz not null,
        because text not null,
        constraint uncounted_ticket_pk primary key (ticket_number),
        constraint uncounted_ticket_ticket_fk foreign key (ticket_number) references ticket (number) on delete cascade
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table uncounted_ticket`);
  }
}

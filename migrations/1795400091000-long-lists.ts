import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The piles of the rail and of the list, each as small as what lies in it, whatever else a large desk has open. */
export class LongLists1795400091000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const living = `status in ('new', 'open', 'waiting', 'on-hold') and merged_into is null`;
    await runner.query(
      `create index ticket_needs_first_reply on ticket (number)
       where ${living} and first_replied_at is null and opened_by = 'customer'`,
    );
    await runner.query(
      `create index ticket_needs_next_reply on ticket (number)
       where ${living} and first_replied_at is not null and last_actor = 'customer'`,
    );
    // The condition is that of the view, to the letter, or PostgreSQL would not know it again.
    await runner.query(
      `create index clock_in_danger on clock (ticket_number)
       where state = 'running' and withdrawn_at is null
         and (breached_at is not null or warnings @? '$[*] ? (@.percent >= 75)')`,
    );
    await runner.query(`create index incident_open on incident (opened_at) where state = 'open'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['incident_open', 'clock_in_danger', 'ticket_needs_next_reply', 'ticket_needs_first_reply']) {
      await runner.query(`drop index ${name}`);
    }
  }
}

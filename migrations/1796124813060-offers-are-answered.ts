import type { MigrationInterface, QueryRunner } from 'typeorm';

const BEFORE = `'alert', 'acknowledged', 'closed', 'offered'`;
const AFTER = `${BEFORE}, 'answered'`;

/** Whoever hands an incident to a colleague is told how that ended; an offer that nobody answers ends by itself. */
export class OffersAreAnswered1796124813060 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await kinds(runner, AFTER);
    await runner.query(`create index incident_offered on incident (offered_at) where offered_at is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`delete from notification where kind = 'answered'`);
    await runner.query(`drop index incident_offered`);
    await kinds(runner, BEFORE);
  }
}

async function kinds(runner: QueryRunner, ofIncidents: string): Promise<void> {
  await runner.query(`
    alter table notification
      drop constraint notification_kind_is_known,
      add constraint notification_kind_is_known check (kind in (${ofIncidents}, 'test', 'verification', 'synthetic')),
      drop constraint notification_is_about_an_incident,
      add constraint notification_is_about_an_incident check ((kind in (${ofIncidents})) = (incident_id is not null))`);
}

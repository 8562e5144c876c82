import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whoever was put in copy of a conversation may ask for no more mail about it, and still read it. */
export class SilencedParticipants1796098716412 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table participant
        add column silenced_at timestamptz,
        add constraint participant_requester_is_written_to check (silenced_at is null or kind = 'cc')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table participant drop column silenced_at`);
  }
}

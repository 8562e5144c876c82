import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Everybody in a conversation gets a copy of their own, with their own links in it: the copies name the same people and bear the same
 * Message-ID, so that mail programs see one letter.
 */
export class CopiesOfLetters1796098716411 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table outgoing_mail
        add column copy_for text,
        drop constraint outgoing_mail_message_id_is_unique,
        add constraint outgoing_mail_one_copy_each unique nulls not distinct (message_id, copy_for)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from outgoing_mail as copy using outgoing_mail as first
        where first.message_id = copy.message_id and first.number < copy.number`);
    await runner.query(`
      alter table outgoing_mail
        drop constraint outgoing_mail_one_copy_each,
        drop column copy_for,
        add constraint outgoing_mail_message_id_is_unique unique (message_id)`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

const INCIDENT_KINDS = `'alert', 'acknowledged', 'closed', 'offered'`;

/**
 * Ways to reach people beside e-mail and webhooks: accounts with providers, proofs that a way works, receipts of what was sent, and
 * notifications that are about no incident (tests, verifications, and the synthetic one that proves the whole road).
 */
export class WaysToReachPeople1795400081000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // secret: sealed under SECRET_KEY.
    await runner.query(`
      create table provider (
        name text not null constraint provider_pk primary key,
        definition jsonb not null,
        secret text,
        constraint provider_name_is_known check (name in ('twilio', 'pushover'))
      )`);

    await runner.query(`
      create table method_verification (
        id uuid not null default gen_random_uuid() constraint method_verification_pk primary key,
        responder_id uuid not null
          constraint method_verification_responder_fk references responder (id) on delete cascade,
        method text not null,
        address text not null,
        sent_at timestamptz,
        expires_at timestamptz,
        attempts integer not null default 0,
        verified_at timestamptz,
        constraint method_verification_once unique (responder_id, method, address)
      )`);

    await runner.query(`
      alter table notification
        alter column incident_id drop not null,
        drop constraint notification_kind_is_known,
        add constraint notification_kind_is_known check (kind in (${INCIDENT_KINDS}, 'test', 'verification', 'synthetic')),
        add constraint notification_is_about_an_incident check ((kind in (${INCIDENT_KINDS})) = (incident_id is not null)),
        drop constraint notification_handed_over_when,
        add constraint notification_handed_over_when check (state <> 'handedOver' or handed_over_at is not null),
        add column number bigint generated always as identity constraint notification_number_is_unique unique,
        add column receipt text,
        add column receipt_due_at timestamptz,
        add column delivered_at timestamptz,
        add column captured text`);
    // What a provider tells us later is about the receipt it gave; some of them must be asked.
    await runner.query(`create index notification_receipt on notification (receipt) where receipt is not null`);
    await runner.query(
      `create index notification_receipt_due on notification (receipt_due_at) where receipt_due_at is not null`,
    );
    // Who was called last, by which way: what bundles go by.
    await runner.query(
      `create index notification_last_call on notification (responder_name, method, address, first_tried_at desc) where kind = 'alert'`,
    );
    await runner.query(`create index notification_captured on notification (number desc) where captured is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`delete from notification where incident_id is null or kind = 'offered'`);
    await runner.query(`update notification set handed_over_at = null where state <> 'handedOver'`);
    await runner.query(`drop index notification_last_call`);
    await runner.query(`
      alter table notification
        drop column captured,
        drop column delivered_at,
        drop column receipt_due_at,
        drop column receipt,
        drop column number,
        drop constraint notification_is_about_an_incident,
        drop constraint notification_handed_over_when,
        add constraint notification_handed_over_when check ((state = 'handedOver') = (handed_over_at is not null)),
        drop constraint notification_kind_is_known,
        add constraint notification_kind_is_known check (kind in ('alert', 'acknowledged', 'closed')),
        alter column incident_id set not null`);
    await runner.query(`drop table method_verification`);
    await runner.query(`drop table provider`);
  }
}

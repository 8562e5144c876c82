import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The post office: our addresses, every mail that came in byte for byte, every mail that is to go out. */
export class Mail1795305603000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table mailbox (
        id integer generated always as identity constraint mailbox_pk primary key,
        address text not null constraint mailbox_address_is_unique unique,
        name text not null default '',
        changed_by text,
        changed_at timestamptz not null,
        constraint mailbox_address_is_lower_case check (address = lower(address))
      )`);

    await runner.query(`
      create table inbound_mail (
        id uuid default gen_random_uuid() constraint inbound_mail_pk primary key,
        number bigint generated always as identity constraint inbound_mail_number_is_unique unique,
        sha256 text not null,
        raw bytea not null,
        size integer not null,
        received_at timestamptz not null,
        channel text not null constraint inbound_mail_channel_is_known check (channel in ('smtp', 'lmtp', 'http', 'pipe')),
        envelope_from text,
        envelope_to text[] not null,
        state text not null default 'pending'
          constraint inbound_mail_state_is_known check (state in ('pending', 'filed', 'quarantined')),
        outcome text constraint inbound_mail_outcome_is_known
          check (outcome in ('opened', 'appended', 'bounce', 'automatic', 'duplicate', 'dropped')),
        reason text,
        attempts integer not null default 0,
        next_try_at timestamptz,
        leased_until timestamptz,
        read_at timestamptz,
        identity text,
        mailbox text,
        message_id text,
        subject text,
        from_email text,
        from_name text,
        parsed jsonb,
        ticket_number integer,
        threaded_by text constraint inbound_mail_threaded_by_is_known check (threaded_by in ('token', 'reference', 'subject')),
        threaded_to text,
        acknowledged boolean not null default false,
        duplicate_of uuid constraint inbound_mail_duplicate_of_fk references inbound_mail (id) on delete set null,
        constraint inbound_mail_is_filed_with_an_outcome check ((state = 'filed') = (outcome is not null)),
        constraint inbound_mail_is_quarantined_with_a_reason check (state <> 'quarantined' or reason is not null)
      )`);
    // Mail is mostly base64 or short: do not spend the intake's time on compressing it.
    await runner.query('alter table inbound_mail alter column raw set storage external');
    // The last word on "exactly one effect": of two equal mails only one can ever be filed as itself.
    await runner.query(
      `create unique index inbound_mail_identity on inbound_mail (identity) where outcome <> 'duplicate'`,
    );
    await runner.query(`create index inbound_mail_to_read on inbound_mail (received_at) where state = 'pending'`);
    await runner.query('create index inbound_mail_sha256 on inbound_mail (sha256)');
    await runner.query('create index inbound_mail_received_at on inbound_mail (received_at desc, number desc)');
    await runner.query(
      'create index inbound_mail_message_id on inbound_mail (message_id) where message_id is not null',
    );
    await runner.query(
      'create index inbound_mail_sender on inbound_mail (from_email, received_at) where from_email is not null',
    );
    await runner.query(
      'create index inbound_mail_ticket on inbound_mail (ticket_number) where ticket_number is not null',
    );

    await runner.query(`
      create table outgoing_mail (
        id uuid default gen_random_uuid() constraint outgoing_mail_pk primary key,
        number bigint generated always as identity constraint outgoing_mail_number_is_unique unique,
        state text not null default 'queued'
          constraint outgoing_mail_state_is_known check (state in ('queued', 'sent', 'bounced', 'failed')),
        captured boolean not null default false,
        message_id text not null constraint outgoing_mail_message_id_is_unique unique,
        sender jsonb not null,
        recipients jsonb not null,
        cc jsonb not null default '[]',
        reply_to text,
        subject text not null,
        text text not null,
        html text,
        headers jsonb not null default '{}',
        attachments jsonb not null default '[]',
        envelope_from text not null,
        created_at timestamptz not null,
        next_try_at timestamptz,
        attempts integer not null default 0,
        leased_until timestamptz,
        last_error text,
        sent_at timestamptz,
        bounced_at timestamptz,
        constraint outgoing_mail_queued_has_a_next_try check ((state = 'queued') = (next_try_at is not null))
      )`);
    await runner.query(`create index outgoing_mail_to_send on outgoing_mail (next_try_at) where state = 'queued'`);
    await runner.query('create index outgoing_mail_created_at on outgoing_mail (created_at desc, number desc)');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['outgoing_mail', 'inbound_mail', 'mailbox']) await runner.query(`drop table ${table}`);
  }
}

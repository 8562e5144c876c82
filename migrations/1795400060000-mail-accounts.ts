import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Mail is fetched from IMAP accounts, one for each mailbox that has any, and who sent it is verified: so a mailbox gets an account and
 * says whose verdicts it trusts, and a mail remembers who handed it over.
 */
export class MailAccounts1795400060000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table mailbox
        add column verify_senders boolean not null default true,
        add column trusted_authserv_id text,
        add column send_per_minute integer not null default 600,
        add constraint mailbox_send_per_minute_is_a_rate check (send_per_minute between 1 and 100000)`);

    await runner.query(`
      create table imap_account (
        mailbox_id integer constraint imap_account_pk primary key
          constraint imap_account_mailbox_fk references mailbox (id) on delete cascade,
        host text not null,
        port integer not null constraint imap_account_port_is_one check (port between 1 and 65535),
        security text not null constraint imap_account_security_is_known check (security in ('tls', 'starttls', 'none')),
        username text not null,
        oauth jsonb,
        sealed_secret text,
        folder text not null,
        afterwards text not null constraint imap_account_afterwards_is_known check (afterwards in ('flag', 'move', 'delete')),
        move_to text,
        allow_private boolean not null default false,
        changed_at timestamptz not null,
        leased_by uuid,
        leased_until timestamptz,
        connected_since timestamptz,
        last_error text,
        failing_since timestamptz,
        failures integer not null default 0,
        next_try_at timestamptz,
        last_mail_at timestamptz,
        uid_validity text,
        last_uid bigint,
        constraint imap_account_moves_somewhere check ((afterwards = 'move') = (move_to is not null))
      )`);

    // What has been stored already, should the server not have learned of it: by it no crash takes a mail twice.
    await runner.query(`
      create table imap_message (
        mailbox_id integer not null constraint imap_message_mailbox_fk references mailbox (id) on delete cascade,
        uid_validity text not null,
        uid bigint not null,
        settled boolean not null default false,
        constraint imap_message_pk primary key (mailbox_id, uid_validity, uid)
      )`);

    await runner.query(`
      alter table inbound_mail
        add column client_address text,
        add column client_name text,
        add column incomplete boolean not null default false,
        drop constraint inbound_mail_channel_is_known,
        add constraint inbound_mail_channel_is_known check (channel in ('smtp', 'lmtp', 'http', 'pipe', 'imap'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table inbound_mail
        drop constraint inbound_mail_channel_is_known,
        drop column client_address,
        drop column client_name,
        drop column incomplete`);
    // What was fetched stays; to the older desk it came by the pipe, which is the nearest.
    await runner.query(`update inbound_mail set channel = 'pipe' where channel = 'imap'`);
    await runner.query(
      `alter table inbound_mail add constraint inbound_mail_channel_is_known check (channel in ('smtp', 'lmtp', 'http', 'pipe'))`,
    );
    await runner.query('drop table imap_message');
    await runner.query('drop table imap_account');
    await runner.query(
      'alter table mailbox drop column verify_senders, drop column trusted_authserv_id, drop column send_per_minute',
    );
  }
}

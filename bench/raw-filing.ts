import { randomUUID } from 'node:crypto';
import { simpleParser } from 'mailparser';
import type { PoolClient } from 'pg';
import { inLanes } from './comparison.js';
import type { Desk } from './desk.js';
import type { Mail } from './mails.js';

type Row = Readonly<Record<string, unknown>>;

/** Every table in which a mail that becomes a ticket leaves rows, and which of them are the ticket's. */
const TABLES = {
  inbound_mail: 'ticket_number = $1',
  contact: 'id = (select requester_id from ticket where number = $1)',
  ticket: 'number = $1',
  participant: 'ticket_number = $1',
  message: 'ticket_number = $1',
  ticket_event: 'ticket_number = $1',
  clock: 'ticket_number = $1',
  clock_event: 'ticket_number = $1',
  outgoing_mail: 'id = (select outgoing_mail_id from acknowledgement where ticket_number = $1)',
  acknowledgement: 'ticket_number = $1',
} as const;
type Table = keyof typeof TABLES;

const FILED = `identity, mailbox, message_id, subject, from_email, from_name, parsed, read_at, state, outcome, attempts,
  acknowledged, ticket_number`;
/** As many as the desk reads at a time. */
const LANES = 4;

/**
 * What the desk does with a mail, without the desk: the mail is parsed by mailparser, and the rows that the desk has written for a ticket
 * are written again, for that mail, by one plain statement a table in one transaction. The tables are copies with all their indexes and
 * checks, without the foreign keys.
 */
export class RawFiling {
  private readonly waiting = new Map<Mail, string>();

  private constructor(
    private readonly desk: Desk,
    private readonly rows: ReadonlyMap<Table, readonly Row[]>,
    private readonly inserts: ReadonlyMap<Table, string>,
  ) {}

  /** Learns the rows from the desk's first ticket. */
  static async after(desk: Desk): Promise<RawFiling> {
    const [ticket] = await desk.query<{ number: number }>('select min(number) as number from ticket');
    const rows = new Map<Table, Row[]>();
    const inserts = new Map<Table, string>();
    for (const [table, which] of Object.entries(TABLES) as [Table, string][]) {
      await desk.raw.query(`create table bare.${table} (like public.${table} including all)`);
      const found = await desk.query<{ row: Row }>(`select to_jsonb(it) as row from ${table} it where ${which}`, [
        ticket?.number,
      ]);
      if (found.length === 0) throw new Error(`The desk's first ticket has no row in ${table}.`);
      rows.set(
        table,
        found.map(({ row }) => row),
      );
      inserts.set(table, await insertInto(desk, table));
    }
    return new RawFiling(desk, rows, inserts);
  }

  /** The mails are there before the work with them begins, as they are for the desk. */
  async accept(mails: readonly Mail[]): Promise<void> {
    await inLanes(LANES, mails, async (mail) => {
      const { rows } = await this.desk.raw.query<{ id: string }>(
        `insert into bare.inbound_mail (sha256, raw, size, received_at, channel, envelope_from, envelope_to)
         values ('', $1, $2, $3, 'smtp', $4, $5) returning id`,
        [Buffer.from(mail.raw), mail.raw.length, this.desk.now, mail.from, [mail.to]],
      );
      this.waiting.set(mail, rows[0]!.id);
    });
  }

  async file(mails: readonly Mail[]): Promise<void> {
    if (!this.waiting.has(mails[0]!)) await this.accept(mails);
    await inLanes(LANES, mails, async (mail) => {
      const client = await this.desk.raw.connect();
      try {
        await client.query('begin');
        await this.fileOne(client, mail, this.waiting.get(mail)!);
        await client.query('commit');
      } finally {
        client.release();
      }
    });
  }

  private async fileOne(client: PoolClient, mail: Mail, id: string): Promise<void> {
    const stored = await client.query<{ raw: Buffer }>('select raw from bare.inbound_mail where id = $1', [id]);
    const { subject = '', text = '', html, messageId = '' } = await simpleParser(stored.rows[0]!.raw);
    const [contact, message, letter] = [randomUUID(), randomUUID(), randomUUID()];

    await this.insert(client, 'contact', { id: contact, email: mail.from });
    const [ticket] = await this.insert(client, 'ticket', { subject, requester_id: contact });
    const mine = { ticket_number: ticket };
    await this.insert(client, 'participant', { ...mine, contact_id: contact });
    await this.insert(client, 'message', {
      ...mine,
      id: message,
      text,
      html,
      author_contact_id: contact,
      inbound_mail_id: id,
    });
    await this.insert(client, 'ticket_event', mine);
    const clocks = await this.insert(client, 'clock', mine);
    await this.insert(client, 'clock_event', mine, (index) => ({ clock_id: clocks[index % clocks.length] }));
    await this.insert(client, 'outgoing_mail', { id: letter, message_id: `<${letter}@bench.test>` });
    await this.insert(client, 'acknowledgement', { ...mine, contact_id: contact, outgoing_mail_id: letter });
    const filed = { ...this.rows.get('inbound_mail')![0], ...mine, identity: id, message_id: messageId, subject };
    await client.query(
      `update bare.inbound_mail set (${FILED}) = (select ${FILED} from jsonb_populate_record(null::bare.inbound_mail, $2)) where id = $1`,
      [id, JSON.stringify(filed)],
    );
  }

  /** The desk's rows with these values instead of theirs; answers their keys. */
  private async insert(
    client: PoolClient,
    table: Table,
    given: Row,
    each?: (index: number) => Row,
  ): Promise<unknown[]> {
    const rows = this.rows.get(table)!.map((row, index) => ({ ...row, ...given, ...each?.(index) }));
    const inserted = await client.query<{ key: unknown }>(this.inserts.get(table)!, [JSON.stringify(rows)]);
    return inserted.rows.map(({ key }) => key);
  }
}

/** One statement for any number of rows. What the database makes by itself, it makes here too. */
async function insertInto(desk: Desk, table: Table): Promise<string> {
  const columns = await desk.query<{ name: string }>(
    `select column_name as name from information_schema.columns
     where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER' and is_identity = 'NO'`,
    [table],
  );
  const list = columns.map(({ name }) => `"${name}"`).join(', ');
  const key = { ticket: 'number', acknowledgement: 'ticket_number' }[table as string] ?? 'id';
  return `insert into bare.${table} (${list}) select ${list} from jsonb_populate_recordset(null::bare.${table}, $1) returning ${key} as key`;
}

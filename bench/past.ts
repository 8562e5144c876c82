import { AdvanceDueIncidents } from '../src/escalation/advance-due-incidents.job.js';
import { SendNotification } from '../src/escalation/send-notification.job.js';
import { DeliverMailJob } from '../src/mail/outbound/deliver-mail.job.js';
import { StrikeDueClocks } from '../src/sla/strike-due-clocks.job.js';
import type { Desk } from './desk.js';
import { mailsOf } from './mails.js';

const PATTERNS = 40;
const MAILS = 500_000;
const INCIDENTS = 200_000;
const CALLS_EACH = 5;
/** Incidents of this very moment, whose calls wait for company behind one that stalls. */
const IN_THE_STORM = 1_000;

interface Copy {
  readonly table: string;
  /** SQL for columns that are not those of the pattern, which is `it`; `n` counts the copies. */
  readonly but: Readonly<Record<string, string>>;
  readonly from: string;
}

/**
 * Gives a desk a long past: half a million mails that were filed, as many letters that were sent, 200,000 incidents that are over with a
 * million calls, and a storm that is going on. All are copies of what the desk has done itself.
 */
export async function fillWithThePast(desk: Desk): Promise<void> {
  await desk.accept(mailsOf(PATTERNS, 'past'));
  await desk.readMail();
  await desk.get(StrikeDueClocks).sweep();
  await desk.get(AdvanceDueIncidents).sweep();
  await desk.get(SendNotification).sweep();
  await desk.get(DeliverMailJob).sweep();

  const client = await desk.raw.connect();
  try {
    // What is copied is sound already.
    await client.query('set session_replication_role = replica');
    await client.query('set synchronous_commit = off');
    for (const copy of copies) await client.query(await statement(desk, copy));
    await client.query('reset session_replication_role');
  } finally {
    client.release(true);
  }
  await desk.query('vacuum (analyze)');
}

const times = (count: number): string => `generate_series(1, ${String(count)}) as n`;
const ago = (column: string): string => `it.${column} - n * interval '1 minute'`;
const aCall = `(select * from notification where kind = 'alert' order by number limit 1)`;

const copies: readonly Copy[] = [
  {
    table: 'inbound_mail',
    but: {
      id: 'gen_random_uuid()',
      identity: `it.identity || n`,
      message_id: `it.message_id || n`,
      sha256: `it.sha256 || n`,
      raw: `'\\x41'::bytea`,
      received_at: ago('received_at'),
      ticket_number: '1 + n',
    },
    from: `(select * from inbound_mail where state = 'filed' limit ${String(PATTERNS)}) as it, ${times(MAILS / PATTERNS)}`,
  },
  {
    table: 'outgoing_mail',
    but: { id: 'gen_random_uuid()', message_id: 'gen_random_uuid()', created_at: ago('created_at') },
    from: `(select * from outgoing_mail where state = 'sent' limit ${String(PATTERNS)}) as it, ${times(MAILS / PATTERNS)}`,
  },
  {
    table: 'incident',
    but: {
      ...{ id: 'gen_random_uuid()', ticket_number: 'clock.ticket_number', clock_id: 'clock.id' },
      ...{ state: `'closed'`, closed_at: 'it.opened_at', closed_because: `'stopped'`, next_step_at: 'null' },
      opened_at: `it.opened_at - interval '1 second' * clock.ticket_number`,
    },
    from: `(select * from incident limit 1) as it, (
        select id, ticket_number from clock where not exists (select from incident where clock_id = clock.id) limit ${String(INCIDENTS)}) as clock`,
  },
  {
    table: 'incident_event',
    but: { incident_id: 'incident.id', at: 'incident.opened_at' },
    from: `(select * from incident_event order by id limit ${String(CALLS_EACH)}) as it, (select * from incident where state = 'closed') as incident`,
  },
  {
    table: 'notification',
    but: {
      ...{ id: 'gen_random_uuid()', incident_id: 'incident.id', outgoing_mail_id: 'null', state: `'handedOver'` },
      ...{ next_try_at: 'null', leased_until: 'null', attempts: '1', round: 'n' },
      ...{
        created_at: 'incident.opened_at',
        first_tried_at: 'incident.opened_at',
        handed_over_at: 'incident.opened_at',
      },
    },
    from: `${aCall} as it, (select * from incident where state = 'closed') as incident, ${times(CALLS_EACH)}`,
  },
  {
    table: 'incident',
    but: {
      ...{ id: 'gen_random_uuid()', ticket_number: 'clock.ticket_number', clock_id: 'clock.id', state: `'open'` },
      ...{ next_step_at: `it.opened_at + interval '1 hour'`, closed_at: 'null', closed_because: 'null' },
    },
    from: `(select * from incident where state = 'open' limit 1) as it, (
        select id, ticket_number from clock where not exists (select from incident where clock_id = clock.id) limit ${String(IN_THE_STORM)}) as clock`,
  },
  {
    // The first of the storm stalls, by the first method of two; the others wait for the end of its window.
    table: 'notification',
    but: {
      ...{ id: 'gen_random_uuid()', incident_id: 'incident.id', outgoing_mail_id: 'null', state: `'queued'` },
      ...{ position: 'n', method: `case n when 0 then 'ntfy' else 'email' end`, round: '1', step: '0' },
      address: `case n when 0 then 'https://ntfy.example/night' else it.address end`,
      attempts: 'case when n = 0 and incident.place = 1 then 1 else 0 end',
      first_tried_at: `case when n = 0 and incident.place = 1 then now() - interval '20 seconds' end`,
      leased_until: `case when n = 0 and incident.place = 1 then now() + interval '10 seconds' end`,
      next_try_at: `now() + n * interval '10 minutes' + interval '1 minute'`,
      ...{ created_at: 'now()', handed_over_at: 'null' },
    },
    from: `${aCall} as it, generate_series(0, 1) as n, (
        select id, row_number() over () as place from incident where state = 'open' and next_step_at > now() + interval '5 minutes'
        limit ${String(IN_THE_STORM)}) as incident`,
  },
];

async function statement(desk: Desk, { table, but, from }: Copy): Promise<string> {
  const own = Object.entries(but).map(([column, value]) => [`"${column}"`, value] as const);
  const changed = new Map<string, string>(own);
  const columns = await desk.columnsOf(table);
  const values = columns.map((column) => changed.get(column) ?? `it.${column}`);
  return `insert into ${table} (${columns.join(', ')}) select ${values.join(', ')} from ${from}`;
}

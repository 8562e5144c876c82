import { Directory } from '../src/customers/directory.js';
import { Users } from '../src/identity/users.js';
import { Database } from '../src/platform/database/database.js';
import type { Actor } from '../src/tickets/actor.js';
import { Conversation } from '../src/tickets/conversation.js';
import { ADMIN, type Desk } from './desk.js';

const RUNNING = 1_000_000;
/** Tickets that are made by the desk itself; all others are copies of them, history and all. */
const PATTERNS = 240;
const HOUR_MS = 3_600_000;
/** Copies are made in so many strokes, so that no statement holds more than PostgreSQL likes. */
const STROKES = 10;
const KINDS = ['unanswered', 'answered', 'unanswered', 'asked again', 'unanswered', 'waiting'] as const;
const LEVELS = ['L2', 'L3', 'L4'];

/**
 * Fills the desk with tickets until a million of their clocks run: opened over the last two days, some answered, some waiting for their
 * customers, each with the history that its clocks follow from.
 */
export async function fillWithAMillionClocks(desk: Desk): Promise<void> {
  await makePatterns(desk);
  const running = await desk.count(`clock where state = 'running'`);
  const copies = Math.ceil(RUNNING / running) - 1;
  const columns = {
    ticket: (await desk.columnsOf('ticket')).filter((name) => name !== '"number"'),
    ticket_event: (await desk.columnsOf('ticket_event')).filter((name) => name !== '"ticket_number"'),
    clock: (await desk.columnsOf('clock')).filter((name) => name !== '"ticket_number"'),
  };
  const of = (table: keyof typeof columns): string => columns[table].map((name) => `it.${name}`).join(', ');
  const client = await desk.raw.connect();
  try {
    // What is copied is sound already.
    await client.query('set session_replication_role = replica');
    await client.query('set synchronous_commit = off');
    await client.query(
      'create temporary table pattern as select number, row_number() over (order by number) as place from ticket',
    );
    for (let stroke = 0; stroke < STROKES; stroke++) {
      const from = Math.floor((copies * stroke) / STROKES) + 1;
      const to = Math.floor((copies * (stroke + 1)) / STROKES);
      const number = `(select max(number) from pattern) + (copy - 1) * ${String(PATTERNS)} + place`;
      const all = `pattern cross join generate_series($1::integer, $2::integer) as copy`;
      await client.query(
        `insert into ticket (number, ${columns.ticket.join(', ')})
         select ${number}, ${of('ticket')} from ${all} join ticket as it using (number)`,
        [from, to],
      );
      for (const table of ['ticket_event', 'clock'] as const) {
        await client.query(
          `insert into ${table} (ticket_number, ${columns[table].join(', ')})
           select ${number}, ${of(table)} from ${all} join ${table} as it on it.ticket_number = pattern.number
           order by 1, it.id`,
          [from, to],
        );
      }
    }
    await client.query(
      `insert into clock_event (clock_id, ticket_number, at, recorded_at, type, data)
       select id, ticket_number, started_at, started_at, 'started', jsonb_build_object('targetSeconds', target_seconds, 'dueAt', due_at)
       from clock where not exists (select from clock_event where clock_id = clock.id)`,
    );
    await client.query(`select setval(pg_get_serial_sequence('ticket', 'number'), (select max(number) from ticket))`);
    await client.query('reset session_replication_role');
    await client.query('drop table pattern');
  } finally {
    client.release(true);
  }
  await desk.query('vacuum (analyze)');
}

/** As they come: by all ways of the conversation, at all hours of the last two days. */
async function makePatterns(desk: Desk): Promise<void> {
  const admin = await desk.get(Users).byEmail(ADMIN);
  if (admin === null) throw new Error('There is nobody who could answer.');
  const ann: Actor = { kind: 'user', id: admin.id, name: admin.name, email: admin.email };
  const conversation = desk.get(Conversation);
  const begin = desk.now.getTime() - 49 * HOUR_MS;
  for (let index = 0; index < PATTERNS; index++) {
    const at = new Date(begin + (index * 47 * HOUR_MS) / PATTERNS);
    const after = (minutes: number): Date => new Date(at.getTime() + minutes * 60_000);
    const kind = KINDS[index % KINDS.length];
    await desk.get(Database).transaction(async (tx) => {
      const carl = await desk
        .get(Directory)
        .findOrAdd(tx, { email: `carl.${String(index)}@customer.example`, name: 'Carl Customer' }, at);
      const subject = `The printer does not print (${String(index)})`;
      const words = { text: 'It makes a noise, and nothing comes out of it but a smell of dust.' };
      const level = LEVELS[index % LEVELS.length] ?? 'L3';
      const request = { channel: 'api', requester: carl, by: ann, at, subject, words, level } as const;
      const { ticket } = await conversation.open(tx, request);
      if (kind === 'unanswered') return;

      const answer = { words: { text: 'Please turn it off and on again.' }, by: ann, at: after(15) };
      await conversation.agentReplies(tx, ticket.number, {
        ...answer,
        ...(kind === 'waiting' ? { setStatus: 'waiting' as const } : {}),
      });
      if (kind !== 'asked again') return;
      await conversation.customerWrites(tx, ticket.number, { from: carl, at: after(45), channel: 'api', words });
    });
  }
}

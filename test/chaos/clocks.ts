import type { ChaosDesk } from './chaos-desk.js';

/** How many rows one statement copies. */
const STROKE = 100_000;

interface Due {
  /** How many of them. */
  readonly clocks: number;
  /** After how long the first of them is due, and how long it is from the first to the last. */
  readonly inMs: number;
  readonly withinMs: number;
}

/**
 * A ticket made through the API, and copies of it with its first response clock running, to be due at the instants that are asked for.
 * Answers when the first one is due, by the database's time.
 */
export async function clocksDue(desk: ChaosDesk, level: string, { clocks, inMs, withinMs }: Due): Promise<Date> {
  const pattern = await makePattern(desk, level);
  const [row] = await desk.query<{ at: Date }>(`select clock_timestamp() + $1 * interval '1 millisecond' as at`, [
    inMs,
  ]);
  const first = row?.at ?? new Date();
  await copy(
    desk,
    pattern,
    clocks,
    ['firstResponse'],
    `$4::timestamptz + (copy - 1) * ${withinMs / clocks} * interval '1 millisecond'`,
    first,
  );
  return first;
}

/** Clocks that run and are not due for hours and days yet. */
export async function clocksRunning(desk: ChaosDesk, level: string, clocks: number): Promise<void> {
  const pattern = await makePattern(desk, level);
  const metrics = ['firstResponse', 'resolution'];
  for (let left = Math.ceil(clocks / metrics.length); left > 0; left -= STROKE) {
    const from = new Date(Date.now() + 3 * 3_600_000);
    await copy(desk, pattern, Math.min(left, STROKE), metrics, `$4::timestamptz + copy * interval '2 seconds'`, from);
  }
  await desk.query('vacuum (analyze)');
}

async function makePattern(desk: ChaosDesk, level: string): Promise<number> {
  const { number } = await desk.post<{ number: number }>('/tickets', {
    subject: 'The printer does not print',
    body: 'It makes a noise, and nothing comes out of it but a smell of dust.',
    requester: { email: 'carl@customer.example', name: 'Carl Customer' },
    level,
  });
  return number;
}

/** `due` is SQL over `copy`, counted from 1, and the instant $4. */
async function copy(
  desk: ChaosDesk,
  pattern: number,
  copies: number,
  metrics: readonly string[],
  due: string,
  from: Date,
): Promise<void> {
  const [{ base } = { base: 0 }] = await desk.query<{ base: number }>('select max(number) as base from ticket');
  const numbers = `generate_series(1, $1::integer) as copy`;
  const number = `${base} + copy`;
  // As the desk writes instants: to the millisecond.
  const dueAt = `date_trunc('milliseconds', ${due})`;
  for (const table of ['ticket', 'ticket_event'] as const) {
    const columns = (await columnsOf(desk, table)).join(', ');
    const key = table === 'ticket' ? 'number' : 'ticket_number';
    await desk.query(
      `insert into ${table} (${key}, ${columns}) select ${number}, ${columns} from ${numbers} cross join ${table} where ${key} = $2
       order by 1`,
      [copies, pattern],
    );
  }
  const moments: Record<string, string> = {
    '"due_at"': dueAt,
    '"next_moment_at"': dueAt,
    '"started_at"': `${dueAt} - interval '10 hours'`,
    '"counting_since"': `${dueAt} - interval '10 hours'`,
    '"warnings"': `'[]'`,
    '"ahead"': `'[]'`,
  };
  const columns = await columnsOf(desk, 'clock');
  await desk.query(
    `insert into clock (ticket_number, ${columns.join(', ')})
     select ${number}, ${columns.map((name) => moments[name] ?? name).join(', ')}
     from ${numbers} cross join clock where ticket_number = $2 and metric = any($3::text[])`,
    [copies, pattern, metrics, from],
  );
  await desk.query(`select setval(pg_get_serial_sequence('ticket', 'number'), (select max(number) from ticket))`);
}

/** The columns that are copied as they are, quoted. */
async function columnsOf(desk: ChaosDesk, table: string): Promise<string[]> {
  const columns = await desk.query<{ name: string }>(
    `select column_name as name from information_schema.columns
     where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER' and column_name not in ('ticket_number', 'number')
       and (is_identity = 'NO' or identity_generation = 'BY DEFAULT') order by ordinal_position`,
    [table],
  );
  return columns.map(({ name }) => `"${name}"`);
}

/** When each clock that was due since then was due, and when others could see that it was struck; milliseconds since 1970. */
export async function struck(desk: ChaosDesk, since: Date): Promise<{ dueAt: number; at: number }[]> {
  return desk.query<{ dueAt: number; at: number }>(
    `select (extract(epoch from clock.due_at) * 1000)::float8 as "dueAt",
       (extract(epoch from pg_xact_commit_timestamp(clock_event.xmin)) * 1000)::float8 as at
     from clock_event join clock on clock.id = clock_event.clock_id
     where clock_event.type = 'breached' and clock.due_at >= $1`,
    [since],
  );
}

/** From its due instant until a clock's breach could be seen by others, in milliseconds, for each that was due since then and was struck. */
export async function detections(desk: ChaosDesk, since: Date): Promise<number[]> {
  return (await struck(desk, since)).map(({ dueAt, at }) => at - dueAt);
}

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { theDeskItself } from '../src/identity/audit.js';
import { Database } from '../src/platform/database/database.js';
import { Replay } from '../src/sla/replay.js';
import { RecomputeClocks } from '../src/sla/recompute-clocks.job.js';
import { Calendars } from '../src/support-hours/calendars.js';
import { median, mustBeEqual, type Comparison } from './comparison.js';
import { Desk } from './desk.js';
import { fillWithAMillionClocks } from './million.js';

const WORKERS = 2;
const LOOK_EVERY_MS = 250;
const QUIET_LOOKS = 20;
const CALENDAR = 'Office hours';
const DAY_MS = 86_400_000;
const SAMPLE = 300;

/** A million running clocks counted anew after a holiday is added, by two worker processes, while somebody reads pages. */
export async function* recompute(): AsyncIterable<Comparison> {
  yield* Desk.forA(measure);
}

async function* measure(desk: Desk): AsyncIterable<Comparison> {
  // The desk's first look counts what is there: nothing.
  await desk.get(RecomputeClocks).sweep();
  await fillWithAMillionClocks(desk);
  const running = await desk.count(`clock where state = 'running'`);
  const cookie = await desk.signIn();
  const page = `http://127.0.0.1:${String((desk.house.getHttpServer().address() as AddressInfo).port)}/tickets`;
  const quiet: number[] = [];
  for (let look = 0; look < QUIET_LOOKS; look++) quiet.push(await timeOf(page, cookie));

  const workers = await Promise.all(Array.from({ length: WORKERS }, () => startWorker(desk)));
  await addAHoliday(desk);
  const busy: number[] = [];
  const began = performance.now();
  const working = Promise.all(workers.map(work));
  const over = new AbortController();
  const reading = (async () => {
    while (!over.signal.aborted) {
      busy.push(await timeOf(page, cookie));
      await sleep(LOOK_EVERY_MS);
    }
  })();
  const tickets = await working;
  const seconds = (performance.now() - began) / 1000;
  over.abort();
  await reading;

  const progress = await desk.get(RecomputeClocks).progress();
  mustBeEqual('the recomputation is finished', progress?.finishedAt !== null, true);
  mustBeEqual(
    'tickets counted anew',
    tickets.reduce((sum, count) => sum + count, 0),
    progress?.total,
  );
  const version = `(select current_version from calendar where id = calendar_id)`;
  mustBeEqual(
    'clocks left behind',
    await desk.count(`clock where state = 'running' and calendar_version <> ${version}`),
    0,
  );
  await checkSome(desk);
  const moved = await desk.count(`clock_event where type = 'moved'`);
  process.stderr.write(
    `  ${String(running)} running clocks in ${seconds.toFixed(1)} s by ${String(WORKERS)} workers (${tickets.join(' + ')} tickets), ` +
      `${String(moved)} due instants moved; the queue page took ${ms(p95(busy))} at p95 meanwhile (${String(busy.length)} looks), ` +
      `${ms(p95(quiet))} before\n`,
  );
  yield {
    name: 'recompute: a million running clocks, two workers',
    against: 'the same rows by one statement a table, which counts nothing',
    ours: [running / seconds],
    theirs: [running / (await bySql(desk))],
  };
  yield {
    name: 'recompute: the queue page meanwhile (1/p95)',
    against: 'the same page before',
    ours: [1000 / p95(busy)],
    theirs: [1000 / p95(quiet)],
  };
}

async function startWorker(desk: Desk): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('./recompute-worker.js', import.meta.url));
  const worker = fork(file, { env: { ...process.env, ...desk.environment } });
  await once(worker, 'message');
  return worker;
}

async function work(worker: ChildProcess): Promise<number> {
  const exited = once(worker, 'exit').then(() => {
    throw new Error('A worker has ended without having done its work.');
  });
  worker.send('go');
  const [{ tickets }] = (await Promise.race([once(worker, 'message'), exited])) as [{ tickets: number }];
  exited.catch(() => undefined);
  return tickets;
}

/** The next working day after tomorrow: most of what is promised now falls due after it. */
async function addAHoliday(desk: Desk): Promise<void> {
  let day = new Date(desk.now.getTime() + 2 * DAY_MS);
  while ([0, 6].includes(day.getUTCDay())) day = new Date(day.getTime() + DAY_MS);
  await desk.get(Database).transaction(async (tx) => {
    const calendar = await desk.get(Calendars).byName(tx, CALENDAR);
    if (calendar === null) throw new Error(`There is no calendar ${CALENDAR}.`);
    const holidays = [...(calendar.definition.holidays ?? []), day.toISOString().slice(0, 10)];
    await desk.get(Calendars).save(tx, { name: CALENDAR, ...calendar.definition, holidays }, theDeskItself);
  });
}

/** What is stored is what the histories say. */
async function checkSome(desk: Desk): Promise<void> {
  const some = await desk.query<{ number: number }>(
    `select number from ticket where number % 997 = 0 order by number limit ${String(SAMPLE)}`,
  );
  const differences = await desk.get(Database).transaction((tx) =>
    desk.get(Replay).checkAll(
      tx,
      some.map(({ number }) => number),
    ),
  );
  mustBeEqual('differences to a replay', differences, []);
}

/** The rows that were written, written once more: no hours, no history, no replay. */
async function bySql(desk: Desk): Promise<number> {
  const began = performance.now();
  const client = await desk.raw.connect();
  try {
    await client.query('begin');
    await client.query(
      `insert into ticket_event (ticket_number, at, recorded_at, type, by, data)
       select ticket_number, at, recorded_at, type, by, data from ticket_event
       where type = 'calendar' and id > (select max(id) from ticket_event) - (select total from recomputation order by id desc limit 1)`,
    );
    await client.query(
      `update clock set due_at = due_at + interval '1 second', next_moment_at = next_moment_at + interval '1 second',
         run = run, warnings = warnings, ahead = ahead where state = 'running' and breached_at is null`,
    );
    await client.query(
      `insert into clock_event (clock_id, ticket_number, at, recorded_at, type, data)
       select clock_id, ticket_number, at, recorded_at, type, data from clock_event where type = 'moved'`,
    );
    await client.query('commit');
  } finally {
    client.release(true);
  }
  return (performance.now() - began) / 1000;
}

async function timeOf(page: string, cookie: string): Promise<number> {
  const began = performance.now();
  const answer = await fetch(page, { headers: { cookie }, redirect: 'error' });
  await answer.text();
  if (!answer.ok) throw new Error(`The page was answered by ${String(answer.status)}.`);
  return performance.now() - began;
}

function p95(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? median(times);
}

const ms = (value: number): string => `${value.toFixed(0)} ms`;

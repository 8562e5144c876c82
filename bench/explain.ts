import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { ReadMailJob } from '../src/mail/inbound/read-mail.job.js';
import { DeliverMailJob } from '../src/mail/outbound/deliver-mail.job.js';
import { Database } from '../src/platform/database/database.js';
import { packageRoot } from '../src/platform/rendering/package-root.js';
import { AdvanceDueIncidents } from '../src/escalation/advance-due-incidents.job.js';
import { AuditEscalation } from '../src/escalation/audit-escalation.job.js';
import { SendNotification } from '../src/escalation/send-notification.job.js';
import { ClockKeeper } from '../src/sla/clock-keeper.js';
import { RecomputeClocks } from '../src/sla/recompute-clocks.job.js';
import { StrikeDueClocks } from '../src/sla/strike-due-clocks.job.js';
import { Closing } from '../src/tickets/closing.js';
import { Desk } from './desk.js';
import { mailsOf } from './mails.js';
import { fillWithAMillionClocks } from './million.js';
import { fillWithThePast } from './past.js';

/** What stands in a plan and is worth a line. */
interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Actual Total Time': number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly Node[];
}
interface Asked {
  readonly sql: string;
  readonly values: readonly unknown[];
}
interface Scene {
  readonly name: string;
  /** Shorter statements than this are looked up by a key and say nothing. */
  readonly worthMs: number;
  play(desk: Desk): Promise<unknown>;
}

const FOLDER = path.join(packageRoot, 'bench', 'results');
const MOST_SQL = 150;
const WORTH_MS = 1;
const MOST_LINES = 12;
const UNIQUE_VIOLATION = '23505';

const page = (address: string): Scene => ({
  name: `GET ${address}`,
  worthMs: WORTH_MS,
  async play(desk) {
    const { port } = desk.house.getHttpServer().address() as AddressInfo;
    const cookie = await desk.signIn();
    const answer = await fetch(`http://127.0.0.1:${String(port)}${address}`, { headers: { cookie } });
    await answer.text();
    if (!answer.ok) throw new Error(`${address} is answered by ${String(answer.status)}.`);
  },
});

const job = (name: string, play: (desk: Desk) => Promise<unknown>, worthMs = WORTH_MS): Scene => ({
  name,
  play,
  worthMs,
});
/** Of what asks again and again each plan counts, however fast it is. */
const beat = (name: string, play: (desk: Desk) => Promise<unknown>): Scene => job(name, play, 0);

const scenes: readonly Scene[] = [
  beat('The next moment, each second', (desk) =>
    desk.get(StrikeDueClocks).nextMomentBefore(new Date(desk.now.getTime() + 1_500)),
  ),
  beat('Due clocks, claimed and judged', (desk) => desk.get(StrikeDueClocks).sweep()),
  beat('Due incidents', (desk) => desk.get(AdvanceDueIncidents).sweep()),
  beat('The auditor, each minute', (desk) => desk.get(AuditEscalation).sweep()),
  beat('Notifications to send', (desk) => desk.get(SendNotification).sweep()),
  job('Letters to deliver', (desk) => desk.get(DeliverMailJob).sweep()),
  job('Mail to read', async (desk) => {
    await desk.accept(mailsOf(4, 'explain'));
    await desk.get(ReadMailJob).sweep();
  }),
  beat('Resolved tickets to close', (desk) => desk.get(Closing).sweep()),
  job('What is promised, looked at', (desk) => desk.get(RecomputeClocks).sweep()),
  job('250 tickets counted anew', async (desk) => {
    const rows = await desk.query<{ number: number }>('select number from ticket order by number desc limit 250');
    await desk.get(Database).transaction((tx) =>
      desk.get(ClockKeeper).recompute(
        tx,
        rows.map(({ number }) => number),
      ),
    );
  }),
  ...['/tickets', '/tickets?view=mine', '/tickets?view=unassigned', '/tickets?view=breaching', '/tickets?view=all'].map(
    page,
  ),
  ...['/tickets/1500', '/incidents', '/reports/sla', '/admin/mail', '/admin/outbox', '/admin/audit'].map(page),
];

/**
 * Plays what pages and workers do all day on a desk with a million running clocks, asks PostgreSQL how it went about each statement
 * that took more than a moment, and writes that down: `npm run bench explain`.
 */
export async function explain(): Promise<string> {
  const written: string[] = [];
  for await (const text of Desk.forA(look)) written.push(text);
  const file = path.join(FOLDER, 'queries.md');
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(file, written.join('\n'));
  return path.relative(packageRoot, file);
}

async function* look(desk: Desk): AsyncIterable<string> {
  await desk.get(RecomputeClocks).sweep();
  await fillWithAMillionClocks(desk);
  await fillWithThePast(desk);
  yield* plansOf(desk);
}

/** Of a desk that has been filled. */
export async function* plansOf(desk: Desk): AsyncIterable<string> {
  yield await sizes(desk);
  const shown = new Set<string>();
  for (const scene of scenes) {
    process.stderr.write(`  ${scene.name}\n`);
    const { asked, took, fault } = await overheard(() => scene.play(desk));
    yield `## ${scene.name}\n\n${String(asked.length)} statements, ${ms(took)}${fault === null ? '' : `; it failed: ${fault}`}.\n`;
    for (const one of distinct(asked)) {
      // What every page asks is shown with the first.
      if (shown.has(one.sql)) continue;
      shown.add(one.sql);
      const told = await planOf(desk, one, scene.worthMs);
      if (told !== null) yield told;
    }
  }
}

async function sizes(desk: Desk): Promise<string> {
  const rows = await desk.query<{ name: string; rows: number; size: string }>(
    `select relname as name, n_live_tup::integer as rows, pg_size_pretty(pg_total_relation_size(relid)) as size
     from pg_stat_user_tables where schemaname = 'public' and n_live_tup > 1000 order by n_live_tup desc`,
  );
  const lines = rows.map(({ name, rows: count, size }) => `| ${name} | ${count.toLocaleString('en')} | ${size} |`);
  return ['| table | rows | size |', '| --- | ---: | ---: |', ...lines, ''].join('\n');
}

/** Every statement that goes to PostgreSQL meanwhile. */
async function overheard(
  work: () => Promise<unknown>,
): Promise<{ asked: Asked[]; took: number; fault: string | null }> {
  const asked: Asked[] = [];
  const client = pg.Client.prototype as unknown as { query: (...given: unknown[]) => unknown };
  const query = client.query;
  client.query = function overhear(this: unknown, ...given: unknown[]) {
    const [first, values] = given;
    const sql = typeof first === 'string' ? first : (first as { text?: string } | undefined)?.text;
    if (sql !== undefined) asked.push({ sql, values: Array.isArray(values) ? values : [] });
    return query.apply(this, given);
  };
  const began = performance.now();
  try {
    await work();
    return { asked, took: performance.now() - began, fault: null };
  } catch (error) {
    return { asked, took: performance.now() - began, fault: String(error) };
  } finally {
    client.query = query;
  }
}

function distinct(asked: readonly Asked[]): Asked[] {
  const questions = asked.filter(({ sql }) => /^\s*(select|with|insert|update|delete)/i.test(sql));
  return [...new Map(questions.map((one) => [one.sql, one])).values()];
}

/** Null where it is not worth a word. What it changes is undone. */
async function planOf(desk: Desk, { sql, values }: Asked, worthMs: number): Promise<string | null> {
  const client = await desk.raw.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Node; 'Execution Time': number }] }>(
      `explain (analyze, buffers, format json) ${sql}`,
      [...values],
    );
    const [plan] = rows[0]!['QUERY PLAN'];
    if (plan['Execution Time'] < worthMs) return null;
    const shown = sql.replace(/\s+/g, ' ').trim();
    const lines = linesOf(plan.Plan, 0).slice(0, MOST_LINES);
    const head = shown.length > MOST_SQL ? `${shown.slice(0, MOST_SQL)} …` : shown;
    return ['```', head, `  ${ms(plan['Execution Time'])}`, ...lines, '```', ''].join('\n');
  } catch (error) {
    // What has made its row already cannot make it again, and was an insert by key.
    if ((error as { code?: string }).code === UNIQUE_VIOLATION) return null;
    throw error;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

/** The plan without what every plan has: where rows come from, how many, by which index. */
function linesOf(node: Node, depth: number): string[] {
  const where = [node['Relation Name'], node['Index Name']].filter((name) => name !== undefined).join(' by ');
  const rows = node['Actual Rows'] * node['Actual Loops'];
  const blocks = (node['Shared Hit Blocks'] ?? 0) + (node['Shared Read Blocks'] ?? 0);
  const below = (node.Plans ?? []).flatMap((child) => linesOf(child, depth + 1));
  const line = `  ${'  '.repeat(depth)}${node['Node Type']}${where === '' ? '' : ` ${where}`}: ${rows.toLocaleString('en')} rows, ${blocks.toLocaleString('en')} blocks, ${ms(node['Actual Total Time'] * node['Actual Loops'])}`;
  return [line, ...below];
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;

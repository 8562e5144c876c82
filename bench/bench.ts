import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { packageRoot } from '../src/platform/rendering/package-root.js';
import type { Figure } from '../test/chaos/scenario.js';
import { calendar } from './calendar.bench.js';
import { median, type Benchmark, type Comparison } from './comparison.js';
import { due } from './due.bench.js';
import { explain } from './explain.js';
import { handOver } from './hand-over.bench.js';
import { intake } from './intake.bench.js';
import { memory } from './memory.bench.js';
import { pages } from './pages.bench.js';
import { recompute } from './recompute.bench.js';
import { replay } from './replay.bench.js';

const benchmarks: Readonly<Record<string, Benchmark>> = { calendar, replay, intake, due, pages, recompute };

/** No comparisons: figures beside their bars. */
const judged: Readonly<Record<string, () => AsyncIterable<Figure>>> = { 'hand-over': handOver, memory };
/** No comparison: how PostgreSQL goes about the statements of pages and workers. */
const EXPLAIN = 'explain';

/** Runs the benchmarks that are named, or all; prints one table and keeps it as JSON. Figures are shown, never judged. */
async function main(names: readonly string[]): Promise<void> {
  if (names.length === 1 && names[0] === EXPLAIN) {
    process.stdout.write(`Written to ${await explain()}\n`);
    return;
  }
  const known = [...Object.keys(benchmarks), ...Object.keys(judged)];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(
      `There is no benchmark ${unknown.join(', ')}. There are: ${[...known, EXPLAIN].join(', ')}.\n`,
    );
    process.exitCode = 2;
    return;
  }

  const began = new Date();
  const found: Comparison[] = [];
  for (const [name, benchmark] of Object.entries(benchmarks)) {
    if (names.length > 0 && !names.includes(name)) continue;
    process.stderr.write(`${name} …\n`);
    for await (const comparison of benchmark()) found.push(comparison);
  }
  const spans: Figure[] = [];
  for (const [name, benchmark] of Object.entries(judged)) {
    if (names.length > 0 && !names.includes(name)) continue;
    process.stderr.write(`${name} …\n`);
    for await (const figure of benchmark()) spans.push(figure);
  }
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? '', cores: cpus().length };
  if (found.length > 0) process.stdout.write(`\n${table(found)}\n`);
  for (const { what, seen, bar } of spans) process.stdout.write(`${what.padEnd(100)}  ${seen}  (${bar || 'no bar'})\n`);
  process.stdout.write(`\nNode ${machine.node} on ${machine.cores} × ${machine.cpu}\n`);
  process.stdout.write(`Kept in ${keep({ began: began.toISOString(), machine, found, spans })}\n`);
}

function table(comparisons: readonly Comparison[]): string {
  const head = ['', 'ours/s', '(min–max)', 'theirs/s', '(min–max)', 'ratio', 'beside'];
  const rows = comparisons.map(({ name, against, ours, theirs }) => [
    name,
    figure(median(ours)),
    spread(ours),
    figure(median(theirs)),
    spread(theirs),
    figure(median(ours) / median(theirs)),
    against,
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => ([0, 6].includes(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ');
  return [head, ...rows].map((row) => line(row).trimEnd()).join('\n');
}

function spread(rates: readonly number[]): string {
  return `(${figure(Math.min(...rates))}–${figure(Math.max(...rates))})`;
}

/** Three digits are more than such a figure is worth. */
function figure(value: number): string {
  return new Intl.NumberFormat('en', { maximumSignificantDigits: 3 }).format(value);
}

function keep(run: { began: string; machine: object; found: readonly Comparison[]; spans: readonly Figure[] }): string {
  const folder = path.join(packageRoot, 'bench', 'results');
  const file = path.join(folder, `${run.began.replace(/[:.]/g, '-')}.json`);
  const comparisons = run.found.map((comparison) => ({
    ...comparison,
    ratio: median(comparison.ours) / median(comparison.theirs),
  }));
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    file,
    `${JSON.stringify({ began: run.began, machine: run.machine, comparisons, spans: run.spans }, null, 2)}\n`,
  );
  return path.relative(packageRoot, file);
}

await main(process.argv.slice(2));

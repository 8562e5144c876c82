import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { ChaosDesk } from './chaos-desk.js';
import { fact, type Figure, type Scale, type Scenario } from './scenario.js';
import { acknowledgementRaces } from './scenarios/acknowledgement-races.js';
import { databaseRestarted } from './scenarios/database-restarted.js';
import { killedIntake } from './scenarios/killed-intake.js';
import { killedWorkers } from './scenarios/killed-workers.js';
import { queueAway } from './scenarios/queue-away.js';
import { relayAway } from './scenarios/relay-away.js';
import { stoppedWorkers } from './scenarios/stopped-workers.js';
import { tenThousandDue, thousandDue } from './scenarios/storms.js';
import { twoNodes } from './scenarios/two-nodes.js';

const scenarios: readonly Scenario[] = [
  thousandDue,
  tenThousandDue,
  killedWorkers,
  databaseRestarted,
  queueAway,
  relayAway,
  twoNodes,
  acknowledgementRaces,
  stoppedWorkers,
  killedIntake,
];

const USAGE = `npm run test:chaos [-- [--scale=full|short] [--output=FILE] [NAME …]]`;

/** Runs the scenarios that are named, or all; prints what was seen beside what must be, and fails where a bar is missed. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { scale: { type: 'string', default: 'full' }, output: { type: 'string' } },
  });
  const { scale, output } = values;
  const unknown = positionals.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  if ((scale !== 'full' && scale !== 'short') || unknown.length > 0) {
    const names = scenarios.map(({ name }) => name).join(', ');
    process.stderr.write(
      `${unknown.length > 0 ? `There is no scenario ${unknown.join(', ')}. ` : ''}${USAGE}\nThere are: ${names}.\n`,
    );
    process.exitCode = 2;
    return;
  }

  const wanted = scenarios.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const desk = await ChaosDesk.open();
  const interrupted = (): void => {
    void desk.close().finally(() => process.exit(130));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  const figures: Figure[] = [];
  try {
    for (const scenario of wanted) {
      const began = Date.now();
      process.stdout.write(`\n${scenario.name}: ${scenario.promise}\n`);
      for await (const figure of figuresOf(scenario, desk, scale)) {
        figures.push(figure);
        process.stdout.write(`${line(figure, scale)}\n`);
      }
      process.stdout.write(`  (${((Date.now() - began) / 1000).toFixed(0)} s)\n`);
    }
    if (figures.some((figure) => failed(figure, scale))) process.stderr.write(`\n${loudest(desk)}\n`);
  } finally {
    await desk.close();
  }
  conclude(figures, scale, output);
}

/** A scenario that breaks off has failed, and the next one has its turn. */
async function* figuresOf(scenario: Scenario, desk: ChaosDesk, scale: Scale): AsyncIterable<Figure> {
  try {
    await desk.reset();
    yield* scenario.run(desk, scale);
  } catch (error) {
    yield fact('came to its end', false, error instanceof Error ? error.message : String(error));
  }
}

function line(figure: Figure, scale: Scale): string {
  const { what, seen, bar, timed } = figure;
  const judged = bar !== '' && !(timed && scale === 'short');
  const verdict = !judged ? '' : failed(figure, scale) ? 'MISSED' : 'ok';
  return `  ${what.padEnd(62)}  ${seen.padEnd(42)}  ${bar.padEnd(16)}  ${verdict}`.trimEnd();
}

function failed({ holds, timed }: Figure, scale: Scale): boolean {
  return !holds && !(timed && scale === 'short');
}

function conclude(figures: readonly Figure[], scale: Scale, output: string | undefined): void {
  const missed = figures.filter((figure) => failed(figure, scale)).length;
  const [cpu] = cpus();
  process.stdout.write(`\nNode ${process.version} on ${cpus().length} × ${cpu?.model ?? 'an unknown processor'}\n`);
  if (scale === 'short') process.stdout.write('At the short scale spans of time are shown and not judged.\n');
  process.stdout.write(`${figures.length - missed} held, ${missed} missed\n`);
  if (output !== undefined) writeFileSync(output, JSON.stringify({ passed: figures.length - missed, failed: missed }));
  process.exitCode = missed === 0 ? 0 : 1;
}

/** The errors that the desk's processes have written most. */
function loudest(desk: ChaosDesk): string {
  const said = new Map<string, number>();
  for (const entry of readFileSync(desk.logFile, 'utf8').split('\n')) {
    const words = /"msg":"([^"]*)"/.exec(entry)?.[1];
    if (words !== undefined) said.set(words, (said.get(words) ?? 0) + 1);
  }
  const most = [...said].sort(([, a], [, b]) => b - a).slice(0, 12);
  return `What the desk's processes logged most:\n${most.map(([words, times]) => `  ${times} × ${words}`).join('\n')}`;
}

await main();

import type { ChaosDesk } from '../chaos-desk.js';
import { clocksDue, clocksRunning, detections } from '../clocks.js';
import { CREW, LEVEL, mailOf } from '../desk-file.js';
import { count, distribution, type Figure, type Scenario } from '../scenario.js';
import { soundness } from '../soundness.js';

const WORKERS = 2;

interface Storm {
  readonly clocks: number;
  readonly running: number;
  readonly level: string;
  /** How many are called by mail. */
  readonly crew: number;
}

/** Many promises broken in one second, on a desk where a million clocks run. */
export const thousandDue: Scenario = {
  name: 'thousand-due',
  promise: '1,000 clocks due in one second, 1 million running',
  async *run(desk, scale) {
    const storm = scale === 'full' ? { clocks: 1_000, running: 1_000_000 } : { clocks: 200, running: 20_000 };
    const { detected, handed, crew, sound } = await blow(desk, { ...storm, level: LEVEL.storm, crew: 2 });
    yield distribution('due → detected', detected, { p99: 250 });
    yield distribution('due → first hand-over of an incident', handed, { p99: 5_000 });
    yield distribution('due → first letter to a responder', crew, { p99: 5_000 });
    yield count('responders with more than one letter in 10 s', lettersTooMany(desk), 0);
    yield* sound;
  },
};

/** Ten times as many: nobody gets ten thousand messages. */
export const tenThousandDue: Scenario = {
  name: 'ten-thousand-due',
  promise: '10,000 clocks due in one second',
  async *run(desk, scale) {
    const storm = scale === 'full' ? { clocks: 10_000, running: 1_000_000 } : { clocks: 1_000, running: 0 };
    const { detected, handed, crew, sound } = await blow(desk, { ...storm, level: LEVEL.flood, crew: CREW.length });
    yield distribution('due → detected', detected, { p99: 3_000 });
    yield distribution('due → first hand-over of an incident', handed, null);
    yield distribution('due → one bundle to each responder', crew, { max: 10_000 });
    yield count('responders with more than one letter in 10 s', lettersTooMany(desk), 0);
    yield* sound;
  },
};

interface Blown {
  readonly detected: readonly number[];
  readonly handed: readonly number[];
  readonly crew: readonly number[];
  readonly sound: readonly Figure[];
}

async function blow(desk: ChaosDesk, { clocks, running, level, crew }: Storm): Promise<Blown> {
  if (running > 0) await clocksRunning(desk, LEVEL.relay, running);
  await desk.startWorkers(WORKERS);
  const first = await clocksDue(desk, level, { clocks, inMs: 5_000 + clocks / 2, withinMs: 1_000 });
  await desk.until('the pager has heard of all', () => desk.pager.posted.length >= clocks);
  await desk.until('everybody has a letter', () => firstLetters(desk).length === crew);
  return {
    detected: await detections(desk, first),
    handed: desk.pager.posted.flatMap(({ incident, tookAt }) =>
      incident === null ? [] : tookAt - incident.dueAt.getTime(),
    ),
    crew: firstLetters(desk).map((at) => at - first.getTime()),
    sound: await soundness(desk, clocks, '/pager'),
  };
}

/** When each of the crew had their first letter. */
function firstLetters(desk: ChaosDesk): number[] {
  return lettersOf(desk).flatMap(([letter]) => letter ?? []);
}

function lettersTooMany(desk: ChaosDesk): number {
  return lettersOf(desk).filter(([first, second]) => second !== undefined && second - (first ?? 0) < 10_000).length;
}

function lettersOf(desk: ChaosDesk): number[][] {
  return CREW.map((name) =>
    desk.relay.letters.filter(({ to }) => to.includes(mailOf(name))).map(({ tookAt }) => tookAt),
  );
}

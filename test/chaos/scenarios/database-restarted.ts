import { setTimeout as sleep } from 'node:timers/promises';
import { clocksDue, struck } from '../clocks.js';
import { LEVEL } from '../desk-file.js';
import { distribution, type Scenario } from '../scenario.js';
import { isDrained, soundness } from '../soundness.js';

/** The database dies as in a loss of power while promises break, and all that the queue knew is thrown away besides. */
export const databaseRestarted: Scenario = {
  name: 'database-restarted',
  promise: 'PostgreSQL killed (-9) and started again in the middle; the queue emptied',
  async *run(desk, scale) {
    const { clocks, seconds } = scale === 'full' ? { clocks: 2_000, seconds: 30 } : { clocks: 200, seconds: 9 };
    await desk.startWorkers(2);
    const first = await clocksDue(desk, LEVEL.storm, { clocks, inMs: 1_500, withinMs: seconds * 1_000 });
    await sleep(first.getTime() - Date.now() + seconds * 300);
    await desk.emptyQueue();
    const { back } = await desk.crashPostgres();
    await desk.until('all is handed over', () => isDrained(desk, clocks));
    const late = (await struck(desk, first)).map(({ dueAt, at }) => at - Math.max(dueAt, back));
    yield distribution(
      'due, or the return of the database → detected',
      late.map((ms) => Math.max(0, ms)),
      { max: 5_000 },
    );
    yield* await soundness(desk, clocks, '/pager');
  },
};

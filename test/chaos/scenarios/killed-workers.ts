import { setTimeout as sleep } from 'node:timers/promises';
import { clocksDue, detections } from '../clocks.js';
import { LEVEL } from '../desk-file.js';
import { distribution, span, type Scenario } from '../scenario.js';
import { isDrained, repeats, soundness } from '../soundness.js';

const WORKERS = 3;

/** Workers die all the time, in the middle of whatever they do; new ones take their place. */
export const killedWorkers: Scenario = {
  name: 'killed-workers',
  promise: 'a worker killed (-9) every 0.3–1.5 s for 25 s, 3,000 clocks',
  async *run(desk, scale) {
    const { clocks, seconds } = scale === 'full' ? { clocks: 3_000, seconds: 25 } : { clocks: 300, seconds: 8 };
    await desk.startWorkers(WORKERS);
    const first = await clocksDue(desk, LEVEL.storm, { clocks, inMs: 1_500, withinMs: seconds * 1_000 });
    let kills = 0;
    while (Date.now() < first.getTime() + seconds * 1_000) {
      await sleep(300 + Math.random() * 1_200);
      const living = desk.livingWorkers;
      const victim = living[Math.floor(Math.random() * living.length)];
      await victim?.end('SIGKILL');
      kills++;
      await desk.startWorkers(1, { ready: false });
    }
    const lastKill = Date.now();
    const drained = await desk.until('all is handed over', () => isDrained(desk, clocks));
    yield distribution('due → detected', await detections(desk, first), null);
    yield* await soundness(desk, clocks, '/pager');
    yield span(
      `drained after the last of ${kills} kills (${repeats(desk, '/pager')} repeats)`,
      drained - lastKill,
      60_000,
    );
  },
};

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChaosDesk, freePort } from '../chaos-desk.js';
import { clocksDue, struck } from '../clocks.js';
import { LEVEL } from '../desk-file.js';
import { count, distribution, remark, type Scenario } from '../scenario.js';
import { isDrained, soundness } from '../soundness.js';

/** The queue on Redis: it hangs, it dies, and it comes back empty. */
export const queueAway: Scenario = {
  name: 'queue-away',
  promise: 'Redis away for ten minutes (the most of them simulated)',
  async *run(_desk, scale) {
    if (spawnSync('redis-server', ['--version']).error !== undefined) {
      yield remark('not run: there is no redis-server here');
      return;
    }
    const { clocks, seconds } = scale === 'full' ? { clocks: 1_500, seconds: 30 } : { clocks: 150, seconds: 9 };
    const port = await freePort();
    let redis = await startRedis(port);
    const desk = await ChaosDesk.open({ REDIS_URL: `redis://127.0.0.1:${port}` });
    try {
      await desk.startWorkers(2);
      const first = await clocksDue(desk, LEVEL.storm, { clocks, inMs: 1_500, withinMs: seconds * 1_000 });
      const at = (share: number): Promise<unknown> => sleep(first.getTime() + share * seconds * 1_000 - Date.now());
      await at(0.2);
      // At first it takes questions and answers none.
      redis.kill('SIGSTOP');
      const gone = Date.now();
      await at(0.4);
      await kill(redis);
      await at(1);

      await desk.until('all that was due is worked off', () => isDrained(desk, clocks));
      // Before time passes: making a row older writes it anew, and then it seems to be as new as that.
      const away = (await struck(desk, new Date(gone))).map(({ dueAt, at: seen }) => seen - dueAt);
      yield distribution('due → detected, while Redis is away', away, { max: 2_000 });

      const before = Date.now();
      await clocksDue(desk, LEVEL.storm, { clocks, inMs: 60_000, withinMs: 540_000 });
      await desk.letTimePass(10);
      const passed = Date.now();
      await desk.until('the ten minutes are worked off', () => isDrained(desk, 2 * clocks));
      const burst = (await struck(desk, new Date(before - desk.agedMs))).map(({ at: seen }) => seen - passed);
      yield count('due in the ten minutes', burst.length, clocks);
      yield distribution('ten minutes later → detected', burst, { max: 2_000 });

      redis = await startRedis(port);
      const back = Date.now();
      const later = await clocksDue(desk, LEVEL.storm, { clocks, inMs: 500, withinMs: 5_000 });
      await desk.until('all is handed over', () => isDrained(desk, 3 * clocks));
      const after = await struck(desk, later);
      yield distribution(
        'due → detected, after its return',
        after.map(({ dueAt, at: seen }) => seen - Math.max(dueAt, back)),
        { max: 5_000 },
      );
      yield* await soundness(desk, 3 * clocks, '/pager');
    } finally {
      await desk.close();
      await kill(redis);
    }
  },
};

async function startRedis(port: number): Promise<ChildProcess> {
  const redis = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  for await (const text of redis.stdout as AsyncIterable<Buffer>)
    if (text.includes('Ready to accept connections')) break;
  redis.stdout.resume();
  return redis;
}

async function kill(redis: ChildProcess): Promise<void> {
  if (redis.exitCode !== null || redis.signalCode !== null) return;
  redis.kill('SIGKILL');
  await once(redis, 'exit');
}

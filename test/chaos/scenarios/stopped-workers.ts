import { setTimeout as sleep } from 'node:timers/promises';
import { count, fact, span, type Scenario } from '../scenario.js';

/** One worker beats each minute. */
const BEAT_MS = 60_000;

/** All workers stand still and nothing says so: that nothing is heard of them is what alarms. */
export const stoppedWorkers: Scenario = {
  name: 'stopped-workers',
  promise: 'all workers stopped (SIGSTOP): the outside heartbeat goes silent',
  async *run(desk, scale) {
    const workers = await desk.startWorkers(2);
    await desk.until('the heartbeat is heard', () => desk.pager.pings.length >= workers.length);
    if (scale === 'full') {
      const heard = desk.pager.pings.length;
      const began = Date.now();
      await desk.until('it beats again', () => desk.pager.pings.length > heard, 2 * BEAT_MS);
      yield span('from beat to beat', Date.now() - began, BEAT_MS + 10_000);
    }

    for (const worker of workers) worker.signal('SIGSTOP');
    // What was under way when they were stopped.
    await sleep(500);
    const heard = desk.pager.pings.length;
    await sleep(scale === 'full' ? 2.5 * BEAT_MS : BEAT_MS + 5_000);
    yield count('heartbeats while all workers stand still', desk.pager.pings.length - heard, 0);

    for (const worker of workers) worker.signal('SIGCONT');
    const again = Date.now();
    const heardAgain = await desk.until(
      'the heartbeat is heard again',
      () => desk.pager.pings.length > heard,
      3 * BEAT_MS,
    );
    yield fact('heard again when they go on', true);
    yield span('after how long', heardAgain - again, 2 * BEAT_MS);
  },
};

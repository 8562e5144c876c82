import { clocksDue, detections } from '../clocks.js';
import { LEVEL } from '../desk-file.js';
import { count, distribution, type Scenario } from '../scenario.js';
import { isDrained, soundness } from '../soundness.js';

/** Clocks that are due one after the other, each at an instant of its own to which both nodes wake. */
export const twoNodes: Scenario = {
  name: 'two-nodes',
  promise: 'two nodes, 10,000 races for one clock each',
  async *run(desk, scale) {
    const { clocks, everyMs } = scale === 'full' ? { clocks: 10_000, everyMs: 8 } : { clocks: 500, everyMs: 10 };
    await desk.startWorkers(2);
    const first = await clocksDue(desk, LEVEL.race, { clocks, inMs: 3_000, withinMs: clocks * everyMs });
    await desk.until('all is handed over', () => isDrained(desk, clocks), clocks * everyMs + 180_000);
    yield count('incidents', await desk.count('incident'), clocks);
    yield* await soundness(desk, clocks, '/first');
    yield count(
      'calls for one incident that are not one',
      await desk.count(
        `(select incident_id from notification where kind = 'alert' group by 1 having count(*) <> 1) as odd`,
      ),
      0,
    );
    yield distribution('due → detected', await detections(desk, first), null);
  },
};

import { ChaosDesk } from '../test/chaos/chaos-desk.js';
import type { Figure } from '../test/chaos/scenario.js';
import { tenThousandDue, thousandDue } from '../test/chaos/scenarios/storms.js';

/**
 * From the due instant to the hand-over, in real processes: a thousand clocks due in one second while a million run, then ten thousand.
 * There is no rival; each distribution stands beside the bar that it must reach.
 */
export async function* handOver(): AsyncIterable<Figure> {
  const desk = await ChaosDesk.open();
  try {
    for (const storm of [thousandDue, tenThousandDue]) {
      await desk.reset();
      for await (const figure of storm.run(desk, 'full')) yield { ...figure, what: `${storm.promise}: ${figure.what}` };
    }
  } finally {
    await desk.close();
  }
}

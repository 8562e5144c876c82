import { Injectable } from '@nestjs/common';
import { Metrics } from '../platform/health/metrics.js';
import { RecomputeClocks } from './recompute-clocks.job.js';

/** Tells Prometheus how far the clocks are counted anew after a change of what is promised. */
@Injectable()
export class RecountFigures {
  constructor(metrics: Metrics, recounts: RecomputeClocks) {
    metrics.gauge('punctual_recount_tickets_left', 'Tickets whose clocks are still to be counted anew.', async () => {
      const latest = await recounts.progress();
      return latest === null || latest.finishedAt !== null ? 0 : latest.total - latest.done;
    });
    metrics.gauge('punctual_recount_clocks_moved', 'Clocks that the latest count has moved so far.', async () => {
      return (await recounts.progress())?.moved ?? 0;
    });
  }
}

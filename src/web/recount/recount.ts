import { Injectable } from '@nestjs/common';
import { Now } from '../../platform/time/now.js';
import { RecomputeClocks, type RecomputationProgress } from '../../sla/recompute-clocks.job.js';

/** What came of a count is told for so long after it. */
const TOLD_MS = 5 * 60_000;

/** How far the clocks are counted anew, or what has just come of it. */
export interface RecountModel {
  readonly underWay: boolean;
  readonly askedAt: Date | null;
  readonly done: number;
  readonly total: number;
  readonly percent: number;
  readonly outcome: string | null;
}

/** After a change of what is promised: how far its consequences have come. */
@Injectable()
export class Recount {
  constructor(
    private readonly recounts: RecomputeClocks,
    private readonly now: Now,
  ) {}

  /** Null where there is nothing to tell. */
  async read(): Promise<RecountModel | null> {
    const latest = await this.recounts.progress();
    if (await this.recounts.isDue()) return WAITING;
    if (latest === null) return null;
    if (latest.finishedAt === null) return underWay(latest);

    const old = this.now.read().getTime() - latest.finishedAt.getTime() > TOLD_MS;
    return old || latest.total === 0 ? null : { ...underWay(latest), underWay: false, outcome: outcomeOf(latest) };
  }
}

const WAITING: RecountModel = { underWay: true, askedAt: null, done: 0, total: 0, percent: 0, outcome: null };

function underWay({ askedAt, done, total }: RecomputationProgress): RecountModel {
  const percent = total === 0 ? 0 : Math.floor((done / total) * 100);
  return { underWay: true, askedAt, done, total, percent, outcome: null };
}

function outcomeOf({ total, moved, breached, retracted }: RecomputationProgress): string {
  const amount = (n: number, one: string, many = `${one}s`): string =>
    `${n.toLocaleString('en-GB')} ${n === 1 ? one : many}`;
  const came = [
    ...(moved > 0 ? [`${amount(moved, 'clock')} moved`] : []),
    ...(breached > 0 ? [`${amount(breached, 'was', 'were')} breached by it`] : []),
    ...(retracted > 0 ? [`${amount(retracted, 'breach', 'breaches')} taken back`] : []),
  ];
  const counted = `The clocks of ${amount(total, 'ticket')} have been counted anew`;
  return came.length === 0 ? `${counted}; none of them moved.` : `${counted}: ${came.join(', ')}.`;
}

import { span } from '../../platform/rendering/times.js';
import type { MeasuresJson } from '../../sla/measures.js';
import { metricName } from '../clock-chip.js';

export interface MeasureInWords {
  readonly label: string;
  readonly time: string;
  /** Whether it goes on counting in open hours. */
  readonly counting: boolean;
}

/** What is measured of a ticket, for the side of its page; of several handlings by one team, the sum. */
export function measuresInWords({ requesterWait, agentWork, handling }: MeasuresJson): MeasureInWords[] {
  const teams = new Map<string, { seconds: number; counting: boolean }>();
  for (const { team, seconds, counting } of handling) {
    const known = teams.get(team);
    teams.set(team, { seconds: (known?.seconds ?? 0) + seconds, counting: counting || known?.counting === true });
  }
  const all: [string, { readonly seconds: number; readonly counting: boolean } | null][] = [
    [metricName('requesterWait'), requesterWait],
    [metricName('agentWork'), agentWork],
    ...[...teams].map(([team, measure]): [string, typeof measure] => [`Team ${team}`, measure]),
  ];
  return all.flatMap(([label, measure]) =>
    measure === null ? [] : [{ label, time: span(measure.seconds), counting: measure.counting }],
  );
}

import type { Metric } from '../../sla/promises.js';

export interface PromisedMetric {
  readonly metric: Metric;
  readonly label: string;
  /** From when to when it counts. */
  readonly meaning: string;
}

/** What can be promised, in the order in which a ticket meets it. */
export const PROMISED: readonly PromisedMetric[] = [
  { metric: 'firstResponse', label: 'First response', meaning: 'from the request to our first answer' },
  { metric: 'nextResponse', label: 'Next response', meaning: 'from each further message to our answer' },
  { metric: 'update', label: 'Update', meaning: 'from each answer of ours to the next' },
  { metric: 'resolution', label: 'Resolution', meaning: 'from the request until it is resolved' },
  { metric: 'handling', label: 'Handling by a team', meaning: 'from the assignment to a team to the end of its work' },
];

/** The words in which promises and their clocks are spoken of, for the floors above. */
export type { ClockJson } from './clock/clock-json.js';
export type { LedgerLine } from './clock/explain.js';
export { isDefault } from './clock/pick-policy.js';
export type { Target, Targets } from './clock/targets.js';
export { metrics, type Metric } from './clock/timeline.js';

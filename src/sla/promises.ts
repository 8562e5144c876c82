/** The words in which promises and their clocks are spoken of, for the floors above. */
export type { ClockJson } from './clock/clock-json.js';
export type { LedgerLine } from './clock/explain.js';
export { isDefault } from './clock/pick-policy.js';
export { PAUSES as usualPauses, WARN_AT as usualWarnings, type Target, type Targets } from './clock/targets.js';
export { metrics, type Metric, type Status } from './clock/timeline.js';

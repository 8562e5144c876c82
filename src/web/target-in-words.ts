import type { Target } from '../sla/promises.js';

/** `45 minutes`, `4 hours`, `3 working days`, `none`: a target as it is promised. */
export function targetInWords(target: Target | null): string {
  if (target === null || target === 0) return 'none';
  if (typeof target === 'object') return `${target.workingDays} working ${target.workingDays === 1 ? 'day' : 'days'}`;
  if (target < 60 || target % 60 !== 0) return `${target} ${target === 1 ? 'minute' : 'minutes'}`;
  return `${target / 60} ${target === 60 ? 'hour' : 'hours'}`;
}

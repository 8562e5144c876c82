import { ConfigError } from './platform/config/config.js';
import { CannotStart } from './platform/problems/cannot-start.js';

/** Words for people where the fault is one that people can mend, all that we know where it is ours. */
export function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof CannotStart) return error.message;
  return `The desk could not start.\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

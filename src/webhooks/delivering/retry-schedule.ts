/**
 * After each failed try, in seconds, as the Standard Webhooks recommend: soon at first, then ever more seldom, for three days
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 */
const WAIT_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 72_000];
/** So that what failed together does not come back together. */
const JITTER = 0.1;
/** Whoever says when to come back is believed, up to this. */
const LONGEST_ASKED_SECONDS = 86_400;

export interface FailedTry {
  /** How many tries of this round have failed, this one included. */
  readonly attempts: number;
  readonly at: Date;
  /** What the other side has asked for with `Retry-After`, in seconds. */
  readonly retryAfter: number | null;
  /** In [0, 1): spreads the moment. */
  readonly chance: number;
}

/** When to try again, or null when three days of tries are over. */
export function nextTry({ attempts, at, retryAfter, chance }: FailedTry): Date | null {
  const wait = WAIT_SECONDS[attempts - 1];
  if (wait === undefined) return null;

  const spread = wait * (1 + JITTER * chance);
  const asked = Math.min(retryAfter ?? 0, LONGEST_ASKED_SECONDS);
  return new Date(at.getTime() + Math.round(1_000 * Math.max(spread, asked)));
}

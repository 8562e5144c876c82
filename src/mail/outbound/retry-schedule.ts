/** After each failed try, in minutes; the last one repeats until the letter is given up. */
const WAIT_MINUTES = [1, 5, 15, 60, 120, 240];
/** What calls for help, and what only waits for the relay to be back, is tried at least so often. */
const URGENT_MINUTES = 2;
const RELAY_AWAY_MINUTES = 15;
const GIVE_UP_HOURS = 48;
/** So that letters that failed together do not come back together. */
const JITTER = 0.2;

/**
 * When to try again after so many tries, or null when two days have passed. `chance` lies in [0, 1) and spreads the moment by a
 * fifth to either side.
 */
export function nextTry({
  attempts,
  createdAt,
  now,
  chance,
  urgent = false,
  relayAway = false,
}: {
  attempts: number;
  createdAt: Date;
  now: Date;
  chance: number;
  urgent?: boolean;
  relayAway?: boolean;
}): Date | null {
  const minutes = Math.min(
    WAIT_MINUTES[Math.min(Math.max(attempts, 1), WAIT_MINUTES.length) - 1] ?? 1,
    urgent ? URGENT_MINUTES : Infinity,
    relayAway ? RELAY_AWAY_MINUTES : Infinity,
  );
  const next = new Date(now.getTime() + Math.round(minutes * 60_000 * (1 - JITTER + 2 * JITTER * chance)));
  return next.getTime() > createdAt.getTime() + GIVE_UP_HOURS * 3_600_000 ? null : next;
}

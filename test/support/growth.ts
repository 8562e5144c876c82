/** Tries at most; each adds to what is known of the least that a task takes. */
const TRIES = 12;
/** Half way, as factors go, between work that grows with what it is given, 16, and with the square of it, 256. */
const ENOUGH = 64;

/**
 * Whether a task that is given sixteen times as much becomes about sixteen times as much work, and not the square of that. What a busy
 * machine adds is no work, so the least of several tries counts, and one side would have to be four times slower by accident, again and
 * again, to be mistaken for the other. Answers by how much it grew where it grew too much, else null.
 */
export function tooMuchGrowth(task: (times: number) => () => unknown): number | null {
  const [small, large] = [task(1), task(16)];
  let least = { small: Infinity, large: Infinity };
  for (let tries = 0; tries < TRIES; tries++) {
    least = { small: Math.min(least.small, spent(small)), large: Math.min(least.large, spent(large)) };
    if (tries > 0 && least.large <= ENOUGH * least.small) return null;
  }
  return least.large / least.small;
}

function spent(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

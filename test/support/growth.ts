/** Tries at most; each adds to what is known of the least that a task takes. */
const TRIES = 12;

/**
 * How many times as much work a task is for four times as much of what it is given: 4 where it grows with it, 16 where it grows with its
 * square. What a busy machine adds is no work, so the least of several tries counts; they end when the task has shown that it grows no
 * faster than `enough`.
 */
export function growth(task: (times: number) => () => unknown, enough: number): number {
  const [small, large] = [task(1), task(4)];
  let least = { small: Infinity, large: Infinity };
  for (let tries = 0; tries < TRIES; tries++) {
    least = { small: Math.min(least.small, spent(small)), large: Math.min(least.large, spent(large)) };
    if (tries > 1 && least.large <= enough * least.small) break;
  }
  return least.large / least.small;
}

function spent(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

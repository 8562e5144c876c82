import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';

/** Linux counts in hundredths of a second for all who ask, whatever its own clock does. */
const TICK_MS = 10;

/** The kernel's number of the thread that asks; null where there is no telling. */
export function numberOfThisThread(): number | null {
  try {
    return Number(path.basename(readlinkSync('/proc/thread-self')));
  } catch {
    return null;
  }
}

/**
 * Milliseconds that a thread has computed since it began. On Linux these are those in which it had a processor, so that a busy machine takes
 * nothing from it. Elsewhere there is no telling in every Node, and those count in which it was not idle.
 */
export function computedMs(worker: Worker, thread: number | null): number {
  return (thread === null ? null : processorMs(thread)) ?? worker.performance.eventLoopUtilization().active;
}

/** See proc_pid_stat(5): the name in brackets may hold anything; utime and stime are the 12th and 13th field behind it. */
function processorMs(thread: number): number | null {
  try {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return Number.isFinite(ticks) ? ticks * TICK_MS : null;
  } catch {
    return null;
  }
}

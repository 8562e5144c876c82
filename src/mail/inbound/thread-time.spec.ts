import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { computedMs } from './thread-time.js';

/** One thread that computes until it is ended, and one that sleeps. */
const THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { readlinkSync, existsSync } = require('node:fs');
  const known = existsSync('/proc/thread-self');
  parentPort.postMessage(known ? Number(readlinkSync('/proc/thread-self').split('/').pop()) : null);
  if (workerData === 'computes') for (;;);
  else setInterval(() => {}, 1e6);
`;

async function begin(what: 'computes' | 'sleeps'): Promise<{ worker: Worker; thread: number | null }> {
  const worker = new Worker(THREAD, { eval: true, workerData: what });
  const [thread] = (await once(worker, 'message')) as [number | null];
  return { worker, thread };
}

describe('The time that a thread has computed', () => {
  it.each([
    ['as the kernel counts it', true],
    ['as Node counts it', false],
  ])('is its own, and grows only while it works: %s', async (_, byKernel) => {
    const [busy, idle] = [await begin('computes'), await begin('sleeps')];
    const of = ({ worker, thread }: typeof busy): number => computedMs(worker, byKernel ? thread : null);
    try {
      const [busyBefore, idleBefore] = [of(busy), of(idle)];
      while (of(busy) - busyBefore < 500) await setTimeout(20);
      expect(of(idle) - idleBefore).toBeLessThan((of(busy) - busyBefore) / 4);
    } finally {
      await Promise.all([busy, idle].map(({ worker }) => worker.terminate()));
    }
  });
});

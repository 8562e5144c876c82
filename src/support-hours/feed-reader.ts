import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../platform/rendering/package-root.js';
import type { FeedResult, FeedTask } from './feeds/feed-thread.js';

/** A file that takes longer, or more memory, is a bomb. */
const MOST_MILLISECONDS = 10_000;
const MOST_MEGABYTES = 256;

/** Reads an iCal file in a thread of its own, under a limit of time and memory, so that no file stalls the desk. */
export async function readFeed(task: FeedTask, withinMs = MOST_MILLISECONDS): Promise<FeedResult> {
  const { file, workerData } = threadFile();
  const worker = new Worker(file, { workerData, resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES } });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<FeedResult>((answer, failed) => {
      timer = setTimeout(() => {
        answer({ unreadable: `Reading it takes longer than ${withinMs / 1000} seconds.` });
      }, withinMs);
      worker.once('message', answer);
      worker.once('error', (error: Error & { code?: string }) => {
        if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') failed(error);
        else answer({ unreadable: 'Reading it takes more memory than a calendar may take.' });
      });
      worker.once('exit', () => {
        answer({ unreadable: 'Its reader stopped before it was done.' });
      });
      worker.postMessage(task);
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

/** As with mails: from TypeScript sources, a thread begins with a file that brings the transformer along. */
function threadFile(): { file: URL | string; workerData: unknown } {
  if (!import.meta.url.endsWith('.ts')) {
    return { file: new URL('./feeds/feed-thread.js', import.meta.url), workerData: null };
  }
  return {
    file: path.join(packageRoot, 'test/support/typescript-thread.cjs'),
    workerData: { entry: fileURLToPath(new URL('./feeds/feed-thread.ts', import.meta.url)) },
  };
}

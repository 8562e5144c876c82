import { parentPort } from 'node:worker_threads';
import type { NamedDate } from '../holiday-lists.js';
import { datesInFeed, UnreadableFeed, type FeedWindow } from './read-feed.js';

/** The thread in which a feed is read: whatever a file does to its reader, the desk goes on. */
export interface FeedTask {
  readonly text: string;
  readonly window: FeedWindow;
}

export type FeedResult = { readonly dates: readonly NamedDate[] } | { readonly unreadable: string };

parentPort?.on('message', ({ text, window }: FeedTask) => {
  parentPort?.postMessage(read(text, window));
  parentPort?.close();
});

function read(text: string, window: FeedWindow): FeedResult {
  try {
    return { dates: datesInFeed(text, window) };
  } catch (error) {
    if (error instanceof UnreadableFeed) return { unreadable: error.message };
    return { unreadable: `It cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

import { parentPort } from 'node:worker_threads';
import { parseMail, type Envelope, type House, type ParsedMail } from './parse-mail.js';
import { numberOfThisThread } from '../thread-time.js';
import { UnreadableMail } from './unreadable-mail.js';

/** The thread in which mails are read: whatever one of them does to its reader, the desk goes on. */
export interface ReadingTask {
  readonly raw: Uint8Array;
  readonly envelope: Envelope;
  readonly house: House;
}

export type ReadingResult = { readonly mail: ParsedMail } | { readonly unreadable: string };

const WORTH_MOVING = 64 * 1024;

/** Said once, so that the kernel can be asked how long this thread has computed. */
export interface ThreadBegun {
  readonly thread: number | null;
}

parentPort?.postMessage({ thread: numberOfThisThread() } satisfies ThreadBegun);
parentPort?.on('message', (task: ReadingTask) => {
  const result = read(task);
  parentPort?.postMessage(result, 'mail' in result ? movable(result.mail) : []);
});

/** The memory of large files goes over as it is, instead of a copy of it. */
function movable({ files }: ParsedMail): ArrayBuffer[] {
  const buffers = files.flatMap(({ content: { buffer, byteLength } }) =>
    buffer instanceof ArrayBuffer && byteLength >= WORTH_MOVING && byteLength > buffer.byteLength / 2 ? [buffer] : [],
  );
  return [...new Set(buffers)];
}

function read({ raw, envelope, house }: ReadingTask): ReadingResult {
  try {
    return { mail: parseMail(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength), envelope, house) };
  } catch (error) {
    if (error instanceof UnreadableMail) return { unreadable: error.message };
    // A fault of the reader's own: the mail waits in the quarantine until a better reader tries it again.
    return { unreadable: `It could not be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

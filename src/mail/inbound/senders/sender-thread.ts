import { parentPort } from 'node:worker_threads';
import type { Authentication } from '../../received-mail.js';
import { checkSender, type SmtpClient } from './check-sender.js';

/** To the thread: a mail to check, or what the DNS answered. */
export type ToThread =
  | {
      readonly check: number;
      readonly raw: Uint8Array;
      readonly from: string | null;
      readonly client: SmtpClient | null;
    }
  | { readonly question: number; readonly answer: unknown[] }
  | { readonly question: number; readonly code: string };

/** From the thread: a verdict, why there is none, or a question to the DNS. */
export type FromThread =
  | { readonly check: number; readonly verdict: Authentication }
  | { readonly check: number; readonly fault: string }
  | { readonly question: number; readonly name: string; readonly type: string };

/**
 * The thread in which senders are checked: hashing a large mail, and whatever others have written into their DNS, holds up nobody. It asks
 * the DNS through the house, which remembers the answers.
 */
const questions = new Map<number, { answered: (answer: unknown[]) => void; failed: (error: Error) => void }>();
let asked = 0;

parentPort?.on('message', (message: ToThread) => {
  if ('check' in message) void check(message);
  else hear(message);
});

async function check({ check: id, raw, from, client }: Extract<ToThread, { check: number }>): Promise<void> {
  try {
    const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    tell({ check: id, verdict: await checkSender({ raw: bytes, from, client }, ask) });
  } catch (error) {
    tell({ check: id, fault: error instanceof Error ? error.message : String(error) });
  }
}

function hear(message: Exclude<ToThread, { check: number }>): void {
  const waiting = questions.get(message.question);
  questions.delete(message.question);
  if ('answer' in message) waiting?.answered(message.answer);
  else waiting?.failed(Object.assign(new Error(message.code), { code: message.code }));
}

async function ask(name: string, type: string): Promise<unknown[]> {
  return new Promise((answered, failed) => {
    questions.set(++asked, { answered, failed });
    tell({ question: asked, name, type });
  });
}

function tell(message: FromThread): void {
  parentPort?.postMessage(message);
}

import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { createTransport } from 'nodemailer';
import type { Mail } from './mails.js';

interface Errand {
  readonly port: number;
  readonly mails: readonly Mail[];
}

const CONNECTIONS = 8;

/** Hands mails to a mail server, from a thread of its own so that the server has one to itself; answers how many a second it took. */
export async function deliver(port: number, mails: readonly Mail[]): Promise<number> {
  const errand: Errand = { port, mails };
  const client = new Worker(new URL(import.meta.url), { workerData: errand });
  const [rate] = (await once(client, 'message')) as [number];
  await client.terminate();
  return rate;
}

/** nodemailer keeps its connections open and writes one mail after the other into each. */
async function run({ port, mails }: Errand): Promise<number> {
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    pool: true,
    maxConnections: CONNECTIONS,
    maxMessages: Infinity,
    ignoreTLS: true,
  });
  const began = performance.now();
  await Promise.all(mails.map(({ from, to, raw }) => transport.sendMail({ envelope: { from, to }, raw })));
  const seconds = (performance.now() - began) / 1000;
  transport.close();
  return mails.length / seconds;
}

parentPort?.postMessage(await run(workerData as Errand));

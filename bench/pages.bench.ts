import type { AddressInfo } from 'node:net';
import autocannon from 'autocannon';
import { fastify } from 'fastify';
import { Directory } from '../src/customers/directory.js';
import { Users } from '../src/identity/users.js';
import { Database } from '../src/platform/database/database.js';
import { Conversation } from '../src/tickets/conversation.js';
import { compare, type Comparison } from './comparison.js';
import { ADMIN, Desk } from './desk.js';
import { mailsOf } from './mails.js';

const TICKETS = 60;
const ANSWERS = 4;
const SECONDS = 2;
const ROUNDS = 3;
const CONNECTIONS = 8;

/** What agents look at all day, as fast as it can be had, beside a web server that knows one answer by heart. */
export async function* pages(): AsyncIterable<Comparison> {
  yield* Desk.forA(measure);
}

async function* measure(desk: Desk): AsyncIterable<Comparison> {
  await desk.accept(mailsOf(TICKETS, 'page'));
  await desk.readMail();
  const [{ number } = { number: 0 }] = await desk.query<{ number: number }>('select max(number) as number from ticket');
  await converse(desk, number);
  const cookie = await desk.signIn();

  yield await load(desk, `pages: the queue with ${TICKETS} tickets`, '/tickets', cookie);
  yield await load(desk, `pages: a ticket with ${1 + 2 * ANSWERS} messages`, `/tickets/${number}`, cookie);
}

async function load(desk: Desk, name: string, page: string, cookie: string): Promise<Comparison> {
  const url = new URL(page, `http://127.0.0.1:${(desk.house.getHttpServer().address() as AddressInfo).port}`).href;
  const body = await bodyOf(url, cookie);
  const constant = fastify();
  constant.get('/', (_, reply) => reply.type('text/html; charset=utf-8').send(body));
  const bare = await constant.listen({ host: '127.0.0.1', port: 0 });
  try {
    await shoot(url, cookie, 1);
    await shoot(bare, cookie, 1);
    return await compare({
      name,
      against: `bare Fastify, a constant of ${Math.round(Buffer.byteLength(body) / 1000)} kB`,
      rounds: ROUNDS,
      ours: () => shoot(url, cookie, SECONDS),
      theirs: () => shoot(bare, cookie, SECONDS),
    });
  } finally {
    await constant.close();
  }
}

/** The page itself: without the tickets on it, it would be the wrong one. */
async function bodyOf(url: string, cookie: string): Promise<string> {
  const answer = await fetch(url, { headers: { cookie }, redirect: 'error' });
  const body = await answer.text();
  if (!answer.ok || !body.includes('The printer does not print'))
    throw new Error(`${url} is not the page that was meant.`);
  return body;
}

/** Requests come from a thread of their own; each must be answered well. */
async function shoot(url: string, cookie: string, seconds: number): Promise<number> {
  const { requests, non2xx, errors } = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    workers: 1,
    headers: { cookie },
  });
  if (requests.total === 0 || non2xx + errors > 0)
    throw new Error(`${url}: ${non2xx + errors} requests were not answered well.`);
  return requests.average;
}

async function converse(desk: Desk, number: number): Promise<void> {
  const user = await desk.get(Users).byEmail(ADMIN);
  const [customer] = await desk.query<{ email: string; name: string }>(
    'select email, name from contact join ticket on ticket.requester_id = contact.id where number = $1',
    [number],
  );
  if (user === null || customer === undefined) throw new Error('There is nobody who could talk.');
  const by = { kind: 'user', id: user.id, name: user.name, email: user.email } as const;
  for (let turn = 0; turn < ANSWERS; turn++) {
    await desk.get(Database).transaction(async (tx) => {
      const words = { text: 'Please turn it off and on again, and tell us what it says on its display then.' };
      await desk.get(Conversation).agentReplies(tx, number, { words, by, at: desk.now });
    });
    await desk.get(Database).transaction(async (tx) => {
      const from = await desk.get(Directory).findOrAdd(tx, customer, desk.now);
      const words = { text: 'It says that it is out of paper, which is not true: there is plenty in it.' };
      await desk.get(Conversation).customerWrites(tx, number, { from, at: desk.now, channel: 'form', words });
    });
  }
}

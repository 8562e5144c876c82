import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosDesk } from '../chaos-desk.js';
import { clocksDue } from '../clocks.js';
import { LEVEL, MAILS_PER_MINUTE } from '../desk-file.js';
import { count, distribution, fact, type Scenario } from '../scenario.js';
import type { RelayMood } from '../relay.js';
import { soundness } from '../soundness.js';

/** How the relay is away, one after the other. */
const MOODS: readonly RelayMood[] = ['refuse', 'stall', 'later', 'drop'];
const STRIDE_MINUTES = 5;
const STRIDES = 12;
/** So many seconds' worth may leave at once. */
const BURST_SECONDS = 12;

/** No mail leaves for an hour: people are reached by their next method, and when the relay is back, nothing is lost and nothing bursts. */
export const relayAway: Scenario = {
  name: 'relay-away',
  promise: 'the mail relay refuses, stalls, hangs up for an hour (simulated)',
  async *run(desk, scale) {
    const { clocks, mails } = scale === 'full' ? { clocks: 200, mails: 150 } : { clocks: 20, mails: 40 };
    await desk.startWorkers(2);
    const letters: string[] = [];
    for (let mail = 0; mail < mails; mail++) letters.push(await receipt(desk, mail));

    for (const [index, mood] of MOODS.entries()) {
      desk.relay.mood = mood;
      await clocksDue(desk, LEVEL.relay, { clocks: clocks / MOODS.length, inMs: 1_000, withinMs: 1_000 });
      await desk.until(
        'the second method was used',
        () => desk.pager.posted.length >= (clocks / MOODS.length) * (index + 1),
        120_000,
      );
      desk.relay.hangUp();
    }
    const spans = desk.pager.posted.map(({ tookAt, incident }) => tookAt - (incident?.dueAt.getTime() ?? 0));
    yield distribution('due → second method', spans, { max: 15_000 });

    desk.relay.mood = 'refuse';
    for (let stride = 0; stride < STRIDES; stride++) {
      await desk.letTimePass(STRIDE_MINUTES);
      await sleep(scale === 'full' ? 6_000 : 1_500);
    }
    yield count('letters given up', await desk.count(`outgoing_mail where state = 'failed'`), 0);
    const took = desk.relay.letters.length;
    desk.relay.mood = 'take';
    const sentAt = await deliver(desk);
    yield count('letters left behind', await desk.count(`outgoing_mail where state <> 'sent'`), 0);
    const arrived = new Set(desk.relay.letters.map(({ messageId }) => messageId));
    const written = await desk.query<{ messageId: string; urgent: boolean }>(
      'select message_id as "messageId", urgent from outgoing_mail',
    );
    yield count('letters lost', written.filter(({ messageId }) => !arrived.has(messageId)).length, 0);
    yield count(
      'letters that came twice after the return',
      desk.relay.letters.length - took - new Set(desk.relay.letters.slice(took).map(({ messageId }) => messageId)).size,
      0,
    );
    const calm = new Set(written.filter(({ urgent }) => !urgent).map(({ messageId }) => messageId));
    const most = densest(sentAt.filter(({ messageId }) => calm.has(messageId)).map(({ at }) => at));
    const allowed = MAILS_PER_MINUTE * (1 + BURST_SECONDS / 60);
    yield fact(`most letters in a minute ≤ ${allowed}`, most <= allowed, String(most));
    yield* await soundness(desk, clocks, '/second-method');
  },
};

/** A request of a customer's, which is answered by a receipt; that is a letter that can wait. */
async function receipt(desk: ChaosDesk, index: number): Promise<string> {
  const { number } = await desk.post<{ number: number }>('/tickets', {
    subject: `A question ${String(index)}`,
    body: 'How does one do it?',
    requester: { email: `carl.${String(index)}@customer${String(index % 7)}.example`, name: 'Carl Customer' },
  });
  await desk.post(`/tickets/${String(number)}/messages`, { kind: 'reply', body: 'Like this.' });
  return String(number);
}

/** Lets time pass until all letters have left; answers when each did, by the time that it was then for the desk. */
async function deliver(desk: ChaosDesk): Promise<{ messageId: string; at: number }[]> {
  const left: { messageId: string; at: number }[] = [];
  let noted = desk.relay.letters.length;
  const note = (): void => {
    for (const { messageId, tookAt } of desk.relay.letters.slice(noted))
      left.push({ messageId, at: tookAt + desk.agedMs });
    noted = desk.relay.letters.length;
  };
  for (let stride = 0; stride < 60; stride++) {
    const before = desk.relay.letters.length;
    await sleep(6_000);
    note();
    if ((await desk.count(`outgoing_mail where state = 'queued'`)) === 0) return left;
    // Only when nobody is at it: what was taken before time passes must not seem to be taken after it.
    if (desk.relay.letters.length === before) await desk.letTimePass(STRIDE_MINUTES);
  }
  return left;
}

/** The most in any sixty seconds. */
function densest(instants: readonly number[]): number {
  const sorted = instants.toSorted((a, b) => a - b);
  return Math.max(0, ...sorted.map((from, index) => sorted.slice(index).filter((at) => at < from + 60_000).length));
}

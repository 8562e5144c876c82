import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type ChaosDesk, type DeskProcess } from '../chaos-desk.js';
import { PatientSender } from '../patient-sender.js';
import { count, fact, type Scenario } from '../scenario.js';

const SENDERS = 8;
const WORKERS = 2;

interface Sent {
  readonly raw: Buffer;
  readonly from: string;
  readonly sha256: string;
}

/** The intake and those who read what it took die at random, between any two of their instructions; senders come again until they hear 250. */
export const killedIntake: Scenario = {
  name: 'killed-intake',
  promise: 'mail from a client that tries again, while intake and workers are killed (-9) at random',
  async *run(desk, scale) {
    const { mails, kills } = scale === 'full' ? { mails: 10_000, kills: 40 } : { mails: 300, kills: 5 };
    await desk.query('truncate inbound_mail cascade');
    const port = await freePort();
    const sent = mailsOf(mails);
    let intake = await desk.startIntake(port);
    await desk.startWorkers(WORKERS);

    const waiting = [...sent];
    let taken = 0;
    let repeats = 0;
    const senders = Array.from({ length: SENDERS }, async () => {
      const sender = new PatientSender(port);
      for (let mail = waiting.shift(); mail !== undefined; mail = waiting.shift()) {
        repeats += await sender.send(mail.raw, mail.from, 'support@chaos.test');
        taken++;
      }
      sender.close();
    });
    for (let kill = 1; kill <= kills; kill++) {
      while (taken < (kill * mails) / (kills + 1)) await sleep(5);
      await sleep(Math.random() * 60);
      await intake.end('SIGKILL');
      intake = await desk.startIntake(port);
      if (kill % 4 === 0) await replaceAWorker(desk);
    }
    await Promise.all(senders);
    await intake.end('SIGKILL');
    yield fact(
      `${mails.toLocaleString('en')} mails sent, the intake killed ${kills} times`,
      taken === mails,
      `${repeats} tries again`,
    );

    await desk.until(
      'all mail is read',
      async () => (await desk.count(`inbound_mail where state = 'pending'`)) === 0,
      1_200_000,
    );
    const kept = await desk.query<{ sha256: string }>(
      `select distinct encode(sha256(raw), 'hex') as sha256 from inbound_mail`,
    );
    const known = new Set(sent.map(({ sha256 }) => sha256));
    const here = new Set(kept.map(({ sha256 }) => sha256));
    yield count(
      'mails that were answered 250 and are here byte for byte',
      [...known].filter((hash) => here.has(hash)).length,
      mails,
    );
    yield count('pieces, and mails that nobody sent', [...here].filter((hash) => !known.has(hash)).length, 0);
    yield count('tickets opened', await desk.count('ticket'), mails);
    yield count('mails that opened one', await desk.count(`inbound_mail where outcome = 'opened'`), mails);
    const rows = await desk.count('inbound_mail');
    yield count(
      'sent twice since the 250 was lost, and known as duplicates',
      await desk.count(`inbound_mail where outcome = 'duplicate'`),
      rows - mails,
    );
    yield count('in the quarantine', await desk.count(`inbound_mail where state = 'quarantined'`), 0);
  },
};

async function replaceAWorker(desk: ChaosDesk): Promise<void> {
  const living: DeskProcess[] = desk.livingWorkers;
  await living[Math.floor(Math.random() * living.length)]?.end('SIGKILL');
  await desk.startWorkers(1, { ready: false });
}

/** Each from somebody else, or they would be the storm of one sender; of all sizes up to 20 kB. */
function mailsOf(howMany: number): Sent[] {
  return Array.from({ length: howMany }, (_, number) => {
    const from = `customer-${number}@customers.example`;
    const words = `It burns, says number ${number}.\r\n${'. A line that begins with a dot\r\n'.repeat((number * 37) % 600)}`;
    const raw = Buffer.from(
      `From: <${from}>\r\nTo: support@chaos.test\r\nSubject: Printer ${number}\r\nMessage-ID: <${number}@customers.example>\r\n` +
        `Date: Mon, 01 Jun 2026 10:00:00 +0000\r\n\r\n${words}`,
    );
    return { raw, from, sha256: createHash('sha256').update(raw).digest('hex') };
  });
}

import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { letterFromCarl, mail, PostOffice } from './post-office.js';
import { SmtpClient } from './smtp-client.js';

const MAILS = 120;
const KILLS = 4;

/** The intake in another process. */
async function startIntake(databaseUrl: string): Promise<{ process: ChildProcess; port: number }> {
  const runner = path.resolve(__dirname, '../../support/typescript-thread.cjs');
  const child = spawn(process.execPath, [runner, path.join(__dirname, 'intake-process.ts'), databaseUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`The intake ended with ${String(code)}.`))),
  ]);
  return { process: child, port: Number((line as unknown[])[0]) };
}

/** A sender that does not give up: a mail is off its hands only once it has heard 250. */
async function send(raw: Buffer, portOf: () => number): Promise<void> {
  for (;;) {
    let client: SmtpClient | undefined;
    try {
      client = await SmtpClient.open(portOf());
      await client.envelope();
      if ((await client.data(raw)).startsWith('250')) return;
    } catch {
      // The server died in the middle: that is what this is about. The sender waits and comes again.
      await new Promise((passed) => setTimeout(passed, 50));
    } finally {
      client?.close();
    }
  }
}

describe('the intake, killed again and again', () => {
  it('has every mail that it said 250 to, byte for byte, and reads each of them once', async () => {
    const office = await PostOffice.open();
    let intake = await startIntake(office.databaseUrl);
    const letters = Array.from({ length: MAILS }, (_, number) =>
      mail(letterFromCarl({ id: `mail-${number}`, body: `${'x'.repeat((number * 997) % 30_000)} end of ${number}` })),
    );
    const queue = [...letters];
    let sent = 0;
    const senders = Array.from({ length: 6 }, async () => {
      for (let raw = queue.shift(); raw !== undefined; raw = queue.shift()) {
        await send(raw, () => intake.port);
        sent++;
      }
    });
    for (let kill = 1; kill <= KILLS; kill++) {
      while (sent < (kill * MAILS) / (KILLS + 1)) await new Promise((passed) => setTimeout(passed, 7));
      const dead = once(intake.process, 'exit');
      intake.process.kill('SIGKILL');
      await dead;
      intake = await startIntake(office.databaseUrl);
    }
    await Promise.all(senders);
    intake.process.kill('SIGKILL');

    const stored = await office.query<{ sha256: string; raw: Buffer }>('select sha256, raw from inbound_mail');
    const kept = new Set(stored.map(({ raw }) => createHash('sha256').update(raw).digest('hex')));
    for (const raw of letters) expect(kept.has(createHash('sha256').update(raw).digest('hex'))).toBe(true);
    // A mail may be here twice, where the 250 was lost on the way; never a piece of one, and never with two effects.
    expect(kept.size).toBe(MAILS);
    await office.read();
    expect(office.received).toHaveLength(MAILS);
    await office.close();
  }, 120_000);
});

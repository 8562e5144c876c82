import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { readRecord } from '../src/platform/database/embedded/database-record.js';
import { packageRoot } from '../src/platform/rendering/package-root.js';
import { freePort } from '../test/chaos/chaos-desk.js';
import type { Figure } from '../test/chaos/scenario.js';
import { deliver } from './mail-client.js';
import { mailsOf, type Mail } from './mails.js';

const SMALL = 10_000;
const LARGE = 100;
const LARGE_BYTES = 25_000_000;
const PARTS = 10_000;
const BOMBS = 3;
const MOST_MEMORY_MB = 400;
const MOST_DELAY_MS = 100;
const LOOK_EVERY_MS = 100;
const PING_EVERY_MS = 5;
/** What the machine itself does now and then is seen in a quiet time as well. */
const QUIET_MS = 3_000;
/** Large mails are made and sent so many at a time, so that the sender needs no more memory than the desk. */
const AT_A_TIME = 4;

/**
 * The desk in one process as it is installed, while ten thousand mails of 5 kB come in, then a hundred of 25 MB, then one of ten thousand
 * parts: how much memory it takes at the most, and how long others wait for it.
 */
export async function* memory(): AsyncIterable<Figure> {
  const desk = await WholeDesk.open();
  try {
    const began = await desk.memoryMb();
    const small = await desk.watch(async () => {
      for (let batch = 0; batch < 10; batch++)
        await deliver(desk.mailPort, mailsOf(SMALL / 10, `small-${String(batch)}`));
      await desk.untilAllRead(SMALL);
    });
    yield ofMemory(`${SMALL.toLocaleString('en')} mails of 5 kB, read`, began, small);

    const large = await desk.watch(async () => {
      for (let sent = 0; sent < LARGE; sent += AT_A_TIME) {
        const mails = Array.from({ length: AT_A_TIME }, (_, index) => largeMail(sent + index));
        await deliver(desk.mailPort, mails);
      }
      await desk.untilAllRead(SMALL + LARGE);
    });
    yield ofMemory(`${String(LARGE)} mails of 25 MB, read`, began, large);

    const quiet = await desk.longestWait(() => sleep(QUIET_MS));
    const bombed = await desk.longestWait(async () => {
      for (let bomb = 0; bomb < BOMBS; bomb++) {
        await deliver(desk.mailPort, [bombOf(bomb)]);
        await desk.untilAllRead(SMALL + LARGE + bomb + 1);
      }
    });
    const delay = Math.max(0, bombed - quiet);
    yield {
      what: `a mail of ${PARTS.toLocaleString('en')} parts delays a page by, at the most`,
      seen: `${delay.toFixed(0)} ms (${bombed.toFixed(0)} ms; ${quiet.toFixed(0)} ms without it)`,
      bar: `< ${String(MOST_DELAY_MS)} ms`,
      holds: delay < MOST_DELAY_MS,
      timed: true,
    };
  } finally {
    await desk.close();
  }
}

function ofMemory(what: string, began: number, most: number): Figure {
  return {
    what: `${what}: memory at the most`,
    seen: `${most.toFixed(0)} MB (${began.toFixed(0)} MB before)`,
    bar: `≤ ${String(MOST_MEMORY_MB)} MB`,
    holds: most <= MOST_MEMORY_MB,
    timed: true,
  };
}

interface PackageFile {
  readonly scripts: { readonly start: string };
}

/** `npm start` with nothing set but where things are. */
class WholeDesk {
  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcess,
    private readonly url: string,
    private readonly token: string,
    readonly mailPort: number,
    private readonly database: pg.Pool,
  ) {}

  static async open(): Promise<WholeDesk> {
    const folder = mkdtempSync(path.join(tmpdir(), 'punctual-memory-'));
    const [port, mailPort] = [await freePort(), await freePort()];
    const token = randomBytes(24).toString('hex');
    const { scripts } = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as PackageFile;
    const child = spawn('sh', ['-c', scripts.start], {
      cwd: packageRoot,
      env: {
        ...{ PATH: process.env['PATH'], DATA_DIR: folder, LOG_LEVEL: 'error', MAIL_DOMAIN: 'bench.test' },
        ...{ PORT: String(port), MAIL_SMTP_PORT: String(mailPort), EMERGENCY_EMAIL: 'night@bench.test' },
        ...{ ADMIN_EMAIL: 'adam@bench.test', ADMIN_PASSWORD: 'correct horse battery staple', ADMIN_API_TOKEN: token },
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const url = `http://127.0.0.1:${String(port)}`;
    while ((await fetch(`${url}/health/ready`).catch(() => null))?.status !== 200) {
      if (child.exitCode !== null) throw new Error('The desk did not start.');
      await sleep(LOOK_EVERY_MS);
    }
    const { password, port: databasePort } = readRecord(folder) ?? {};
    const database = new pg.Pool({
      connectionString: `postgres://punctual:${String(password)}@127.0.0.1:${String(databasePort)}/punctual`,
      max: 2,
    });
    return new WholeDesk(folder, child, url, token, mailPort, database);
  }

  /** What the process says of itself. */
  async memoryMb(): Promise<number> {
    const answer = await fetch(`${this.url}/metrics`, { headers: { authorization: `Bearer ${this.token}` } });
    const bytes = /^process_resident_memory_bytes (\S+)/m.exec(await answer.text())?.[1];
    if (bytes === undefined) throw new Error('The desk does not say how much memory it has.');
    return Number(bytes) / 1_000_000;
  }

  /** The most memory, in MB, that it has while `work` goes on. */
  async watch(work: () => Promise<void>): Promise<number> {
    let most = 0;
    await this.during(work, LOOK_EVERY_MS, async () => {
      most = Math.max(most, await this.memoryMb());
    });
    return most;
  }

  /** The longest that anybody waited for a small page while `work` went on, in milliseconds. */
  async longestWait(work: () => Promise<void>): Promise<number> {
    let longest = 0;
    await this.during(work, PING_EVERY_MS, async () => {
      const began = performance.now();
      await (await fetch(`${this.url}/health/live`)).text();
      longest = Math.max(longest, performance.now() - began);
    });
    return longest;
  }

  async untilAllRead(howMany: number): Promise<void> {
    for (;;) {
      const { rows } = await this.database.query<{ read: number }>(
        `select count(*)::integer as read from inbound_mail where state <> 'pending'`,
      );
      if ((rows[0]?.read ?? 0) >= howMany) return;
      await sleep(LOOK_EVERY_MS);
    }
  }

  async close(): Promise<void> {
    await this.database.end();
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async during(work: () => Promise<void>, every: number, look: () => Promise<void>): Promise<void> {
    const working = { on: true };
    const looking = (async (): Promise<void> => {
      while (working.on) {
        await look();
        await sleep(every);
      }
    })();
    await work();
    working.on = false;
    await looking;
  }
}

/** Text and one file, 25 MB as it travels. */
function largeMail(index: number): Mail {
  const key = `large-${String(index)}`;
  const file = randomBytes(Math.floor((LARGE_BYTES * 57) / 78))
    .toString('base64')
    .replace(/.{76}/g, '$&\r\n');
  const parts = [
    'Content-Type: text/plain; charset=utf-8\r\n\r\nThe logs are attached.\r\n',
    `Content-Type: application/octet-stream; name="logs.bin"\r\nContent-Disposition: attachment; filename="logs.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\n${file.slice(0, LARGE_BYTES - 2_000)}\r\n`,
  ];
  return mailOf(key, parts);
}

function bombOf(index: number): Mail {
  const part =
    'Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: attachment; filename="a.txt"\r\n\r\nboom\r\n';
  return mailOf(
    `bomb-${String(index)}`,
    Array.from({ length: PARTS }, () => part),
  );
}

function mailOf(key: string, parts: readonly string[]): Mail {
  const from = `carl.${key}@customer.example`;
  const to = 'support@bench.test';
  const head = [
    `From: Carl Customer <${from}>`,
    `To: Support <${to}>`,
    `Subject: Files (${key})`,
    `Message-ID: <${key}@customer.example>`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="b-${key}"`,
    '',
    '',
  ].join('\r\n');
  return { from, to, raw: `${head}${parts.map((part) => `--b-${key}\r\n${part}`).join('')}--b-${key}--\r\n` };
}

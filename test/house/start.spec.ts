import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canEnter } from '../../src/platform/database/embedded/account.js';
import { ApiClient } from '../support/api.js';
import { createTestDatabase } from '../support/database.js';
import { StartedDesk, freePort, processesWith } from '../support/started-desk.js';

const ROOT = path.resolve(__dirname, '../..');
const TOKEN = 'a-token-for-the-desk-that-is-started-here';
const NOBODY = { uid: 65534, gid: 65534 };

describe('the desk as a process', () => {
  let place: string;
  let ports: { PORT: string; MAIL_SMTP_PORT: string };

  beforeAll(() => {
    execFileSync(process.execPath, [path.join(ROOT, 'scripts/build.mjs')]);
    place = mkdtempSync(path.join(tmpdir(), 'a desk '));
    chmodSync(place, 0o755);
  });
  beforeEach(async () => {
    ports = { PORT: String(await freePort()), MAIL_SMTP_PORT: String(await freePort()) };
  });
  /** What a test leaves open, and must not. */
  const leftOver: (() => void)[] = [];
  afterEach(async () => {
    for (const close of leftOver.splice(0)) close();
    await StartedDesk.endAll();
  }, 60_000);
  afterAll(() => {
    expect(processesWith(place)).toEqual([]);
    rmSync(place, { recursive: true });
  });

  function settings(folder: string, more: Record<string, string> = {}): Record<string, string> {
    return { DATA_DIR: path.join(place, folder), ADMIN_API_TOKEN: TOKEN, ...ports, ...more };
  }

  function postmasterOf(folder: string): string {
    return readFileSync(path.join(place, folder, 'postgresql/postmaster.pid'), 'utf8').split('\n')[0] ?? '';
  }

  async function openTicket(desk: StartedDesk, subject: string): Promise<number> {
    const answer = await new ApiClient(desk.url, TOKEN).post('/tickets', {
      subject,
      body: 'It does not print.',
      requester: { email: 'carl@example.com' },
    });
    expect(answer.status).toBe(201);
    return answer.body.number as number;
  }

  async function subjectOf(desk: StartedDesk, number: number): Promise<string> {
    return (await new ApiClient(desk.url, TOKEN).get(`/tickets/${number}`)).body.subject as string;
  }

  it('starts from nothing, says where to go, comes back with all it had, and leaves nothing running', async () => {
    const desk = await StartedDesk.start({ env: settings('first') });
    expect(desk.stdout).toContain(`The desk        http://127.0.0.1:${ports.PORT}`);
    expect(desk.stdout).toMatch(
      new RegExp(`Set it up {7}http://127.0.0.1:${ports.PORT}/setup/[\\w-]{20,} \\(works once\\)`),
    );
    expect(desk.stdout).toContain(`Mail comes in   127.0.0.1:${ports.MAIL_SMTP_PORT} (SMTP), for support@localhost`);
    expect(desk.stdout).toContain(`/admin/outbox`);
    expect((await fetch(`${desk.url}/health/live`)).status).toBe(200);
    expect(await (await fetch(`${desk.url}/health/ready`)).json()).toEqual({ status: 'ready' });
    expect(await (await fetch(`${desk.url}/metrics`)).text()).toContain('http_request_duration_seconds_count');
    const ticket = await openTicket(desk, 'Printer on fire');

    const { code, seconds } = await desk.end('SIGTERM');
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(10);
    expect(processesWith(place)).toEqual([]);
    for (const secret of ['secret.key', 'database.json']) {
      expect(statSync(path.join(place, 'first', secret)).mode & 0o777).toBe(0o600);
    }

    const again = await StartedDesk.start({ env: settings('first') });
    expect(await subjectOf(again, ticket)).toBe('Printer on fire');
    expect(await again.pressCtrlC()).toBe(0);
    expect(processesWith(place)).toEqual([]);
  }, 240_000);

  it.each(['Making the database', 'brought up to date'])(
    'goes at once, and with all that it has begun, when it is stopped in the middle of its start: %s',
    async (moment) => {
      const desk = StartedDesk.begin({ env: settings(`early ${moment.length}`) });
      await desk.says(moment);
      expect((await desk.end('SIGTERM')).code).toBe(0);
      expect(processesWith(place)).toEqual([]);
      expect(desk.stderr).toBe('');

      const again = await StartedDesk.start({ env: settings(`early ${moment.length}`) });
      expect(await again.pressCtrlC()).toBe(0);
    },
    240_000,
  );

  it('goes on with the database that a killed process has left behind, and has lost nothing', async () => {
    const killed = await StartedDesk.start({ env: settings('first') });
    const postmaster = postmasterOf('first');
    const ticket = await openTicket(killed, 'Written just before the end');
    await killed.end('SIGKILL');
    expect(processesWith(place)).not.toEqual([]);

    const desk = await StartedDesk.start({ env: settings('first') });
    expect(postmasterOf('first')).toBe(postmaster);
    expect(await subjectOf(desk, ticket)).toBe('Written just before the end');

    // The worse end: the database is killed as well.
    const another = await openTicket(desk, 'Written before the power failed');
    for (const pid of [desk.pid, Number(postmaster)]) process.kill(pid, 'SIGKILL');
    const afterwards = await StartedDesk.start({ env: settings('first') });
    expect(await subjectOf(afterwards, another)).toBe('Written before the power failed');
    expect((await afterwards.end('SIGTERM')).code).toBe(0);
    expect(processesWith(place)).toEqual([]);
  }, 240_000);

  it('outlives its database, which it starts again, and stops as fast as ever', async () => {
    const desk = await StartedDesk.start({ env: settings('first') });
    const ticket = await openTicket(desk, 'Written before the database died');
    const killed = postmasterOf('first');
    process.kill(Number(killed), 'SIGKILL');
    while (postmasterOf('first') === killed || (await fetch(`${desk.url}/health/ready`)).status !== 200)
      await sleep(50);
    expect(await subjectOf(desk, ticket)).toBe('Written before the database died');
    await openTicket(desk, 'Written afterwards');

    const { code, seconds } = await desk.end('SIGTERM');
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(4);
    expect(processesWith(place)).toEqual([]);
  }, 240_000);

  it('stops in time in the midst of work that does not come to its end, and has lost nothing', async () => {
    // Everything that leaves the desk gets stuck: whoever is connected to hears nothing.
    const silent: Socket[] = [];
    const abyss = createServer((socket) => silent.push(socket)).listen(0, '127.0.0.1');
    leftOver.push(() => {
      for (const socket of silent) socket.destroy();
      abyss.close();
    });
    await once(abyss, 'listening');
    const { port } = abyss.address() as AddressInfo;
    const env = settings('busy', { SMTP_URL: `smtp://127.0.0.1:${port}` });
    const desk = await StartedDesk.start({ env });
    const api = new ApiClient(desk.url, TOKEN);
    const heard = await api.post('/webhooks', {
      ...{ name: 'Abyss', url: `http://127.0.0.1:${port}/`, allowPrivate: true, events: ['ticket.opened'] },
    });
    expect(heard.status).toBe(201);
    const ids = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const mail = `From: carl.${index}@example.com\r\nTo: support@localhost\r\nSubject: Busy ${index}\r\n\r\nIt does not print.\r\n`;
        const answer = await api.post('/mail', mail, {
          ...{ 'content-type': 'message/rfc822', 'x-envelope-from': `carl.${index}@example.com` },
          'x-envelope-to': 'support@localhost',
        });
        expect(answer.status).toBe(202);
        return answer.body.id as string;
      }),
    );
    while (silent.length < 2) await sleep(20);

    const { code, seconds } = await desk.end('SIGTERM');
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(10);
    expect(processesWith(place)).toEqual([]);

    const back = await StartedDesk.start({ env });
    const outcomes = async (): Promise<unknown[]> =>
      Promise.all(ids.map(async (id) => (await new ApiClient(back.url, TOKEN).get(`/mail/${id}`)).body.outcome));
    while ((await outcomes()).includes('pending')) await sleep(100);
    expect(new Set(await outcomes())).toEqual(new Set(['opened']));
    expect((await new ApiClient(back.url, TOKEN).get('/tickets?limit=100')).body.items).toHaveLength(60);
    expect((await back.end('SIGTERM')).code).toBe(0);
  }, 240_000);

  it('lets other roles and commands join, refuses a second desk, and leaves the database to those who remain', async () => {
    const desk = await StartedDesk.start({ env: settings('first') });

    const elsewhere = { PORT: String(await freePort()), MAIL_SMTP_PORT: String(await freePort()) };
    const file = path.join(place, 'desk.backup');
    const [second, worker, command, backup] = await Promise.all([
      StartedDesk.run({ env: settings('first', elsewhere) }),
      StartedDesk.start({ env: settings('first', { ROLES: 'worker' }) }),
      StartedDesk.run({ env: settings('first'), args: ['scripts/run.mjs', 'cli', 'migrate'] }),
      StartedDesk.run({ env: settings('first'), args: ['scripts/run.mjs', 'cli', 'backup', file] }),
    ]);
    expect(second).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^A desk is already running on .* \(process \d+\)\. .*\n$/),
    });
    expect(command).toEqual({ code: 0, stdout: 'The database is up to date.\n', stderr: '' });
    expect(backup.code).toBe(0);
    const restore = ['scripts/run.mjs', 'cli', 'restore', '--replace', file];
    expect(await StartedDesk.run({ env: settings('first'), args: restore })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('A desk is running on this database. Stop it'),
    });
    expect((await fetch(`${desk.url}/health/ready`)).status).toBe(200);

    expect((await desk.end('SIGTERM')).code).toBe(0);
    expect(processesWith(`${place}/first/postgresql`)).not.toEqual([]);
    const back = await StartedDesk.start({ env: settings('first') });
    expect((await worker.end('SIGTERM')).code).toBe(0);
    expect((await fetch(`${back.url}/health/ready`)).status).toBe(200);
    expect((await back.end('SIGTERM')).code).toBe(0);
    expect(processesWith(place)).toEqual([]);
  }, 240_000);

  it('starts in parts, all at once, on an empty folder', async () => {
    const web = StartedDesk.start({ env: settings('parts', { ROLES: 'web' }) });
    const worker = StartedDesk.start({ env: settings('parts', { ROLES: 'mail,worker' }) });
    const parts = await Promise.all([web, worker]);
    const ends = await Promise.all(parts.map((part) => part.end('SIGTERM')));
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    expect(processesWith(place)).toEqual([]);
  }, 240_000);

  it('runs on an outside PostgreSQL', async () => {
    const database = await createTestDatabase();
    const desk = await StartedDesk.start({ env: settings('outside', { DATABASE_URL: database.url }) });
    expect(await subjectOf(desk, await openTicket(desk, 'From outside'))).toBe('From outside');
    expect((await desk.end('SIGTERM')).code).toBe(0);
    await database.drop();
  }, 240_000);

  // As root, PostgreSQL runs as somebody else anyway; here the desk itself does. Whoever is not root has seen it above.
  const asNobody = process.getuid?.() === 0 && canEnter(ROOT, NOBODY) ? it : it.skip;
  asNobody(
    'runs for a user without rights',
    async () => {
      mkdirSync(path.join(place, 'nobodys'));
      chownSync(path.join(place, 'nobodys'), NOBODY.uid, NOBODY.gid);
      const desk = await StartedDesk.start({ env: settings('nobodys/data'), ...NOBODY });
      expect((await fetch(`${desk.url}/health/ready`)).status).toBe(200);
      expect((await desk.end('SIGTERM')).code).toBe(0);
      expect(processesWith(place)).toEqual([]);
    },
    240_000,
  );

  describe('says in one message why it cannot start', () => {
    it.each(['PORT', 'MAIL_SMTP_PORT'] as const)(
      'when its %s is taken',
      async (setting) => {
        const other = createServer().listen(Number(ports[setting]), '127.0.0.1');
        await once(other, 'listening');
        const run = await StartedDesk.run({ env: settings('first') });
        other.close();
        // On the standard output its log may tell of workers that were killed above.
        expect({ code: run.code, stderr: run.stderr }).toEqual({
          code: 1,
          stderr: `Another program listens on 127.0.0.1:${ports[setting]} already. Give the desk another ${setting}.\n`,
        });
        expect(processesWith(place)).toEqual([]);
      },
      240_000,
    );

    it('when settings are wrong, all of them', async () => {
      const { code, stdout, stderr } = await StartedDesk.run({ env: settings('first', { PORT: 'x', ROLES: 'cook' }) });
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^2 settings are wrong:\n {2}- PORT must .*\n {2}- ROLES must .*\n$/);
    });

    it('when its folder cannot be written in', async () => {
      writeFileSync(path.join(place, 'file'), '');
      const { code, stderr } = await StartedDesk.run({ env: settings('file/data') });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^The folder for data \(DATA_DIR\), .*, cannot be written in: .*\n$/);
    });

    it('when the outside database does not answer', async () => {
      const { code, stderr } = await StartedDesk.run({
        env: settings('first', { DATABASE_URL: `postgres://me:hunter2@127.0.0.1:${await freePort()}/desk` }),
      });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^The database of DATABASE_URL \(desk on 127\.0\.0\.1:\d+\) cannot be opened: .*ECONNREFUSED.*\n$/,
      );
      expect(stderr).not.toContain('hunter2');
    }, 20_000);
  });
});

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { ImapIntake } from '../../src/mail/inbound/imap-intake.js';
import { Mailboxes } from '../../src/mail/mailboxes.js';
import { letterFromCarl, mail, PostOffice } from '../contexts/mail/post-office.js';
import { accountOf, dovecot, fetches, MailProgram, stateOf, until } from './account.js';

const letter = (id: string): Buffer => mail(letterFromCarl({ id }));
const newUser = (): string => `user${randomBytes(6).toString('hex')}`;

describe('the connection to an IMAP account', () => {
  let office: PostOffice;
  let user: string;

  beforeEach(async () => {
    office = await PostOffice.open();
    user = newUser();
  });
  afterEach(() => office.close());

  const look = (at = office): Promise<void> => at.get(ImapIntake).look();
  const connected = (at = office): Promise<unknown> =>
    until('a connection', async () => (await stateOf(at))?.state === 'connected');
  const failed = (): Promise<unknown> => until('a failure', async () => (await stateOf(office))?.state === 'failing');
  const stored = async (count: number): Promise<unknown> =>
    until(`${count} mails`, async () => (await office.query('select from inbound_mail')).length === count);

  it('is refused with a wrong password, says so, is tried later, and at once when the password is changed', async () => {
    await fetches(office, accountOf(user, { password: 'not the password' }));
    await look();
    await failed();
    const state = await stateOf(office);
    expect(state?.lastError).toMatch(/refused the sign-in/);
    expect(JSON.stringify(state)).not.toContain('not the password');
    expect(state?.nextTryAt?.getTime()).toBeGreaterThan(office.now.read().getTime());
    await look();
    expect((await stateOf(office))?.state).toBe('failing');

    await fetches(office, accountOf(user, { password: 'secret' }));
    await look();
    await connected();
    expect(await stateOf(office)).toMatchObject({ lastError: null, failingSince: null });
  });

  it('waits longer after each failure', async () => {
    await fetches(office, accountOf(user, { password: 'wrong' }));
    const waits: number[] = [];
    for (let failures = 1; failures <= 3; failures++) {
      await look();
      await until(`failure ${failures}`, async () => {
        const [row] = await office.query<{ failures: number }>(
          'select failures from imap_account where leased_by is null',
        );
        return row?.failures === failures;
      });
      const wait = ((await stateOf(office))?.nextTryAt?.getTime() ?? 0) - office.now.read().getTime();
      waits.push(Math.round(wait / 1_000));
      office.passSeconds(wait / 1_000 + 1);
    }
    expect(waits[0]).toBeLessThanOrEqual(6);
    expect(waits[1]).toBeGreaterThanOrEqual(12);
    expect(waits[2]).toBeGreaterThanOrEqual(48);
  });

  it('is made again when it breaks, and misses nothing of what came meanwhile', async () => {
    await fetches(office, accountOf(user));
    await look();
    await connected();
    expect(spawnSync('doveadm', ['-c', dovecot.config, 'kick', user]).status).toBe(0);
    await failed();
    const program = await MailProgram.open(user);
    await program.append(letter('meanwhile'), { flags: ['\\Seen'] });
    await program.close();
    office.passSeconds(10);
    await look();
    await stored(1);
    await connected();
  });

  it('is one process’s at a time; another takes over when that one goes, or dies', async () => {
    await fetches(office, accountOf(user));
    const other = await PostOffice.open({}, office.databaseUrl);
    await look();
    await connected();
    await look(other);
    expect(holders()).toBe(1);
    const [before] = await lease();
    await office.get(ImapIntake).onApplicationShutdown();
    expect((await stateOf(other))?.state).toBe('waiting');
    await look(other);
    await connected(other);
    const [after] = await lease();
    expect(after?.by).not.toBe(before?.by);
    // As if it had died long ago.
    await other.get(ImapIntake).onApplicationShutdown();
    await office.query(
      `update imap_account set leased_by = gen_random_uuid(), leased_until = $1, connected_since = $1`,
      [new Date(office.now.read().getTime() - 1)],
    );
    expect((await stateOf(office))?.state).toBe('waiting');
    await look();
    await connected();
    await other.close();
  });

  const lease = (): Promise<{ by: string | null }[]> => office.query('select leased_by as by from imap_account');
  /** How many are signed in, by Dovecot's own count: a heading, and a line for each. */
  const holders = (): number => {
    const { stdout } = spawnSync('doveadm', ['-c', dovecot.config, 'who', '-1', user], { encoding: 'utf8' });
    return stdout.split('\n').filter((line) => line.startsWith(user)).length;
  };

  it('ends when the account is taken away', async () => {
    await fetches(office, accountOf(user));
    await look();
    await connected();
    await fetches(office, null);
    await look();
    await until('nobody connected', () => Promise.resolve(holders() === 0));
    expect(await stateOf(office)).toBeUndefined();
  });

  it('is not made without TLS to a certificate that nobody vouches for', async () => {
    for (const [security, port] of [
      ['starttls', dovecot.imap],
      ['tls', dovecot.imaps],
    ] as const) {
      await fetches(office, accountOf(user, { security, port }));
      await look();
      await failed();
      expect((await stateOf(office))?.lastError).toMatch(/certificate/);
    }
  });

  it('never leads a name into a private network unless that was meant', async () => {
    await fetches(office, accountOf(user, { host: 'localhost', security: 'tls', port: dovecot.imaps }));
    await look();
    await failed();
    // It is named plainly, so the certificate is what stands in the way, and nothing else.
    expect((await stateOf(office))?.lastError).toMatch(/certificate/);
    const meant = accountOf(user, { host: 'ip6-localhost', security: 'tls', port: dovecot.imaps });
    await fetches(office, meant);
    await look();
    await failed();
    expect((await stateOf(office))?.lastError).toMatch(/private or reserved network|cannot be resolved/);
  });

  it('keeps the password sealed, shows it nowhere, and sends it to no other server', async () => {
    await fetches(office, accountOf(user));
    const [row] = await office.query<Record<string, unknown>>('select * from imap_account');
    expect(JSON.stringify(row)).not.toContain('"secret"');
    const mailboxes = await office.transaction((tx) => office.get(Mailboxes).all(tx));
    expect(JSON.stringify(mailboxes)).not.toContain('secret');
    const { password: _, ...withoutPassword } = accountOf(user);
    await fetches(office, { ...withoutPassword, folder: 'Other' });
    expect(await office.query('select from imap_account where sealed_secret is not null')).toHaveLength(1);
    await expect(fetches(office, { ...withoutPassword, host: '127.0.0.2' })).rejects.toThrow('must be given again');
  });
});

describe('an account with OAuth2', () => {
  let office: PostOffice;
  let endpoint: Server;
  let tokenInfo: Server;
  let user: string;
  let asked: URLSearchParams[];
  let refresh: string;
  let access: string;

  beforeEach(async () => {
    office = await PostOffice.open();
    user = newUser();
    asked = [];
    refresh = 'refresh-1';
    access = '';
    endpoint = createServer((request, response) => void grant(request, response)).listen(0, '127.0.0.1');
    // Dovecot asks here whose token that is.
    tokenInfo = createServer((request, response) => {
      const token = new URL(request.url ?? '', 'http://x').searchParams.get('access_token');
      const known = access !== '' && token === access;
      response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify(known ? { active: 'true', email: user } : { error: 'invalid_token' }));
    }).listen(dovecot.tokens, '127.0.0.1');
    await Promise.all([once(endpoint, 'listening'), once(tokenInfo, 'listening')]);
  });
  afterEach(async () => {
    await office.close();
    for (const server of [endpoint, tokenInfo]) {
      server.close();
      server.closeAllConnections();
    }
  });

  async function grant(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const form = new URLSearchParams(body);
    asked.push(form);
    const good = form.get('refresh_token') === refresh && form.get('client_secret') === 'client secret';
    if (good) {
      access = `access-${randomBytes(8).toString('hex')}`;
      refresh = `${refresh}+`;
    }
    response.writeHead(good ? 200 : 400, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        good
          ? { access_token: access, refresh_token: refresh, expires_in: 3600, token_type: 'Bearer' }
          : { error: 'invalid_grant', error_description: 'Token has been revoked' },
      ),
    );
  }

  it('signs in with what the provider gives for the refresh token, keeps the new one, and says when it is withdrawn', async () => {
    const tokenUrl = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/token`;
    const { password: _, ...account } = accountOf(user);
    await fetches(office, {
      ...account,
      oauth: {
        provider: 'other',
        tokenUrl,
        clientId: 'punctual',
        clientSecret: 'client secret',
        refreshToken: 'refresh-1',
      },
    });
    const state = (wanted: string): Promise<unknown> =>
      until(wanted, async () => (await stateOf(office))?.state === wanted && true);
    await office.get(ImapIntake).look();
    await state('connected');
    expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-1',
      client_id: 'punctual',
    });

    // Another connection needs the token that came with the last one.
    await office.get(ImapIntake).onApplicationShutdown();
    await office.get(ImapIntake).look();
    await state('connected');
    expect(asked.map((form) => form.get('refresh_token'))).toEqual(['refresh-1', 'refresh-1+']);

    await office.get(ImapIntake).onApplicationShutdown();
    refresh = 'another';
    await office.get(ImapIntake).look();
    await state('failing');
    expect((await stateOf(office))?.lastError).toMatch(/takes the refresh token no more.*revoked/);
    const mailboxes = await office.transaction((tx) => office.get(Mailboxes).all(tx));
    expect(JSON.stringify(mailboxes)).not.toMatch(/refresh-1|client secret/);
  });
});

describe('the fetching process, killed again and again', () => {
  const MAILS = 60;
  const KILLS = 5;

  it('has every mail of the account once, byte for byte', async () => {
    const office = await PostOffice.open();
    const user = newUser();
    const program = await MailProgram.open(user);
    const letters = Array.from({ length: MAILS }, (_, number) =>
      mail(letterFromCarl({ id: `mail-${number}`, body: `${'x'.repeat((number * 997) % 30_000)} end of ${number}` })),
    );
    for (const raw of letters) await program.append(raw);
    // Over TLS, to a certificate that the process is told to trust.
    await fetches(office, accountOf(user, { host: 'localhost', security: 'tls', port: dovecot.imaps }));

    const count = async (): Promise<number> => (await office.query('select from inbound_mail')).length;
    let fetching = await start(office.databaseUrl);
    for (let kill = 1; kill <= KILLS; kill++) {
      await until('more mail', async () => (await count()) >= (kill * MAILS) / (KILLS + 2));
      const dead = once(fetching, 'exit');
      fetching.kill('SIGKILL');
      await dead;
      // Its lease would run out in a minute.
      await office.query('update imap_account set leased_by = null, leased_until = null');
      fetching = await start(office.databaseUrl);
    }
    await until('all taken', async () =>
      [...(await program.messages()).values()].every((flags) => flags.has('\\Seen')),
    );
    fetching.kill('SIGKILL');

    const hash = (raw: Buffer): string => createHash('sha256').update(raw).digest('hex');
    const stored = await office.query<{ raw: Buffer }>('select raw from inbound_mail');
    expect(stored.map(({ raw }) => hash(raw)).sort()).toEqual(letters.map(hash).sort());
    await program.close();
    await office.close();
  }, 120_000);

  async function start(databaseUrl: string): Promise<ChildProcess> {
    const runner = path.resolve(__dirname, '../support/typescript-thread.cjs');
    const child = spawn(process.execPath, [runner, path.join(__dirname, 'imap-process.ts'), databaseUrl], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_EXTRA_CA_CERTS: path.join(__dirname, 'tls/cert.pem') },
    });
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`The process ended with ${String(code)}.`))),
    ]);
    return child;
  }
});

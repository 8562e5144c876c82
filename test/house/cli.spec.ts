import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EmergencyContact } from '../../src/escalation/emergency-contact.js';
import { Responders } from '../../src/escalation/responders.js';
import { MethodVerification } from '../../src/escalation/verification.js';
import { House } from '../support/house.js';
import { StartedDesk, type Run } from '../support/started-desk.js';

const ROOT = path.resolve(__dirname, '../..');

describe('the command line, beside a desk that is running', () => {
  let house: House;
  let folder: string;

  beforeAll(async () => {
    execFileSync(process.execPath, [path.join(ROOT, 'scripts/build.mjs')]);
    folder = mkdtempSync(path.join(tmpdir(), 'punctual-cli-'));
    house = await House.open();
  }, 30_000);
  afterAll(async () => {
    await house.close();
    rmSync(folder, { recursive: true });
  });

  async function cli(...words: (string | { input: string })[]): Promise<Run> {
    const input = words.find((word) => typeof word === 'object');
    return StartedDesk.run({
      env: { DATA_DIR: path.join(folder, 'data'), DATABASE_URL: house.databaseUrl },
      args: ['scripts/run.mjs', 'cli', ...words.filter((word) => typeof word === 'string')],
      ...input,
    });
  }

  it('explains itself and each of its commands', async () => {
    const [{ code, stdout }, nested] = await Promise.all([cli('--help'), cli('user', 'add', '--help')]);
    expect(code).toBe(0);
    const commands = 'migrate apply export replay backup restore user token mail doctor'.split(' ');
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(nested).toMatchObject({ code: 0, stdout: expect.stringContaining('--role <role>') });
  }, 30_000);

  it('lets people in, and gives programs a key that works', async () => {
    const added = await cli('user', 'add', 'mia@example.com', '--name', 'Mia', '--role', 'manager');
    expect(added.stderr).toBe('');
    expect(added.stdout).toMatch(/^mia@example\.com may sign in as manager\.\nPassword: [\w-]{20}\n$/);

    const [again, token] = await Promise.all([
      cli('user', 'add', 'mia@example.com'),
      cli('token', 'add', 'mia@example.com', '--name', 'a script'),
    ]);
    expect(again).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('There is a user mia@example.com already.'),
    });

    expect(token.code).toBe(0);
    expect((await house.apiWith(token.stdout.trim()).get('/tickets')).status).toBe(200);
  }, 30_000);

  it('examines the desk, and fails when something is wrong', async () => {
    const well = await cli('doctor');
    expect(well.stdout).not.toContain('WRONG   tables');
    expect(well.stdout).toMatch(/^ok {6}database +PostgreSQL 18\./m);
    expect(well.stdout).toMatch(/^WRONG {3}admin +nobody can sign in as admin/m);
    expect(well.stdout).toMatch(/^WRONG {3}emergency contact +nobody will be reached/m);
    expect(well).toMatchObject({ code: 1, stderr: '2 things need attention.\n' });

    await cli('user', 'add', 'adam@example.com', '--role', 'admin');
    await house.transaction((tx) => house.get(EmergencyContact).set(tx, { email: 'night@example.com' }));
    // An address alone is not enough: somebody must have proven that a call gets through.
    expect(await cli('doctor')).toMatchObject({ code: 1, stderr: 'One thing needs attention.\n' });
    // Nor is a proof by mail that never left the house.
    await house.transaction((tx) => house.get(MethodVerification).trust(tx, 'Emergency contact'));
    expect(await cli('doctor')).toMatchObject({ code: 1, stderr: 'One thing needs attention.\n' });
    await house.transaction(async (tx) => {
      const methods = [{ kind: 'webhook' as const, url: 'https://night.example.com/call' }];
      await house.get(Responders).save(tx, { name: 'Emergency contact', methods });
      await house.get(MethodVerification).trust(tx, 'Emergency contact');
    });
    expect(await cli('doctor')).toMatchObject({ code: 0, stderr: '' });
  }, 60_000);

  it('writes a backup while the desk goes on, over nothing that is there', async () => {
    const file = path.join(folder, 'desk.backup');
    const written = await cli('backup', file);
    expect(written).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+ rows are in /) });
    expect(written.stderr).toContain('Backing up 100 %');
    expect(statSync(file).size).toBeGreaterThan(100);
    expect(await cli('backup', file)).toEqual({ code: 1, stdout: '', stderr: `${file} exists already.\n` });
  }, 30_000);

  it("takes a mail from a mail server's pipe, and says by its exit code what became of it", async () => {
    const mail = 'From: Carl <carl@example.com>\nSubject: From the pipe\n\nIt does not print.\n';
    const taken = await cli('mail', 'deliver', { input: mail });
    expect(taken).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Kept as [\w-]{36}\.\n$/), stderr: '' });
    expect(
      await house.query(`select channel, envelope_from, convert_from(raw, 'UTF8') as raw from inbound_mail`),
    ).toEqual([{ channel: 'pipe', envelope_from: 'carl@example.com', raw: mail }]);

    const unknown = await cli('mail', 'deliver', '--to', 'nobody@example.com', { input: mail });
    expect(unknown).toEqual({ code: 67, stdout: '', stderr: 'There is no mailbox nobody@example.com here.\n' });
  }, 30_000);

  it('says what it does not understand', async () => {
    expect(await cli('dance')).toEqual({ code: 1, stdout: '', stderr: "error: unknown command 'dance'\n" });
  }, 30_000);
});

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ImapIntake } from '../../src/mail/inbound/imap-intake.js';
import { MailLog } from '../../src/mail/mail-log.js';
import { letterFromCarl, mail, PostOffice } from '../contexts/mail/post-office.js';
import { accountOf, dovecot, fetches, MailProgram, stateOf, until } from './account.js';

interface Stored {
  readonly raw: Buffer;
  readonly channel: string;
  readonly receivedAt: Date;
  readonly to: string[];
  readonly from: string | null;
  readonly state: string;
  readonly outcome: string | null;
  readonly reason: string | null;
}

describe('mail of an IMAP account', () => {
  let office: PostOffice;
  let program: MailProgram;
  let user: string;

  beforeEach(async () => {
    office = await PostOffice.open();
    user = `user${randomBytes(6).toString('hex')}`;
    program = await MailProgram.open(user);
  });
  afterEach(async () => {
    await office.close();
    await program.close();
  });

  const look = (): Promise<void> => office.get(ImapIntake).look();
  const stored = (): Promise<Stored[]> =>
    office.query(
      `select raw, channel, received_at as "receivedAt", envelope_to as to, envelope_from as from, state, outcome, reason
       from inbound_mail order by number`,
    );
  const untilStored = (count: number): Promise<Stored[]> =>
    until(`${count} mails`, async () => {
      const rows = await stored();
      return rows.length >= count && rows;
    });
  const untilSeen = (uid: number): Promise<true> =>
    until(`message ${uid} marked as read`, async () => (await program.messages()).get(uid)?.has('\\Seen') === true);
  const letter = (id: string): Buffer => mail(letterFromCarl({ id }));

  it('is taken byte for byte, dated by the server, marked as read there, and read here', async () => {
    const at = new Date('2026-05-30T08:15:00Z');
    const raw = Buffer.concat([
      mail('Return-Path: <bounce@example.com>\n'),
      letter('one'),
      Buffer.from([0xe4, 0xff, 13, 10]),
    ]);
    const uid = await program.append(raw, { at });
    await fetches(office, accountOf(user));
    await look();
    const [row] = await untilStored(1);
    expect(row?.raw.equals(raw)).toBe(true);
    expect(row).toMatchObject({
      channel: 'imap',
      receivedAt: at,
      to: ['support@desk.test'],
      from: 'bounce@example.com',
    });
    await untilSeen(uid);
    await office.read();
    expect(office.received.map(({ mail: { messageId, mailbox } }) => [messageId, mailbox])).toEqual([
      ['<one@example.com>', 'support@desk.test'],
    ]);
    expect(await stateOf(office)).toMatchObject({ state: 'connected', user, folder: 'INBOX', lastError: null });
  });

  it('is taken as soon as the server has it, also what somebody reads at once; of old mail only what is unread', async () => {
    await program.append(letter('old and read'), { flags: ['\\Seen'] });
    const unread = await program.append(letter('old and unread'));
    await fetches(office, accountOf(user));
    await look();
    await untilSeen(unread);
    // No one looks from here on: it is the server that tells.
    const read = await program.append(letter('new and read'), { flags: ['\\Seen'] });
    await untilStored(2);
    const last = await program.append(letter('new'));
    await untilSeen(last);
    const ids = (await stored()).map(({ raw }) => /Message-ID: <(.*)@/.exec(raw.toString())?.[1]);
    expect(ids).toEqual(['old and unread', 'new and read', 'new']);
    expect(read).toBeLessThan(last);
  });

  it('is taken once, though we died before the server learned of it', async () => {
    const uid = await program.append(letter('one'));
    await fetches(office, accountOf(user));
    await look();
    await untilSeen(uid);
    await office.get(ImapIntake).onApplicationShutdown();
    // As it stands between the commit and the flag.
    await program.client.messageFlagsRemove(String(uid), ['\\Seen'], { uid: true });
    await office.query('update imap_message set settled = false');
    await look();
    await untilSeen(uid);
    await until('the note', async () => (await office.query('select from imap_message where settled')).length === 1);
    expect(await stored()).toHaveLength(1);
  });

  it('is taken once, though somebody marks it as unread again', async () => {
    const uid = await program.append(letter('one'));
    await fetches(office, accountOf(user));
    await look();
    await untilSeen(uid);
    await program.client.messageFlagsRemove(String(uid), ['\\Seen'], { uid: true });
    const next = await program.append(letter('two'));
    await untilSeen(next);
    expect(await stored()).toHaveLength(2);
  });

  it('has one effect, though the server counts anew', async () => {
    const uid = await program.append(letter('one'));
    await fetches(office, accountOf(user));
    await look();
    await untilSeen(uid);
    await office.get(ImapIntake).onApplicationShutdown();
    await office.read();
    await program.client.messageFlagsRemove(String(uid), ['\\Seen'], { uid: true });
    await program.close();
    // Dovecot's list of numbers begins with the UIDVALIDITY; its index, which repeats that, it can make anew.
    const folder = path.join(dovecot.folder, 'mail', user);
    for (const file of readdirSync(folder).filter((name) => name.startsWith('dovecot.')))
      rmSync(path.join(folder, file));
    const list = path.join(folder, 'dovecot-uidlist');
    writeFileSync(list, readFileSync(list, 'utf8').replace(/ V\d+/, ' V1234567890'));
    program = await MailProgram.open(user);
    await look();
    await untilStored(2);
    await office.read();
    expect((await stored()).map(({ outcome }) => outcome)).toEqual(['opened', 'duplicate']);
    expect(office.received).toHaveLength(1);
  });

  it.each([
    ['moved', { afterwards: 'move', moveTo: 'Taken by the desk' } as const, 1],
    ['deleted', { afterwards: 'delete' } as const, 0],
  ])('is %s where the account says so, read or unread', async (_what, more, kept) => {
    await program.append(letter('one'), { flags: ['\\Seen'] });
    await program.append(letter('two'));
    await fetches(office, accountOf(user, more));
    await look();
    await until('an empty folder', async () => (await program.messages()).size === 0);
    expect(await stored()).toHaveLength(2);
    if (kept === 0) return;
    const archive = await MailProgram.open(user, 'Taken by the desk');
    expect((await archive.messages()).size).toBe(2);
    await archive.close();
  });

  it('that is too large is put in the quarantine with its header, and stays where it was', async () => {
    const large = Buffer.concat([letter('large'), Buffer.alloc(36 * 1024 * 1024, 'x'.repeat(70) + '\r\n')]);
    const uid = await program.append(large);
    const small = await program.append(letter('small'));
    await fetches(office, accountOf(user, { afterwards: 'delete' }));
    await look();
    await until('the small one', async () => !(await program.messages()).has(small));
    expect((await program.messages()).has(uid)).toBe(true);
    const [row] = await stored();
    expect(row).toMatchObject({
      state: 'quarantined',
      reason: expect.stringMatching(/^It has 37 MB; 35 MB are taken.*INBOX/),
    });
    const { items } = await office.get(MailLog).list({ outcome: 'quarantined' });
    expect(items[0]).toMatchObject({
      subject: 'Printer on fire',
      from: { email: 'carl@example.com', name: 'Carl Customer' },
    });
    const retry = office.transaction((tx) => office.get(MailLog).retry(tx, items[0]?.id ?? ''));
    await expect(retry).rejects.toThrow('Only its header is here');
  });
});

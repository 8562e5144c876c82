import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { Dns } from '../../../src/mail/dns.js';
import { DkimKeys } from '../../../src/mail/dkim-keys.js';
import { checkSender } from '../../../src/mail/inbound/senders/check-sender.js';
import { Mailboxes } from '../../../src/mail/mailboxes.js';
import { Postman } from '../../../src/mail/postman.js';
import { PostOffice, SUPPORT } from './post-office.js';

describe('letters on their way out', () => {
  let office: PostOffice;
  let relay: SMTPServer;
  let arrived: { raw: Buffer; to: string[] }[];

  beforeEach(async () => {
    arrived = [];
    relay = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData(stream, { envelope }, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          arrived.push({ raw: Buffer.concat(chunks), to: envelope.rcptTo.map(({ address }) => address) });
          done();
        });
      },
    });
    relay.listen(0, '127.0.0.1');
    await once(relay.server, 'listening');
    office = await PostOffice.open({ SMTP_URL: `smtp://127.0.0.1:${(relay.server.address() as AddressInfo).port}` });
    office.now.hold(office.now.read());
  });
  afterEach(async () => {
    await office.close();
    await new Promise<void>((closed) => {
      relay.close(closed);
    });
  });

  const post = (email = 'carl@example.com', more: { urgent?: true } = {}): Promise<{ id: string }> =>
    office.transaction((tx) =>
      office
        .get(Postman)
        .post(tx, { words: { subject: 'Hello', text: 'Hello.\n.\nBye.' }, to: [{ email, name: '' }], ...more }),
    );
  const states = (): Promise<{ state: string; attempts: number; paced: boolean }[]> =>
    office.query('select state, attempts, paced from outgoing_mail order by number');

  it('are signed by a key of their domain, as soon as DNS shows it, and no longer', async () => {
    const keys = office.get(DkimKeys);
    const key = await office.transaction((tx) => keys.make(tx, 'Desk.Test'));
    expect(key).toMatchObject({
      domain: 'desk.test',
      verifiedAt: null,
      record: { value: expect.stringMatching(/^v=DKIM1; k=rsa; p=MII/) },
    });
    expect(key.record.name).toBe(`${key.selector}._domainkey.desk.test`);
    const records = new Map<string, string[]>();
    const dns = (name: string): Promise<unknown[]> => {
      const texts = records.get(name);
      return texts === undefined
        ? Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }))
        : // DNS cuts long texts into pieces.
          Promise.resolve(texts.map((text) => text.match(/.{1,255}/g)));
    };
    office.get(Dns).use(dns);

    expect(await keys.check('desk.test')).toMatchObject({
      verifiedAt: null,
      fault: `DNS has no TXT record at ${key.record.name} yet.`,
    });
    records.set(key.record.name, ['v=DKIM1; p=somethingelse']);
    expect(await keys.check('desk.test')).toMatchObject({
      verifiedAt: null,
      fault: expect.stringContaining('another key'),
    });
    await post();
    await office.deliver();

    records.set(key.record.name, [key.record.value]);
    office.passSeconds(2 * 3_600);
    expect(await keys.sweep()).toBe(1);
    expect(await keys.sweep()).toBe(0);
    expect((await keys.all())[0]).toMatchObject({
      fault: null,
      verifiedAt: office.now.read(),
    });
    await post();
    await office.deliver();

    const verdicts = await Promise.all(
      arrived.map(({ raw }) => checkSender({ raw, from: SUPPORT, client: null }, (name) => dns(name))),
    );
    expect(verdicts.map(({ dkim }) => dkim)).toEqual(['none', 'pass']);

    records.delete(key.record.name);
    expect(await keys.check('desk.test')).toMatchObject({ verifiedAt: null });
    await post();
    await office.deliver();
    expect(arrived.at(-1)?.raw.toString()).not.toContain('DKIM-Signature');
  });

  it('go on being signed while DNS does not answer', async () => {
    const keys = office.get(DkimKeys);
    const key = await office.transaction((tx) => keys.make(tx, 'desk.test'));
    office.get(Dns).use(() => Promise.resolve([[key.record.value]]));
    await keys.check('desk.test');
    office.get(Dns).use(() => Promise.reject(Object.assign(new Error('too late'), { code: 'ETIMEOUT' })));
    const checked = await keys.check('desk.test');
    expect(checked.verifiedAt).not.toBeNull();
    expect(checked.fault).toContain('does not answer');
  });

  it('have keys that are sealed, for domains of ours alone', async () => {
    const keys = office.get(DkimKeys);
    await office.transaction((tx) => keys.make(tx, 'desk.test'));
    const [row] = await office.query('select * from dkim_key');
    expect(JSON.stringify(row)).not.toContain('PRIVATE KEY');
    expect(JSON.stringify(await keys.all())).not.toContain('PRIVATE');
    await expect(office.transaction((tx) => keys.make(tx, 'example.com'))).rejects.toThrow('No mailbox');
    await office.transaction((tx) => keys.remove(tx, 'desk.test'));
    expect(await keys.all()).toEqual([]);
  });

  it('leave at the mailbox’s pace, in their order, and each turn is no try', async () => {
    await office.transaction((tx) => office.get(Mailboxes).save(tx, { address: SUPPORT, sendPerMinute: 30 }, 'test'));
    office.passSeconds(5);
    for (let letter = 0; letter < 12; letter++) await post(`carl${letter}@example${letter}.com`);
    await office.deliver();
    // 12 seconds' worth at 30 a minute.
    expect(arrived).toHaveLength(6);
    expect(
      (await states()).filter(({ state, paced, attempts }) => state === 'queued' && paced && attempts === 0),
    ).toHaveLength(6);
    office.passSeconds(4.1);
    await office.deliver();
    expect(arrived).toHaveLength(8);
    office.passSeconds(8);
    await office.deliver();
    expect(arrived).toHaveLength(12);
    expect(new Set(arrived.map(({ to }) => to[0])).size).toBe(12);
    expect((await states()).every(({ state, attempts }) => state === 'sent' && attempts === 1)).toBe(true);
  });

  it('do not burst out when nobody was there to send them at their turns', async () => {
    await office.transaction((tx) => office.get(Mailboxes).save(tx, { address: SUPPORT, sendPerMinute: 30 }, 'test'));
    for (let letter = 0; letter < 20; letter++) await post(`carl${letter}@example${letter}.com`);
    await office.deliver();
    expect(arrived).toHaveLength(6);
    office.passSeconds(3600);
    await office.deliver();
    expect(arrived).toHaveLength(12);
    for (let second = 0; second < 16; second += 2) {
      office.passSeconds(2);
      await office.deliver();
    }
    expect(arrived).toHaveLength(20);
    expect((await states()).every(({ state, attempts }) => state === 'sent' && attempts === 1)).toBe(true);
  });

  it('to one domain leave at a pace of its own, and alarms wait behind nothing', async () => {
    for (let letter = 0; letter < 65; letter++) await post();
    await office.deliver();
    expect(arrived).toHaveLength(60);
    await post('elsewhere@example.net');
    await post('carl@example.com', { urgent: true });
    await office.deliver();
    expect(arrived).toHaveLength(62);
  });
});

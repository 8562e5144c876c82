import { createHash } from 'node:crypto';
import path from 'node:path';
import { BounceAddresses } from '../../../src/mail/outbound/bounce-addresses.js';
import { MailLog } from '../../../src/mail/mail-log.js';
import { Mailboxes } from '../../../src/mail/mailboxes.js';
import { letterFromCarl, mail, PostOffice } from './post-office.js';
import { SmtpClient } from './smtp-client.js';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('the SMTP intake', () => {
  let office: PostOffice;
  let port: number;
  let client: SmtpClient;

  beforeAll(async () => {
    office = await PostOffice.open();
    port = await office.startSmtp();
  });
  afterAll(() => office.close());
  beforeEach(async () => {
    await office.query('delete from inbound_mail');
    client = await SmtpClient.open(port);
  });
  afterEach(() => {
    client.close();
  });

  const stored = (): Promise<
    { sha256: string; raw: Buffer; channel: string; from: string | null; to: string[]; state: string }[]
  > =>
    office.query(
      'select sha256, raw, channel, envelope_from as from, envelope_to as to, state from inbound_mail order by received_at',
    );

  it('has the bytes, as they came, when it says 250', async () => {
    const raw = Buffer.concat([
      mail(letterFromCarl({ body: '.a line with a dot\n..and two\n.\nend' })),
      Buffer.from([0xe4, 0xff, 0x0d, 0x0a]),
    ]);
    await client.envelope();
    expect(await client.data(raw)).toMatch(/^250 /);
    const [row] = await stored();
    expect(row?.raw.equals(raw)).toBe(true);
    expect(row).toMatchObject({
      sha256: sha256(raw),
      channel: 'smtp',
      from: 'carl@example.com',
      to: ['support@desk.test'],
      state: 'pending',
    });
  });

  it('takes mail for our mailboxes, their +token forms and true bounce addresses, and nothing else', async () => {
    await office.transaction((tx) => office.get(Mailboxes).save(tx, { address: 'Sales@desk.test' }, null));
    const bounce = office.get(BounceAddresses).addressFor('4711', 'desk.test');
    const replies = await client.envelope({
      to: [
        'support@desk.test',
        'SUPPORT+Token@desk.test',
        'sales@desk.test',
        bounce.toUpperCase(),
        'bounces+guessed@desk.test',
        'nobody@desk.test',
        'support@elsewhere.test',
        'root@localhost',
      ],
    });
    expect(replies.map((reply) => reply.slice(0, 3))).toEqual([
      '250',
      '250',
      '250',
      '250',
      '250',
      '550',
      '550',
      '550',
      '550',
    ]);
  });

  it('takes the null return path', async () => {
    await client.envelope({ from: '' });
    expect(await client.data(mail(letterFromCarl()))).toMatch(/^250 /);
    expect((await stored())[0]?.from).toBeNull();
  });

  it('never stores a mail whose end has not come', async () => {
    await client.envelope();
    await client.say('DATA');
    client.write(mail(letterFromCarl()));
    client.close();
    const next = await SmtpClient.open(port);
    await next.envelope();
    expect(await next.data(mail(letterFromCarl({ id: 'next' })))).toMatch(/^250 /);
    next.close();
    expect(await stored()).toHaveLength(1);
  });

  it('takes large mails of several senders at once, byte by byte, and nothing of one that breaks off', async () => {
    const large = (id: string): Buffer =>
      mail(letterFromCarl({ id, body: `${id} ${'0123456789'.repeat(7)}\n`.repeat(40_000) }));
    const broken = await SmtpClient.open(port);
    await broken.envelope();
    await broken.say('DATA');
    broken.write(large('broken').subarray(0, 2_000_000));

    const ids = ['one', 'two', 'three'];
    const clients = await Promise.all(ids.map(() => SmtpClient.open(port)));
    const answers = await Promise.all(
      clients.map(async (one, index) => {
        await one.envelope();
        return one.data(large(ids[index] ?? ''));
      }),
    );
    expect(answers).toEqual(ids.map(() => expect.stringMatching(/^250 /) as string));
    broken.close();
    for (const one of clients) one.close();
    expect((await stored()).map((row) => row.sha256).sort()).toEqual(ids.map((id) => sha256(large(id))).sort());

    const [kept] = await office.query<{ id: string }>('select id from inbound_mail where sha256 = $1', [
      sha256(large('two')),
    ]);
    expect((await office.get(MailLog).raw(kept?.id ?? ''))?.equals(large('two'))).toBe(true);
    expect(await office.read()).toBe(3);
    expect((await stored()).map(({ state }) => state)).toEqual(['filed', 'filed', 'filed']);
  });

  it.each([
    ['a bare LF before the dot', '\n.\r\n'],
    ['bare LFs around it', '\n.\n'],
    ['a bare LF after it', '\r\n.\n'],
    ['bare CRs', '\r.\r'],
  ])('refuses an end of data that others might believe: %s', async (_what, end) => {
    await client.envelope();
    await client.say('DATA');
    client.write(
      Buffer.concat([mail(letterFromCarl()), Buffer.from(`hidden${end}MAIL FROM:<evil@example.com>\r\n.\r\n`)]),
    );
    expect(await client.reply()).toMatch(/^550 /);
    expect(await stored()).toEqual([]);
    expect(await client.say('NOOP')).toMatch(/^250 /);
  });

  it('answers 552 to what is too large, by its announced size and by its bytes', async () => {
    await client.say('EHLO client.example.com');
    expect(await client.say(`MAIL FROM:<carl@example.com> SIZE=${40 * 1024 * 1024}`)).toMatch(/^552 /);
    await client.envelope();
    const line = `${'x'.repeat(1022)}\r\n`;
    expect(await client.data(Buffer.from(line.repeat(35 * 1024 + 1)))).toMatch(/^552 /);
    expect(await stored()).toEqual([]);
  }, 30_000);

  it('answers 451 when it cannot store, and takes the same mail when it can', async () => {
    await client.envelope();
    await office.query('alter table inbound_mail rename to away');
    expect(await client.data(mail(letterFromCarl()))).toMatch(/^451 /);
    await office.query('alter table away rename to inbound_mail');
    await client.envelope();
    expect(await client.data(mail(letterFromCarl()))).toMatch(/^250 /);
    expect(await stored()).toHaveLength(1);
  });

  it('offers neither STARTTLS without a certificate nor AUTH', async () => {
    const hello = await client.say('EHLO client.example.com');
    expect(hello).not.toMatch(/STARTTLS|AUTH/);
    expect(hello).toMatch(/SIZE 36700160/);
    expect(await client.say('AUTH PLAIN AGEAYg==')).toMatch(/^5/);
  });
});

describe('the SMTP intake with a certificate', () => {
  it('speaks TLS when asked', async () => {
    const tls = path.join(__dirname, 'tls');
    const office = await PostOffice.open({
      MAIL_TLS_CERT: path.join(tls, 'cert.pem'),
      MAIL_TLS_KEY: path.join(tls, 'key.pem'),
    });
    const client = await SmtpClient.open(await office.startSmtp());
    expect(await client.say('EHLO client.example.com')).toMatch(/STARTTLS/);
    expect(await client.startTls()).toMatch(/^220 /);
    await client.envelope();
    expect(await client.data(mail(letterFromCarl()))).toMatch(/^250 /);
    client.close();
    expect(await office.query('select 1 from inbound_mail')).toHaveLength(1);
    await office.close();
  });
});

describe('the LMTP intake', () => {
  it('answers once for each recipient', async () => {
    const office = await PostOffice.open({ MAIL_PROTOCOL: 'lmtp' });
    const client = await SmtpClient.open(await office.startSmtp());
    expect(await client.say('EHLO client.example.com')).toMatch(/^5/);
    await client.envelope({ hello: 'LHLO client.example.com', to: ['support@desk.test', 'support+a@desk.test'] });
    expect(await client.data(mail(letterFromCarl()))).toMatch(/^250 /);
    expect(await client.reply()).toMatch(/^250 /);
    client.close();
    expect(await office.query('select channel from inbound_mail')).toEqual([{ channel: 'lmtp' }]);
    await office.close();
  });
});

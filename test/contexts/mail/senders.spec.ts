import { Dns } from '../../../src/mail/dns.js';
import { MailIntake, type AcceptedMail } from '../../../src/mail/mail-intake.js';
import { Mailboxes } from '../../../src/mail/mailboxes.js';
import type { Authentication } from '../../../src/mail/received-mail.js';
import { letterFromCarl, mail, PostOffice, SUPPORT } from './post-office.js';
import { dnsOf, FAR_AWAY, signedBy } from './signed-mail.js';
import { SmtpClient } from './smtp-client.js';

const TRUSTED =
  'Authentication-Results: mx.desk.test; spf=pass smtp.mailfrom=carl@example.com; dmarc=pass header.from=example.com\r\n';

describe('who a mail is from', () => {
  let office: PostOffice;
  let number = 0;

  beforeAll(async () => {
    office = await PostOffice.open();
  });
  afterAll(() => office.close());
  beforeEach(() => {
    office.get(Dns).use(dnsOf('example.com'));
  });

  const letter = (): Buffer => mail(letterFromCarl({ id: `mail-${++number}` }));
  const judged = async (raw: Buffer, more: Partial<AcceptedMail> = {}): Promise<Authentication | undefined> => {
    const { id } = await office.get(MailIntake).accept({
      ...{
        raw,
        channel: 'smtp',
        envelopeFrom: 'carl@example.com',
        envelopeTo: [SUPPORT],
        receivedAt: office.now.read(),
      },
      ...more,
    });
    await office.read();
    return (await office.log.find(id))?.authentication;
  };
  const from = (address: string): Partial<AcceptedMail> => ({ client: { address, name: 'mail.example.com' } });
  const saves = (mailbox: object): Promise<void> =>
    office
      .transaction((tx) => office.get(Mailboxes).save(tx, { address: SUPPORT, ...mailbox }, 'test'))
      .then(() => {
        office.passSeconds(5);
      });

  it('is found by the address that brought it, and by its signature, and goes up with it', async () => {
    expect(await judged(letter(), from('8.8.8.8'))).toEqual({ spf: 'pass', dkim: 'none', dmarc: 'pass' });
    expect(await judged(letter(), from(FAR_AWAY))).toEqual({ spf: 'fail', dkim: 'none', dmarc: 'fail' });
    expect(await judged(await signedBy('example.com', letter()), from(`::ffff:${FAR_AWAY}`))).toEqual({
      spf: 'fail',
      dkim: 'pass',
      dmarc: 'pass',
    });
    expect(office.received.at(-1)?.mail.authentication).toEqual({ spf: 'fail', dkim: 'pass', dmarc: 'pass' });
  });

  it.each<[string, Partial<AcceptedMail>]>([
    ['a relay in our own network', from('10.0.0.7')],
    ['this machine', from('127.0.0.1')],
    ['LMTP', { ...from('8.8.8.8'), channel: 'lmtp' }],
    ['IMAP', { channel: 'imap' }],
    ['a pipe', { channel: 'pipe' }],
    ['HTTP', { channel: 'http' }],
  ])('is told by nothing but its signature, where it came through %s', async (_way, way) => {
    expect(await judged(letter(), way)).toEqual({ spf: null, dkim: 'none', dmarc: null });
    expect(await judged(await signedBy('example.com', letter()), way)).toEqual({
      spf: null,
      dkim: 'pass',
      dmarc: 'pass',
    });
  });

  it('is told by the server that the mailbox trusts, where the mail came through it, and by no other', async () => {
    const told = (): Buffer => Buffer.concat([Buffer.from(TRUSTED), letter()]);
    expect(await judged(told(), { channel: 'imap' })).toMatchObject({ dmarc: null });
    await saves({ trustedAuthservId: 'MX.desk.test' });
    expect(await judged(told(), { channel: 'imap' })).toEqual({ spf: 'pass', dkim: null, dmarc: 'pass' });
    const second = Buffer.from(told().toString().replace('\nTo:', '\nFrom: Mallory <mallory@evil.example>\r\nTo:'));
    expect(await judged(second, { channel: 'imap' })).toMatchObject({ dmarc: 'permerror' });
    // Whoever comes to our own door can write such a line as well.
    expect(await judged(told(), from(FAR_AWAY))).toEqual({ spf: 'fail', dkim: 'none', dmarc: 'fail' });
    await saves({ trustedAuthservId: null });
  });

  it('is not looked at where the mailbox says so', async () => {
    await saves({ verifySenders: false });
    expect(await judged(await signedBy('example.com', letter()), from(FAR_AWAY))).toEqual({
      spf: null,
      dkim: null,
      dmarc: null,
    });
    await saves({ verifySenders: true });
    expect(await judged(letter(), from(FAR_AWAY))).toMatchObject({ dmarc: 'fail' });
  });

  it('is unknown while DNS does not answer, and DNS is not asked again and again', async () => {
    let asked = 0;
    office.get(Dns).use(() => {
      asked++;
      return Promise.reject(Object.assign(new Error('no answer'), { code: 'ETIMEOUT' }));
    });
    for (let mails = 0; mails < 5; mails++)
      expect(await judged(letter(), from(FAR_AWAY))).toEqual({ spf: 'temperror', dkim: 'none', dmarc: 'temperror' });
    expect(asked).toBeLessThanOrEqual(6);
  });

  it('is asked of DNS once for many mails', async () => {
    const dns = dnsOf('example.com');
    let asked = 0;
    office.get(Dns).use((name, type) => {
      asked++;
      return dns(name, type);
    });
    for (let mails = 0; mails < 5; mails++) await judged(letter(), from('8.8.8.8'));
    expect(asked).toBe(2);
  });

  it('can be looked into later: the address and the name of the client are kept with the mail', async () => {
    const client = await SmtpClient.open(await office.startSmtp());
    await client.envelope();
    await client.data(letter());
    client.close();
    const [row] = await office.query(
      'select client_address as address, client_name as name from inbound_mail order by number desc limit 1',
    );
    expect(row).toEqual({ address: '127.0.0.1', name: 'client.example.com' });
  });
});

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { BounceAddresses } from '../../../src/mail/outbound/bounce-addresses.js';
import { Mailboxes } from '../../../src/mail/mailboxes.js';
import { Outbox, type Delivery } from '../../../src/mail/outbox.js';
import { parseMail, type ParsedMail } from '../../../src/mail/inbound/reading/parse-mail.js';
import { LetterGivenUp, LetterHandedOver } from '../../../src/mail/mail-events.js';
import { EventBus } from '../../../src/platform/events/event-bus.js';
import { Postman } from '../../../src/mail/postman.js';
import type { Letter } from '../../../src/mail/letter.js';
import { DeskStore } from '../../../src/desk/desk.store.js';
import { BlobStore } from '../../../src/platform/blobs/blob-store.js';
import { PostOffice } from './post-office.js';

const CARL = { email: 'carl@example.com', name: 'Carl Customer' };
const WORDS = { subject: 'Re: Printer on fire', text: 'Is it still on fire?', html: '<p>Is it still on fire?</p>' };

const post = (office: PostOffice, letter: Letter): Promise<{ id: string; messageId: string }> =>
  office.transaction((tx) => office.get(Postman).post(tx, letter));
const delivery = async (office: PostOffice, id: string): Promise<Delivery | undefined> =>
  (await office.get(Outbox).deliveries([id])).get(id);

describe('sending without a relay', () => {
  let office: PostOffice;

  beforeAll(async () => {
    office = await PostOffice.open();
  });
  afterAll(() => office.close());

  it('captures the letter, readable in the outbox', async () => {
    const { id, messageId } = await post(office, {
      words: WORDS,
      to: [CARL],
      replyToken: 'abc',
      automatic: 'reply',
      inReplyTo: '<one@example.com>',
      references: ['<zero@example.com>'],
    });
    expect(await delivery(office, id)).toMatchObject({ state: 'queued', captured: false });
    await office.deliver();
    expect(await delivery(office, id)).toMatchObject({
      state: 'sent',
      captured: true,
      attempts: 1,
      sentAt: expect.any(Date) as Date,
    });
    expect(await office.get(Outbox).find(id)).toMatchObject({
      messageId,
      sender: { email: 'support@desk.test', name: 'Support desk' },
      recipients: [CARL],
      replyTo: 'support+abc@desk.test',
      ...WORDS,
      headers: {
        'In-Reply-To': '<one@example.com>',
        References: '<zero@example.com> <one@example.com>',
        'Auto-Submitted': 'auto-replied',
        'X-Auto-Response-Suppress': 'All',
        'X-Loop': 'support@desk.test',
      },
    });
    expect((await office.get(Outbox).list()).items[0]).toMatchObject({ id, subject: WORDS.subject });
  });

  it('leaves nothing behind when the transaction is undone', async () => {
    const before = (await office.get(Outbox).list()).items.length;
    await expect(
      office.transaction(async (tx) => {
        await office.get(Postman).post(tx, { words: WORDS, to: [CARL] });
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect((await office.get(Outbox).list()).items).toHaveLength(before);
  });

  it('writes a letter from its three templates, text unescaped, HTML escaped, subject on one line', async () => {
    const { id } = await post(office, {
      words: { template: 'test-receipt', data: { name: 'Carl <b>', subject: 'Fire\r\nBcc: victim@example.com' } },
      to: [CARL],
    });
    const letter = await office.get(Outbox).find(id);
    expect(letter?.subject).toBe('Your request "Fire Bcc: victim@example.com"');
    expect(letter?.text).toContain('Hello Carl <b>,');
    expect(letter?.html).toContain('Hello Carl &lt;b&gt;,');
  });

  it('speaks under the name and address that it is given', async () => {
    await office.transaction(async (tx) => {
      await office.get(DeskStore).save(tx, { name: 'Example Desk' });
      await office.get(Mailboxes).save(tx, { address: 'sales@desk.test', name: 'Sales' }, 'admin');
    });
    office.passSeconds(5);
    const letters = [
      await post(office, { words: WORDS, to: [CARL] }),
      await post(office, { words: WORDS, to: [CARL], mailbox: 'sales@desk.test' }),
      await post(office, {
        words: WORDS,
        to: [CARL],
        mailbox: 'evil@elsewhere.test',
        senderName: 'Ann\r\nBcc: x@example.com',
      }),
    ];
    const senders = await Promise.all(letters.map(async ({ id }) => (await office.get(Outbox).find(id))?.sender));
    expect(senders).toEqual([
      { email: 'support@desk.test', name: 'Example Desk' },
      { email: 'sales@desk.test', name: 'Sales' },
      { email: 'support@desk.test', name: 'Ann Bcc: x@example.com' },
    ]);
  });

  it('never writes to ourselves, nor to what is no address', async () => {
    const { id } = await post(office, {
      words: WORDS,
      to: [
        { email: 'support+x@desk.test', name: '' },
        { email: 'not an address', name: '' },
      ],
    });
    expect(await delivery(office, id)).toMatchObject({
      state: 'failed',
      lastError: expect.stringContaining('nobody outside the desk') as string,
    });
    expect(await office.deliver()).toBeGreaterThanOrEqual(0);
  });

  it('gives every letter an address for bounces and a Message-ID that nobody can guess', async () => {
    const letters = await Promise.all([1, 2, 3].map(() => post(office, { words: WORDS, to: [CARL] })));
    const full = await Promise.all(letters.map(({ id }) => office.get(Outbox).find(id)));
    const local = full.map((letter) => letter?.envelopeFrom.split('@')[0] ?? '');
    expect(new Set(local).size).toBe(3);
    for (const part of local) expect(part.length).toBeLessThanOrEqual(64);
    for (const letter of full) expect(office.get(BounceAddresses).open(letter?.envelopeFrom ?? '')).toMatch(/^\d+$/);
    for (const { messageId } of letters)
      expect(messageId).toMatch(/^<punctual\.[a-z2-7]{16}\.[a-z2-7]{16}@desk\.test>$/);
    const known = await office.transaction((tx) =>
      office
        .get(Outbox)
        .firstKnown(tx, ['<guess@desk.test>', letters[1]?.messageId ?? '', letters[0]?.messageId ?? '']),
    );
    expect(known?.id).toBe(letters[1]?.id);
  });
});

describe('sending through a relay', () => {
  let office: PostOffice;
  let relay: SMTPServer;
  const taken: { raw: Buffer; from: string; to: string[] }[] = [];
  let answer: Error | null = null;
  /** It turns everybody away at the door. */
  let away = false;
  /** Happens while the sender waits for the relay's answer. */
  let whileTaken = (): Promise<void> => Promise.resolve();

  beforeAll(async () => {
    relay = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      onConnect: (_session, done) => {
        done(away ? refusal(421, 'Too busy') : null);
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const mailFrom = session.envelope.mailFrom;
          taken.push({
            raw: Buffer.concat(chunks),
            from: mailFrom === false ? '' : mailFrom.address,
            to: session.envelope.rcptTo.map(({ address }) => address),
          });
          void whileTaken().then(() => {
            done(answer);
          });
        });
      },
    });
    relay.listen(0, '127.0.0.1');
    await once(relay.server, 'listening');
    office = await PostOffice.open({ SMTP_URL: `smtp://127.0.0.1:${(relay.server.address() as AddressInfo).port}` });
  });
  afterAll(async () => {
    await office.close();
    await new Promise<void>((closed) => {
      relay.close(closed);
    });
  });
  beforeEach(async () => {
    await office.query('delete from outgoing_mail');
    taken.length = 0;
    answer = null;
    away = false;
    whileTaken = () => Promise.resolve();
  });

  const refusal = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });
  const read = (raw: Buffer): ParsedMail =>
    parseMail(raw, { envelopeFrom: 'bounces+x@desk.test', envelopeTo: [] }, { addresses: [], domains: [] });

  it('sends what was written, with the envelope and the fields that bring answers and bounces home', async () => {
    const content = Buffer.from('%PDF');
    const sha256 = await office.transaction((tx) => office.get(BlobStore).put(tx, content));
    const { id, messageId } = await post(office, {
      words: { ...WORDS, subject: 'Re: Drucker brennt – „heiß“' },
      to: [{ email: 'kaethe@example.com', name: 'Käthe, Müller' }],
      cc: [CARL],
      replyToken: 'tok3n',
      inReplyTo: '<one@example.com>',
      files: [{ filename: 'Rechnung für\r\nMärz.pdf', contentType: 'application/pdf', sha256 }],
    });
    await office.deliver();
    expect(await delivery(office, id)).toMatchObject({ state: 'sent', captured: false, lastError: null });
    const [sent] = taken;
    expect(sent?.to).toEqual(['kaethe@example.com', 'carl@example.com']);
    expect(office.get(BounceAddresses).open(sent?.from ?? '')).not.toBeNull();
    const mail = read(sent?.raw ?? Buffer.alloc(0));
    expect(mail).toMatchObject({
      messageId,
      subject: 'Re: Drucker brennt – „heiß“',
      inReplyTo: ['<one@example.com>'],
      references: ['<one@example.com>'],
      from: { email: 'support@desk.test', name: 'Support desk' },
      replyTo: [{ email: 'support+tok3n@desk.test', name: 'Support desk' }],
      to: [{ email: 'kaethe@example.com', name: 'Käthe, Müller' }],
      cc: [CARL],
      text: 'Is it still on fire?',
      automatic: null,
    });
    expect(mail.files.map(({ filename, contentType }) => [filename, contentType])).toEqual([
      ['Rechnung für März.pdf', 'application/pdf'],
    ]);
    expect(
      createHash('sha256')
        .update(mail.files[0]?.content ?? '')
        .digest('hex'),
    ).toBe(sha256);
    expect(sent?.raw.toString('latin1')).toMatch(/^MIME-Version: 1\.0\r$/m);
  });

  it('tries again after 4xx, later and later, with the same Message-ID', async () => {
    answer = refusal(451, '4.3.0 Come back later');
    const { id, messageId } = await post(office, { words: WORDS, to: [CARL] });
    await office.deliver();
    const first = await delivery(office, id);
    expect(first).toMatchObject({
      state: 'queued',
      attempts: 1,
      lastError: expect.stringContaining('4.3.0 Come back later') as string,
    });
    const wait = ((first?.nextTryAt?.getTime() ?? 0) - office.now.read().getTime()) / 60_000;
    expect(wait).toBeGreaterThan(0.7);
    expect(wait).toBeLessThan(1.3);
    expect(await office.deliver()).toBe(0);

    answer = null;
    office.passSeconds(120);
    await office.deliver();
    expect(await delivery(office, id)).toMatchObject({ state: 'sent', attempts: 2 });
    expect(taken.map(({ raw }) => read(raw).messageId)).toEqual([messageId, messageId]);
    expect(taken[0]?.raw.toString('latin1').match(/^Date: .*$/m)?.[0]).toBe(
      taken[1]?.raw.toString('latin1').match(/^Date: .*$/m)?.[0],
    );
  });

  it('sends what only waited for the relay as soon as that takes a letter again', async () => {
    away = true;
    for (const connection of relay.connections as Set<{ _socket: Socket }>) connection._socket.destroy();
    const waiting = await post(office, { words: WORDS, to: [CARL] });
    for (let tries = 0; tries < 4; tries++) {
      await office.deliver();
      office.passSeconds(19 * 60);
    }
    await office.deliver();
    away = false;
    answer = refusal(451, '4.2.0 Greylisted');
    const greylisted = await post(office, { words: WORDS, to: [{ email: 'else@example.com', name: '' }] });
    await office.deliver();
    expect(await delivery(office, waiting.id)).toMatchObject({ state: 'queued', attempts: 5 });

    answer = null;
    const news = await post(office, { words: WORDS, to: [CARL] });
    await office.deliver();
    expect(await delivery(office, news.id)).toMatchObject({ state: 'sent' });
    expect(await delivery(office, waiting.id)).toMatchObject({ state: 'sent', attempts: 6 });
    expect(await delivery(office, greylisted.id)).toMatchObject({ state: 'queued', attempts: 1 });
  });

  it('gives up after two days', async () => {
    answer = refusal(451, 'never');
    const { id } = await post(office, { words: WORDS, to: [CARL] });
    for (let tries = 0; tries < 40; tries++) {
      await office.deliver();
      office.passSeconds(5 * 3_600);
    }
    expect(await delivery(office, id)).toMatchObject({ state: 'failed' });
    expect(taken.length).toBeGreaterThan(8);
  });

  it('stops at once after 5xx, and says why', async () => {
    answer = refusal(554, '5.7.1 We do not like it');
    const { id } = await post(office, { words: WORDS, to: [CARL] });
    await office.deliver();
    expect(await delivery(office, id)).toMatchObject({
      state: 'failed',
      nextTryAt: null,
      lastError: expect.stringContaining('5.7.1 We do not like it') as string,
    });
    office.passSeconds(7_200);
    expect(await office.deliver()).toBe(0);
  });

  it('sends what a process died over once its lease is over', async () => {
    const { id } = await post(office, { words: WORDS, to: [CARL] });
    await office.query('update outgoing_mail set leased_until = $1, attempts = 1', [
      new Date(office.now.read().getTime() + 300_000),
    ]);
    expect(await office.deliver()).toBe(0);
    office.passSeconds(301);
    expect(await office.deliver()).toBe(1);
    expect(await delivery(office, id)).toMatchObject({ state: 'sent' });
  });

  it('keeps a letter that calls for help from other processes for half a minute only, should this one die', async () => {
    await post(office, { words: WORDS, to: [CARL], urgent: true });
    await post(office, { words: WORDS, to: [CARL] });
    const leases: { urgent: boolean; seconds: number }[] = [];
    whileTaken = async () => {
      const seen = await office.query<{ urgent: boolean; seconds: number }>(
        `select urgent, round(extract(epoch from leased_until - $1::timestamptz))::integer as seconds from outgoing_mail
         where leased_until is not null`,
        [office.now.read()],
      );
      leases.push(...seen);
    };
    await office.deliver();
    const longest = (which: boolean): number =>
      Math.max(...leases.filter(({ urgent }) => urgent === which).map(({ seconds }) => seconds));
    expect(longest(true)).toBeGreaterThan(0);
    expect(longest(true)).toBeLessThanOrEqual(30);
    expect(longest(false)).toBeGreaterThan(30);
  });

  it('tells the house what became of a letter, once', async () => {
    const fates: string[] = [];
    office.get(EventBus).follow(LetterHandedOver, (_tx, facts) => {
      fates.push(...facts.map(({ outgoing }) => `sent ${outgoing}`));
      return Promise.resolve();
    });
    office.get(EventBus).follow(LetterGivenUp, (_tx, facts) => {
      fates.push(...facts.map(({ outgoing }) => `lost ${outgoing}`));
      return Promise.resolve();
    });
    const sent = await post(office, { words: WORDS, to: [CARL] });
    await office.deliver();
    answer = refusal(550, 'no');
    const lost = await post(office, { words: WORDS, to: [CARL] });
    await office.deliver();
    await office.deliver();
    expect(fates).toEqual([`sent ${sent.id}`, `lost ${lost.id}`]);
  });

  it('sends a letter once, though somebody who hears of it fails', async () => {
    let failing = true;
    office
      .get(EventBus)
      .follow(LetterHandedOver, () => (failing ? Promise.reject(new Error('not listening')) : Promise.resolve()));
    const { id } = await post(office, { words: WORDS, to: [CARL] });
    await office.deliver();
    office.passSeconds(3_600);
    expect(await office.deliver()).toBe(0);
    expect(taken).toHaveLength(1);
    expect(await delivery(office, id)).toMatchObject({ state: 'sent' });
    failing = false;
  });

  it('keeps machine mail from being answered by machines', async () => {
    await post(office, { words: WORDS, to: [CARL], automatic: 'notice' });
    await office.deliver();
    expect(read(taken[0]?.raw ?? Buffer.alloc(0))).toMatchObject({
      automatic: 'notice',
      noAcknowledgementBecause: expect.stringContaining('auto-generated') as string,
    });
  });
});

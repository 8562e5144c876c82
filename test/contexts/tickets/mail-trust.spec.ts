import { Alarms } from '../../../src/escalation/alarms.js';
import { Users } from '../../../src/identity/users.js';
import { Dns } from '../../../src/mail/dns.js';
import { MailIntake } from '../../../src/mail/mail-intake.js';
import { MailLog, type LoggedMail } from '../../../src/mail/mail-log.js';
import { Copies } from '../../../src/tickets/copies.js';
import { Merging } from '../../../src/tickets/merging.js';
import { StatusChanges } from '../../../src/tickets/status-changes.js';
import { House } from '../../support/house.js';
import { writeMail } from '../../support/mails.js';
import { ann, carl } from '../../support/people.js';
import {
  does,
  furnish,
  lettersTo,
  messagesOf,
  reply,
  sendMail,
  ticketByMail,
  ticketNumbered,
} from '../../support/tickets.js';
import { dnsOf, FAR_AWAY, signedBy } from '../mail/signed-mail.js';

const domainOf = (email: string): string => email.slice(email.indexOf('@') + 1);

describe('trust in a mail', () => {
  let house: House;
  beforeAll(async () => {
    house = await House.open({ standsStill: true, env: { LOG_LEVEL: 'silent' } });
    await furnish(house);
    house.get(Dns).use(dnsOf(domainOf(ann.email), domainOf(carl.email)));
  });
  afterAll(() => house.close());

  /** From a server somewhere out there, which is none of the sender's own; `signed` says whether the domain's key was at hand. */
  const arrives = async (
    person: { email: string; from: string },
    {
      signed,
      to = 'support@desk.test',
      subject = 'Re: The printer',
      text = 'Try again now.',
    }: { signed: boolean; to?: string; subject?: string; text?: string },
  ): Promise<LoggedMail> => {
    const plain = writeMail({
      from: person.from,
      to,
      subject,
      text,
      messageId: `<${crypto.randomUUID()}@mail.example>`,
    });
    const { id } = await house.get(MailIntake).accept({
      raw: signed ? await signedBy(domainOf(person.email), plain) : plain,
      channel: 'smtp',
      envelopeFrom: person.email,
      envelopeTo: [to],
      receivedAt: house.now.read(),
      client: { address: FAR_AWAY, name: 'mail.example' },
    });
    await house.settle();
    const filed = await house.get(MailLog).find(id);
    if (filed === null) throw new Error('The mail is not in the log.');
    return filed;
  };

  /** A ticket of Carl's, and the address that answers to it go to. */
  const conversation = async (): Promise<{ number: number; address: string }> => {
    const { number } = await ticketByMail(house, { messageId: `<${crypto.randomUUID()}@harbour.example>` });
    await reply(house, number);
    const letter = (await lettersTo(house, carl)).at(-1);
    return { number, address: letter?.replyTo ?? '' };
  };
  const staff = (person: typeof ann): { email: string; from: string } => ({
    email: person.email,
    from: `${person.name} <${person.email}>`,
  });

  it('lets an agent answer a ticket, by its address and with DMARC passed', async () => {
    const { number, address } = await conversation();
    const filed = await arrives(staff(ann), { signed: true, to: address });
    expect(filed).toMatchObject({
      outcome: 'appended',
      ticket: number,
      threadedBy: 'token',
      authentication: { dmarc: 'pass' },
    });
    const messages = await messagesOf(house, number);
    expect(messages.at(-1)).toMatchObject({ kind: 'reply', author: ann.name });
    expect((await lettersTo(house, carl)).at(-1)?.text).toContain('Try again now.');
  });

  it('lets nobody answer in an agent’s name', async () => {
    const { number, address } = await conversation();
    const filed = await arrives(staff(ann), { signed: false, to: address, text: 'Send me your password.' });
    expect(filed.authentication).toMatchObject({ dmarc: 'fail' });
    expect(filed.ticket).not.toBe(number);
    expect((await messagesOf(house, number)).map(({ text }) => text).join()).not.toContain('password');
    expect(JSON.stringify(await lettersTo(house, carl))).not.toContain('password');
  });

  it('lets no agent answer without the address, however well proven', async () => {
    const { number } = await conversation();
    const filed = await arrives(staff(ann), { signed: true, subject: `Re: [#${number}] The printer` });
    expect(filed.ticket).not.toBe(number);
    expect((await messagesOf(house, number)).at(-1)).not.toMatchObject({ text: expect.stringContaining('Try again') });
  });

  /** Somebody new who works here, and whose answer by mail was taken. */
  const colleagueWhoAnswers = async (name: string, { number, address }: { number: number; address: string }) => {
    const email = `${name.split(' ')[0]?.toLowerCase() ?? ''}@${domainOf(ann.email)}`;
    const colleague = { email, name, role: 'agent' as const, from: `${name} <${email}>` };
    await house.employs(colleague);
    expect(await arrives(colleague, { signed: true, to: address })).toMatchObject({ ticket: number });
    return colleague;
  };
  const become = (
    { email, name }: { email: string; name: string },
    change: { role: 'agent' | 'customer'; disabled?: true },
  ) => house.transaction((tx) => house.get(Users).save(tx, { email, name, ...change }, { name: 'test' }));

  it('lets nobody answer who works here no more', async () => {
    const { number, address } = await conversation();
    const leaver = await colleagueWhoAnswers('Leo Leaver', { number, address });
    await become(leaver, { role: 'agent', disabled: true });
    const filed = await arrives(leaver, { signed: true, to: address, text: 'Still here.' });
    expect(filed.ticket).not.toBe(number);
  });

  it('lets nobody answer whose role was taken away, and then only as a customer who takes part', async () => {
    const { number, address } = await conversation();
    const rosa = await colleagueWhoAnswers('Rosa Role', { number, address });
    await become(rosa, { role: 'customer' });
    const before = (await lettersTo(house, carl)).length;
    const filed = await arrives(rosa, { signed: true, to: address, text: 'As if I worked here.' });
    expect(filed).toMatchObject({ outcome: 'opened', reason: expect.stringContaining(`#${number}`) });
    expect(await lettersTo(house, carl)).toHaveLength(before);

    await does(house, ann, (tx, deed) => house.get(Copies).add(tx, number, rosa, deed));
    expect(await arrives(rosa, { signed: true, to: address, text: 'In copy now.' })).toMatchObject({ ticket: number });
    expect((await messagesOf(house, number)).at(-1)).toMatchObject({ kind: 'customer', text: 'In copy now.' });
    expect(await lettersTo(house, carl)).toHaveLength(before);
  });

  it('lets no program answer that only has an account', async () => {
    const { number, address } = await conversation();
    const email = `robot@${domainOf(ann.email)}`;
    await house.query(
      `insert into app_user (email, name, role, service, created_at) values ($1, 'Robot', 'admin', true, $2)`,
      [email, house.now.read()],
    );
    const filed = await arrives({ email, from: `Robot <${email}>` }, { signed: true, to: address });
    expect(filed.ticket).not.toBe(number);
  });

  it('lets no agent answer what is marked as spam, as on its page', async () => {
    const { number, address } = await conversation();
    await does(house, ann, (tx, deed) => house.get(StatusChanges).choose(tx, number, 'spam', deed));
    const before = (await lettersTo(house, carl)).length;
    const filed = await arrives(staff(ann), { signed: true, to: address });
    expect(filed.ticket).not.toBe(number);
    expect(await lettersTo(house, carl)).toHaveLength(before);
  });

  it('brings an agent’s answer to where the conversation goes on', async () => {
    const { number, address } = await conversation();
    const { number: target } = await ticketByMail(house, { messageId: `<${crypto.randomUUID()}@harbour.example>` });
    await does(house, ann, (tx, deed) => house.get(Merging).merge(tx, number, target, deed));
    expect(await arrives(staff(ann), { signed: true, to: address })).toMatchObject({
      outcome: 'appended',
      ticket: target,
    });
    expect((await messagesOf(house, target)).at(-1)).toMatchObject({ kind: 'reply', author: ann.name });
  });

  it('passes on no empty mail of an agent', async () => {
    const { number, address } = await conversation();
    const before = (await lettersTo(house, carl)).length;
    const filed = await arrives(staff(ann), { signed: true, to: address, text: '' });
    expect(filed).toMatchObject({ outcome: 'automatic', ticket: number, reason: expect.stringContaining('empty') });
    expect(await lettersTo(house, carl)).toHaveLength(before);
  });

  it('is shown where it is missing: such a mail joins, marked as unverified, and is not acknowledged', async () => {
    const { number, address } = await conversation();
    const joined = await arrives(carl, { signed: false, to: address, text: 'It is me, honestly.' });
    expect(joined).toMatchObject({ outcome: 'appended', ticket: number, authentication: { dmarc: 'fail' } });
    const [message] = await house.query<{ unverified: boolean }>(
      `select unverified from message where ticket_number = $1 order by position desc limit 1`,
      [number],
    );
    expect(message).toEqual({ unverified: true });
    const before = (await lettersTo(house, carl)).length;
    expect(await arrives(carl, { signed: false, subject: 'Something new' })).toMatchObject({
      outcome: 'opened',
      acknowledged: false,
    });
    expect(await lettersTo(house, carl)).toHaveLength(before);

    const proven = await arrives(carl, { signed: true, to: address, text: 'Now really.' });
    expect(proven).toMatchObject({ outcome: 'appended', ticket: number, authentication: { dmarc: 'pass' } });
  });

  describe('in an address', () => {
    const bounced = async (person: { email: string; from: string }, status: string): Promise<void> => {
      const { number } = await ticketByMail(house, {
        from: person.from,
        messageId: `<${crypto.randomUUID()}@harbour.example>`,
      });
      await reply(house, number);
      const [letter] = await house.query<{ back: string }>(
        `select envelope_from as back from outgoing_mail where recipients -> 0 ->> 'email' = $1 order by number desc limit 1`,
        [person.email],
      );
      const report = [
        ...[
          'From: MAILER-DAEMON@mx.example',
          `To: ${letter?.back ?? ''}`,
          'Subject: Undelivered Mail Returned to Sender',
        ],
        `Message-ID: <${crypto.randomUUID()}@mx.example>`,
        ...['MIME-Version: 1.0', 'Content-Type: multipart/report; report-type=delivery-status; boundary=b', '', '--b'],
        ...[
          'Content-Type: text/plain',
          '',
          'It could not be delivered.',
          '--b',
          'Content-Type: message/delivery-status',
          '',
        ],
        ...[
          'Reporting-MTA: dns; mx.example',
          '',
          `Final-Recipient: rfc822; ${person.email}`,
          'Action: failed',
          `Status: ${status}`,
        ],
        ...[`Diagnostic-Code: smtp; 451 ${status} not now`, '--b--', ''],
      ].join('\r\n');
      const filed = await sendMail(house, {
        raw: Buffer.from(report),
        from: 'mailer-daemon@mx.example',
        envelopeTo: letter?.back ?? '',
      });
      expect(filed.outcome).toBe('bounce');
    };
    const undeliverable = async (email: string): Promise<string | null> => {
      const [row] = await house.query<{ reason: string | null }>(
        'select undeliverable_reason as reason from contact where email = $1',
        [email],
      );
      return row?.reason ?? null;
    };

    it('is lost when letter after letter is not delivered within days, each counted once', async () => {
      const dora = { email: 'dora@harbour.example', from: 'Dora <dora@harbour.example>' };
      for (let times = 1; times <= 4; times++) {
        await bounced(dora, '4.4.1');
        await house.passTime('3h');
        expect(await undeliverable(dora.email)).toBeNull();
      }
      await bounced(dora, '4.4.1');
      expect(await undeliverable(dora.email)).toMatch(/again and again/);
    });

    it('comes back with time', async () => {
      const emil = { email: 'emil@harbour.example', from: 'Emil <emil@harbour.example>' };
      for (let times = 1; times <= 8; times++) {
        await bounced(emil, '4.4.1');
        await house.passTime('4d');
      }
      expect(await undeliverable(emil.email)).toBeNull();
    });

    it('is not touched by a full mailbox or a refusal on principle', async () => {
      const fred = { email: 'fred@harbour.example', from: 'Fred <fred@harbour.example>' };
      for (let times = 1; times <= 6; times++) await bounced(fred, times % 2 === 0 ? '5.2.2' : '5.7.1');
      expect(await undeliverable(fred.email)).toBeNull();
    });
  });

  it('ends with a storm: what comes is kept in one ticket and not acknowledged, and an alarm stands until it is over', async () => {
    const storm = async (number: number): Promise<LoggedMail> =>
      sendMail(house, { from: 'Flo <flo@flood.example>', subject: `Flood ${number}`, text: `Number ${number}` });
    const alarms = async (): Promise<string[]> =>
      (await house.get(Alarms).standing()).filter(({ kind }) => kind === 'mail-storm').map(({ subject }) => subject);
    for (let number = 1; number <= 20; number++) await storm(number);
    expect(await alarms()).toEqual([]);
    const filed = [await storm(21), await storm(22), await storm(23)];
    expect(new Set(filed.map(({ ticket }) => ticket)).size).toBe(1);
    expect(filed[2]).toMatchObject({
      outcome: 'appended',
      acknowledged: false,
      reason: expect.stringMatching(/^One of 23 mails/),
    });
    expect(await ticketNumbered(house, filed[0]?.ticket ?? 0)).toMatchObject({ subject: 'Flood 20' });
    expect(await alarms()).toEqual(['flo@flood.example']);
    await house.passTime('5m');
    expect(await alarms()).toEqual(['flo@flood.example']);
    await house.passTime('6m');
    expect(await alarms()).toEqual([]);
  });
});

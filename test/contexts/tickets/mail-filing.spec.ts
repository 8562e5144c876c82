import { House } from '../../support/house.js';
import { ann, carl, cleo, sam } from '../../support/people.js';
import { addressOf, writeMail } from '../../support/mails.js';
import {
  answer,
  does,
  furnish,
  historyOf,
  lettersTo,
  messagesOf,
  reply,
  sendMail,
  ticketByForm,
  ticketByMail,
  ticketNumbered,
} from '../../support/tickets.js';
import { MailIntake } from '../../../src/mail/mail-intake.js';
import { MailLog } from '../../../src/mail/mail-log.js';
import { Merging } from '../../../src/tickets/merging.js';
import { ReplyTokens } from '../../../src/tickets/reply-tokens.js';

describe('a mail', () => {
  let house: House;
  beforeAll(async () => {
    house = await House.open();
    await furnish(house);
  });
  afterAll(async () => {
    await house.close();
  });

  /** A ticket of Carl's that Ann has answered, and her letter. */
  const conversation = async () => {
    const { number } = await ticketByMail(house, { messageId: `<${crypto.randomUUID()}@harbour.example>` });
    await reply(house, number);
    const letter = (await lettersTo(house, carl)).at(-1);
    if (!letter) throw new Error('Ann’s reply left no letter.');
    return { number, letter };
  };

  describe('from a customer', () => {
    it('opens a ticket that begins with the moment it was accepted', async () => {
      const before = house.now.read();
      const filed = await sendMail(house, { subject: 'Lobby lamp', text: 'It flickers.\n\nRegards\nCarl' });
      const after = house.now.read();
      expect(filed).toMatchObject({ outcome: 'opened', threadedBy: null, threadedTo: null });
      const ticket = await ticketNumbered(house, filed.ticket ?? 0);
      expect(ticket).toMatchObject({ subject: 'Lobby lamp', status: 'new', level: 'L3', channel: 'mail' });
      expect(ticket.createdAt).toEqual(new Date(filed.receivedAt));
      expect(ticket.createdAt >= before && ticket.createdAt <= after).toBe(true);
      const [message] = await messagesOf(house, ticket.number);
      expect(message).toMatchObject({
        kind: 'customer',
        author: 'Carl Customer',
        text: expect.stringContaining('It flickers.'),
      });
    });

    it('is judged by the rules', async () => {
      expect((await ticketByMail(house, { subject: 'Booking is DOWN' })).level).toBe('L1');
    });

    it('keeps its files', async () => {
      const raw = Buffer.from(
        [
          `From: ${carl.from}`,
          'To: support@desk.test',
          'Subject: A picture',
          'Message-ID: <picture@harbour.example>',
          'Date: Mon, 01 Jun 2026 10:00:00 +0000',
          'MIME-Version: 1.0',
          'Content-Type: multipart/mixed; boundary=b',
          '',
          '--b',
          'Content-Type: text/plain',
          '',
          'See the picture.',
          '--b',
          'Content-Type: image/png',
          'Content-Disposition: attachment; filename="../../lamp.png"',
          'Content-Transfer-Encoding: base64',
          '',
          'iVBORw0KGgo=',
          '--b--',
          '',
        ].join('\r\n'),
      );
      const filed = await sendMail(house, { raw });
      const files = await house.query(
        `select filename, content_type, attachment.size, blob.content from attachment join message on message.id = message_id
         join blob using (sha256) where ticket_number = $1`,
        [filed.ticket],
      );
      expect(files).toEqual([
        { filename: 'lamp.png', content_type: 'image/png', size: 8, content: Buffer.from('iVBORw0KGgo=', 'base64') },
      ]);
    });

    it('with NUL and half characters in it is still a ticket', async () => {
      const filed = await sendMail(house, { subject: 'Odd \u0000 signs', text: 'A \u0000 NUL and text' });
      expect(filed.outcome).toBe('opened');
    });
  });

  describe('that answers ours', () => {
    it('joins by the token in our address', async () => {
      const { number, letter } = await conversation();
      const filed = await answer(house, letter, {
        subject: 'Something else',
        headers: { 'In-Reply-To': '', References: '' },
      });
      expect(filed).toMatchObject({ outcome: 'appended', ticket: number, threadedBy: 'token', threadedTo: null });
      expect((await messagesOf(house, number)).map(({ kind }) => kind)).toEqual(['customer', 'reply', 'customer']);
    });

    it('joins by the token whatever became of its letters’ case', async () => {
      const { number, letter } = await conversation();
      const to = (letter.replyTo ?? '').replace(/\+.*@/, (token) => token.toUpperCase());
      expect(await answer(house, letter, { to })).toMatchObject({
        ticket: number,
        threadedBy: 'token',
        threadedTo: letter.messageId,
      });
    });

    it('joins by In-Reply-To where the token is lost', async () => {
      const { number, letter } = await conversation();
      const filed = await answer(house, letter, { to: 'support@desk.test', subject: 'Re: hello' });
      expect(filed).toMatchObject({
        outcome: 'appended',
        ticket: number,
        threadedBy: 'reference',
        threadedTo: letter.messageId,
      });
    });

    it('joins by the newest of its References that we know', async () => {
      const [older, newer] = [await conversation(), await conversation()];
      const filed = await sendMail(house, {
        subject: 'Re: hello',
        text: `Both? ${crypto.randomUUID()}`,
        headers: { References: `${older.letter.messageId} ${newer.letter.messageId} <unknown@harbour.example>` },
      });
      expect(filed).toMatchObject({
        ticket: newer.number,
        threadedBy: 'reference',
        threadedTo: newer.letter.messageId,
      });
    });

    it('joins by the number in the subject, if its sender takes part', async () => {
      const { number } = await conversation();
      const mine = await sendMail(house, { subject: `Re: printer [#${number}]`, text: 'By number' });
      expect(mine).toMatchObject({ outcome: 'appended', ticket: number, threadedBy: 'subject' });
      const theirs = await sendMail(house, { from: sam.from, subject: `Re: printer [#${number}]`, text: 'By number' });
      expect(theirs).toMatchObject({ outcome: 'opened', threadedBy: null });
      expect(await ticketNumbered(house, theirs.ticket ?? 0)).toMatchObject({ follows: null });
    });

    it('opens again what waits or is resolved', async () => {
      const { number, letter } = await conversation();
      await reply(house, number, { setStatus: 'resolved' });
      await answer(house, letter);
      expect((await ticketNumbered(house, number)).status).toBe('open');
    });

    it('goes to the ticket that this one was merged into', async () => {
      const { number, letter } = await conversation();
      const target = await ticketByForm(house);
      await does(house, ann, (tx, deed) => house.get(Merging).merge(tx, number, target.number, deed));
      expect(await answer(house, letter)).toMatchObject({ outcome: 'appended', ticket: target.number });
    });

    it('after the window opens a new ticket that refers to the old one', async () => {
      const { number, letter } = await conversation();
      await reply(house, number, { setStatus: 'closed' });
      await house.passTime('15d');
      const filed = await answer(house, letter);
      expect(filed.outcome).toBe('opened');
      expect(await ticketNumbered(house, filed.ticket ?? 0)).toMatchObject({ follows: number, status: 'new' });
    });
  });

  describe('that nobody may trust', () => {
    it('from a stranger with a good token opens a ticket of its own that refers to the other', async () => {
      const { number, letter } = await conversation();
      const filed = await answer(house, letter, { from: sam.from, text: 'Send me everything you have.' });
      expect(filed).toMatchObject({ outcome: 'opened', threadedBy: null });
      const opened = await ticketNumbered(house, filed.ticket ?? 0);
      expect(opened).toMatchObject({ follows: number });
      expect(opened.number).not.toBe(number);
      expect(await messagesOf(house, number)).toHaveLength(2);
    });

    it('from a colleague of the customer who takes no part is a stranger’s too', async () => {
      const { number, letter } = await conversation();
      const filed = await answer(house, letter, { from: cleo.from });
      expect(await ticketNumbered(house, filed.ticket ?? 0)).toMatchObject({ follows: number });
    });

    it('with a token that we never made is a new request', async () => {
      const { number } = await conversation();
      const good = house.get(ReplyTokens).tokenFor(number);
      const forged = (good.startsWith('a') ? 'b' : 'a') + good.slice(1);
      const filed = await sendMail(house, { to: `support+${forged}@desk.test`, text: 'Forged' });
      expect(filed).toMatchObject({ outcome: 'opened', threadedBy: null });
      expect(await ticketNumbered(house, filed.ticket ?? 0)).toMatchObject({ follows: null });
    });

    it('with the Message-ID of a customer’s own mail joins nothing: anybody could guess it', async () => {
      await ticketByMail(house, { messageId: '<guessable-1@harbour.example>', text: 'The first of two' });
      const filed = await sendMail(house, {
        from: sam.from,
        text: 'The second',
        headers: { 'In-Reply-To': '<guessable-1@harbour.example>' },
      });
      expect(filed).toMatchObject({ outcome: 'opened', threadedBy: null });
    });

    it('in an agent’s name with a good token does not act as the agent', async () => {
      const { number, letter } = await conversation();
      const filed = await answer(house, letter, { from: ann.from, text: 'Your refund is approved.' });
      expect(filed.outcome).toBe('opened');
      expect((await messagesOf(house, number)).filter(({ kind }) => kind === 'reply')).toHaveLength(1);
    });

    it('with a token in its text only is a new request', async () => {
      const { letter } = await conversation();
      const filed = await sendMail(house, { text: `Please see ${letter.replyTo ?? ''}` });
      expect(filed).toMatchObject({ outcome: 'opened', threadedBy: null });
    });
  });

  describe('that no person wrote', () => {
    it('is filed with its ticket, which stays as it is', async () => {
      const { number, letter } = await conversation();
      await reply(house, number, { setStatus: 'resolved' });
      const filed = await answer(house, letter, {
        subject: 'Out of office: Re: printer',
        text: 'I am on holiday.',
        headers: { 'Auto-Submitted': 'auto-replied' },
      });
      expect(filed).toMatchObject({ outcome: 'automatic', ticket: number, threadedBy: 'token', acknowledged: false });
      expect((await ticketNumbered(house, number)).status).toBe('resolved');
      expect((await historyOf(house, number)).at(-1)?.type).toBe('autoReply');
      expect((await messagesOf(house, number)).at(-1)).toMatchObject({ kind: 'automatic' });
    });

    it('and belongs nowhere opens nothing', async () => {
      const filed = await sendMail(house, {
        subject: 'Automatic reply: hello',
        text: 'I am on holiday, again.',
        headers: { 'Auto-Submitted': 'auto-replied' },
      });
      expect(filed).toMatchObject({ outcome: 'automatic', ticket: null });
    });

    it('but that tells of something opens a ticket without an acknowledgement', async () => {
      const filed = await sendMail(house, {
        from: 'Monitoring <alerts@harbour.example>',
        subject: 'Disk full',
        text: 'web-3: 98 %',
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      expect(filed).toMatchObject({ outcome: 'opened', acknowledged: false });
    });

    it('and that says our letter came back marks the address', async () => {
      const { number, letter } = await conversation();
      const bounce = [
        'From: Mail Delivery System <mailer-daemon@harbour.example>',
        `To: ${letter.envelopeFrom}`,
        'Subject: Undelivered Mail Returned to Sender',
        `Message-ID: <${crypto.randomUUID()}@harbour.example>`,
        'Auto-Submitted: auto-replied',
        'MIME-Version: 1.0',
        'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
        '',
        '--b',
        'Content-Type: text/plain',
        '',
        'The user does not exist.',
        '--b',
        'Content-Type: message/delivery-status',
        '',
        'Reporting-MTA: dns; mx.harbour.example',
        '',
        `Final-Recipient: rfc822; ${carl.email}`,
        'Action: failed',
        'Status: 5.1.1',
        'Diagnostic-Code: smtp; 550 5.1.1 No such user',
        '',
        '--b--',
        '',
      ].join('\r\n');
      const filed = await sendMail(house, { from: '<>', raw: Buffer.from(bounce), envelopeTo: letter.envelopeFrom });
      expect(filed).toMatchObject({ outcome: 'bounce', ticket: number });
      const [contact] = await house.query<{ at: Date | null; reason: string }>(
        `select undeliverable_at as at, undeliverable_reason as reason from contact where email = $1`,
        [carl.email],
      );
      expect(contact?.at).toBeInstanceOf(Date);
      expect(contact?.reason).toContain('No such user');
      await house.query(`update contact set undeliverable_at = null, undeliverable_reason = null`);
    });
  });

  describe('that a colleague forwards', () => {
    const forwarded = [
      'Can somebody look at this? He sounded upset.',
      '',
      '---------- Forwarded message ---------',
      `From: ${cleo.name} <${cleo.email}>`,
      'Date: Mon, 1 Jun 2026 at 11:00',
      'Subject: Broken lift',
      'To: Ann Agent <ann@desk.test>',
      '',
      'The lift stands still.',
    ].join('\n');

    it('is its first sender’s request, and the colleague’s words a note', async () => {
      const filed = await sendMail(house, { from: ann.from, subject: 'Fwd: Broken lift', text: forwarded });
      expect(filed).toMatchObject({ outcome: 'opened', acknowledged: false, originalSender: { email: cleo.email } });
      const ticket = await ticketNumbered(house, filed.ticket ?? 0);
      expect(ticket.subject).toBe('Broken lift');
      const messages = await messagesOf(house, ticket.number);
      expect(messages).toMatchObject([
        { kind: 'customer', author: cleo.name },
        { kind: 'note', author: ann.name, text: expect.stringContaining('He sounded upset.') },
      ]);
      expect(messages[0]?.text).toContain('The lift stands still.');
      expect(messages[0]?.text).not.toContain('upset');
      expect((await lettersTo(house, cleo)).filter(({ subject }) => subject.includes(`#${ticket.number}`))).toEqual([]);
    });

    it('forwarded by a customer is the customer’s own', async () => {
      const filed = await sendMail(house, { from: carl.from, subject: 'Fwd: Broken lift', text: forwarded });
      expect((await messagesOf(house, filed.ticket ?? 0))[0]).toMatchObject({ author: carl.name });
    });
  });

  it('that comes twice has one effect', async () => {
    const raw = writeMail({ from: carl.from, subject: 'Once', text: 'Only once', messageId: '<once@harbour.example>' });
    const first = await sendMail(house, { raw });
    const second = await sendMail(house, { raw });
    expect([first.outcome, second.outcome]).toEqual(['opened', 'duplicate']);
    expect(await house.query(`select from ticket where subject = 'Once'`)).toHaveLength(1);
  });

  it('is filed with the others that came with it, and one that cannot be filed is in nobody’s way', async () => {
    const accept = (from: string, subject: string, text: string) =>
      house.get(MailIntake).accept({
        raw: writeMail({ from, subject, text }),
        ...{ channel: 'smtp' as const, envelopeFrom: addressOf(from), envelopeTo: ['support@desk.test'] },
        receivedAt: house.now.read(),
      });
    await house.query(`alter table message add constraint no_poison check (text not like '%poison%')`);
    const accepted = [
      await accept('Pia <pia@batch.example>', 'First', 'First of all'),
      await accept('Quin <quin@batch.example>', 'Second', 'This is poison'),
      await accept('Pia <pia@batch.example>', 'Third', 'Pia once more'),
      await accept('Rosa <rosa@batch.example>', 'Fourth', 'And the last'),
    ];
    await house.settle();
    const look = async () =>
      Promise.all(
        accepted.map(async ({ id }) => {
          const mail = await house.get(MailLog).find(id);
          return `${mail?.subject ?? ''} ${mail?.outcome ?? ''} ${String(mail?.acknowledged)}`;
        }),
      );
    expect(await look()).toEqual(['First opened true', ' pending false', 'Third opened true', 'Fourth opened true']);
    const opened = await house.query<{ subject: string; messages: number }>(
      `select subject, count(message.id)::integer as messages from ticket left join message on message.ticket_number = ticket.number
       where subject in ('First', 'Second', 'Third', 'Fourth') group by ticket.number order by ticket.subject`,
    );
    expect(opened).toEqual(['First', 'Fourth', 'Third'].map((subject) => ({ subject, messages: 1 })));

    await house.query('alter table message drop constraint no_poison');
    await house.passTime('1h');
    expect((await look())[1]).toBe('Second opened true');
  });

  it('of a flood goes into one ticket', async () => {
    const tickets = new Set<number | null>();
    for (let count = 1; count <= 25; count++) {
      const filed = await sendMail(house, {
        from: 'Flo <flo@flood.example>',
        subject: `Flood ${count}`,
        text: `Number ${count}`,
      });
      tickets.add(filed.ticket);
    }
    expect(tickets.size).toBe(20);
  });

  it('leaves behind an answer of ours that is threaded as mail programs expect', async () => {
    const { number, letter } = await conversation();
    await answer(house, letter, { messageId: '<second@harbour.example>', text: 'And another thing' });
    await reply(house, number, { text: 'To that as well.' });
    const last = (await lettersTo(house, carl)).at(-1);
    expect(last?.headers['In-Reply-To']).toBe('<second@harbour.example>');
    const references = last?.headers['References']?.split(' ') ?? [];
    expect(references.at(-1)).toBe('<second@harbour.example>');
    expect(references).toContain(letter.messageId);
    expect(last?.messageId).not.toBe(letter.messageId);
  });
});

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { Undeliverable } from '../../../src/customers/undeliverable.js';
import { Mailboxes } from '../../../src/mail/mailboxes.js';
import { parseMail, type ParsedMail } from '../../../src/mail/inbound/reading/parse-mail.js';
import { Copies } from '../../../src/tickets/copies.js';
import { Queues } from '../../../src/tickets/queues.js';
import { House, STAFF_PASSWORD } from '../../support/house.js';
import { ann, carl, hire } from '../../support/people.js';
import { does, furnish, reply, sendMail, ticketByMail } from '../../support/tickets.js';
import { Visitor } from '../../support/visitor.js';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const DORA = 'dora@elsewhere.example';
const by = { name: 'the story' };

interface Carried {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly mail: ParsedMail;
}

/** What leaves, as a relay of ours gets it. */
describe('letters of tickets on the wire', () => {
  let house: House;
  let relay: SMTPServer;
  const carried: Carried[] = [];

  beforeAll(async () => {
    relay = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData(stream, { envelope }, callback) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const raw = Buffer.concat(chunks);
          carried.push({
            from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
            to: envelope.rcptTo.map(({ address }) => address),
            raw: raw.toString('latin1'),
            mail: parseMail(raw, { envelopeFrom: null, envelopeTo: [] }, { addresses: [], domains: [] }),
          });
          callback();
        });
      },
    });
    relay.listen(0, '127.0.0.1');
    await once(relay.server, 'listening');
    const { port } = relay.server.address() as AddressInfo;
    house = await House.openForBusiness({ env: { SMTP_URL: `smtp://127.0.0.1:${port}` } });
    await furnish(house);
    await hire(house);
    await house.transaction(async (tx) => {
      await house
        .get(Mailboxes)
        .save(tx, { address: 'billing@desk.test', name: 'Billing box', ownReturnPath: false }, 'x');
      await house.get(Queues).save(
        tx,
        {
          name: 'Billing',
          sender: { address: 'billing@desk.test', name: 'Acme Billing' },
          language: 'de',
          signature: 'Mit freundlichen Grüßen\n{{agent}}, {{queue}}',
          letters: {
            received: { de: { subject: 'Eingang {{number}}', text: 'Moin,\nwir haben Nr. {{number}} <b>.' } },
          },
        },
        by,
      );
    });
  });
  afterAll(async () => {
    await house.close();
    await new Promise<void>((done) => {
      relay.close(done);
    });
  });
  beforeEach(() => carried.splice(0));

  const lastTo = (email: string): Carried => {
    const found = carried.filter(({ to }) => to.includes(email)).at(-1);
    if (found === undefined) throw new Error(`Nothing went to ${email}.`);
    return found;
  };
  const copying = (number: number, email: string): Promise<void> =>
    does(house, ann, (tx, deed) => house.get(Copies).add(tx, number, { email, name: 'Dora' }, deed));
  const field = ({ raw }: Carried, name: string): string | null =>
    new RegExp(`^${name}:(.*(?:\r\n[ \t].*)*)`, 'im')
      .exec(raw)?.[1]
      ?.replace(/\r\n\s+/g, ' ')
      .trim() ?? null;

  it('go to each participant as a copy of their own, one letter to mail programs', async () => {
    const { number } = await ticketByMail(house, { messageId: '<first@harbour.example>' });
    await copying(number, DORA);
    carried.splice(0);
    await reply(house, number);
    await house.settle();

    expect(carried.map(({ to }) => to).sort()).toEqual([[carl.email], [DORA]]);
    const [toCarl, toDora] = [lastTo(carl.email), lastTo(DORA)];
    expect(toCarl.mail.messageId).toBe(toDora.mail.messageId);
    expect(toDora.mail).toMatchObject({ to: [{ email: carl.email }], cc: [{ email: DORA }] });
    expect(toCarl.mail.inReplyTo).toEqual(['<first@harbour.example>']);
    expect(toCarl.mail.references).toContain('<first@harbour.example>');
    expect(toCarl.from).toMatch(/^bounces\+[a-z2-7]+@desk\.test$/);
    expect(toCarl.from).not.toBe(toDora.from);
    expect(toCarl.mail.replyTo[0]?.email).toMatch(/^support\+[a-z2-7]{32,}@desk\.test$/);
    expect(field(toCarl, 'Auto-Submitted')).toBeNull();
    const links = [toCarl, toDora].map(({ mail }) => /http:\/\/desk\.test\/t\/\S+/.exec(mail.text)?.[0]);
    expect(new Set(links).size).toBe(2);
    // The requester cannot leave their own request; whoever is in copy can, by one click.
    expect(field(toCarl, 'List-Unsubscribe')).toBeNull();
    expect(field(toDora, 'List-Unsubscribe')).toMatch(/^<http:\/\/desk\.test\/unsubscriptions\/[a-z2-7]+>$/);
    expect(field(toDora, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
  });

  it('are joined by answers of either of them', async () => {
    const { number } = await ticketByMail(house, { subject: 'Both answer', messageId: '<both@harbour.example>' });
    await copying(number, DORA);
    await reply(house, number);
    await house.settle();
    for (const from of [carl.from, `Dora <${DORA}>`]) {
      const { messageId } = lastTo(/<(.+)>/.exec(from)?.[1] ?? '').mail;
      const filed = await sendMail(house, {
        from,
        subject: 'Re: x',
        text: 'Yes.',
        headers: { 'In-Reply-To': messageId ?? '' },
      });
      expect(filed).toMatchObject({ outcome: 'appended', ticket: number, threadedBy: 'reference' });
    }
  });

  it('end for whoever clicks, and not for whoever only looks', async () => {
    const { number } = await ticketByMail(house, { subject: 'Enough of it', messageId: '<enough@harbour.example>' });
    await copying(number, DORA);
    await reply(house, number);
    await house.settle();
    const path = new URL(field(lastTo(DORA), 'List-Unsubscribe')?.slice(1, -1) ?? '').pathname;

    const looking = await new Visitor(house).open(path);
    expect(looking.status).toBe(200);
    carried.splice(0);
    await reply(house, number);
    await house.settle();
    expect(carried.flatMap(({ to }) => to).sort()).toEqual([carl.email, DORA]);

    // A mail program has neither cookies nor a form of ours.
    const clicked = await fetch(house.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'List-Unsubscribe=One-Click',
    });
    expect(clicked.status).toBe(200);
    carried.splice(0);
    await reply(house, number);
    await house.settle();
    expect(carried.flatMap(({ to }) => to)).toEqual([carl.email]);
    expect(lastTo(carl.email).mail.cc).toEqual([]);
    expect((await fetch(`${house.url}/unsubscriptions/aaaaaaaa`, { method: 'POST' })).status).toBe(404);
  });

  it('do not go to an address that refuses mail, and the ticket says so until somebody clears it', async () => {
    const { number } = await ticketByMail(house, {
      from: 'Eve <eve@gone.example>',
      subject: 'Gone',
      text: 'Soon gone',
    });
    await house.transaction((tx) =>
      house.get(Undeliverable).mark(tx, 'eve@gone.example', { at: house.now.read(), reason: 'No such user' }),
    );
    carried.splice(0);
    await reply(house, number);
    await house.settle();
    expect(carried).toEqual([]);
    const { body } = await house.api.get(`/tickets/${number}/messages`);
    const { items } = body as { items: { kind: string; delivery: object | null }[] };
    expect(items.find(({ kind }) => kind === 'reply')?.delivery).toMatchObject({
      state: 'failed',
      error: 'eve@gone.example is not written to: No such user',
    });

    await house.employs({ ...ann, email: 'olga@desk.test', name: 'Olga' });
    const agent = new Visitor(house);
    await agent.signIn('olga@desk.test', STAFF_PASSWORD);
    const page = await agent.open(`/tickets/${number}`);
    expect(page.body).toContain('eve@gone.example is not written to any more, because mail comes back: No such user');
    await agent.send(`/tickets/${number}/deliverable`);
    await reply(house, number);
    await house.settle();
    expect(carried.map(({ to }) => to)).toEqual([['eve@gone.example']]);
  });

  it('come from their queue: its mailbox, name, language, signature and words', async () => {
    const { number } = await ticketByMail(house, {
      subject: 'Invoice',
      text: 'Number 7',
      messageId: '<7@harbour.example>',
    });
    await house.query(`update ticket set queue_id = (select id from queue where name = 'Billing') where number = $1`, [
      number,
    ]);
    carried.splice(0);
    await reply(house, number, { text: 'Bitte sehr.' });
    await house.settle();
    const letter = lastTo(carl.email);
    expect(letter.mail.from).toEqual({ email: 'billing@desk.test', name: `${ann.name} (Acme Billing)` });
    // Its relay takes no other return paths.
    expect(letter.from).toBe('billing@desk.test');
    expect(letter.mail.replyTo[0]?.email).toMatch(/^billing\+/);
    expect(letter.mail.text).toContain(`Mit freundlichen Grüßen\n${ann.name}, Billing`);
    expect(letter.mail.text).toContain(`Anfrage ${number}, der ganze Verlauf:`);
  });

  it('acknowledge in the words of the queue, with the link in any case', async () => {
    await house.query(`update rule set "then" = jsonb_set("then", '{queue}', '"Billing"')`);
    const { number } = await ticketByMail(house, { from: 'Finn <finn@north.example>', subject: 'x', text: 'y' });
    await house.settle();
    const { mail, raw } = lastTo('finn@north.example');
    expect(mail.subject).toBe(`Eingang ${number}`);
    expect(mail.text).toMatch(new RegExp(`^Moin,\\s+wir haben Nr. ${number} <b>\\.`));
    expect(mail.text).toMatch(/http:\/\/desk\.test\/t\//);
    expect(mail.html).toContain(`wir haben Nr. ${number} &lt;b&gt;.`);
    expect(raw).toMatch(/^Auto-Submitted: auto-replied/m);
    await house.query(`update rule set "then" = jsonb_set("then", '{queue}', '"Support"')`);
  });

  it('are in the language that the customer writes', async () => {
    await ticketByMail(house, {
      from: 'Gerd <gerd@sued.example>',
      subject: 'Drucker',
      text: 'Guten Tag, der Drucker ist kaputt und ich kann nicht mehr drucken. Bitte helfen Sie mir.',
    });
    await house.settle();
    const { mail } = lastTo('gerd@sued.example');
    expect(mail.subject).toContain('Ihre Anfrage ist eingegangen');
    expect(mail.text).toMatch(/Eine erste Antwort bekommen Sie bis Dienstag, 2\. Juni 2026 um \d\d:\d\d MESZ\./);
  });

  it('carry what an agent formats, pictures in their place, and the same as text', async () => {
    const { number } = await ticketByMail(house, { subject: 'Show me', messageId: '<show@harbour.example>' });
    carried.splice(0);
    const answered = await house.api.post(`/tickets/${number}/messages`, {
      kind: 'reply',
      body: 'See this:\n\nBye',
      html: `<p onclick="alert(1)">See <b>this</b>:</p><img src="data:image/png;base64,${PNG}" alt="a dot"><script>alert(2)</script><img src="data:image/svg+xml;base64,PHN2Zy8+"><p>Bye</p>`,
    });
    expect(answered.status).toBe(201);
    expect(answered.body).toMatchObject({
      text: 'See this:\n\nBye',
      attachments: [{ filename: 'picture-1.png', contentType: 'image/png' }],
    });
    await house.settle();
    const { mail } = lastTo(carl.email);
    const [picture] = mail.files;
    expect(picture).toMatchObject({ inline: true, contentType: 'image/png' });
    expect(Buffer.from(picture?.content ?? []).toString('base64')).toBe(PNG);
    expect(mail.html).toContain(`src="cid:${picture?.contentId ?? ''}"`);
    expect(mail.html).not.toMatch(/<script|onclick|svg/);
    expect(mail.text).toMatch(/^See this:\s+Bye/);
  });

  it('name nobody’s line breaks', async () => {
    const { number } = await ticketByMail(house, { subject: 'Breaks', messageId: '<breaks@harbour.example>' });
    await house.query(
      `update queue set sender_name = E'Acme\\r\\nBcc: victim@evil.example', signature = null where name = 'Support'`,
    );
    await house.query(`update ticket set subject = E'x\\r\\nBcc: victim@evil.example' where number = $1`, [number]);
    carried.splice(0);
    await reply(house, number);
    await house.settle();
    expect(lastTo(carl.email).raw).not.toMatch(/^Bcc:/im);
    expect(carried.flatMap(({ to }) => to)).toEqual([carl.email]);
    await house.query(`update queue set sender_name = null where name = 'Support'`);
  });
});

describe('what a customer chooses on their page', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.openForBusiness();
    await furnish(house);
    await hire(house);
  });
  afterAll(() => house.close());

  const pathOf = async (email: string): Promise<string> => {
    const [letter] = await house.query<{ text: string }>(
      `select text from outgoing_mail where coalesce(copy_for, recipients -> 0 ->> 'email') = $1 order by number desc limit 1`,
      [email],
    );
    return new URL(/http:\/\/desk\.test\/t\/\S+/.exec(letter?.text ?? '')?.[0] ?? '').pathname;
  };

  it('is who is in copy, who sees nothing of before and decides nothing', async () => {
    const { number } = await ticketByMail(house, { text: 'The secret of the printer' });
    const customer = new Visitor(house);
    const path = await pathOf(carl.email);
    await house.passTime('1m');
    await customer.open(path);
    const added = await customer.send(`${path}/copies`, { copy: 'Dora@Elsewhere.example' });
    expect(added.body).toContain('dora@elsewhere.example');
    for (const copy of ['support@desk.test', 'nonsense']) {
      await customer.open(path);
      expect((await customer.send(`${path}/copies`, { copy })).status).toBe(422);
    }

    await customer.open(path);
    await reply(house, number, { text: 'Here is what we found.' });
    await house.settle();
    const dora = new Visitor(house);
    const hers = await pathOf(DORA);
    const page = await dora.open(hers);
    expect(page.body).toContain('Here is what we found.');
    expect(page.body).not.toContain('The secret of the printer');
    const csrf = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    expect((await dora.post(`${hers}/copies`, { _csrf: csrf, copy: 'x@y.example' })).status).toBe(403);
    expect((await dora.post(`${hers}/copy-removal`, { _csrf: csrf, copy: carl.email })).status).toBe(403);

    await dora.open(hers);
    expect((await dora.send(`${hers}/silence`)).body).toContain('You get no mail about this request.');
    expect((await dora.send(`${hers}/unsilence`)).body).toContain('You are in copy of this request.');

    await customer.open(path);
    await customer.send(`${path}/copy-removal`);
    expect((await dora.open(hers)).status).toBe(404);
  });
});

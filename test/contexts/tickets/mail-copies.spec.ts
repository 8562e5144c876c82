import { Dns } from '../../../src/mail/dns.js';
import { MailIntake } from '../../../src/mail/mail-intake.js';
import { Copies } from '../../../src/tickets/copies.js';
import { Queues, type QueueItem } from '../../../src/tickets/queues.js';
import { ADMIN_PASSWORD, House, STAFF_PASSWORD } from '../../support/house.js';
import { addressOf, writeMail } from '../../support/mails.js';
import { adam, ann, carl, cleo, sam, type Colleague } from '../../support/people.js';
import { answer, does, furnish, historyOf, lettersTo, reply, sendMail } from '../../support/tickets.js';
import { Visitor } from '../../support/visitor.js';
import { dnsOf, FAR_AWAY } from '../mail/signed-mail.js';

const story = { name: 'the story' };

describe('Whom a mail names beside us', () => {
  let house: House;
  beforeAll(async () => {
    house = await House.openForBusiness({ env: { LOG_LEVEL: 'silent' } });
    await house.employs(ann);
    await furnish(house);
    house.get(Dns).use(dnsOf('harbour.example'));
  });
  afterAll(() => house.close());

  const letJoin = (copiesJoin: QueueItem['copiesJoin']): Promise<unknown> =>
    house.transaction((tx) => house.get(Queues).save(tx, { name: 'Support', copiesJoin }, story));
  const signedIn = async ({ email }: Colleague): Promise<Visitor> => {
    const visitor = new Visitor(house);
    await visitor.signIn(email, email === adam.email ? ADMIN_PASSWORD : STAFF_PASSWORD);
    return visitor;
  };
  const everybody = `${cleo.from}, Sam the Boss <${sam.email}>`;
  /** A new request of Carl's, with others in Cc. */
  const requestWith = async (cc: string, headers: Record<string, string> = {}): Promise<number> => {
    const filed = await sendMail(house, {
      subject: `Lamp ${crypto.randomUUID()}`,
      headers: { Cc: cc, ...headers },
      messageId: `<${crypto.randomUUID()}@harbour.example>`,
    });
    if (filed.ticket === null) throw new Error(`No ticket: ${filed.reason ?? ''}`);
    return filed.ticket;
  };
  const peopleOf = async (ticket: number): Promise<string[]> => {
    const rows = await house.query<{ email: string }>(
      `select email from participant join contact on contact.id = contact_id where ticket_number = $1 order by participant.id`,
      [ticket],
    );
    return rows.map(({ email }) => email);
  };
  const copiesIn = async (ticket: number): Promise<unknown[]> =>
    (await historyOf(house, ticket))
      .filter(({ type }) => type === 'copies')
      .map(({ data, by }) => ({ ...data, by: by.name }));

  it('takes no part where nothing else is agreed, and is shown to the agent, who puts them in copy', async () => {
    const number = await requestWith(everybody);
    expect(await peopleOf(number)).toEqual([carl.email]);
    expect(await copiesIn(number)).toEqual([]);
    await reply(house, number);
    expect(await lettersTo(house, cleo)).toEqual([]);

    const agent = await signedIn(ann);
    const page = (await agent.open(`/tickets/${number}`)).body;
    const aside = page.slice(page.indexOf('id="copies"'));
    expect(aside).toContain(cleo.email);
    expect(aside).toContain(sam.email);
    expect(aside).not.toContain('support@desk.test');
    await agent.send(`/tickets/${number}/copies`, { email: cleo.email });
    expect(await peopleOf(number)).toEqual([carl.email, cleo.email]);
    const after = (await agent.open(`/tickets/${number}`)).body;
    expect(after.slice(after.indexOf('Named in a mail'))).not.toContain(`value="${cleo.email}"`);
  });

  it('takes part if they are a colleague of the requester, where that is agreed', async () => {
    await letJoin('colleagues');
    const number = await requestWith(everybody);
    expect(await peopleOf(number)).toEqual([carl.email, cleo.email]);
    expect(await copiesIn(number)).toEqual([{ added: [cleo.email], removed: [], by: carl.name }]);
  });

  it('takes part whoever they are, where that is agreed: but for us and those who work here', async () => {
    await letJoin('anybody');
    const number = await requestWith(`${everybody}, ${ann.from}, support@desk.test, not-an-address, ${carl.from}`);
    expect(await peopleOf(number)).toEqual([carl.email, cleo.email, sam.email]);
    const named = await sendMail(house, {
      to: `support@desk.test, ${sam.from}`,
      subject: 'In To as well',
      envelopeTo: 'support@desk.test',
    });
    expect(await peopleOf(named.ticket ?? 0)).toEqual([carl.email, sam.email]);
  });

  it('is given no name by others, and never becomes the requester', async () => {
    await letJoin('anybody');
    const number = await requestWith('The President <nina@nowhere.example>');
    expect(await house.query(`select name from contact where email = 'nina@nowhere.example'`)).toEqual([{ name: '' }]);
    await reply(house, number);
    const [letter] = await lettersTo(house, { ...sam, email: 'nina@nowhere.example' });
    if (letter === undefined) throw new Error('Nina got no letter.');
    await answer(house, letter, { from: 'Nina <nina@nowhere.example>', headers: { Cc: sam.from } });
    const [requester] = await house.query<{ email: string }>(
      `select email from ticket join contact on contact.id = requester_id where number = $1`,
      [number],
    );
    expect(requester).toEqual({ email: carl.email });
    expect(await peopleOf(number)).toEqual([carl.email, 'nina@nowhere.example', sam.email]);
  });

  it('joins by a later mail, and gets nothing of what was said before', async () => {
    await letJoin('anybody');
    const { ticket } = await sendMail(house, { subject: 'Safe', text: 'The code of our safe is 4711.' });
    const number = ticket ?? 0;
    await reply(house, number, { text: 'Never write such a thing.' });
    const letter = (await lettersTo(house, carl)).at(-1);
    if (letter === undefined) throw new Error('Carl got no letter.');
    await house.passTime('1m');
    const dora = { ...sam, email: 'dora@elsewhere.example', from: 'Dora <dora@elsewhere.example>' };
    const joined = await answer(house, letter, { text: 'Dora knows more.', headers: { Cc: dora.from } });
    expect(joined).toMatchObject({ outcome: 'appended', ticket: number });
    await reply(house, number, { text: 'Dear Dora, tell us.' });
    const letters = await lettersTo(house, dora);
    expect(letters).toHaveLength(1);
    expect(letters[0]?.text).toContain('tell us');
    expect(JSON.stringify(letters)).not.toMatch(/4711|Never write/);

    const link = /https?:\/\/[^/\s]+(\/\S+)/.exec(letters[0]?.text ?? '')?.[1] ?? '';
    const seen = (await new Visitor(house).open(link)).body;
    expect(seen).toContain('Dora knows more.');
    expect(seen).not.toMatch(/4711|Never write/);
  });

  it('stays away once staff have taken them out, whoever answers to all', async () => {
    await letJoin('anybody');
    const number = await requestWith(sam.from);
    await reply(house, number);
    const letter = (await lettersTo(house, carl)).at(-1);
    if (letter === undefined) throw new Error('Carl got no letter.');
    await does(house, ann, (tx, deed) => house.get(Copies).remove(tx, number, sam.email, deed));
    await answer(house, letter, { headers: { Cc: everybody } });
    expect(await peopleOf(number)).toEqual([carl.email, cleo.email]);
    await does(house, ann, (tx, deed) => house.get(Copies).add(tx, number, sam, deed));
    expect(await peopleOf(number)).toEqual([carl.email, cleo.email, sam.email]);
  });

  it('is not brought along by a program, a list, or a mail that its domain disowns', async () => {
    await letJoin('anybody');
    const tells = await requestWith(everybody, { 'Auto-Submitted': 'auto-generated' });
    expect(await peopleOf(tells)).toEqual([carl.email]);
    const { id } = await house.get(MailIntake).accept({
      raw: writeMail({ from: carl.from, subject: 'Not me', text: 'Really.', headers: { Cc: everybody } }),
      channel: 'smtp',
      envelopeFrom: carl.email,
      envelopeTo: ['support@desk.test'],
      receivedAt: house.now.read(),
      client: { address: FAR_AWAY, name: 'mail.example' },
    });
    await house.settle();
    const [forged] = await house.query<{ ticket: number; dmarc: string }>(
      `select ticket_number as ticket, parsed -> 'authentication' ->> 'dmarc' as dmarc from inbound_mail where id = $1`,
      [id],
    );
    expect(forged?.dmarc).toBe('fail');
    expect(await peopleOf(forged?.ticket ?? 0)).toEqual([carl.email]);
  });

  it('is at most twenty people', async () => {
    await letJoin('anybody');
    const crowd = Array.from({ length: 30 }, (_, index) => `p${index}@crowd.example`);
    const number = await requestWith(crowd.join(', '));
    expect(await peopleOf(number)).toEqual([carl.email, ...crowd.slice(0, 20)]);
  });

  it('may be two in each other’s mails at the same moment', async () => {
    await letJoin('anybody');
    const [kim, lea] = ['Kim <kim@both.example>', 'Lea <lea@both.example>'];
    for (const [from, cc] of [
      [kim, lea],
      [lea, kim],
    ] as const) {
      await house.get(MailIntake).accept({
        raw: writeMail({ from, subject: `From ${from}`, text: 'Hello.', headers: { Cc: cc } }),
        channel: 'smtp',
        envelopeFrom: addressOf(from),
        envelopeTo: ['support@desk.test'],
        receivedAt: house.now.read(),
      });
    }
    await house.settle();
    const rows = await house.query<{ ticket: number }>(
      `select ticket_number as ticket from inbound_mail where from_email like '%@both.example' and outcome = 'opened'`,
    );
    expect(rows).toHaveLength(2);
    for (const { ticket } of rows) expect(await peopleOf(ticket)).toHaveLength(2);
  });

  it('is chosen in the settings of the queue', async () => {
    await letJoin('nobody');
    const admin = await signedIn(adam);
    const form = await admin.open('/admin/queues/Support');
    expect(form.body).toContain('People of the requester’s organisation');
    const sent = { closeAfterDays: '7', reopenWindowDays: '14', copiesJoin: 'colleagues' };
    const review = await admin.send('/admin/queues/Support', sent);
    expect(review.body).toContain('take part if they are of the requester’s organisation');
    await admin.send('/admin/queues/Support', { ...sent, step: 'save' });
    expect(await house.transaction((tx) => house.get(Queues).byName(tx, 'Support'))).toEqual({
      name: 'Support',
      copiesJoin: 'colleagues',
    });
    await admin.open('/admin/queues/Support');
    expect((await admin.send('/admin/queues/Support', { ...sent, copiesJoin: 'everybody' })).status).toBe(422);
  });
});

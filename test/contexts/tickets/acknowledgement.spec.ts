import { House } from '../../support/house.js';
import { ann, carl, cleo, type Person } from '../../support/people.js';
import {
  answer,
  customerSays,
  furnish,
  lettersTo,
  reply,
  sendMail,
  ticketByAgent,
  ticketByForm,
} from '../../support/tickets.js';
import { ThreadLinks } from '../../../src/tickets/thread-links.js';

describe('the acknowledgement of a request', () => {
  let house: House;
  beforeAll(async () => {
    house = await House.openForBusiness();
    await furnish(house);
  });
  afterAll(async () => {
    await house.close();
  });

  const writer = (name: string): Person => ({
    name,
    email: `${name.toLowerCase()}@guest.example`,
    from: `${name} <${name.toLowerCase()}@guest.example>`,
  });
  const received = async (who: Person) =>
    (await lettersTo(house, who)).filter(({ subject }) => subject.startsWith('We have received'));

  it('bears the number, what is promised and a link to the conversation', async () => {
    const gina = writer('Gina');
    const filed = await sendMail(house, {
      from: gina.from,
      subject: 'All is down',
      messageId: '<first@guest.example>',
    });
    expect(filed).toMatchObject({ outcome: 'opened', acknowledged: true });
    const [letter] = await received(gina);
    expect(letter).toMatchObject({
      subject: `We have received your request [#${filed.ticket ?? 0}]`,
      recipients: [{ email: gina.email, name: '' }],
    });
    expect(letter?.text).toContain(`number ${filed.ticket ?? 0}`);
    expect(letter?.text).toMatch(/first answer by .*2026/);
    const token = /\/t\/([a-z2-7]+)/.exec(letter?.text ?? '')?.[1] ?? '';
    expect(await house.transaction((tx) => house.get(ThreadLinks).open(tx, token))).toMatchObject({
      ticket: filed.ticket,
      contact: { email: gina.email },
    });
    expect(letter?.html).toContain(token);
  });

  it('is machine mail that answers theirs and can be answered', async () => {
    const hugo = writer('Hugo');
    const filed = await sendMail(house, { from: hugo.from, messageId: '<hugo-1@guest.example>' });
    const [letter] = await received(hugo);
    expect(letter?.headers).toMatchObject({
      'Auto-Submitted': 'auto-replied',
      'In-Reply-To': '<hugo-1@guest.example>',
    });
    expect(await answer(house, letter!, { from: hugo.from })).toMatchObject({
      outcome: 'appended',
      ticket: filed.ticket,
      threadedBy: 'token',
    });
    expect(await answer(house, letter!, { from: hugo.from, to: 'support@desk.test', text: 'Again' })).toMatchObject({
      ticket: filed.ticket,
      threadedBy: 'reference',
    });
  });

  it('repeats nothing that the sender wrote, not even the name', async () => {
    await sendMail(house, {
      from: 'Buy Pills <ivy@guest.example>',
      subject: 'Cheap pills',
      text: 'Visit http://pills.example',
    });
    const [letter] = await received(writer('Ivy'));
    const all = JSON.stringify(letter);
    expect(all).toContain('We have received');
    expect(all).not.toMatch(/pills/i);
  });

  it('thanks for a form as well', async () => {
    const jo = writer('Jo');
    await ticketByForm(house, { email: jo.email, name: jo.name });
    const [letter] = await received(jo);
    expect(letter?.headers).toMatchObject({ 'Auto-Submitted': 'auto-generated' });
    expect(letter?.headers).not.toHaveProperty('In-Reply-To');
  });

  it('begins the thread that a reply to a form goes on with', async () => {
    const kim = writer('Kim');
    const { number } = await ticketByForm(house, { email: kim.email, name: kim.name });
    await reply(house, number);
    const [first, second] = await lettersTo(house, kim);
    expect(second?.headers['In-Reply-To']).toBe(first?.messageId);
  });

  it('comes once for each ticket', async () => {
    const { number } = await ticketByForm(house, { email: cleo.email, name: cleo.name });
    await customerSays(house, number, 'And another thing', cleo);
    expect(await received(cleo)).toHaveLength(1);
  });

  it('comes at most five times in an hour to one sender', async () => {
    const lee = writer('Lee');
    const acknowledged = [];
    for (let count = 1; count <= 7; count++)
      acknowledged.push((await sendMail(house, { from: lee.from, text: `Number ${count}` })).acknowledged);
    expect(acknowledged).toEqual([true, true, true, true, true, false, false]);
    expect(await received(lee)).toHaveLength(5);
    await house.passTime('61m');
    expect((await sendMail(house, { from: lee.from, text: 'An hour later' })).acknowledged).toBe(true);
  });

  it('is not sent for mail that must not be answered, nor to an address that mail comes back from', async () => {
    const mo = writer('Mo');
    const list = await sendMail(house, {
      from: mo.from,
      text: 'To the list',
      headers: { 'List-Id': '<all.guest.example>' },
    });
    expect(list).toMatchObject({ outcome: 'opened', acknowledged: false });
    await house.query(`update contact set undeliverable_at = created_at, undeliverable_reason = 'x' where email = $1`, [
      mo.email,
    ]);
    expect(await sendMail(house, { from: mo.from, text: 'Himself' })).toMatchObject({
      outcome: 'opened',
      acknowledged: false,
    });
    expect(await received(mo)).toHaveLength(0);
  });

  it('is sent for a request that staff take down for a customer, but not for their own', async () => {
    const before = (await received(carl)).length;
    await ticketByAgent(house);
    expect(await received(carl)).toHaveLength(before + 1);
    await ticketByAgent(house, { requester: ann });
    expect(await received(ann)).toHaveLength(0);
  });
});

import { House } from '../support/house.js';

const CARL = 'Carl Customer <carl@customer.example>';

describe('an e-mail becomes a ticket', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.openForBusiness({ at: '2026-06-01T10:00:00Z' });
  });
  afterAll(() => house.close());

  it('with a number, clocks that run from the moment of acceptance, and an acknowledgement', async () => {
    await house.mailArrives({ from: CARL, subject: 'The printer is on fire', text: 'Please send help.' });

    const { body } = await house.api.get('/tickets?sort=created');
    expect(body.items).toHaveLength(1);
    const [ticket] = body.items;
    expect(ticket).toMatchObject({
      subject: 'The printer is on fire',
      status: 'new',
      level: 'L3',
      queue: 'Support',
      channel: 'mail',
      requester: { email: 'carl@customer.example', name: 'Carl Customer' },
      createdAt: '2026-06-01T10:00:00.000Z',
    });
    // L3: eight working hours from Monday 12:00 in Berlin, open 09:00–17:00: Tuesday 12:00.
    expect(ticket.clocks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          metric: 'firstResponse',
          state: 'running',
          dueAt: '2026-06-02T10:00:00.000Z',
          targetSeconds: 28800,
        }),
        expect.objectContaining({ metric: 'resolution', state: 'running', dueAt: '2026-06-04T15:00:00.000Z' }),
      ]),
    );

    const [letter, ...more] = await house.lettersTo('carl@customer.example');
    expect(more).toEqual([]);
    expect(letter?.subject).toContain(`#${ticket.number}`);
    expect(letter?.text).toMatch(/http:\/\/desk\.test\/\S+/);
    expect(letter?.headers).toMatchObject({ 'Auto-Submitted': 'auto-replied' });
  });

  it('and the answers of both sides join it', async () => {
    const { body: list } = await house.api.get('/tickets');
    const { number } = list.items[0];

    await house.passTime('1h');
    const reply = await house.api.post(`/tickets/${number}/messages`, {
      kind: 'reply',
      body: 'Help is on its way.',
      setStatus: 'waiting',
    });
    expect(reply.status).toBe(201);
    await house.settle();

    const { body: answered } = await house.api.get(`/tickets/${number}`);
    expect(answered.status).toBe('waiting');
    expect(answered.clocks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          metric: 'firstResponse',
          state: 'met',
          elapsedSeconds: 3600,
          stoppedAt: '2026-06-01T11:00:00.000Z',
        }),
        expect.objectContaining({ metric: 'resolution', state: 'paused', dueAt: null }),
      ]),
    );

    const letters = await house.lettersTo('carl@customer.example');
    const answer = letters.at(-1);
    expect(answer?.text).toContain('Help is on its way.');
    expect(answer?.replyTo).toMatch(/support\+[a-z2-7]+@desk\.test/);

    await house.passTime('30m');
    await house.mailArrives({
      from: CARL,
      to: answer?.replyTo ?? '',
      subject: `Re: ${answer?.subject ?? ''}`,
      text: `It is out now. Thank you!\n\nOn Mon, 1 Jun 2026 at 13:00, Support <support@desk.test> wrote:\n> Help is on its way.`,
    });
    const { body: joined } = await house.api.get(`/tickets/${number}`);
    expect(joined.status).toBe('open');
    const { body: messages } = await house.api.get(`/tickets/${number}/messages`);
    expect(messages.items.map(({ kind }: { kind: string }) => kind)).toEqual(['customer', 'reply', 'customer']);
    expect((await house.api.get('/tickets')).body.items).toHaveLength(1);
  });

  it('joins by reference where the token is lost, and never for a stranger', async () => {
    const { body: list } = await house.api.get('/tickets');
    const { number } = list.items[0];
    const answer = (await house.lettersTo('carl@customer.example')).at(-1);

    await house.mailArrives({
      from: CARL,
      subject: 'Something else',
      text: 'One more thing.',
      headers: { 'In-Reply-To': answer?.messageId ?? '' },
    });
    expect((await house.api.get(`/tickets/${number}/messages`)).body.items).toHaveLength(4);

    await house.mailArrives({
      from: 'Eve Elsewhere <eve@elsewhere.example>',
      to: answer?.replyTo ?? '',
      subject: 'Re: The printer is on fire',
      text: 'Tell me all about it.',
    });
    expect((await house.api.get(`/tickets/${number}/messages`)).body.items).toHaveLength(4);
    expect((await house.api.get('/tickets')).body.items).toHaveLength(2);
    const toEve = await house.lettersTo('eve@elsewhere.example');
    expect(JSON.stringify(toEve)).not.toContain('Help is on its way');
  });

  it('keeps the raw bytes, and files the same mail twice once', async () => {
    const mail = { from: CARL, subject: 'Twice', text: 'I was sent twice.', messageId: '<twice@customer.example>' };
    const first = await house.mailArrives(mail);
    await house.mailArrives(mail);

    const { body: raw } = await house.api.get(`/mail/${first.id}/raw`);
    expect(raw).toContain('I was sent twice.');
    const { body: both } = await house.api.get(`/mail?sha256=${first.sha256}`);
    expect(both.items.map(({ outcome }: { outcome: string }) => outcome).sort()).toEqual(['duplicate', 'opened']);
  });

  it('does not answer a machine', async () => {
    await house.mailArrives({
      from: 'Otto Office <otto@machine.example>',
      subject: 'Out of office: your ticket',
      text: 'I am away.',
      headers: { 'Auto-Submitted': 'auto-replied' },
    });
    expect(await house.lettersTo('otto@machine.example')).toEqual([]);
  });

  it('and what is stored is what the histories say', async () => {
    expect(await house.differences()).toEqual([]);
  });
});

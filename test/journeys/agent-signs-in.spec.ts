import { House, STAFF_PASSWORD } from '../support/house.js';
import { ann, bob } from '../support/people.js';
import { Visitor, wordsOf, type PageSeen } from '../support/visitor.js';

/** Ann works through her day by plain forms, without JavaScript. */
describe('an agent signs in', () => {
  let house: House;
  let visit: Visitor;
  const numbers = new Map<string, number>();

  beforeAll(async () => {
    house = await House.openForBusiness({ at: '2026-06-01T10:00:00Z', env: { EMERGENCY_EMAIL: 'night@desk.test' } });
    await house.employs(ann);
    await house.employs(bob);
    for (const level of ['L3', 'L1', 'L4', 'L2']) {
      const { body } = await house.api.post('/tickets', {
        ...{ subject: `A ${level} matter`, body: 'Please look at it.', level },
        requester: { email: 'carl@customer.example', name: 'Carl Customer' },
      });
      numbers.set(level, body.number);
    }
    visit = new Visitor(house);
  });
  afterAll(() => house.close());

  const path = (level: string, rest = '') => `/tickets/${numbers.get(level)}${rest}`;
  const ticket = async (level: string) => (await house.api.get(path(level))).body;
  const clock = async (level: string, metric: string) =>
    (await ticket(level)).clocks.find((one: { metric: string }) => one.metric === metric);
  const subjectsOn = ({ body }: PageSeen) =>
    [...body.matchAll(/class="queue-subject"[^>]*>([^<]+)</g)].map(([, subject]) => subject);

  it('but not with a wrong password, nor as somebody who is not known, and is not told which', async () => {
    const wrong = await visit.signIn(ann.email, 'not her password');
    expect(wrong.status).toBe(401);
    const unknown = await visit.signIn('nobody@desk.test', STAFF_PASSWORD);
    expect(unknown.status).toBe(401);
    for (const page of [wrong, unknown])
      expect(wordsOf(page)).toContain('E-mail address and password do not belong together.');
    expect((await visit.open('/tickets')).url).toMatch(/^\/sign-in\?/);
  });

  it('and is led to where she wanted to go, the next due first', async () => {
    await visit.open('/tickets?view=unassigned');
    const page = await visit.send('/sign-in', { email: ann.email, password: STAFF_PASSWORD });
    expect([page.status, page.url]).toEqual([200, '/tickets?view=unassigned']);
    expect(subjectsOn(page)).toEqual(['A L1 matter', 'A L2 matter', 'A L3 matter', 'A L4 matter']);
    expect(wordsOf(page)).toContain('First response: 1h');
    expect(page.headers.get('cache-control')).toContain('no-store');
  });

  it('sees the countdown grow short, and then red', async () => {
    await house.passTime('55m');
    expect((await visit.open('/tickets')).body).toContain('chip chip-orange');
    await house.passTime('6m');
    const page = await visit.open('/tickets?view=breaching');
    expect(subjectsOn(page)).toEqual(['A L1 matter']);
    expect(page.body).toContain('chip chip-red');
  });

  it('opens a ticket, takes it, and answers; the mail goes out and the customer is waited for', async () => {
    await visit.open(path('L2'));
    const taken = await visit.send(path('L2', '/assignment'), { assignee: ann.email });
    expect(taken.status).toBe(200);
    expect((await ticket('L2')).assignee).toBe(ann.email);

    const sent = await visit.send(
      path('L2', '/messages'),
      { kind: 'reply', body: 'We look into it, Carl.', setStatus: 'waiting' },
      [{ name: 'howto.txt', type: 'text/plain', content: 'Turn it off and on again.' }],
    );
    expect(sent.body).toContain(': sent.');
    await house.settle();
    const letter = (await house.lettersTo('carl@customer.example')).at(-1);
    expect(letter?.text).toContain('We look into it, Carl.');
    expect(letter?.state).toBe('sent');
    const { body: messages } = await house.api.get(path('L2', '/messages'));
    expect(messages.items.at(-1)).toMatchObject({
      author: { email: ann.email, name: ann.name },
      attachments: [expect.objectContaining({ filename: 'howto.txt', size: 25 })],
      delivery: expect.objectContaining({ state: 'sent' }),
    });
    expect(await clock('L2', 'firstResponse')).toMatchObject({ state: 'met', elapsedSeconds: 3660 });
    expect(await clock('L2', 'resolution')).toMatchObject({ state: 'paused', dueAt: null });
  });

  it('writes a note that only colleagues see and that moves no clock', async () => {
    await visit.open(path('L3'));
    const page = await visit.send(path('L3', '/messages'), { kind: 'note', body: 'Bob knows this one.' });
    expect(wordsOf(page)).toContain('the note is added.');
    expect(await clock('L3', 'firstResponse')).toMatchObject({ state: 'running' });
    await house.settle();
    expect(JSON.stringify(await house.lettersTo('carl@customer.example'))).not.toContain('Bob knows');
  });

  it('is not let send what the customer has overtaken', async () => {
    await visit.open(path('L3'));
    await house.passTime('1m');
    await house.api.post(path('L3', '/messages'), { kind: 'customer', body: 'Never mind, it is the plug.' });
    const held = await visit.send(path('L3', '/messages'), {
      kind: 'reply',
      body: 'Please check the plug.',
      setStatus: 'waiting',
    });
    expect(held.status).toBe(409);
    expect(wordsOf(held)).toContain('Never mind, it is the plug.');
    expect(held.body).toContain('Please check the plug.</textarea>');
    const sent = await visit.send(path('L3', '/messages'), {
      kind: 'reply',
      body: 'Glad to hear that.',
      setStatus: 'resolved',
    });
    expect(sent.status).toBe(200);
    expect((await ticket('L3')).status).toBe('resolved');
  });

  it('puts one on hold, raises its level with a reason, and gives it to Bob', async () => {
    await visit.open(path('L4'));
    await visit.send(path('L4', '/status'), { status: 'on-hold' });
    const unreasoned = await visit.send(path('L4', '/level'), { level: 'L2', reason: '' });
    expect(unreasoned.status).toBe(422);
    await visit.open(path('L4'));
    await visit.send(path('L4', '/level'), { level: 'L2', reason: 'The whole floor is waiting.' });
    await visit.send(path('L4', '/assignment'), { assignee: bob.email });
    expect(await ticket('L4')).toMatchObject({ status: 'on-hold', level: 'L2', assignee: bob.email });
    // From its original start: Monday 12:00 in Berlin and four hours.
    expect(await clock('L4', 'firstResponse')).toMatchObject({
      state: 'running',
      dueAt: '2026-06-01T14:00:00.000Z',
      targetSeconds: 14400,
    });
    const { body } = await house.api.get(path('L4', '/events'));
    expect(body.items).toContainEqual(
      expect.objectContaining({
        type: 'level',
        data: expect.objectContaining({ reason: 'The whole floor is waiting.' }),
      }),
    );
  });

  it('resolves without a word and takes it back; the clock goes on where it was', async () => {
    await visit.open(path('L1'));
    await visit.send(path('L1', '/resolution'));
    expect(await ticket('L1')).toMatchObject({ status: 'resolved' });
    const before = await clock('L1', 'resolution');
    expect(before).toMatchObject({ state: 'met' });

    await house.passTime('3h');
    await visit.open(path('L1'));
    const page = await visit.send(path('L1', '/reopening'));
    expect(wordsOf(page)).toContain('is open again');
    const after = await clock('L1', 'resolution');
    expect(after).toMatchObject({ state: 'running', elapsedSeconds: before.elapsedSeconds });
    expect(new Date(after.dueAt)).toEqual(new Date('2026-06-01T17:00:00.000Z'));
  });

  it('reads how the time was counted', async () => {
    const page = await visit.open(path('L1', '/clocks'));
    expect(wordsOf(page)).toContain('How its time was counted');
    expect(wordsOf(page)).toContain('Resolution');
  });

  it('finds by words, and does the same to several at once', async () => {
    const found = await visit.open('/tickets?view=all&q=L4');
    expect(subjectsOn(found)).toEqual(['A L4 matter']);
    await visit.open('/tickets');
    await visit.send('/tickets/changes', {
      number: [String(numbers.get('L1')), String(numbers.get('L4'))],
      change: 'take',
    });
    expect([(await ticket('L1')).assignee, (await ticket('L4')).assignee]).toEqual([ann.email, ann.email]);
  });

  it('has no business in the admin pages', async () => {
    for (const page of ['/admin', '/admin/outbox', '/admin/mail', '/reports/sla']) {
      expect([page, (await visit.open(page)).status]).toEqual([page, 403]);
    }
  });

  it('and is out when she signs out', async () => {
    await visit.open('/tickets');
    await visit.send('/sign-out');
    expect((await visit.open('/tickets')).url).toMatch(/^\/sign-in\?/);
  });

  it('and what is stored is what the histories say', async () => {
    await house.settle();
    expect(await house.differences()).toEqual([]);
  });
});

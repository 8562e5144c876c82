import { ApiTokens } from '../../../src/identity/api-tokens.js';
import { Users, type NewUser } from '../../../src/identity/users.js';
import { House } from '../../support/house.js';
import { checked, type CheckedClient } from './client.js';

/** House time goes on while the test runs. */
const atTen = expect.stringMatching(/^2026-06-01T10:00:\d\d\.\d{3}Z$/);
const CARL = { email: 'carl@customer.example', name: 'Carl Customer' };

describe('tickets over the API', () => {
  let house: House;
  let api: CheckedClient;
  beforeAll(async () => {
    house = await House.openForBusiness();
    api = checked(house);
  });
  afterAll(() => house.close());

  const tokenFor = async (user: NewUser) =>
    house.transaction(async (tx) => {
      await house.get(Users).add(tx, user, { name: 'test' });
      return (await house.get(ApiTokens).issue(tx, { email: user.email, name: 'test' }, { name: 'test' })).token;
    });
  const open = async (given: object = {}) => {
    const request = { subject: 'The printer is on fire', body: 'Please send help.', requester: CARL, ...given };
    const { status, body } = await api.post('/tickets', request);
    expect([status, body]).toEqual([201, expect.anything()]);
    return body;
  };

  it('are opened for a customer, and answer with everything that is known of them', async () => {
    const answer = await api.post('/tickets', {
      subject: 'The printer is on fire',
      body: 'Please send help.',
      requester: CARL,
      level: 'L2',
      queue: 'Support',
      tags: ['Printer'],
      fields: { floor: 3, urgent: true, room: 'B 12' },
    });
    expect(answer.body).toMatchObject({
      subject: 'The printer is on fire',
      status: 'new',
      level: 'L2',
      queue: 'Support',
      assignee: null,
      requester: CARL,
      organisation: null,
      tags: ['printer'],
      fields: { floor: 3, urgent: true, room: 'B 12' },
      channel: 'api',
      mergedInto: null,
      createdAt: atTen,
      updatedAt: atTen,
    });
    expect(answer.body.clocks.map(({ metric, state }: Record<string, string>) => [metric, state])).toEqual([
      ['firstResponse', 'running'],
      ['resolution', 'running'],
    ]);
    const path = `/api/v1/tickets/${answer.body.number}`;
    expect(answer.headers.get('location')).toBe(path);
    const again = await api.get(`/tickets/${answer.body.number}`);
    expect({ ...again.body, clocks: [] }).toEqual({ ...answer.body, clocks: [] });
    expect(again.headers.get('etag')).toBe(answer.headers.get('etag'));
  });

  it('are changed in one go, or not at all', async () => {
    const { number } = await open();
    await house.transaction((tx) =>
      house.get(Users).add(tx, { email: 'ann@desk.test', name: 'Ann Agent', role: 'agent' }, { name: 'test' }),
    );
    const changes = {
      subject: 'Fire',
      tags: ['fire', 'printer'],
      level: 'L1',
      levelReason: 'It burns.',
      assignee: 'ann@desk.test',
      status: 'waiting',
    };
    const refused = await api.patch(`/tickets/${number}`, { ...changes, queue: 'Nowhere' });
    expect([refused.status, refused.body.errors]).toEqual([422, [{ field: 'queue', detail: expect.any(String) }]]);
    expect((await api.get(`/tickets/${number}`)).body).toMatchObject({
      subject: 'The printer is on fire',
      tags: [],
      level: 'L3',
      status: 'new',
    });

    const changed = await api.patch(`/tickets/${number}`, changes);
    expect(changed.status).toBe(200);
    const { levelReason: _, ...wanted } = changes;
    expect(changed.body).toMatchObject(wanted);

    const { body } = await api.get(`/tickets/${number}/events`);
    expect(body.items.map(({ type }: { type: string }) => type)).toEqual(
      expect.arrayContaining(['created', 'rule', 'subject', 'tags', 'level', 'assigned', 'status']),
    );
    expect(body.items.find(({ type }: { type: string }) => type === 'level')).toMatchObject({
      at: atTen,
      by: { kind: 'user', name: 'API' },
      data: { level: 'L1', from: 'L3', reason: 'It burns.' },
    });
    expect((await api.patch(`/tickets/${number}`, { assignee: null })).body.assignee).toBeNull();
  });

  it('are changed only as the version that one has seen', async () => {
    const created = await api.post('/tickets', { subject: 'Race', body: 'Two at once.', requester: CARL });
    const path = `/tickets/${created.body.number}`;
    const etag = created.headers.get('etag') ?? '';
    expect((await api.patch(path, { subject: 'First' }, { 'if-match': etag })).status).toBe(200);
    expect((await api.patch(path, { subject: 'Second' }, { 'if-match': etag })).status).toBe(412);
    expect((await api.patch(path, { subject: 'Third' }, { 'if-match': '*' })).body.subject).toBe('Third');
    expect((await api.patch(path, { subject: 'Fourth' }, { 'if-match': `W/${etag}` })).status).toBe(412);
  });

  it('want a reason for another level', async () => {
    const { number } = await open();
    expect((await api.patch(`/tickets/${number}`, { level: 'L1' })).body.errors).toEqual([
      { field: 'levelReason', detail: expect.any(String) },
    ]);
    expect((await api.patch(`/tickets/${number}`, { levelReason: 'just so' })).status).toBe(422);
  });

  it('come back from spam as what they were', async () => {
    const { number } = await open();
    expect((await api.patch(`/tickets/${number}`, { status: 'spam' })).body).toMatchObject({ status: 'spam' });
    const { body } = await api.patch(`/tickets/${number}`, { status: 'open' });
    expect(body.status).toBe('open');
    expect(body.clocks.map(({ state }: { state: string }) => state)).toEqual(['running', 'running']);
  });

  it('hold a conversation', async () => {
    const { number } = await open();
    const say = (given: object) => api.post(`/tickets/${number}/messages`, given);
    const reply = await say({
      kind: 'reply',
      body: 'Help is on its way.',
      html: '<p>Help is <b>on its way</b>.<script>alert(1)</script></p>',
      setStatus: 'waiting',
    });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('location')).toBe(`/api/v1/tickets/${number}/messages`);
    expect(reply.body).toMatchObject({
      kind: 'reply',
      author: { name: 'API' },
      text: 'Help is on its way.',
      html: '<p>Help is <b>on its way</b>.</p>',
      attachments: [],
      delivery: { state: 'queued', attempts: 0, sentAt: null, bouncedAt: null, error: null },
    });
    await say({ kind: 'note', body: 'He smokes.', setStatus: 'on-hold' });
    expect((await api.get(`/tickets/${number}`)).body.status).toBe('on-hold');
    await say({ kind: 'call', body: 'Told him to leave the house.' });
    const words = await say({ kind: 'customer', body: 'It is out now.' });
    expect(words.body).toMatchObject({ kind: 'customer', author: CARL, delivery: null });
    expect((await api.get(`/tickets/${number}`)).body.status).toBe('open');

    await house.settle();
    const { body } = await api.get(`/tickets/${number}/messages`);
    expect(body.items.map(({ kind }: { kind: string }) => kind)).toEqual([
      'customer',
      'reply',
      'note',
      'call',
      'customer',
    ]);
    expect(body.items[1].delivery).toMatchObject({ state: 'sent', attempts: 1, sentAt: atTen });
  });

  it('show their clocks with a ledger that accounts for every second', async () => {
    const { number } = await open({ level: 'L3' });
    house.now.move(90 * 60_000);
    await api.post(`/tickets/${number}/messages`, { kind: 'reply', body: 'Wait.', setStatus: 'waiting' });
    house.now.move(30 * 60_000);
    const { body } = await api.get(`/tickets/${number}/clocks`);
    house.now.move(-120 * 60_000);
    expect(body.nextCursor).toBeNull();
    const [first, resolution] = body.items;
    expect(first).toMatchObject({
      metric: 'firstResponse',
      state: 'met',
      targetSeconds: 28_800,
      calendar: 'Office hours',
    });
    expect(Number(first.elapsedSeconds) + Number(first.remainingSeconds)).toBe(28_800);
    expect(Math.floor(first.elapsedSeconds)).toBe(5400);
    expect(first.ledger).toEqual([
      {
        from: first.startedAt,
        to: first.stoppedAt,
        kind: 'counting',
        seconds: first.elapsedSeconds,
        elapsedSeconds: first.elapsedSeconds,
        why: 'open hours of Office hours',
      },
    ]);
    expect(resolution).toMatchObject({ state: 'paused', dueAt: null });
    expect(
      resolution.ledger.map(({ kind, seconds }: { kind: string; seconds: number }) => [kind, Math.floor(seconds)]),
    ).toEqual([
      ['counting', 5400],
      ['paused', 1800],
    ]);
  });

  it('are merged', async () => {
    const one = await open({ subject: 'Once' });
    const other = await open({ subject: 'Twice' });
    const merged = await api.post(`/tickets/${one.number}/merge`, { into: other.number });
    expect([merged.status, merged.body.mergedInto]).toEqual([200, other.number]);
    expect(merged.body.clocks.map(({ state }: { state: string }) => state)).toEqual(['cancelled', 'cancelled']);
    expect((await api.get(`/tickets/${other.number}/messages`)).body.items.length).toBeGreaterThanOrEqual(2);
    expect((await api.post(`/tickets/${one.number}/merge`, { into: other.number })).status).toBe(409);
    expect((await api.post(`/tickets/${other.number}/merge`, { into: other.number })).status).toBe(422);
    expect((await api.post(`/tickets/999999/merge`, { into: other.number })).status).toBe(404);
    const nowhere = await api.post(`/tickets/${other.number}/merge`, { into: 999999 });
    expect(nowhere).toMatchObject({ status: 422, body: { errors: [{ field: 'into' }] } });
  });

  it('are opened and answered by many at once, more than there are connections to the database', async () => {
    house.now.move(10_000);
    const opened = await Promise.all(Array.from({ length: 40 }, (_, i) => open({ subject: `Crowd ${i}` })));
    house.now.move(10_000);
    const numbers = opened.map(({ number }: { number: number }) => number);
    const answers = await Promise.all(
      numbers.flatMap((number) => [
        api.post(`/tickets/${number}/messages`, { kind: 'reply', body: 'Wait.', setStatus: 'waiting' }),
        api.patch(`/tickets/${number}`, { tags: ['crowd'] }),
        api.post('/calendars/calculate', { calendar: { name: 'Office hours' }, operations: [] }),
      ]),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 201]));
    expect(new Set(numbers).size).toBe(40);
  });

  describe('in lists', () => {
    let numbers: number[];
    beforeAll(async () => {
      numbers = [];
      for (const [i, level] of ['L3', 'L1', 'L2', 'L4', 'L3'].entries()) {
        house.now.move(1000);
        const { number } = await open({
          subject: `Listed ${i}`,
          level,
          tags: ['listed', `n${i}`],
          requester: { email: `lister${i % 2}@customer.example` },
        });
        numbers.push(number);
      }
      await api.patch(`/tickets/${numbers[4]}`, { status: 'resolved', assignee: 'ann@desk.test' });
    });

    const subjects = async (query: string) =>
      (await api.get(`/tickets?tag=listed&${query}`)).body.items.map(({ subject }: { subject: string }) =>
        Number(subject.slice(-1)),
      );

    it('are ordered by what is due next, or by age', async () => {
      expect(await subjects('')).toEqual([1, 2, 0, 3, 4]);
      expect(await subjects('sort=created')).toEqual([4, 3, 2, 1, 0]);
      house.now.move(1000);
      await api.patch(`/tickets/${numbers[1]}`, { tags: ['listed', 'n1', 'touched'] });
      expect((await subjects('sort=updated'))[0]).toBe(1);
    });

    it('come page by page, each ticket once', async () => {
      for (const sort of ['nextDue', 'created', 'updated']) {
        const seen: number[] = [];
        let cursor = '';
        for (let page = 0; page < 4; page++) {
          const { body } = await api.get(`/tickets?tag=listed&sort=${sort}&limit=2${cursor}`);
          seen.push(...body.items.map(({ subject }: { subject: string }) => Number(subject.slice(-1))));
          if (body.nextCursor === null) break;
          cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
        }
        expect(seen).toEqual(await subjects(`sort=${sort}`));
      }
    });

    it.each([
      ['status=resolved', [4]],
      ['status=new,resolved', [1, 2, 0, 3, 4]],
      ['level=L1,L2', [1, 2]],
      ['level=L1&level=L4', [1, 3]],
      ['queue=Support', [1, 2, 0, 3, 4]],
      ['queue=Nowhere', []],
      ['assignee=ann@desk.test', [4]],
      ['assignee=none', [1, 2, 0, 3]],
      ['requester=Lister1@customer.example', [1, 3]],
      ['organisation=Nobody', []],
      ['breached=false', [1, 2, 0, 3, 4]],
      ['breached=true', []],
      ['q=listed', [1, 2, 0, 3, 4]],
      ['q=..', []],
    ])('are found by %s', async (query, expected) => {
      expect(await subjects(query)).toEqual(expected);
    });

    it.each([
      ['limit=0', 'limit'],
      ['limit=201', 'limit'],
      ['limit=ten', 'limit'],
      ['cursor=abc', 'cursor'],
      ['sort=age', 'sort'],
      ['status=odd', 'status[0]'],
      ['breached=perhaps', 'breached'],
      ['colour=red', 'colour'],
      ['q=%00', 'q'],
    ])('refuse %s', async (query, field) => {
      const { status, body } = await api.get(`/tickets?${query}`);
      expect([status, body.errors?.map((error: { field: string }) => error.field)]).toEqual([422, [field]]);
    });

    it('refuse the cursor of another list', async () => {
      const { body } = await api.get('/tickets?limit=1&sort=created');
      expect((await api.get(`/tickets?sort=updated&cursor=${body.nextCursor}`)).status).toBe(422);
      expect((await api.get(`/incidents?cursor=${body.nextCursor}`)).status).toBe(422);
    });
  });

  describe('for a customer', () => {
    let customer: CheckedClient;
    let own: number;
    let others: number;
    beforeAll(async () => {
      customer = checked(
        house,
        await tokenFor({ email: 'carla@customer.example', name: 'Carla Customer', role: 'customer' }),
      );
      others = (await open({ subject: 'Not hers' })).number;
      const answer = await customer.post('/tickets', {
        subject: 'Hers',
        body: 'Mine.',
        requester: { email: 'Carla@customer.example' },
      });
      own = answer.body.number;
      await api.post(`/tickets/${own}/messages`, { kind: 'note', body: 'A secret.' });
      await api.post(`/tickets/${own}/messages`, { kind: 'reply', body: 'An answer.' });
    });

    it('are her own and nobody else’s', async () => {
      expect((await customer.get('/tickets')).body.items.map(({ number }: { number: number }) => number)).toEqual([
        own,
      ]);
      for (const path of ['', '/messages', '/clocks']) {
        expect((await customer.get(`/tickets/${own}${path}`)).status).toBe(200);
        const foreign = await customer.get(`/tickets/${others}${path}`);
        const missing = await customer.get(`/tickets/888888${path}`);
        expect([foreign.status, foreign.body.detail.replace(`${others}`, '')]).toEqual([
          404,
          missing.body.detail.replace('888888', ''),
        ]);
      }
      expect((await customer.post(`/tickets/${others}/messages`, { kind: 'customer', body: 'Hello' })).status).toBe(
        404,
      );
    });

    it('show no notes', async () => {
      const { body } = await customer.get(`/tickets/${own}/messages`);
      expect(body.items.map(({ kind }: { kind: string }) => kind)).toEqual(['customer', 'reply']);
      expect((await customer.get('/tickets?q=secret')).body.items).toEqual([]);
      expect((await customer.get('/tickets?q=answer')).body.items).toHaveLength(1);
    });

    it('take her words, and her word that it is done', async () => {
      expect((await customer.post(`/tickets/${own}/messages`, { kind: 'reply', body: 'I am staff.' })).status).toBe(
        403,
      );
      expect(
        (await customer.post(`/tickets/${own}/messages`, { kind: 'customer', body: 'x', setStatus: 'spam' })).status,
      ).toBe(403);
      const said = await customer.post(`/tickets/${own}/messages`, {
        kind: 'customer',
        body: 'Thank you.',
        setStatus: 'resolved',
      });
      expect(said.body.author).toEqual({ email: 'carla@customer.example', name: 'Carla Customer' });
      expect((await customer.get(`/tickets/${own}`)).body.status).toBe('resolved');
    });

    it('are not hers to work on', async () => {
      const body = { subject: 'x', body: 'x', requester: { email: 'carla@customer.example' } };
      for (const refused of [
        await customer.patch(`/tickets/${own}`, { status: 'open' }),
        await customer.get(`/tickets/${own}/events`),
        await customer.post(`/tickets/${own}/merge`, { into: others }),
        await customer.post('/tickets', { ...body, requester: CARL }),
        await customer.post('/tickets', { ...body, queue: 'Support' }),
      ]) {
        expect(refused.status).toBe(403);
      }
    });
  });
});

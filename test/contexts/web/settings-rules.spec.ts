import { ADMIN_PASSWORD, House, STAFF_PASSWORD } from '../../support/house.js';
import { adam, ann, carl, cleo, mia } from '../../support/people.js';
import { furnish } from '../../support/tickets.js';
import { Visitor, wordsOf } from '../../support/visitor.js';

interface Tested {
  rules: { rule: string; outcome: string; why: string; conditions: object[] }[];
  decision: { rule: string; why: string; set: Record<string, unknown> };
  policy: { name: string };
  calendar: { name: string; why: string };
  clocks: { metric: string; dueAt: string; targetSeconds: number }[];
  request: Record<string, unknown>;
}

describe('the rules of the desk', () => {
  let house: House;
  let admin: Visitor;

  beforeAll(async () => {
    house = await House.openForBusiness();
    await furnish(house);
    await house.employs({ ...mia, email: 'mara@desk.test' });
    admin = new Visitor(house);
    await admin.signIn(adam.email, ADMIN_PASSWORD);
  });
  afterAll(() => house.close());

  const rules = async (): Promise<{ name: string; when?: object; then: object }[]> =>
    ((await house.api.get('/rules')).body as { items: { name: string; then: object }[] }).items;
  const test = async (body: object): Promise<Tested> => {
    const answer = await house.api.post('/rules/test', body);
    expect(answer.status).toBe(200);
    return answer.body as Tested;
  };

  it('are written condition by condition, without a script', async () => {
    await admin.open('/admin/rules/new');
    const none = await admin.send('/admin/rules/new', { name: 'Hotels', 'then.level': 'L2' });
    expect(none.status).toBe(422);
    expect(wordsOf(none)).toContain('Add at least one condition');

    const withTier = await admin.send('/admin/rules/new', {
      name: 'Hotels',
      'then.level': 'L2',
      step: 'add',
      add: 'tier',
    });
    expect(withTier.status).toBe(200);
    expect(wordsOf(withTier)).toContain('Tier of the organisation gold');
    const withWords = await admin.send('/admin/rules/new', {
      ...{ name: 'Hotels', 'then.level': 'L2', 'when.tier': 'gold', step: 'add', add: 'anyWords' },
    });
    expect(withWords.body).toMatch(/name="when\.tier" value="gold" checked/);
    const empty = await admin.send('/admin/rules/new', { name: 'Hotels', 'then.level': 'L2', 'when.tier': 'gold' });
    expect(wordsOf(empty)).toContain('Fill this condition in, or take it away.');
    const review = await admin.send('/admin/rules/new', {
      ...{ name: 'Hotels', 'then.level': 'L2', 'then.tags': 'vip, hotel', 'when.tier': 'gold' },
      'when.anyWords': 'booking\ndoes not start',
    });
    expect(wordsOf(review)).toMatch(/Rule Hotels new .*gold .*booking, does not start .*L2 .*vip, hotel/);
    await admin.send('/admin/rules/new', { step: 'save' });
    expect((await rules()).map(({ name }) => name)).toEqual(['Outage words', 'Hotels', 'Everything else']);
    expect((await rules())[1]).toEqual({
      name: 'Hotels',
      when: { tier: ['gold'], anyWords: ['booking', 'does not start'] },
      then: { level: 'L2', tags: ['vip', 'hotel'] },
    });
  });

  it('lose a condition, and keep the kind of a value that was stored', async () => {
    await house.api.put('/rules/Seats', {
      name: 'Seats',
      when: { fields: { seats: [40, 50] }, channel: ['api'] },
      then: { level: 'L4' },
    });
    const form = await admin.open('/admin/rules/Seats');
    expect(form.body).toMatch(/name="field\.value" value="40, 50"/);
    await admin.send('/admin/rules/Seats', {
      ...{
        'field.name': ['seats', 'product'],
        'field.value': ['50, 60', 'booking'],
        'when.channel': 'api',
        'then.level': 'L4',
        step: 'drop:channel',
      },
    });
    await admin.send('/admin/rules/Seats', {
      ...{ 'field.name': ['seats', 'product'], 'field.value': ['50, 60', 'booking'], 'then.level': 'L4' },
    });
    await admin.send('/admin/rules/Seats', { step: 'save' });
    expect((await rules()).find(({ name }) => name === 'Seats')).toEqual({
      name: 'Seats',
      when: { fields: { seats: [50, '60'], product: ['booking'] } },
      then: { level: 'L4' },
    });
  });

  it('are put into another order, and one is removed', async () => {
    await admin.open('/admin/rules');
    await admin.send('/admin/rules/order', { step: 'up:Seats' });
    await admin.send('/admin/rules/order', { step: 'up:Seats' });
    expect(wordsOf(await admin.send('/admin/rules/order', { step: 'review' }))).toMatch(
      /Order of the rules .*Outage words, Hotels, Seats.*→ Seats, Outage words, Hotels/,
    );
    await admin.send('/admin/rules/order', { step: 'save' });
    expect((await rules()).map(({ name }) => name)).toEqual(['Seats', 'Outage words', 'Hotels', 'Everything else']);

    await admin.open('/admin/rules/Seats');
    await admin.send('/admin/rules/Seats/removal', {});
    await admin.send('/admin/rules/Seats/removal', { step: 'save' });
    expect((await rules()).map(({ name }) => name)).toEqual(['Outage words', 'Hotels', 'Everything else']);
    await admin.open('/admin/rules/Everything%20else');
    expect((await house.api.delete('/rules/Everything%20else')).status).toBe(409);
  });

  it('say of a request which of them it would meet, and why, and what would be promised', async () => {
    const found = await test({
      request: { from: cleo.email, subject: 'Booking', body: 'It does not start' },
      at: '2026-06-01T10:00:00Z',
    });
    expect(found.rules.map(({ rule, outcome, why }) => [rule, outcome, why])).toEqual([
      ['Outage words', 'does not match', 'it does not say "outage" or "down"'],
      ['Hotels', 'decides', 'tier is gold; it says "booking"'],
      ['Everything else', 'too late', 'no other rule applies'],
    ]);
    expect(found.decision.set).toEqual({ level: 'L2', queue: 'Support', tags: ['vip', 'hotel'] });
    expect(found.policy.name).toBe('Default');
    expect(found.calendar).toMatchObject({ name: 'Office hours', why: 'the calendar of the desk' });
    expect(found.clocks.map(({ metric, dueAt }) => [metric, dueAt])).toEqual([
      ['firstResponse', '2026-06-01T14:00:00.000Z'],
      // Eight hours from 12:00 in Berlin: five today, three tomorrow.
      ['resolution', '2026-06-02T10:00:00.000Z'],
    ]);
    expect(await house.query('select from ticket')).toHaveLength(0);
  });

  it('say it of rules that nobody has saved, and refuse a list that cannot stand', async () => {
    const unsaved = [
      { name: 'Mine', when: { senderDomain: ['harbour.example'] }, then: { level: 'L1' } },
      { name: 'Rest', then: { level: 'L4', queue: 'Support' } },
    ];
    const found = await test({ request: { from: carl.email }, rules: unsaved });
    expect(found.decision).toMatchObject({ rule: 'Mine', set: { level: 'L1', queue: 'Support' } });
    expect(found.calendar.name).toBe('24x7');
    expect(
      (await house.api.post('/rules/test', { request: { from: carl.email }, rules: unsaved.slice(0, 1) })).status,
    ).toBe(422);
    expect((await house.api.post('/rules/test', {})).status).toBe(422);
    expect((await house.api.post('/rules/test', { ticket: 4711 })).status).toBe(404);
  });

  it('decide about a real mail and a real ticket just what the test said', async () => {
    const raw = [
      'From: Cleo <cleo@harbour.example>',
      'To: support@desk.test',
      'Subject: Booking page',
      '',
      'It is slow.',
      '',
    ].join('\r\n');
    const foretold = await test({ mail: raw });
    expect(foretold.request).toMatchObject({
      mailbox: 'support@desk.test',
      organisation: 'Harbour Hotels',
      tier: 'gold',
    });
    await house.mailArrives({ from: cleo.from, subject: 'Booking page', text: 'It is slow.' });
    const [ticket] = await house.query<{ number: number; level: string; tags: string[]; due: Date[] }>(
      `select number, level, tags, (select array_agg(due_at order by metric) from clock where ticket_number = number) as due from ticket`,
    );
    expect(foretold.decision.set).toMatchObject({ level: ticket?.level, tags: ['vip', 'hotel'] });
    expect(foretold.clocks.map(({ dueAt }) => dueAt)).toEqual(ticket?.due.map((at) => at.toISOString()));
    const again = await test({ ticket: ticket?.number });
    expect(again.decision).toEqual(foretold.decision);
    expect(again.clocks).toEqual(foretold.clocks);
  });

  it('are tested on their page, against what is saved and against what is not', async () => {
    const manager = new Visitor(house);
    await manager.signIn('mara@desk.test', STAFF_PASSWORD);
    await manager.open('/admin/rules/test');
    const page = await manager.send('/admin/rules/test', {
      'test.from': carl.email,
      'test.subject': 'The line is down',
    });
    expect(wordsOf(page)).toMatch(
      /Outage words decides .*Because it says "down"\. .*Level L1 .*First response 1h .*Hotels does not match/,
    );
    expect(wordsOf(await manager.send('/admin/rules/test', { 'test.from': 'nobody' }))).toContain('Say who writes');
    const odd = await manager.send('/admin/rules/test', { 'test.from': carl.email, 'test.fields': 'just words' });
    expect(wordsOf(odd)).toContain('One field a line is wanted');

    await admin.open('/admin/rules/Hotels');
    const withField = await admin.send('/admin/rules/Hotels', {
      ...{ use: 'fields', 'field.name': 'product', 'field.value': 'Booking', 'then.level': 'L1', step: 'test' },
      ...{ 'test.from': carl.email, 'test.fields': 'colour: red\nproduct: Booking', 'test.queue': 'Support' },
    });
    expect(wordsOf(withField)).toMatch(/Hotels decides .*product is Booking/);

    await admin.open('/admin/rules/Hotels');
    const unsaved = await admin.send('/admin/rules/Hotels', {
      ...{ 'when.tier': 'gold', 'when.anyWords': 'lighthouse', 'then.level': 'L1', step: 'test' },
      ...{ 'test.from': carl.email, 'test.subject': 'The lighthouse blinks' },
    });
    expect(wordsOf(unsaved)).toMatch(/Hotels decides .*it says "lighthouse"/);
    expect(unsaved.body).toMatch(/>lighthouse<\/textarea>/);
    expect((await rules())[1]).toMatchObject({ then: { level: 'L2' } });
  });

  it('are closed to agents', async () => {
    await house.employs({ ...ann, email: 'anton@desk.test' });
    const agent = new Visitor(house);
    await agent.signIn('anton@desk.test', STAFF_PASSWORD);
    expect((await agent.open('/admin/rules')).status).toBe(403);
  });
});

import { House } from '../../support/house.js';
import { checked, type CheckedClient } from './client.js';

const OFFICE = {
  timezone: 'Europe/Berlin',
  week: Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [['09:00', '17:00']]])),
};

describe('the simulator', () => {
  let house: House;
  let api: CheckedClient;
  beforeAll(async () => {
    house = await House.openForBusiness();
    api = checked(house);
  });
  afterAll(() => house.close());

  const simulate = (body: object) => api.post('/sla/simulate', body);
  const created = { at: '2026-11-23T09:00:00+01:00', type: 'created', by: 'customer' };
  const policy = {
    targets: { firstResponse: 240, resolution: { workingDays: 2 } },
    pauses: { resolution: ['waiting'] },
  };

  it('answers the clocks at each instant, in the order asked', async () => {
    const { status, body } = await simulate({
      calendar: OFFICE,
      policy,
      events: [
        created,
        { at: '2026-11-23T10:30:00+01:00', type: 'agentReply' },
        { at: '2026-11-23T10:30:00+01:00', type: 'status', status: 'waiting' },
      ],
      at: ['2026-11-23T12:00:00+01:00', '2026-11-23T09:00:00+01:00', '2026-11-20T09:00:00Z'],
    });
    expect(status).toBe(200);
    const [noon, nine, before] = body.results;
    expect(noon.at).toBe('2026-11-23T11:00:00.000Z');
    expect(noon.clocks[0]).toMatchObject({
      metric: 'firstResponse',
      cycle: 1,
      state: 'met',
      targetSeconds: 14_400,
      elapsedSeconds: 5400,
      remainingSeconds: 9000,
      stoppedAt: '2026-11-23T09:30:00.000Z',
      breachedAt: null,
    });
    expect(noon.clocks[1]).toMatchObject({ metric: 'resolution', state: 'paused', dueAt: null, elapsedSeconds: 5400 });
    expect(noon.clocks[1].ledger.map(({ kind, seconds }: Record<string, unknown>) => [kind, seconds])).toEqual([
      ['counting', 5400],
      ['paused', 5400],
    ]);
    expect(nine.clocks.map(({ state, elapsedSeconds }: Record<string, unknown>) => [state, elapsedSeconds])).toEqual([
      ['running', 0],
      ['running', 0],
    ]);
    expect(before.clocks).toEqual([]);
  });

  it('takes a policy as the desk file has it', async () => {
    const whole = {
      ...policy,
      name: 'Standard',
      match: { level: ['L2'] },
      warnAt: [50],
      reopen: 'continue',
      chain: 'Default',
    };
    const { status, body } = await simulate({ calendar: OFFICE, policy: whole, events: [created], at: [created.at] });
    expect([status, body.results[0].clocks[0].policy]).toEqual([200, 'Standard']);
  });

  it('picks among policies by level, and knows stored calendars by name', async () => {
    const { body } = await simulate({
      calendar: { name: 'Office hours' },
      policies: [
        { name: 'Fast', match: { level: 'L1' }, calendar: '24x7', targets: { firstResponse: 60 } },
        { name: 'Rest', targets: { firstResponse: 480 } },
      ],
      events: [
        { ...created, level: 'L3' },
        { at: '2026-11-23T09:10:00+01:00', type: 'level', level: 'L1' },
      ],
      at: ['2026-11-23T09:05:00+01:00', '2026-11-23T09:15:00+01:00'],
    });
    expect(
      body.results.map(({ clocks: [clock] }: any) => [
        clock.policy,
        clock.calendar,
        clock.calendarVersion,
        clock.dueAt,
      ]),
    ).toEqual([
      ['Rest', 'Office hours', expect.any(Number), '2026-11-23T16:00:00.000Z'],
      ['Fast', '24x7', 1, '2026-11-23T09:00:00.000Z'],
    ]);
  });

  it.each([
    [{ calendar: OFFICE, events: [created], at: [] }, ['']],
    [{ calendar: OFFICE, policy, policies: [policy], events: [created], at: [] }, ['']],
    [{ calendar: OFFICE, policies: [], events: [created], at: [] }, ['policies']],
    [{ calendar: { name: 'Nowhere' }, policy, events: [created], at: [] }, ['calendar']],
    [{ calendar: { ...OFFICE, timezone: 'Berlin' }, policy, events: [], at: [] }, ['calendar']],
    [{ calendar: OFFICE, policy: { targets: { answer: 5 } }, events: [], at: [] }, ['policy.targets.answer']],
    [{ calendar: OFFICE, policy, events: [{ ...created, type: 'birth' }], at: [] }, ['events[0]']],
    [{ calendar: OFFICE, policy, events: [{ at: created.at, type: 'status' }], at: [] }, ['events[0].status']],
    [{ calendar: OFFICE, policy, events: [{ ...created, colour: 'red' }], at: [] }, ['events[0].colour']],
    [{ calendar: OFFICE, policy, events: [{ ...created, at: 'now' }], at: [] }, ['events[0].at']],
    [{ calendar: OFFICE, policy, events: [created], at: ['2099-01-01T00:00:00Z'] }, ['at']],
    [{ calendar: OFFICE, policy, events: [created] }, ['at']],
  ])('refuses %j', async (body, fields) => {
    const answer = await simulate(body);
    expect([answer.status, answer.body.errors?.map(({ field }: { field: string }) => field)]).toEqual([422, fields]);
  });
});

describe('the preview of changes', () => {
  let house: House;
  let api: CheckedClient;
  let number: number;
  beforeAll(async () => {
    house = await House.openForBusiness();
    api = checked(house);
    const ticket = { subject: 'Down', body: 'All of it', level: 'L1', requester: { email: 'carl@customer.example' } };
    number = (await api.post('/tickets', ticket)).body.number;
    await house.passTime('10m');
  });
  afterAll(() => house.close());

  const sooner = {
    levels: [{ name: 'L1', title: 'Down', calendar: '24x7', targets: { firstResponse: 5, resolution: 240 } }],
  };

  it('answers what would change and what that would do, and changes nothing', async () => {
    const before = await api.get('/levels/L1');
    const { status, body } = await api.post('/sla/preview', sooner);
    expect(status).toBe(200);
    expect(body.changes.map(({ summary }: { summary: string }) => summary)).toEqual([
      expect.stringContaining('targets.firstResponse 60 → 5'),
    ]);
    expect(body.impact).toMatchObject({
      same: false,
      complete: true,
      tickets: 1,
      clocks: 2,
      moved: 1,
      earlier: 1,
      breach: 1,
    });
    expect(body.impact.summary[0]).toBe('1 clock would be breached at once.');
    expect(body.impact.examples).toEqual([
      {
        ticket: number,
        metric: 'firstResponse',
        cycle: 1,
        what: 'breach',
        from: '2026-06-01T11:00:00.000Z',
        to: '2026-06-01T10:05:00.000Z',
        why: expect.stringContaining('policy Default'),
      },
    ]);
    await house.settle();
    expect((await api.get('/levels/L1')).body).toEqual(before.body);
    expect((await api.get(`/tickets/${number}`)).body.clocks[0]).toMatchObject({ breachedAt: null });
  });

  it('is refused as the desk file would be, with the place in it', async () => {
    const { status, body } = await api.post('/sla/preview', {
      policies: [{ name: 'Odd', calendar: 'Nowhere', targets: {} }],
    });
    expect(status).toBe(422);
    expect(body.errors[0].field).toBe('policies[0].calendar');
    expect((await api.post('/sla/preview', { nothing: [] })).status).toBe(422);
  });
});

describe('back-tests', () => {
  let house: House;
  let api: CheckedClient;
  beforeAll(async () => {
    house = await House.openForBusiness();
    api = checked(house);
    await api.post('/tickets', {
      subject: 'Down',
      body: 'x',
      level: 'L1',
      requester: { email: 'carl@customer.example' },
    });
    await house.passTime('3h');
  });
  afterAll(() => house.close());

  const june = { from: '2026-06-01T00:00:00Z', to: '2026-07-01T00:00:00+00:00' };
  const file = 'levels: [{name: L1, title: Down, calendar: 24x7, targets: {firstResponse: 600, resolution: 60}}]';

  it('are counted in the background, kept, and let go of', async () => {
    const asked = await api.post('/sla/back-tests', { ...june, level: 'L1', whatIf: { file } });
    expect(asked.status).toBe(202);
    expect(asked.body).toMatchObject({ state: 'running', rows: null, level: 'L1', queue: null, total: 1, done: 0 });
    expect(asked.body.changes).toEqual([expect.stringContaining('level L1')]);
    const address = asked.headers.get('location')?.replace('/api/v1', '') ?? '';
    await house.settle();

    const { body } = await api.get(address);
    expect(body).toMatchObject({ state: 'finished', done: 1, uncountable: 0 });
    const first = body.rows.find(({ level, metric }: any) => level === null && metric === 'firstResponse');
    expect(first).toMatchObject({ before: { breached: 1 }, after: { breached: 0, running: 1 }, worse: 0, better: 1 });
    const resolution = body.rows.find(({ level, metric }: any) => level === 'L1' && metric === 'resolution');
    expect(resolution).toMatchObject({ before: { running: 1 }, after: { breached: 1 }, worse: 1, better: 0 });

    expect((await api.get('/sla/back-tests')).body.items).toHaveLength(1);
    expect((await api.delete(address)).status).toBe(204);
    expect((await api.get(address)).status).toBe(404);
  });

  it('are refused where they cannot be counted', async () => {
    const answer = await api.post('/sla/back-tests', { from: june.to, to: june.from });
    expect([answer.status, answer.body.errors]).toEqual([422, [expect.objectContaining({ field: 'to' })]]);
    const odd = await api.post('/sla/back-tests', { ...june, whatIf: { file: 'levels: [{title: x}]' } });
    expect([odd.status, odd.body.errors[0].field]).toEqual([422, expect.stringMatching(/^line 1, column/)]);
  });
});

import { House } from '../../support/house.js';

describe('the calculator', () => {
  let house: House;
  beforeAll(async () => {
    house = await House.openForBusiness();
  });
  afterAll(() => house.close());

  const office = { timezone: 'Europe/Berlin', week: { mon: [['09:00', '17:00']], tue: [['09:00', '17:00']] } };
  const calculate = (body: unknown) => house.api.post('/calendars/calculate', body);

  it('answers every operation in its order, whatever offset the instants have', async () => {
    const { status, body } = await calculate({
      calendar: office,
      operations: [
        { op: 'add', start: '2026-11-23T15:00:00+01:00', seconds: 14_400 },
        { op: 'add', start: '2026-11-23T15:00:00+01:00', seconds: 0 },
        { op: 'addDays', start: '2026-11-23T15:00:00.000+01:00', days: 1 },
        { op: 'between', start: '2026-11-24T10:00:00Z', end: '2026-11-23T10:00:00Z' },
        { op: 'isOpen', at: '2026-11-22T19:00:00-05:00' },
        { op: 'nextOpen', at: '2026-11-22T19:00:00-05:00' },
        { op: 'nextClose', at: '2026-11-23T12:00:00Z' },
        { op: 'previousOpen', at: '2026-11-23T12:00:00Z' },
        { op: 'previousClose', at: '2026-11-23T07:00:00Z' },
        { op: 'periods', start: '2026-11-23T12:00:00Z', count: 2 },
      ],
    });
    expect(status).toBe(200);
    expect(body.results).toEqual([
      { at: '2026-11-24T10:00:00.000Z' },
      { at: '2026-11-23T14:00:00.000Z' },
      { at: '2026-11-24T14:00:00.000Z' },
      { seconds: -28_800 },
      { open: false },
      { at: '2026-11-23T08:00:00.000Z' },
      { at: '2026-11-23T16:00:00.000Z' },
      { at: '2026-11-23T08:00:00.000Z' },
      { at: '2026-11-17T16:00:00.000Z' },
      {
        periods: [
          ['2026-11-23T12:00:00.000Z', '2026-11-23T16:00:00.000Z'],
          ['2026-11-24T08:00:00.000Z', '2026-11-24T16:00:00.000Z'],
        ],
      },
    ]);
  });

  it('puts an error in the place of an operation that it cannot answer', async () => {
    const { status, body } = await calculate({
      calendar: {
        timezone: 'UTC',
        week: Object.fromEntries(
          ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, [['00:00', '24:00']]]),
        ),
      },
      operations: [
        { op: 'nextClose', at: '2026-11-23T12:00:00Z' },
        { op: 'guess', at: '2026-11-23T12:00:00Z' },
        { op: 'isOpen', at: 'tomorrow' },
        { op: 'isOpen', at: '2026-02-30T12:00:00Z' },
        { op: 'isOpen' },
        'isOpen',
        null,
        { op: 'add', start: '2026-11-23T12:00:00Z', seconds: '60' },
        { op: 'isOpen', at: '2026-11-23T12:00:00Z', loud: true },
        { op: 'isOpen', at: '2026-11-23T12:00:00Z' },
      ],
    });
    expect(status).toBe(200);
    expect(body.results).toEqual([
      { error: { code: 'neverCloses', detail: expect.any(String) } },
      { error: { code: 'invalidOperation', detail: expect.stringContaining('guess') } },
      {
        error: {
          code: 'invalidOperation',
          detail: 'at must be an instant such as 2026-11-22T15:03:07+01:00, not “tomorrow”.',
        },
      },
      { error: { code: 'invalidOperation', detail: expect.stringContaining('2026-02-30') } },
      { error: { code: 'invalidOperation', detail: 'at is missing.' } },
      { error: { code: 'invalidOperation', detail: expect.any(String) } },
      { error: { code: 'invalidOperation', detail: expect.any(String) } },
      { error: { code: 'invalidOperation', detail: 'seconds must be a number, not “60”.' } },
      { error: { code: 'invalidOperation', detail: 'loud is not known here; known are op, at.' } },
      { open: true },
    ]);
  });

  it('refuses a calendar that cannot be', async () => {
    for (const [calendar, field] of [
      [{ ...office, timezone: 'Berlin' }, 'calendar.timezone'],
      [{ timezone: 'Europe/Berlin', week: {} }, 'calendar.week'],
      [{ ...office, week: { mon: [['9', '17:00']] } }, 'calendar.week.mon[0][0]'],
      [{ ...office, weak: {} }, 'calendar.weak'],
      [{ week: office.week }, 'calendar.timezone'],
      [{ name: 'Nowhere' }, 'calendar.name'],
      [{ ...office, holidays: ['2026-02-30'] }, 'calendar.holidays[0]'],
      ['Office', 'calendar'],
    ] as const) {
      const { status, body } = await calculate({ calendar, operations: [] });
      expect([status, body.errors?.map((error: { field: string }) => error.field)]).toEqual([422, [field]]);
    }
  });

  it('takes ten thousand operations and not one more', async () => {
    const operation = { op: 'add', start: '2026-11-23T15:00:00+01:00', seconds: 60 };
    const { status, body } = await calculate({ calendar: office, operations: Array(10_000).fill(operation) });
    expect([status, body.results.length]).toEqual([200, 10_000]);
    expect((await calculate({ calendar: office, operations: Array(10_001).fill(operation) })).status).toBe(422);
  });

  it('knows the stored calendars by name', async () => {
    const { body } = await calculate({
      calendar: { name: '24x7' },
      operations: [{ op: 'isOpen', at: '2026-11-22T03:00:00Z' }],
    });
    expect(body.results).toEqual([{ open: true }]);
  });
});

import { groupings } from '../../../src/reports/compliance.report.js';
import { workloads, WorkloadReport } from '../../../src/reports/workload.report.js';
import { ADMIN_PASSWORD, House } from '../../support/house.js';
import { adam } from '../../support/people.js';
import { linksOf, Visitor, wordsOf } from '../../support/visitor.js';
import { checked, type CheckedClient } from '../api/client.js';

/** Six tickets at L1: one hour to the first response around the clock, four to the resolution. */
describe('the report on promises', () => {
  let house: House;
  let api: CheckedClient;
  const numbers: number[] = [];
  const reply = (number: number | undefined, more: object = {}) =>
    api.post(`/tickets/${number}/messages`, { kind: 'reply', body: 'Here we are.', ...more });

  beforeAll(async () => {
    house = await House.openForBusiness({ at: '2026-06-01T10:00:00Z' });
    api = checked(house);
    for (let i = 0; i < 6; i++) {
      const { body } = await api.post('/tickets', {
        subject: `Promise ${i}`,
        body: 'x',
        requester: { email: i === 5 ? '=cmd@customer.example' : 'carl@customer.example' },
        level: 'L1',
      });
      numbers.push(body.number);
    }
    await api.patch(`/tickets/${numbers[5]}`, { status: 'spam' });
    await house.passTimeUntil('2026-06-01T10:30:00Z');
    await reply(numbers[0], { setStatus: 'resolved' });
    await house.passTimeUntil('2026-06-01T10:50:00Z');
    await reply(numbers[1]);
    await house.passTimeUntil('2026-06-01T12:00:00Z');
    await reply(numbers[2]);
    await house.passTimeUntil('2026-06-08T12:00:00Z');
    await reply(numbers[3], { setStatus: 'resolved' });
  });
  afterAll(() => house.close());

  const ask = async (query: string) => (await api.get(`/reports/sla?${query}`)).body;
  const of = (rows: any[], key: string, metric: string) => rows.find((row) => row.key === key && row.metric === metric);

  it('counts each clock where it was decided', async () => {
    const { from, to, rows } = await ask('from=2026-06-01T00:00:00Z&to=2026-06-02T00:00:00%2B00:00');
    expect([from, to]).toEqual(['2026-06-01T00:00:00.000Z', '2026-06-02T00:00:00.000Z']);
    expect(rows.map(({ key, metric }: Record<string, string>) => [key, metric])).toEqual([
      ['L1', 'firstResponse'],
      ['L1', 'resolution'],
    ]);
    const first = of(rows, 'L1', 'firstResponse');
    // Met at 10:30 and 10:50, stopped late at 12:00, two due at 11:00 and never answered.
    expect(first).toMatchObject({ met: 2, breached: 3, running: 0, attainment: 0.4 });
    expect([first.p50Seconds, first.p90Seconds, first.p95Seconds].map(Math.round)).toEqual(
      [3000, 6360, 6780].map((s) => expect.closeTo(s, -1)),
    );
    expect(of(rows, 'L1', 'resolution')).toMatchObject({ met: 1, breached: 4, running: 0, attainment: 0.2 });
  });

  it('calls running what was not decided by the end of the period', async () => {
    const { rows } = await ask('from=2026-06-01T00:00:00Z&to=2026-06-01T10:40:00Z');
    expect(of(rows, 'L1', 'firstResponse')).toMatchObject({ met: 1, breached: 0, running: 4, attainment: 1 });
    expect((await ask('from=2026-05-01T00:00:00Z&to=2026-06-01T00:00:00Z')).rows).toEqual([]);
  });

  it('counts a promise once, when it was broken, and the time it took when it was done', async () => {
    const { rows } = await ask('from=2026-06-08T00:00:00Z&to=2026-06-09T00:00:00Z');
    const late = of(rows, 'L1', 'firstResponse');
    expect(late).toMatchObject({ met: 0, breached: 0, attainment: null });
    expect(late.p50Seconds).toBeGreaterThan(7 * 86_400);
  });

  it.each(groupings)('groups by %s', async (groupBy) => {
    const { rows } = await ask(`from=2026-06-01T00:00:00Z&to=2026-07-01T00:00:00Z&groupBy=${groupBy}`);
    const total = (field: string) =>
      rows
        .filter(({ metric }: any) => metric === 'firstResponse')
        .reduce((sum: number, row: any) => sum + Number(row[field]), 0);
    expect([total('met'), total('breached')]).toEqual([2, 3]);
    const keys = new Set(rows.map(({ key }: { key: string }) => key));
    const expected = {
      level: ['L1'],
      metric: ['firstResponse', 'resolution'],
      queue: ['Support'],
      agent: expect.arrayContaining(['']),
      organisation: [''],
      week: expect.arrayContaining(['2026-W23']),
    }[groupBy];
    expect([...keys]).toEqual(expected);
  });

  it('comes as CSV, in which nothing is a formula', async () => {
    await api.put(`/queues/${encodeURIComponent('=1+1')}`, { name: '=1+1' });
    await api.post('/tickets', { subject: 'x', body: 'x', requester: { email: 'a@b.example' }, queue: '=1+1' });
    const answer = await api.send(
      'GET',
      '/reports/sla?from=2026-06-01T00:00:00Z&to=2026-07-01T00:00:00Z&groupBy=queue',
      undefined,
      { accept: 'text/csv' },
    );
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const [header, first] = answer.body.split('\r\n');
    expect(header).toBe('key,metric,met,breached,running,attainment,p50Seconds,p90Seconds,p95Seconds');
    expect(first).toBe("'=1+1,firstResponse,0,0,1,,,,");
  });

  it.each([
    ['', ['from', 'to']],
    ['from=2026-06-01&to=2026-07-01T00:00:00Z', ['from']],
    ['from=2026-07-01T00:00:00Z&to=2026-06-01T00:00:00Z', ['to']],
    ['from=2026-06-01T00:00:00Z&to=2026-06-01T00:00:00+02:00', ['to']],
    ['from=2026-06-01T00:00:00Z&to=2026-07-01T00:00:00Z&groupBy=moon', ['groupBy']],
  ])('refuses %j', async (query, fields) => {
    const { status, body } = await api.get(`/reports/sla?${query}`);
    expect([status, body.errors.map(({ field }: { field: string }) => field)]).toEqual([422, fields]);
  });

  it('tells how much came in, was done and is left', async () => {
    const workload = (from: string, to: string) =>
      house.get(WorkloadReport).ask(house.database, { from: new Date(from), to: new Date(to) });
    expect(await workload('2026-06-01T00:00:00Z', '2026-06-01T10:10:00Z')).toEqual({
      opened: 5,
      resolved: 0,
      backlog: 5,
    });
    expect(await workload('2026-06-01T00:00:00Z', '2026-06-02T00:00:00Z')).toEqual({
      opened: 5,
      resolved: 1,
      backlog: 4,
    });
    expect(await workload('2026-06-02T00:00:00Z', '2026-06-08T00:00:00Z')).toEqual({
      opened: 0,
      resolved: 0,
      backlog: 4,
    });
  });

  it('shows the tickets behind each number of the workload', async () => {
    const day = { from: new Date('2026-06-01T00:00:00Z'), to: new Date('2026-06-02T00:00:00Z') };
    const manager = new Visitor(house);
    await manager.signIn(adam.email, ADMIN_PASSWORD);
    const report = house.get(WorkloadReport);
    const counted = await report.ask(house.database, day);
    for (const part of workloads) {
      const tickets = await report.tickets(house.database, day, part);
      expect([part, new Set(tickets.map(({ number }) => number)).size]).toEqual([part, counted[part]]);
    }
    const page = await manager.open('/reports/sla/tickets?from=2026-06-01&to=2026-06-01&outcome=opened');
    expect(page.body).toContain('5 tickets came in');
    const shown = await manager.open('/reports/sla?from=2026-06-01&to=2026-06-01');
    const slowest = linksOf(shown).find((href) => href.includes('outcome=stopped')) ?? '';
    expect(wordsOf(await manager.open(slowest))).toContain('fulfilled, the slowest first');
  });
});

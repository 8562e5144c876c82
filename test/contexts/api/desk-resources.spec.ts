import { RESOURCES } from '../../../src/api/desk-resources.js';
import { House } from '../../support/house.js';
import { checked, type CheckedClient } from './client.js';

const WEEK = { mon: [['09:00', '17:00']] };
const SECRET = `whsec_${Buffer.from('a signing secret of 32 bytes....').toString('base64')}`;

/** One of each, and what it becomes. Each leans only on what a new desk has. */
const THINGS: Record<(typeof RESOURCES)[number], { item: Record<string, unknown>; changed: Record<string, unknown> }> =
  {
    calendars: {
      item: { name: 'Mondays', timezone: 'Europe/Berlin', week: WEEK },
      changed: { name: 'Mondays', timezone: 'Europe/Berlin', week: WEEK, holidays: ['2026-12-28'] },
    },
    levels: {
      item: { name: 'L5', title: 'Some day', targets: { firstResponse: { workingDays: 5 } } },
      changed: { name: 'L5', title: 'One day', targets: { firstResponse: { workingDays: 4 }, resolution: null } },
    },
    policies: {
      item: { name: 'Gold', match: { tier: ['gold'] }, targets: { firstResponse: 30 } },
      changed: { name: 'Gold', match: { tier: ['gold'] }, targets: { firstResponse: 15 }, warnAt: [50] },
    },
    rules: {
      item: { name: 'Outage words', when: { anyWords: ['outage'] }, then: { level: 'L1' } },
      changed: { name: 'Outage words', when: { anyWords: ['outage', 'down'] }, then: { level: 'L1' } },
    },
    queues: {
      item: { name: 'Billing' },
      changed: { name: 'Billing', calendar: '24x7', closeAfterDays: 3 },
    },
    responders: {
      item: { name: 'Night phone', email: 'night@example.com', phone: '+49301234567', methods: [{ kind: 'email' }] },
      changed: { name: 'Night phone', email: 'night@example.com', methods: [{ kind: 'email', afterSeconds: 60 }] },
    },
    chains: {
      item: { name: 'Nights', steps: [{ afterMinutes: 0, notify: [] }], repeatEveryMinutes: 5 },
      changed: { name: 'Nights', steps: [{ afterMinutes: 10, notify: [] }], repeatEveryMinutes: 10 },
    },
  };

describe('the resources of the desk file', () => {
  let house: House;
  let api: CheckedClient;
  beforeAll(async () => {
    house = await House.openForBusiness({ env: { EMERGENCY_EMAIL: 'emergency@desk.test' } });
    api = checked(house);
  });
  afterAll(() => house.close());

  const names = async (resource: string): Promise<string[]> =>
    (await api.get(`/${resource}`)).body.items.map(({ name }: { name: string }) => name);

  it.each(RESOURCES)('%s are created, read, replaced and removed by name', async (resource) => {
    const { item, changed } = THINGS[resource];
    const name = String(item['name']);
    const path = `/${resource}/${encodeURIComponent(name)}`;
    expect((await api.get(path)).status).toBe(404);

    const created = await api.put(path, item);
    expect([created.status, created.headers.get('location')]).toEqual([201, `/api/v1${path}`]);
    expect(created.body).toEqual(item);
    expect(await names(resource)).toContain(name);

    const etag = created.headers.get('etag') ?? '';
    expect((await api.put(path, item, { 'if-none-match': '*' })).status).toBe(412);
    const replaced = await api.put(path, changed, { 'if-match': etag });
    expect([replaced.status, replaced.body]).toEqual([200, changed]);
    expect((await api.put(path, item, { 'if-match': etag })).status).toBe(412);
    const read = await api.get(path);
    expect([read.body, read.headers.get('etag')]).toEqual([changed, replaced.headers.get('etag')]);

    expect((await api.send('DELETE', path, undefined, { 'if-match': etag })).status).toBe(412);
    const removed = await api.delete(path);
    expect([removed.status, removed.body]).toEqual([204, '']);
    expect((await api.get(path)).status).toBe(404);
    expect((await api.delete(path)).status).toBe(404);
  });

  it.each(RESOURCES)('%s keep the name of their address, and refuse what they do not know', async (resource) => {
    const { item } = THINGS[resource];
    const other = await api.put(`/${resource}/Another`, item);
    expect([other.status, other.body.errors[0].field]).toEqual([422, 'name']);
    const odd = await api.put(`/${resource}/${encodeURIComponent(String(item['name']))}`, { ...item, colour: 'red' });
    expect([odd.status, odd.body.errors[0].field]).toEqual([422, 'colour']);
  });

  it.each(RESOURCES)('%s are created by POST, each name and each Idempotency-Key once', async (resource) => {
    const { item } = THINGS[resource];
    const headers = { 'idempotency-key': `create ${resource}` };
    const path = `/${resource}/${encodeURIComponent(String(item['name']))}`;
    const created = await api.post(`/${resource}`, item, headers);
    expect([created.status, created.headers.get('location'), created.body]).toEqual([201, `/api/v1${path}`, item]);
    const read = await api.get(path);
    expect([read.body, read.headers.get('etag')]).toEqual([item, created.headers.get('etag')]);

    const again = await api.post(`/${resource}`, item, headers);
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([201, item, created.headers.get('etag')]);
    expect((await api.post(`/${resource}`, item)).status).toBe(409);
    const odd = await api.post(`/${resource}`, { ...item, name: 'Odd', colour: 'red' });
    expect([odd.status, odd.body.errors[0].field]).toEqual([422, 'colour']);
    expect((await api.delete(path)).status).toBe(204);
  });

  it('come page by page', async () => {
    const all = await names('levels');
    const first = (await api.get('/levels?limit=3')).body;
    const second = (await api.get(`/levels?limit=3&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...second.items].map(({ name }: { name: string }) => name)).toEqual(all);
    expect(second.nextCursor).toBeNull();
  });

  it('tell faults by their place in the one thing that was sent', async () => {
    const fieldsOf = async (path: string, body: unknown) =>
      (await api.put(path, body)).body.errors?.map(({ field }: { field: string }) => field);
    expect(await fieldsOf('/calendars/X', { name: 'X', timezone: 'Berlin', week: WEEK })).toEqual(['timezone']);
    expect(
      await fieldsOf('/policies/X', { name: 'X', match: { level: 'L1' }, calendar: 'Nowhere', targets: {} }),
    ).toEqual(['calendar']);
    expect(await fieldsOf('/chains/X', { name: 'X', steps: [{ afterMinutes: 0, notify: ['Nobody'] }] })).toEqual([
      'steps[0].notify[0]',
    ]);
    expect(await fieldsOf('/rules/X', { name: 'X', when: { channel: ['mail'] }, then: { level: 'L9' } })).toEqual([
      'then.level',
    ]);
    expect(await fieldsOf('/policies/X', { name: 'X', targets: { firstResponse: 'soon' } })).toEqual([
      'targets.firstResponse',
    ]);
    expect(await fieldsOf('/levels/X', { name: 'X', title: 'X', targets: { firstResponse: { days: 1 } } })).toEqual([
      'targets.firstResponse.workingDays',
      'targets.firstResponse.days',
    ]);
  });

  it('leave out secrets', async () => {
    const methods = [{ kind: 'webhook', url: 'https://hooks.example.com/alarm', secret: SECRET }];
    const saved = await api.put('/responders/Hook', { name: 'Hook', methods });
    expect(saved.status).toBe(201);
    const { body } = await api.get('/responders');
    expect(JSON.stringify([saved.body, body])).not.toContain('whsec_');
  });

  it('cannot be removed while something leans on them', async () => {
    const last = (await names('rules')).at(-1) ?? '';
    for (const path of [
      '/calendars/24x7',
      `/calendars/${encodeURIComponent('Office hours')}`,
      '/queues/Support',
      `/rules/${encodeURIComponent(last)}`,
      `/responders/${encodeURIComponent('Emergency contact')}`,
      '/chains/Default',
      '/levels/L3',
    ]) {
      const { status, body } = await api.delete(path);
      expect([path, status, body.type]).toEqual([path, 409, 'urn:punctual:problem:conflict']);
    }
  });

  it('keep a new rule before the one for everything else', async () => {
    await api.put('/rules/First', { name: 'First', when: { channel: ['form'] }, then: { tags: ['form'] } });
    const order = await names('rules');
    expect(order.indexOf('First')).toBe(order.length - 2);
    await api.delete('/rules/First');
  });

  it('take effect at once', async () => {
    await api.put('/levels/L0', {
      name: 'L0',
      title: 'Now',
      targets: { firstResponse: 10, resolution: null },
      calendar: '24x7',
    });
    const { body } = await api.post('/tickets', {
      subject: 'Now',
      body: 'Now',
      requester: { email: 'now@customer.example' },
      level: 'L0',
    });
    expect(body.clocks[0]).toMatchObject({ metric: 'firstResponse', targetSeconds: 600, calendar: '24x7' });
    expect((await api.delete('/levels/L0')).status).toBe(409);
  });
});

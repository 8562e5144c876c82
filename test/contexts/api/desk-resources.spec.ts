import { keyOf, RESOURCES, type Resource } from '../../../src/api/desk-resources.js';
import { ApiTokens } from '../../../src/identity/api-tokens.js';
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
    providers: {
      item: { name: 'pushover', apiUrl: 'https://push.example.com' },
      changed: { name: 'pushover' },
    },
    rotas: {
      item: {
        name: 'Weeks',
        timezone: 'Europe/Berlin',
        every: 'week',
        at: '09:00',
        startsOn: '2026-11-23',
        members: ['Emergency contact'],
      },
      changed: {
        name: 'Weeks',
        timezone: 'Europe/Berlin',
        every: 'day',
        at: '08:30',
        startsOn: '2026-11-23',
        members: ['Emergency contact'],
        overrides: [{ from: '2026-12-24T18:00', to: '2026-12-26T08:00', who: 'Emergency contact' }],
      },
    },
    heartbeats: {
      item: { name: 'Nightly backup', everyMinutes: 1440, graceMinutes: 30, level: 'L2' },
      changed: { name: 'Nightly backup', everyMinutes: 60, graceMinutes: 5, level: 'L2', queue: 'Support' },
    },
    chains: {
      item: { name: 'Nights', steps: [{ afterMinutes: 0, notify: [] }], repeatEveryMinutes: 5 },
      changed: { name: 'Nights', steps: [{ afterMinutes: 10, notify: [] }], repeatEveryMinutes: 10 },
    },
    teams: {
      item: { name: 'Network', lead: 'adam@desk.test', members: ['adam@desk.test'], handling: { workingDays: 2 } },
      changed: { name: 'Network', members: ['adam@desk.test'], calendar: '24x7', handling: 90 },
    },
    organisations: {
      item: { name: 'Acme & Söhne', tier: 'Gold', domains: ['acme.example'] },
      changed: { name: 'Acme & Söhne', domains: ['acme.example', 'soehne.example'], calendar: '24x7' },
    },
    users: {
      item: { email: 'zoe@desk.test', name: 'Zoe', role: 'agent', timezone: 'Europe/Paris' },
      changed: { email: 'zoe@desk.test', name: 'Zoe Zander', role: 'manager', disabled: true },
    },
    webhooks: {
      item: { name: 'Chat bridge', url: 'https://bridge.example.com/hook', events: ['clock.breached', 'incident.*'] },
      changed: { name: 'Chat bridge', url: 'https://bridge.example.com/hook', enabled: false },
    },
    mailboxes: {
      item: { address: 'sales@desk.test', name: 'Sales' },
      changed: { address: 'sales@desk.test', name: 'Sales of Desk' },
    },
  };

const nameIn = (resource: Resource, item: Record<string, unknown>): string => String(item[keyOf(resource)]);
const placeOf = (resource: Resource): string =>
  `/${resource}/${encodeURIComponent(nameIn(resource, THINGS[resource].item))}`;

describe('the resources of the desk file', () => {
  let house: House;
  let api: CheckedClient;
  beforeAll(async () => {
    house = await House.openForBusiness({ env: { EMERGENCY_EMAIL: 'emergency@desk.test' } });
    api = checked(house);
  });
  afterAll(() => house.close());

  const names = async (resource: Resource): Promise<string[]> =>
    (await api.get(`/${resource}`)).body.items.map((item: Record<string, unknown>) => nameIn(resource, item));

  it.each(RESOURCES)('%s are created, read, replaced and removed by name', async (resource) => {
    const { item, changed } = THINGS[resource];
    const name = nameIn(resource, item);
    const path = placeOf(resource);
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
    const other = await api.put(`/${resource}/another@desk.test`, item);
    expect([other.status, other.body.errors[0].field]).toEqual([422, keyOf(resource)]);
    const odd = await api.put(placeOf(resource), { ...item, colour: 'red' });
    expect([odd.status, odd.body.errors[0].field]).toEqual([422, 'colour']);
  });

  it.each(RESOURCES)('%s are changed in part by PATCH, with If-Match, and keep their name', async (resource) => {
    const { item, changed } = THINGS[resource];
    const path = placeOf(resource);
    expect((await api.send('PATCH', path, {})).status).toBe(404);
    const created = await api.put(path, item);
    const etag = created.headers.get('etag') ?? '';
    const gone = Object.keys(item).filter((key) => !(key in changed));
    const patch = { ...Object.fromEntries(gone.map((key) => [key, null])), ...changed };

    const patched = await api.send('PATCH', path, patch, { 'if-match': etag });
    expect([patched.status, patched.body]).toEqual([200, changed]);
    expect((await api.send('PATCH', path, patch, { 'if-match': etag })).status).toBe(412);
    const nothing = await api.send('PATCH', path, {}, { 'if-match': patched.headers.get('etag') ?? '' });
    expect([nothing.status, nothing.body]).toEqual([200, changed]);

    const renamed = await api.send('PATCH', path, { [keyOf(resource)]: 'another@desk.test' });
    // Providers have no names but their own, so theirs is no provider at all.
    const field = resource === 'providers' ? '' : keyOf(resource);
    expect([renamed.status, renamed.body.errors[0].field]).toEqual([422, field]);
    expect((await api.send('PATCH', path, { colour: 'red' })).status).toBe(422);
    expect((await api.get(path)).body).toEqual(changed);
    expect((await api.delete(path)).status).toBe(204);
  });

  it.each(RESOURCES)('%s are created by POST, each name and each Idempotency-Key once', async (resource) => {
    const { item } = THINGS[resource];
    const headers = { 'idempotency-key': `create ${resource}` };
    const path = placeOf(resource);
    const created = await api.post(`/${resource}`, item, headers);
    expect([created.status, created.headers.get('location'), created.body]).toEqual([201, `/api/v1${path}`, item]);
    const read = await api.get(path);
    expect([read.body, read.headers.get('etag')]).toEqual([item, created.headers.get('etag')]);

    const again = await api.post(`/${resource}`, item, headers);
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([201, item, created.headers.get('etag')]);
    expect((await api.post(`/${resource}`, item)).status).toBe(409);
    const odd = await api.post(`/${resource}`, {
      ...item,
      // Providers have no names but their own.
      ...(resource !== 'providers' && { [keyOf(resource)]: 'odd@desk.test' }),
      colour: 'red',
    });
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
      '/mailboxes/support@desk.test',
      '/users/adam@desk.test',
    ]) {
      const { status, body } = await api.delete(path);
      expect([path, status, body.type]).toEqual([path, 409, 'urn:punctual:problem:conflict']);
    }
  });

  it('say what leans on them', async () => {
    await api.put('/organisations/Globex', { name: 'Globex', calendar: '24x7' });
    await api.put('/users/ann@desk.test', { email: 'ann@desk.test', name: 'Ann', role: 'agent' });
    await api.put('/teams/Field', { name: 'Field', lead: 'ann@desk.test' });
    await api.put('/mailboxes/shop@desk.test', { address: 'shop@desk.test', name: 'Shop' });
    const when = { organisation: ['globex'], mailbox: ['Shop@desk.test'] };
    await api.put('/rules/Globex', { name: 'Globex', when, then: { assignee: 'ann@desk.test' } });
    const refusal = async (path: string) => {
      const { status, body } = await api.delete(path);
      return [status, body.detail];
    };
    expect(await refusal('/users/Ann@desk.test')).toEqual([
      409,
      'The user ann@desk.test cannot be removed: the team “Field” and the rule “Globex” lean on it.',
    ]);
    expect(await refusal('/organisations/GLOBEX')).toEqual([
      409,
      'The organisation GLOBEX cannot be removed: the rule “Globex” leans on it.',
    ]);
    expect(await refusal('/mailboxes/shop@desk.test')).toEqual([
      409,
      'The mailbox shop@desk.test cannot be removed: the rule “Globex” leans on it.',
    ]);
    for (const path of [
      '/rules/Globex',
      '/teams/Field',
      '/users/ann@desk.test',
      '/organisations/Globex',
      '/mailboxes/shop@desk.test',
    ]) {
      // prettier-ignore
      expect([path, (await api.delete(path)).status]).toEqual([path, 204]);
    }
  });

  it('find people and mailboxes in any case of letters', async () => {
    expect(
      (await api.put('/users/BEA@desk.test', { email: 'Bea@desk.test', name: 'Bea', role: 'agent' })).body,
    ).toEqual({ email: 'bea@desk.test', name: 'Bea', role: 'agent' });
    expect((await api.get('/users/bEA@desk.test')).status).toBe(200);
    expect((await api.delete('/users/BEA@desk.test')).status).toBe(204);
  });

  it('let nobody lock the desk: the last admin stays, enabled and an admin', async () => {
    const adam = (await api.get('/users/adam@desk.test')).body;
    expect((await api.put('/users/adam@desk.test', { ...adam, role: 'manager' })).body.errors[0].detail).toMatch(
      /last admin/,
    );
    expect((await api.put('/users/adam@desk.test', { ...adam, disabled: true })).status).toBe(422);
    expect((await api.delete('/users/adam@desk.test')).status).toBe(409);
    expect((await api.get('/users/adam@desk.test')).body).toEqual(adam);
  });

  it('keep a person who has left words behind, and say what to do instead', async () => {
    const dora = { email: 'dora@desk.test', name: 'Dora', role: 'agent' };
    await api.put('/users/dora@desk.test', dora);
    const { token } = await house.transaction((tx) =>
      house.get(ApiTokens).issue(tx, { email: dora.email, name: 'test' }, { name: 'the test' }),
    );
    const doras = house.apiWith(token);
    await doras.post('/tickets', { subject: 'Hello', body: 'Hello', requester: { email: 'new@customer.example' } });
    const [ticket] = (await api.get('/tickets')).body.items;
    await doras.post(`/tickets/${ticket.number}/messages`, { kind: 'note', body: 'I was here.' });
    const { status, body } = await api.delete('/users/dora@desk.test');
    expect([status, body.detail]).toEqual([409, expect.stringContaining('Disable it instead')]);

    expect((await api.put('/users/dora@desk.test', { ...dora, role: 'customer' })).status).toBe(200);
    expect((await doras.get('/queues')).status).toBe(403);
    expect((await api.put('/users/dora@desk.test', { ...dora, disabled: true })).status).toBe(200);
    expect((await doras.get('/tickets')).status).toBe(401);
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

import { House } from '../../support/house.js';
import { checked, type CheckedClient } from './client.js';

describe('incidents over the API', () => {
  let house: House;
  let api: CheckedClient;
  let tickets: number[];
  beforeAll(async () => {
    house = await House.openForBusiness({ env: { EMERGENCY_EMAIL: 'night@desk.test' } });
    api = checked(house);
    tickets = [];
    for (const subject of ['One', 'Two', 'Three']) {
      const { body } = await api.post('/tickets', {
        subject,
        body: 'Hello?',
        requester: { email: 'carl@customer.example' },
        level: 'L1',
      });
      tickets.push(body.number);
    }
    await house.passTime('61m');
  });
  afterAll(() => house.close());

  const list = async (query = '') => (await api.get(`/incidents${query}`)).body;

  it('tell what is broken, and who was told', async () => {
    const { items } = await list();
    expect(items).toHaveLength(3);
    const [incident] = (await list(`?ticket=${tickets[0]}`)).items;
    expect(incident).toMatchObject({
      ticket: tickets[0],
      state: 'open',
      clock: { metric: 'firstResponse', cycle: 1, state: 'running', policy: expect.any(String) },
      acknowledgedAt: null,
      acknowledgedBy: null,
      closedAt: null,
      closedBecause: null,
    });
    expect(incident.clock.breachedAt).toBe(incident.clock.dueAt);
    expect(incident.notifications).toEqual([
      {
        responder: 'Emergency contact',
        method: 'email',
        state: 'handedOver',
        attempts: 1,
        handedOverAt: expect.stringMatching(/Z$/),
      },
    ]);
    expect((await api.get(`/incidents/${incident.id}`)).body).toMatchObject({ id: incident.id, state: 'open' });
    expect((await api.get(`/tickets?breached=true`)).body.items).toHaveLength(3);
  });

  it('come page by page and by state', async () => {
    const first = await list('?limit=2');
    const second = await list(`?limit=2&cursor=${first.nextCursor}`);
    const ids = [...first.items, ...second.items].map(({ id }: { id: string }) => id);
    expect([new Set(ids).size, second.nextCursor]).toEqual([3, null]);
    expect((await list('?state=closed')).items).toEqual([]);
    expect((await api.get('/incidents?state=lost')).status).toBe(422);
  });

  it('are acknowledged once; twice does no harm', async () => {
    const [{ id }] = (await list(`?ticket=${tickets[0]}`)).items;
    const first = await api.send('POST', `/incidents/${id}/acknowledgement`);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ state: 'acknowledged', acknowledgedBy: { name: 'API' } });
    house.now.move(1000);
    const second = await api.post(`/incidents/${id}/acknowledgement`, {});
    expect([second.status, second.body.acknowledgedAt]).toEqual([200, first.body.acknowledgedAt]);
    expect((await api.send('POST', '/incidents/00000000-0000-4000-8000-000000000000/acknowledgement')).status).toBe(
      404,
    );
    expect((await api.post(`/incidents/${id}/acknowledgement`, { by: 'me' })).status).toBe(422);
    expect((await list('?state=acknowledged')).items.map((incident: { id: string }) => incident.id)).toEqual([id]);
  });

  it('close with their clock, and an acknowledgement then changes nothing', async () => {
    await api.post(`/tickets/${tickets[1]}/messages`, { kind: 'reply', body: 'Here we are.' });
    const [incident] = (await list(`?ticket=${tickets[1]}`)).items;
    expect(incident).toMatchObject({ state: 'closed', closedBecause: 'stopped', clock: { state: 'breached' } });
    expect((await api.post(`/incidents/${incident.id}/acknowledgement`, {})).body).toMatchObject({
      state: 'closed',
      acknowledgedBy: null,
    });
  });
});

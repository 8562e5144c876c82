import { DeskFiles } from '../../../src/desk-file/desk-files.js';
import { DeliverWebhookJob } from '../../../src/webhooks/deliver-webhook.job.js';
import { checked, type CheckedClient } from '../api/client.js';
import { House, ADMIN_PASSWORD } from '../../support/house.js';
import { adam } from '../../support/people.js';
import { Visitor } from '../../support/visitor.js';
import { isSignedWith, Receiver } from './receiver.js';

const SECRET = `whsec_${Buffer.from('a secret of the other program, 1').toString('base64')}`;
const ANOTHER = `whsec_${Buffer.from('a secret of the other program, 2').toString('base64')}`;
const TICKET = { subject: 'Printer on fire', body: 'The words of Carl.', requester: { email: 'carl@customer.test' } };

describe('webhooks', () => {
  let house: House;
  let receiver: Receiver;
  let api: CheckedClient;

  beforeAll(async () => {
    house = await House.openForBusiness();
    receiver = await Receiver.open();
    api = checked(house);
  });
  beforeEach(async () => {
    await house.settle();
    await house.query('delete from webhook');
    await house.query('delete from webhook_event');
    receiver.received.length = 0;
    receiver.replies = { status: 204 };
  });
  afterAll(async () => {
    await house.close();
    await receiver.close();
  });

  async function hook(name: string, more: object = {}): Promise<void> {
    const { status } = await api.put(`/webhooks/${name}`, {
      name,
      url: receiver.url(`/${name}`),
      secret: SECRET,
      ...more,
    });
    expect(status).toBeLessThan(300);
  }

  async function opensTicket(level = 'L2'): Promise<number> {
    const { status, body } = await api.post('/tickets', { ...TICKET, level });
    expect(status).toBe(201);
    await house.settle();
    return body.number as number;
  }

  /** Lets the time pass that all tries take. */
  async function untilGivenUp(): Promise<void> {
    for (;;) {
      const [next] = await house.query<{ at: Date | null }>(
        `select max(next_try_at) as at from webhook_delivery where state = 'queued'`,
      );
      const at = next?.at ?? null;
      if (at === null) return;
      await house.passTimeUntil(at);
    }
  }

  async function deliveries(name: string, query = ''): Promise<any[]> {
    return (await api.get(`/webhooks/${name}/deliveries${query}`)).body.items as any[];
  }

  it('tell a ticket’s whole story, signed, in the shapes of the API and without the words of its messages', async () => {
    await hook('all');
    const number = await opensTicket('L1');
    await house.passTime('31m');
    await house.passTime('30m');
    await api.post(`/tickets/${number}/messages`, { kind: 'reply', body: 'The words of Adam.' });
    await house.settle();

    const told = receiver.to('/all');
    expect(told.map(({ body }) => body.type)).toEqual(
      expect.arrayContaining([
        ...['ticket.opened', 'clock.started', 'clock.warned', 'clock.breached', 'incident.opened'],
        ...['ticket.agentReplied', 'ticket.statusChanged', 'clock.stopped', 'incident.closed'],
      ]),
    );
    expect(told.every((one) => isSignedWith(SECRET, one))).toBe(true);
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
    expect(told.map(({ text }) => text).join()).not.toMatch(/The words of/);

    const opened = told.find(({ body }) => body.type === 'ticket.opened');
    expect(opened?.body).toMatchObject({
      timestamp: '2026-06-01T10:00:00.000Z',
      data: {
        ticket: {
          ...{ number, subject: 'Printer on fire', status: 'new', level: 'L1', queue: 'Support', assignee: null },
          requester: { email: 'carl@customer.test' },
          url: `http://desk.test/tickets/${number}`,
        },
        event: { type: 'created', data: { channel: 'api' } },
      },
    });
    const breached = told.find(({ body }) => body.type === 'clock.breached');
    expect(breached?.body).toMatchObject({
      timestamp: '2026-06-01T11:00:00.000Z',
      data: { clock: { metric: 'firstResponse', state: 'running', breachedAt: '2026-06-01T11:00:00.000Z' } },
    });
    const incident = told.find(({ body }) => body.type === 'incident.opened');
    const shown = await api.get(`/incidents/${incident?.body.data.incident.id as string}`);
    expect(shown.body.ticket).toBe(number);
  });

  it('hear only what they asked for, and nothing while they are switched off', async () => {
    await hook('alarms', { events: ['incident.*', 'clock.breached'] });
    await hook('off', { enabled: false });
    await opensTicket('L1');
    await house.passTime('61m');
    expect(receiver.types('/alarms').sort()).toEqual(['clock.breached', 'incident.opened']);
    expect(receiver.to('/off')).toEqual([]);

    await hook('off', { enabled: true });
    await house.settle();
    expect(receiver.to('/off')).toEqual([]);
  });

  it('hear nothing of what was undone', async () => {
    await hook('all');
    const undone = house.transaction(async (tx) => {
      await tx.query(`update queue set name = name`);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    const refused = await api.post('/tickets', { ...TICKET, level: 'L9' });
    expect(refused.status).toBe(422);
    await house.settle();
    expect(receiver.received).toEqual([]);
  });

  it('are tried again for three days under the same id, and then wait for somebody to send it again', async () => {
    await hook('all', { events: ['ticket.opened'] });
    receiver.replies = { status: 500 };
    await opensTicket();
    expect(receiver.received).toHaveLength(1);
    await house.passTime('6s');
    expect(receiver.received).toHaveLength(2);
    const [waiting] = await deliveries('all');
    expect(waiting).toMatchObject({ state: 'queued', attempts: 2, lastStatus: 500, type: 'ticket.opened' });
    await untilGivenUp();
    const [given] = await deliveries('all', '?state=failed');
    expect(given).toMatchObject({ state: 'failed', attempts: 10, nextTryAt: null });
    expect(new Set(receiver.received.map(({ id, text }) => `${id} ${text}`)).size).toBe(1);
    await house.passTime('3d');
    expect(receiver.received).toHaveLength(10);

    receiver.replies = { status: 200 };
    const again = await api.post(`/webhooks/all/deliveries/${given.id}/replay`, undefined);
    expect(again.status).toBe(202);
    await house.settle();
    expect(receiver.received).toHaveLength(11);
    const { body: delivered } = await api.get(`/webhooks/all/deliveries/${given.id}`);
    expect(delivered).toMatchObject({ state: 'delivered', attempts: 1, lastStatus: 200, lastError: null });
    expect(delivered.tries).toHaveLength(11);
    expect(receiver.received.at(-1)).toMatchObject({ id: given.messageId, text: delivered.body });
  });

  it('send everything again that was given up, when they are asked to', async () => {
    await hook('all', { events: ['ticket.opened'] });
    receiver.replies = 'hang up';
    for (let n = 0; n < 3; n++) await opensTicket();
    await untilGivenUp();
    expect(await deliveries('all', '?state=failed')).toHaveLength(3);

    receiver.replies = { status: 204 };
    receiver.received.length = 0;
    const { status, body } = await api.post('/webhooks/all/replay', { since: '2026-06-01T00:00:00Z' });
    expect([status, body]).toEqual([202, { count: 3 }]);
    await house.settle();
    expect(receiver.received).toHaveLength(3);
    expect((await api.post('/webhooks/all/replay', { since: '2026-06-01T00:00:00Z' })).body).toEqual({ count: 0 });
  });

  it('wait as long as the other side asks them to', async () => {
    await hook('all', { events: ['ticket.opened'] });
    receiver.replies = { status: 429, headers: { 'retry-after': '600' } };
    await opensTicket();
    await house.passTime('9m');
    expect(receiver.received).toHaveLength(1);
    await house.passTime('1m');
    expect(receiver.received).toHaveLength(2);
  });

  it('are switched off when the other side says that it is gone, and say so', async () => {
    await hook('all');
    receiver.replies = { status: 410 };
    await opensTicket();
    const { body } = await api.get('/webhooks/all');
    expect(body.enabled).toBe(false);
    const said = receiver.received.length;
    await opensTicket();
    expect(receiver.received).toHaveLength(said);

    const visitor = new Visitor(house);
    await visitor.signIn(adam.email, ADMIN_PASSWORD);
    const page = await visitor.open('/admin/webhooks/all');
    expect(page.body).toContain('gone for good (410)');
  });

  it('do not follow a redirect, and never reach into reserved networks', async () => {
    await hook('all', { events: ['ticket.opened'] });
    receiver.replies = { status: 302, headers: { location: receiver.url('/elsewhere') } };
    await opensTicket();
    expect(receiver.to('/elsewhere')).toEqual([]);
    expect((await deliveries('all'))[0]).toMatchObject({ lastStatus: 302, state: 'queued' });

    const odd = await api.put('/webhooks/odd', { name: 'odd', url: 'http://169.254.169.254/latest' });
    expect([odd.status, odd.body.errors[0].field]).toEqual([422, 'url']);
    const unknown = await api.put('/webhooks/odd', {
      name: 'odd',
      url: receiver.url('/'),
      events: ['ticket.exploded'],
    });
    expect([unknown.status, unknown.body.errors[0].field]).toEqual([422, 'events[0]']);
  });

  it('sign with the new secret and for a day with the one before', async () => {
    await hook('all', { events: ['ticket.opened'] });
    await hook('all', { events: ['ticket.opened'], secret: ANOTHER });
    await opensTicket();
    const [first] = receiver.received;
    expect([SECRET, ANOTHER].map((secret) => first !== undefined && isSignedWith(secret, first))).toEqual([true, true]);

    await house.passTime('1d');
    await opensTicket();
    const last = receiver.received.at(-1);
    expect([SECRET, ANOTHER].map((secret) => last !== undefined && isSignedWith(secret, last))).toEqual([false, true]);
  });

  it('that do not answer hold up nobody else, and are asked one at a time', async () => {
    await hook('dead', { events: ['ticket.opened'], url: 'http://127.0.0.1:9/' });
    await hook('all', { events: ['ticket.opened'] });
    for (let n = 0; n < 3; n++) await opensTicket();
    expect(receiver.to('/all')).toHaveLength(3);
    const [standing] = await house.query<{ failing: boolean }>(
      `select failing_since is not null as failing from webhook where name = 'dead'`,
    );
    expect(standing?.failing).toBe(true);
  });

  it('are tested by a press, whatever they want to hear, and each Idempotency-Key once', async () => {
    await hook('all', { events: ['incident.closed'] });
    const headers = { 'idempotency-key': 'one test' };
    const first = await api.post('/webhooks/all/test', undefined, headers);
    const second = await api.post('/webhooks/all/test', undefined, headers);
    expect([first.status, second.status, second.body.id]).toEqual([202, 202, first.body.id]);
    await house.settle();
    expect(receiver.types('/all')).toEqual(['webhook.test']);
    expect((await api.post('/webhooks/nobody/test', undefined)).status).toBe(404);
  });

  it('come page by page, newest first, and are forgotten after a month', async () => {
    await hook('all', { events: ['ticket.opened'] });
    for (let n = 0; n < 3; n++) {
      await opensTicket();
      await house.passTime('1m');
    }
    const first = (await api.get('/webhooks/all/deliveries?limit=2')).body;
    const second = (await api.get(`/webhooks/all/deliveries?limit=2&cursor=${first.nextCursor as string}`)).body;
    const moments = [...first.items, ...second.items].map(({ createdAt }: { createdAt: string }) => createdAt);
    expect(moments).toEqual(moments.toSorted().reverse());
    expect([moments.length, second.nextCursor]).toEqual([3, null]);

    await house.passTime('31d');
    expect(await deliveries('all')).toEqual([]);
  });

  it('are in the desk file, without their secrets', async () => {
    await hook('all', { events: ['clock.*'] });
    const file = await house.transaction((tx) => house.get(DeskFiles).export(tx));
    expect(file).toContain('webhooks:');
    expect(file).toContain('clock.*');
    expect(file).not.toContain('whsec_');
    const stored = await house.query<{ secret: string }>(`select secret from webhook`);
    expect(stored.every(({ secret }) => !secret.includes('whsec_'))).toBe(true);
  });

  it('are told by two workers at once no more than once', async () => {
    await hook('all', { events: ['ticket.opened'] });
    await api.post('/tickets', TICKET);
    const job = house.get(DeliverWebhookJob);
    await Promise.all([job.sweep(), job.sweep(), job.sweep()]);
    expect(receiver.received).toHaveLength(1);
  });

  it('are set on pages: added, given a secret that is shown once, tested, looked at and sent again', async () => {
    const visitor = new Visitor(house);
    await visitor.signIn(adam.email, ADMIN_PASSWORD);
    await visitor.open('/admin/webhooks/new');
    const form = { name: 'Bridge', url: receiver.url('/bridge'), enabled: 'on', events: 'clock.breached' };
    const review = await visitor.send('/admin/webhooks/new', { ...form, step: 'review' });
    expect(review.body).toContain('Bridge');
    const added = await visitor.send('/admin/webhooks/new', { step: 'save' });
    expect(added.body).toContain('Make its signing secret');

    const shown = await visitor.send('/admin/webhooks/Bridge/secret');
    const secret = /value="(whsec_[^"]+)"/.exec(shown.body)?.[1]?.replaceAll('&#x3D;', '=') ?? '';
    expect((await visitor.open('/admin/webhooks/Bridge')).body).not.toContain('whsec_');
    await visitor.send('/admin/webhooks/Bridge/test');
    await house.settle();
    const [told] = receiver.to('/bridge');
    expect(told !== undefined && isSignedWith(secret, told)).toBe(true);

    const log = await visitor.open('/admin/webhooks/Bridge/deliveries');
    expect(log.body).toContain('webhook.test');
    const path = /href="(\/admin\/webhooks\/Bridge\/deliveries\/[\da-f-]{36})"/.exec(log.body)?.[1] ?? '';
    expect((await visitor.open(path)).body).toContain(told?.id);
    await visitor.send(`${path}/replay`);
    await house.settle();
    expect(receiver.to('/bridge').map(({ id }) => id)).toEqual([told?.id, told?.id]);
  });
});

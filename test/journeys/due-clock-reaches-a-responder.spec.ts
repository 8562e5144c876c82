import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { House } from '../support/house.js';

interface Call {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** An on-call service at the outer door: takes what it is sent. */
async function openSink(): Promise<{ server: Server; url: string; calls: Call[] }> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      calls.push({ headers: request.headers as Record<string, string>, body });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alarm`, calls };
}

describe('a due clock reaches a responder', () => {
  const secret = `whsec_${Buffer.from('a signing secret of 32 bytes....').toString('base64')}`;
  let house: House;
  let sink: Awaited<ReturnType<typeof openSink>>;
  let number: number;

  beforeAll(async () => {
    sink = await openSink();
    house = await House.openForBusiness({ at: '2026-06-01T10:00:00Z', env: { EMERGENCY_EMAIL: 'night@desk.test' } });
    const saved = await house.api.put('/responders/Emergency%20contact', {
      name: 'Emergency contact',
      email: 'night@desk.test',
      emergency: true,
      methods: [{ kind: 'email' }, { kind: 'webhook', url: sink.url, afterSeconds: 0, secret, allowPrivate: true }],
    });
    expect(saved.status).toBe(200);
    const created = await house.api.post('/tickets', {
      subject: 'Nobody answers',
      body: 'Hello?',
      requester: { email: 'carl@customer.example', name: 'Carl Customer' },
      level: 'L1',
    });
    expect(created.status).toBe(201);
    number = created.body.number;
  });
  afterAll(async () => {
    await house.close();
    sink.server.close();
  });

  const firstResponse = async () => {
    const { body } = await house.api.get(`/tickets/${number}/clocks`);
    return body.items.find(({ metric }: { metric: string }) => metric === 'firstResponse');
  };
  const incidents = async () => (await house.api.get('/incidents')).body.items;

  it('is warned about on the way', async () => {
    await house.passTimeUntil('2026-06-01T10:59:59Z');
    expect(await firstResponse()).toMatchObject({
      state: 'running',
      breachedAt: null,
      warnings: [
        { percent: 50, at: '2026-06-01T10:30:00.000Z' },
        { percent: 75, at: '2026-06-01T10:45:00.000Z' },
        { percent: 90, at: '2026-06-01T10:54:00.000Z' },
      ],
    });
    expect(await incidents()).toEqual([]);
  });

  it('breaches at its due instant though nobody looked for three minutes', async () => {
    await house.passTimeUntil('2026-06-01T11:03:00Z');
    expect(await firstResponse()).toMatchObject({ state: 'running', breachedAt: '2026-06-01T11:00:00.000Z' });
    const [incident, ...more] = await incidents();
    expect(more).toEqual([]);
    expect(incident).toMatchObject({ ticket: number, state: 'open' });
  });

  it('notifies by e-mail and by a signed webhook', async () => {
    const [letter] = await house.lettersTo('night@desk.test');
    expect(letter?.text).toContain('Nobody answers');
    expect(letter?.text).toMatch(/http:\/\/desk\.test\/\S+/);

    const [call] = sink.calls;
    const {
      'webhook-id': id = '',
      'webhook-timestamp': sent = '',
      'webhook-signature': signature,
    } = call?.headers ?? {};
    // The receiver's own check asks for the present, and this story plays in June.
    expect(new Webhook(secret).sign(id, new Date(Number(sent) * 1000), call?.body ?? '')).toBe(signature);
    expect(new Date(Number(sent) * 1000)).toEqual(new Date('2026-06-01T11:03:00Z'));
    expect(JSON.parse(call?.body ?? '')).toMatchObject({
      type: 'incident.opened',
      data: expect.objectContaining({ ticket: expect.objectContaining({ number }) }),
    });
  });

  it('notifies again and again until somebody acknowledges, and a look at the page acknowledges nothing', async () => {
    await house.passTime('5m');
    await house.passTime('5m');
    const letters = await house.lettersTo('night@desk.test');
    expect(letters.length).toBeGreaterThanOrEqual(3);
    expect(sink.calls.length).toBeGreaterThanOrEqual(3);

    const link = new URL(
      /http:\/\/desk\.test\/acknowledgements\/\S+/.exec(letters[0]?.text ?? '')?.[0] ?? 'http://no.link',
    );
    const page = await fetch(house.url + link.pathname + link.search);
    expect(page.status).toBe(200);
    expect((await incidents())[0]).toMatchObject({ state: 'open' });

    const form = await page.text();
    const action = /<form[^>]*action="([^"]+)"[^>]*>/.exec(form)?.[1] ?? '';
    const csrf = /name="_csrf"[^>]*value="([^"]+)"/.exec(form)?.[1] ?? '';
    const cookie = page.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    const acknowledged = await fetch(new URL(action.replaceAll('&amp;', '&'), house.url + link.pathname), {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', origin: 'http://desk.test' },
      body: new URLSearchParams({ _csrf: csrf }),
    });
    expect([200, 302, 303]).toContain(acknowledged.status);
    expect((await incidents())[0]).toMatchObject({ state: 'acknowledged' });

    const before = (await house.lettersTo('night@desk.test')).length;
    await house.passTime('10m');
    expect(await house.lettersTo('night@desk.test')).toHaveLength(before);
  });

  it('closes the incident when the clock stops, late', async () => {
    await house.api.post(`/tickets/${number}/messages`, { kind: 'reply', body: 'Here we are, with apologies.' });
    await house.settle();
    expect(await firstResponse()).toMatchObject({ state: 'breached', breachedAt: '2026-06-01T11:00:00.000Z' });
    expect((await incidents())[0]).toMatchObject({ state: 'closed', closedBecause: expect.any(String) });
    expect(await house.differences()).toEqual([]);
  });
});

import { createHash } from 'node:crypto';
import { House } from '../../support/house.js';
import { checked, type CheckedClient } from './client.js';

const ENVELOPE = { 'x-envelope-from': 'carl@customer.example', 'x-envelope-to': 'support@desk.test' };
const letter = (id: string, body = 'Please send help.') =>
  `From: Carl Customer <carl@customer.example>\r\nTo: Support <support@desk.test>\r\nSubject: Fire ${id}\r\nMessage-ID: <${id}@customer.example>\r\nDate: Mon, 1 Jun 2026 12:00:00 +0200\r\n\r\n${body}\r\n`;

describe('mail over the API', () => {
  let house: House;
  let api: CheckedClient;
  beforeAll(async () => {
    house = await House.openForBusiness();
    api = checked(house);
  });
  afterAll(() => house.close());

  const post = (raw: string | Uint8Array, headers: Record<string, string> = ENVELOPE) =>
    api.send('POST', '/mail', raw, { 'content-type': 'message/rfc822', ...headers });

  it('is kept byte for byte, read after that, and told of', async () => {
    const bytes = Buffer.concat([Buffer.from(letter('bytes')), Buffer.from([0, 255, 13, 13, 10])]);
    const accepted = await post(bytes);
    expect(accepted.status).toBe(202);
    expect(accepted.body).toEqual({ id: expect.any(String), sha256: createHash('sha256').update(bytes).digest('hex') });
    expect(accepted.headers.get('location')).toBe(`/api/v1/mail/${accepted.body.id}`);
    expect((await api.get(`/mail/${accepted.body.id}`)).body).toMatchObject({
      outcome: 'pending',
      ticket: null,
      size: bytes.length,
    });

    await house.settle();
    const { body: mail } = await api.get(`/mail/${accepted.body.id}`);
    expect(mail).toMatchObject({
      outcome: 'opened',
      subject: 'Fire bytes',
      from: { email: 'carl@customer.example', name: 'Carl Customer' },
      to: [{ email: 'support@desk.test', name: 'Support' }],
      automatic: false,
      acknowledged: true,
      threadedBy: null,
    });
    expect((await api.get(`/tickets/${mail.ticket}`)).body).toMatchObject({ channel: 'mail', subject: 'Fire bytes' });

    const raw = await fetch(`${house.url}/api/v1/mail/${mail.id}/raw`, {
      headers: { authorization: `Bearer ${house.config.adminApiToken}` },
    });
    expect(Buffer.from(await raw.arrayBuffer())).toEqual(bytes);
    expect([raw.headers.get('content-type'), raw.headers.get('x-content-type-options')]).toEqual([
      'message/rfc822',
      'nosniff',
    ]);
    expect(raw.headers.get('content-disposition')).toMatch(/^attachment/);
  });

  it('that comes twice is found twice, the second a duplicate', async () => {
    const first = await post(letter('twice'));
    await house.settle();
    const second = await post(letter('twice'));
    await house.settle();
    const { body } = await api.get(`/mail?sha256=${first.body.sha256}`);
    expect(body.items.map(({ id, outcome }: Record<string, string>) => [id, outcome])).toEqual([
      [first.body.id, 'opened'],
      [second.body.id, 'duplicate'],
    ]);
    expect((await api.get(`/mail?sha256=${first.body.sha256}&outcome=duplicate`)).body.items).toHaveLength(1);
    const page = (await api.get(`/mail?sha256=${first.body.sha256}&limit=1`)).body;
    const next = (await api.get(`/mail?sha256=${first.body.sha256}&limit=1&cursor=${page.nextCursor}`)).body;
    expect([next.items[0].id, next.nextCursor]).toEqual([second.body.id, null]);
    expect((await api.get(`/mail?sha256=${'0'.repeat(64)}`)).body.items).toEqual([]);
  });

  it('comes in a list, the newest first, page by page', async () => {
    const { body } = await api.get('/mail?limit=2');
    expect(body.items.map(({ subject }: { subject: string }) => subject)).toEqual(['Fire twice', 'Fire twice']);
    const next = (await api.get(`/mail?limit=2&cursor=${body.nextCursor}`)).body;
    expect(next.items.map(({ subject }: { subject: string }) => subject)).toEqual(['Fire bytes']);
    expect((await api.get('/mail?cursor=nonsense')).status).toBeGreaterThanOrEqual(400);
    expect((await api.get('/mail?sha256=abc')).status).toBe(422);
    expect((await api.get('/mail?outcome=lost')).status).toBe(422);
  });

  it('needs an envelope, and something in it', async () => {
    expect((await post(letter('a'), { 'x-envelope-to': 'support@desk.test' })).body.errors).toEqual([
      { field: 'x-envelope-from', detail: 'is missing' },
    ]);
    expect((await post(letter('a'), { 'x-envelope-from': '' })).body.errors).toEqual([
      { field: 'x-envelope-to', detail: 'is missing' },
    ]);
    expect(
      (await post(letter('bounce'), { 'x-envelope-from': '<>', 'x-envelope-to': 'support@desk.test, other@desk.test' }))
        .status,
    ).toBe(202);
    expect((await post('', ENVELOPE)).status).toBe(422);
  });

  it('may have 35 MB and not more', async () => {
    const { status, body } = await post(new Uint8Array(35 * 1024 * 1024 + 1).fill(120));
    expect([status, body.type]).toEqual([413, 'urn:punctual:problem:too-large']);
  });

  it('is read again only from the quarantine', async () => {
    const { body } = await post(letter('retry'));
    await house.settle();
    expect((await api.post(`/mail/${body.id}/retry`, {})).status).toBe(409);
    await house.query(
      `update inbound_mail set state = 'quarantined', outcome = null, reason = 'A test put it there.' where id = $1`,
      [body.id],
    );
    expect((await api.get('/mail?outcome=quarantined')).body.items[0]).toMatchObject({
      id: body.id,
      reason: 'A test put it there.',
    });
    const retried = await api.send('POST', `/mail/${body.id}/retry`);
    expect([retried.status, retried.body.outcome]).toEqual([202, 'pending']);
    expect((await api.post('/mail/00000000-0000-4000-8000-000000000000/retry', {})).status).toBe(404);
  });
});

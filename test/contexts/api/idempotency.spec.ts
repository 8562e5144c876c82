import { ApiTokens } from '../../../src/identity/api-tokens.js';
import { Users } from '../../../src/identity/users.js';
import { House } from '../../support/house.js';
import { checked, type CheckedClient } from './client.js';

const TICKET = { subject: 'Once', body: 'Only once.', requester: { email: 'carl@customer.example', name: 'Carl' } };

describe('an Idempotency-Key', () => {
  let house: House;
  let api: CheckedClient;
  beforeAll(async () => {
    house = await House.openForBusiness();
    api = checked(house);
  });
  afterAll(() => house.close());

  const post = (key: string, body: unknown = TICKET, path = '/tickets') =>
    api.post(path, body, { 'idempotency-key': key });
  const ticketsOf = async (): Promise<number> => {
    const [row] = await house.query<{ count: number }>('select count(*)::integer as count from ticket');
    return row?.count ?? 0;
  };

  it('gives the first answer again, and does nothing a second time', async () => {
    const first = await post('again');
    house.now.move(60_000);
    const second = await post('again');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect([first.headers.get('idempotency-replayed'), second.headers.get('idempotency-replayed')]).toEqual([
      null,
      'true',
    ]);
    expect(await ticketsOf()).toBe(1);
  });

  it('means the same body whatever the order of its fields', async () => {
    const { requester, body, subject } = TICKET;
    const first = await post('order', { subject, body, requester });
    const second = await post('order', { requester: { name: requester.name, email: requester.email }, body, subject });
    expect(second.body).toEqual(first.body);
  });

  it('is refused for another body, and for another thing to do', async () => {
    await post('taken');
    expect((await post('taken', { ...TICKET, subject: 'Twice' })).status).toBe(409);
    const { body } = await post('taken-too');
    const path = `/tickets/${body.number}/messages`;
    expect((await post('words', { kind: 'note', body: 'x' }, path)).status).toBe(201);
    expect((await post('words', { kind: 'note', body: 'x' }, `/tickets/${body.number - 1}/messages`)).status).toBe(409);
  });

  it('holds for a day', async () => {
    const first = await post('day');
    house.now.move(24 * 3_600_000 - 5_000);
    expect((await post('day')).body.number).toBe(first.body.number);
    house.now.move(6_000);
    expect((await post('day')).body.number).not.toBe(first.body.number);
    house.now.move(24 * 3_600_000);
    await house.settle();
    expect(await house.query('select from idempotency_key')).toEqual([]);
  });

  it('is one caller’s own', async () => {
    const token = await house.transaction(async (tx) => {
      await house.get(Users).add(tx, { email: 'ann@desk.test', name: 'Ann', role: 'agent' }, { name: 'test' });
      return (await house.get(ApiTokens).issue(tx, { email: 'ann@desk.test', name: 'test' }, { name: 'test' })).token;
    });
    const mine = await post('shared');
    const hers = await checked(house, token).post('/tickets', TICKET, { 'idempotency-key': 'shared' });
    expect([hers.status, hers.body.number === mine.body.number]).toEqual([201, false]);
  });

  it('forgets what was refused, so that it can be mended and tried again', async () => {
    expect((await post('mend', { ...TICKET, level: 'L9' })).status).toBe(422);
    expect((await post('mend', { ...TICKET, level: 'L2' })).status).toBe(201);
  });

  it('must be something that a header can hold', async () => {
    expect((await post('')).status).toBe(422);
    expect((await post('café')).status).toBe(422);
    expect((await post('"with space"')).status).toBe(201);
    expect((await post('x'.repeat(256))).status).toBe(422);
  });

  it('lets one of many at the same moment do it, and tells the others what it did', async () => {
    const before = await ticketsOf();
    const answers = await Promise.all(Array.from({ length: 12 }, () => post('race')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => body.number)).size).toBe(1);
    expect(await ticketsOf()).toBe(before + 1);

    const two = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        post('mixed race', { ...TICKET, subject: `Race ${i % 2}` }).then(({ status }) => status),
      ),
    );
    expect(two.filter((status) => status === 201)).toHaveLength(4);
    expect(two.filter((status) => status === 409)).toHaveLength(4);
    expect(await ticketsOf()).toBe(before + 2);
  });

  it('works on every POST', async () => {
    const raw =
      'From: Carl <carl@customer.example>\r\nTo: support@desk.test\r\nSubject: Once\r\nMessage-ID: <once@customer.example>\r\n\r\nOnce.\r\n';
    const mail = () =>
      api.send('POST', '/mail', raw, {
        'content-type': 'message/rfc822',
        'x-envelope-from': 'carl@customer.example',
        'x-envelope-to': 'support@desk.test',
        'idempotency-key': 'mail',
      });
    const [first, second] = [await mail(), await mail()];
    expect([first.status, second.status, second.body]).toEqual([202, 202, first.body]);
    expect((await api.get(`/mail?sha256=${first.body.sha256}`)).body.items).toHaveLength(1);

    const calculation = { calendar: { name: '24x7' }, operations: [{ op: 'isOpen', at: '2026-11-22T03:00:00Z' }] };
    const results = [
      await post('sum', calculation, '/calendars/calculate'),
      await post('sum', calculation, '/calendars/calculate'),
    ];
    expect(results.map(({ body }) => body)).toEqual([{ results: [{ open: true }] }, { results: [{ open: true }] }]);
  });
});

import { request as httpRequest } from 'node:http';
import { Contract } from '../../../src/api/contract.js';
import { ApiTokens } from '../../../src/identity/api-tokens.js';
import { ROLES, type Role } from '../../../src/identity/current-user.js';
import { Users } from '../../../src/identity/users.js';
import { API_TOKEN, House } from '../../support/house.js';
import { checked, type CheckedClient } from './client.js';

const contract = new Contract();

describe('the frame of the API', () => {
  let house: House;
  let api: CheckedClient;
  beforeAll(async () => {
    house = await House.openForBusiness();
    api = checked(house);
  });
  afterAll(() => house.close());

  const filled = (path: string): string =>
    path.replace('{number}', '1').replace('{id}', '00000000-0000-4000-8000-000000000000').replace('{name}', 'Nothing');

  describe('the document', () => {
    it('is served to everybody, complete in itself', async () => {
      const { status, headers, body } = await checked(house, null).get('/openapi.json');
      expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
      expect(body).toEqual(JSON.parse(JSON.stringify(contract.document)));
      expect(JSON.stringify(body)).not.toMatch(/"\$ref":"(?!#\/)/);
    });

    it('has a valid schema behind every name, and an example that fits where it gives one', () => {
      const { components, paths } = contract.document as any;
      for (const name of Object.keys(components.schemas)) expect(() => contract.schema(name)).not.toThrow();
      for (const item of Object.values<any>(paths)) {
        for (const operation of Object.values<any>(item)) {
          const content = operation.requestBody?.content?.['application/json'];
          const example = content?.example;
          if (example === undefined) continue;
          const validate = contract.schema(content.schema.$ref.split('/').at(-1));
          expect([operation.operationId, validate(example), validate.errors]).toEqual([
            operation.operationId,
            true,
            null,
          ]);
        }
      }
    });

    it('names every operation once', () => {
      const ids = contract.operations.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    });

    it('describes every route, and every route is described', () => {
      const routes = new Set<string>();
      const tree: string = (house.app.getHttpAdapter().getInstance() as any).printRoutes({
        commonPrefix: false,
        includeMeta: false,
      });
      const stack: string[] = [];
      for (const line of tree.split('\n')) {
        const [, indent = '', route = '', methods = ''] =
          /^([│├└─ ]*)(\S+)(?: \(([A-Z, ]+)\))?$/.exec(line.trimEnd()) ?? [];
        if (route === '') continue;
        const depth = indent.length / 4;
        stack.length = depth;
        stack[depth] = route;
        const path = stack.slice(0, depth + 1).join('');
        if (!path.startsWith('/api/v1/')) continue;
        for (const method of methods
          .split(', ')
          .filter((name) => ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(name))) {
          routes.add(`${method} ${path.slice('/api/v1'.length).replace(/:(\w+)/g, '{$1}')}`);
        }
      }
      const beside = [
        'GET /openapi.json',
        ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => `${method} /*`),
      ];
      const served = [...routes].filter((route) => !beside.includes(route) && !/ \/$/.test(route));
      const described = contract.operations.map(({ method, path }) => `${method} ${path}`);
      expect(served.sort()).toEqual(described.sort());
    });
  });

  describe('a token', () => {
    const tokens = new Map<Role, string>();
    beforeAll(async () => {
      for (const role of ROLES) {
        const email = `${role}@roles.example`;
        await house.transaction(async (tx) => {
          await house.get(Users).add(tx, { email, name: role, role }, { name: 'test' });
          tokens.set(role, (await house.get(ApiTokens).issue(tx, { email, name: 'test' }, { name: 'test' })).token);
        });
      }
    });

    it.each(contract.operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
      'opens %s to the role that the document names and to nobody less',
      async (_, { method, path, role }) => {
        const anonymous = await checked(house, null).send(method, filled(path));
        expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="Punctual"']);
        for (const candidate of ROLES) {
          const { status } = await checked(house, tokens.get(candidate) ?? '').send(method, filled(path));
          expect([candidate, status === 403]).toEqual([candidate, ROLES.indexOf(candidate) < ROLES.indexOf(role)]);
          expect(status).not.toBe(401);
          expect(status).toBeLessThan(500);
        }
      },
    );

    it.each([['wrong'], [''], [`${API_TOKEN}x`], ["' or 1=1 --"]])('“%s” opens nothing', async (token) => {
      const { status, headers, body } = await checked(house, token).get('/tickets');
      expect([status, headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer realm="Punctual", error="invalid_token"',
      ]);
      expect(body).toMatchObject({ type: 'urn:punctual:problem:unauthenticated', status: 401 });
    });

    it('counts only in its header, and only as a bearer', async () => {
      const anonymous = checked(house, null);
      expect((await anonymous.send('GET', '/tickets', undefined, { authorization: `Basic ${API_TOKEN}` })).status).toBe(
        401,
      );
      expect((await anonymous.send('GET', '/tickets', undefined, { cookie: `session=${API_TOKEN}` })).status).toBe(401);
      expect(
        (await anonymous.send('GET', '/tickets', undefined, { authorization: `bearer ${API_TOKEN}` })).status,
      ).toBe(200);
    });

    it('ends with its user', async () => {
      const agent = checked(house, tokens.get('agent') ?? '');
      expect((await agent.get('/tickets')).status).toBe(200);
      await house.transaction((tx) =>
        house.get(Users).save(tx, { email: 'agent@roles.example', name: 'agent', role: 'customer' }, { name: 'test' }),
      );
      expect((await agent.get('/incidents')).status).toBe(403);
      await house.transaction((tx) =>
        house
          .get(Users)
          .save(tx, { email: 'agent@roles.example', name: 'agent', role: 'agent', disabled: true }, { name: 'test' }),
      );
      expect((await agent.get('/tickets')).status).toBe(401);
    });
  });

  describe('a problem', () => {
    const json = { 'content-type': 'application/json' };

    it('is RFC 9457, with the request’s id and nothing to cache', async () => {
      const { status, headers, body } = await api.get('/tickets/987654');
      expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
        404,
        'application/problem+json',
        'no-store',
      ]);
      expect(body).toEqual({
        type: 'urn:punctual:problem:not-found',
        title: 'Not found',
        status: 404,
        detail: 'There is no ticket #987654.',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
    });

    it.each([
      ['not JSON', '{"subject": ', 400],
      ['poison', '{"__proto__": {"role": "admin"}}', 400],
      ['nothing', '', 422],
      ['a text', '"hello"', 422],
      ['null', 'null', 422],
      ['a list', '[]', 422],
    ])('is made of a body that is %s', async (_, body, status) => {
      const answer = await api.send('POST', '/tickets', body, json);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
    });

    it('is made of a type of content that the operation does not take', async () => {
      const statuses = [
        await api.send('POST', '/tickets', 'subject=x', { 'content-type': 'application/x-www-form-urlencoded' }),
        await api.send('POST', '/tickets', '<x/>', { 'content-type': 'application/xml' }),
        await api.send('POST', '/tickets', 'From: x', { 'content-type': 'message/rfc822' }),
        await api.send('POST', '/mail', '{}', { ...json, 'x-envelope-from': '', 'x-envelope-to': 'support@desk.test' }),
        await api.send('POST', '/tickets', new TextEncoder().encode('{}')),
      ].map(({ status }) => status);
      expect(statuses).toEqual([415, 415, 415, 415, 415]);
    });

    it('is made of a body that is too large', async () => {
      const answer = await api.send('POST', '/tickets', `"${'x'.repeat(9 * 1024 * 1024)}"`, json);
      expect([answer.status, answer.body.type]).toEqual([413, 'urn:punctual:problem:too-large']);
    });

    it('is made of HEAD only where GET has one', async () => {
      const head = async (path: string, headers = {}): Promise<number> =>
        (await fetch(`${house.url}/api/v1${path}`, { method: 'HEAD', headers })).status;
      const authorization = `Bearer ${API_TOKEN}`;
      expect(await head('/tickets', { authorization })).toBe(200);
      expect(await head('/tickets/999999', { authorization })).toBe(404);
      expect(await head('/tickets')).toBe(401);
    });

    it('is made of an address at which nothing is, and of a method that it does not take', async () => {
      const nowhere = await api.get('/nowhere');
      expect([nowhere.status, nowhere.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
      expect((await api.get('/tickets/abc')).status).toBe(404);
      expect((await api.get('/tickets/99999999999')).status).toBe(404);
      expect((await api.get('/incidents/1')).status).toBe(404);
      for (const address of ['/api/v1', '/api/v1/tickets/', '/api/v1/tickets//messages', '/api/v2/tickets']) {
        const { status, headers } = await fetch(`${house.url}${address}`);
        expect([address, status, headers.get('content-type')]).toEqual([address, 404, 'application/problem+json']);
      }
      const put = await api.put('/tickets', {});
      expect([put.status, put.headers.get('allow'), put.headers.get('content-type')]).toEqual([
        405,
        'GET, POST',
        'application/problem+json',
      ]);
      expect((await api.delete('/tickets/1042')).headers.get('allow')).toBe('GET, PATCH');
      expect((await api.send('POST', '/incidents')).status).toBe(405);
    });

    it('is made of an address that is no address', async () => {
      const { port } = new URL(house.url);
      const status = await new Promise((resolve) => {
        httpRequest(
          { port, path: '/api/v1/tickets/%zz', headers: { authorization: `Bearer ${API_TOKEN}` } },
          (response) => {
            resolve([response.statusCode, response.headers['content-type']]);
            response.resume();
          },
        ).end();
      });
      expect(status).toEqual([400, expect.stringContaining('application/')]);
    });

    it.each([
      [{}, ['subject', 'body', 'requester']],
      [{ subject: '', body: 'x', requester: { email: 'a@b.example' } }, ['subject']],
      [{ subject: ' \n ', body: 'x', requester: { email: 'a@b.example' } }, ['subject']],
      [{ subject: 'x', body: 'x', requester: { email: 'nobody' } }, ['requester.email']],
      [{ subject: 'x', body: 'x', requester: 'a@b.example' }, ['requester']],
      [{ subject: 'x', body: 'x', requester: {} }, ['requester.email']],
      [{ subject: 'x', body: 'x', requester: { email: 'a@b.example', role: 'admin' } }, ['requester.role']],
      [{ subject: 'x', body: 'x', requester: { email: 'a@b.example' }, status: 'closed' }, ['status']],
      [{ subject: 'x', body: 'x', requester: { email: 'a@b.example' }, tags: 'vip' }, ['tags']],
      [{ subject: 'x', body: 'x', requester: { email: 'a@b.example' }, tags: ['ok', 7] }, ['tags[1]']],
      [{ subject: 'x', body: 'x', requester: { email: 'a@b.example' }, fields: { a: [] } }, ['fields.a']],
      [{ subject: 'x', body: 'x', requester: { email: 'a@b.example' }, level: 'L9' }, ['level']],
      [{ subject: 'x', body: 'x', requester: { email: 'a@b.example' }, queue: 'Nowhere' }, ['queue']],
      [{ subject: 'x\0', body: 'x', requester: { email: 'a@b.example' } }, ['subject']],
      [{ subject: 'x', body: 'half a \ud83d', requester: { email: 'a@b.example' } }, ['body']],
      [{ subject: 'x', body: 'x', requester: { email: 'a@b.example' }, fields: { 'a\0': 'x' } }, ['fields']],
    ])('names the fields of %j that are wrong', async (body, fields) => {
      const answer = await api.post('/tickets', body);
      expect([answer.status, answer.body.errors?.map(({ field }: { field: string }) => field)]).toEqual([422, fields]);
      for (const { detail } of answer.body.errors) expect(detail).toMatch(/\w+ \w+/);
    });

    it('says what is wrong in words for people', async () => {
      const { body } = await api.post('/tickets', {
        subject: 7,
        requester: { email: 'nobody' },
        colour: 'red',
        body: 'x'.repeat(1_000_001),
      });
      expect(
        Object.fromEntries(body.errors.map(({ field, detail }: Record<string, string>) => [field, detail])),
      ).toEqual({
        subject: 'must be a text, not 7',
        'requester.email': 'must be an e-mail address, not “nobody”',
        colour: 'is not known here; known are subject, body, requester, level, queue, tags, fields',
        body: 'may have 1000000 characters at the most',
      });
      expect(body.detail).toBe('4 things need correcting.');
    });

    it('of ours tells nothing of what it was', async () => {
      await house.query('alter table responder rename to responder_away');
      const { status, headers, body } = await api.get('/responders');
      await house.query('alter table responder_away rename to responder');
      expect([status, headers.get('content-type')]).toEqual([500, 'application/problem+json']);
      expect(JSON.stringify(body)).not.toMatch(/relation|select|responder_away|\.ts/);
      expect(body.requestId).toMatch(/^[0-9a-f-]{36}$/);
    });
  });
});

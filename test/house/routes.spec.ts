import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ApiTokens } from '../../src/identity/api-tokens.js';
import type { Role } from '../../src/identity/current-user.js';
import { House, STAFF_PASSWORD } from '../support/house.js';
import { adam, ann, carl, mia, type Colleague } from '../support/people.js';
import { Visitor } from '../support/visitor.js';

/** `signed`: for other programs, whose requests bear a signature; to everybody else it is closed. */
type Least = 'anybody' | 'signed' | Role;

/** Every door of the house, and the least role that opens it. A route that is not here, or no longer there, fails this test. */
const DOORS: Record<string, Least> = {
  // The public side.
  'GET /': 'anybody',
  'GET /hours': 'anybody',
  'GET /sla': 'anybody',
  'GET /sla/how-we-count': 'anybody',
  'GET /requests/new': 'anybody',
  'POST /requests/new': 'anybody',
  'GET /sign-in': 'anybody',
  'POST /sign-in': 'anybody',
  'GET /api/docs': 'anybody',
  'GET /health/live': 'anybody',
  'GET /health/ready': 'anybody',
  'GET /metrics': 'anybody',
  // Behind signed links.
  'GET /t/:token': 'anybody',
  'POST /t/:token/messages': 'anybody',
  'POST /t/:token/closing': 'anybody',
  'POST /t/:token/reopening': 'anybody',
  'GET /t/:token/attachments/:id': 'anybody',
  'GET /unsubscriptions/:token': 'anybody',
  'POST /unsubscriptions/:token': 'anybody',
  'POST /t/:token/copies': 'anybody',
  'POST /t/:token/copy-removal': 'anybody',
  'POST /t/:token/silence': 'anybody',
  'POST /t/:token/unsilence': 'anybody',
  'GET /t/:token/attachments/:id/picture': 'anybody',
  'GET /t/:token/attachments/:id/mail': 'anybody',
  'GET /t/:token/attachments/:id/mail/html': 'anybody',
  'GET /t/:token/attachments/:id/mail/files/:index': 'anybody',
  'GET /t/:token/messages/:id/html': 'anybody',
  'GET /acknowledgements/:token': 'anybody',
  'GET /a/:token': 'anybody',
  'POST /acknowledgements/:token': 'anybody',
  'POST /acknowledgements/:token/all': 'anybody',
  'POST /acknowledgements/:token/offer': 'anybody',
  'POST /acknowledgements/:token/acceptance': 'anybody',
  'POST /acknowledgements/:token/refusal': 'anybody',
  'GET /on-call/:feed': 'anybody',
  'GET /verifications/:token': 'anybody',
  'POST /verifications/:token': 'anybody',
  'GET /heartbeats/:token': 'anybody',
  'POST /heartbeats/:token': 'anybody',
  'GET /heartbeats/:token/fail': 'anybody',
  'POST /heartbeats/:token/fail': 'anybody',
  // Signed by their sender.
  'POST /channels/twilio/messages/:notification': 'signed',
  'POST /channels/twilio/calls/:notification': 'signed',
  'POST /channels/twilio/keypresses/:notification': 'signed',
  'POST /channels/twilio/inbound': 'signed',
  'GET /setup/:token': 'anybody',
  'POST /setup/:token': 'anybody',
  // Customers with an account.
  'GET /requests': 'customer',
  'GET /requests/:number': 'customer',
  'POST /requests/:number/messages': 'customer',
  'POST /requests/:number/closing': 'customer',
  'POST /requests/:number/reopening': 'customer',
  'GET /requests/:number/attachments/:id': 'customer',
  'POST /requests/:number/copies': 'customer',
  'POST /requests/:number/copy-removal': 'customer',
  'POST /requests/:number/silence': 'customer',
  'POST /requests/:number/unsilence': 'customer',
  'GET /requests/:number/attachments/:id/picture': 'customer',
  'GET /requests/:number/attachments/:id/mail': 'customer',
  'GET /requests/:number/attachments/:id/mail/html': 'customer',
  'GET /requests/:number/attachments/:id/mail/files/:index': 'customer',
  'GET /requests/:number/messages/:id/html': 'customer',
  'POST /sign-out': 'customer',
  // The workspace.
  'GET /tickets': 'agent',
  'POST /tickets': 'agent',
  'GET /tickets/news': 'agent',
  'GET /tickets/new': 'agent',
  'POST /tickets/changes': 'agent',
  'GET /tickets/:number': 'agent',
  'GET /tickets/:number/clocks': 'agent',
  'POST /tickets/:number/messages': 'agent',
  'POST /tickets/:number/draft': 'agent',
  'POST /tickets/:number/assignment': 'agent',
  'POST /tickets/:number/status': 'agent',
  'POST /tickets/:number/level': 'agent',
  'POST /tickets/:number/queue': 'agent',
  'POST /tickets/:number/subject': 'agent',
  'POST /tickets/:number/tags': 'agent',
  'POST /tickets/:number/team': 'agent',
  'POST /tickets/:number/organisation': 'agent',
  'POST /tickets/:number/resolution': 'agent',
  'POST /tickets/:number/reopening': 'agent',
  'POST /tickets/:number/spam': 'agent',
  'POST /tickets/:number/not-spam': 'agent',
  'POST /tickets/:number/merging': 'agent',
  'POST /tickets/:number/unmerging': 'agent',
  'GET /attachments/:id': 'agent',
  'POST /tickets/:number/copies': 'agent',
  'POST /tickets/:number/copy-removal': 'agent',
  'POST /tickets/:number/deliverable': 'agent',
  'POST /tickets/:number/language': 'agent',
  'GET /attachments/:id/picture': 'agent',
  'GET /attachments/:id/mail': 'agent',
  'GET /attachments/:id/mail/html': 'agent',
  'GET /attachments/:id/mail/files/:index': 'agent',
  'GET /messages/:id/html': 'agent',
  'GET /admin/recount': 'agent',
  'GET /admin/simulator': 'agent',
  'POST /admin/simulator': 'agent',
  'GET /incidents': 'agent',
  'GET /incidents/:id': 'agent',
  'POST /incidents/:id/acknowledgement': 'agent',
  'POST /incidents/:id/offer': 'agent',
  'GET /admin/on-call': 'agent',
  // Managers.
  'POST /admin/on-call/:name/overrides': 'manager',
  'POST /admin/on-call/:name/overrides/:index/removal': 'manager',
  'POST /admin/on-call/:name/feed': 'manager',
  'GET /admin/responders': 'manager',
  'GET /admin/responders/new': 'manager',
  'GET /admin/responders/emergency': 'manager',
  'GET /admin/responders/:name': 'manager',
  'POST /admin/responders/:name/methods/:position/test': 'manager',
  'POST /admin/responders/:name/methods/:position/verification': 'manager',
  'POST /admin/responders/:name/methods/:position/code': 'manager',
  'POST /admin/responders/:name/methods/:position/secret': 'admin',
  'POST /admin/responders/new': 'admin',
  'POST /admin/responders/:name': 'admin',
  'POST /admin/responders/:name/removal': 'admin',
  'GET /admin/chains': 'manager',
  'GET /admin/chains/new': 'manager',
  'GET /admin/chains/:name': 'manager',
  'POST /admin/chains/:name/test': 'manager',
  'POST /admin/chains/new': 'admin',
  'POST /admin/chains/:name': 'admin',
  'POST /admin/chains/:name/removal': 'admin',
  'GET /admin/heartbeats': 'manager',
  'GET /admin/heartbeats/new': 'manager',
  'POST /admin/heartbeats/new': 'admin',
  'GET /admin/heartbeats/:name': 'manager',
  'POST /admin/heartbeats/:name': 'admin',
  'POST /admin/heartbeats/:name/link': 'admin',
  'POST /admin/heartbeats/:name/removal': 'admin',
  'GET /admin/rotas/new': 'manager',
  'GET /admin/rotas/:name': 'manager',
  'POST /admin/rotas/new': 'admin',
  'POST /admin/rotas/:name': 'admin',
  'POST /admin/rotas/:name/removal': 'admin',
  'GET /admin/providers': 'admin',
  'GET /admin/providers/:name': 'admin',
  'POST /admin/providers/:name': 'admin',
  'POST /admin/providers/:name/removal': 'admin',
  'GET /admin/outbox/captured': 'admin',
  'POST /tickets/:number/due-dates': 'manager',
  'POST /tickets/:number/due-dates/removal': 'manager',
  'GET /reports/sla': 'manager',
  'GET /reports/sla.csv': 'manager',
  'GET /reports/sla/tickets': 'manager',
  'GET /admin/back-test': 'manager',
  'POST /admin/back-test': 'manager',
  'GET /admin/back-test/:id': 'manager',
  'GET /admin/back-test/:id/progress': 'manager',
  'GET /admin/back-test/:id/clocks': 'manager',
  'POST /admin/back-test/:id/removal': 'manager',
  'GET /admin/calendars': 'manager',
  'GET /admin/calendars/:name': 'manager',
  'POST /tickets/:number/due': 'manager',
  'POST /tickets/:number/due-removal': 'manager',
  // The settings: managers read, admins change.
  'GET /admin/settings': 'manager',
  'GET /admin/levels': 'manager',
  'GET /admin/levels/new': 'manager',
  'GET /admin/levels/:name': 'manager',
  'POST /admin/levels/new': 'admin',
  'POST /admin/levels/order': 'admin',
  'POST /admin/levels/:name': 'admin',
  'POST /admin/levels/:name/removal': 'admin',
  'GET /admin/policies': 'manager',
  'GET /admin/policies/new': 'manager',
  'GET /admin/policies/:name': 'manager',
  'GET /admin/policies/:name/versions': 'manager',
  'POST /admin/policies/new': 'admin',
  'POST /admin/policies/order': 'admin',
  'POST /admin/policies/:name': 'admin',
  'POST /admin/policies/:name/removal': 'admin',
  'GET /admin/queues': 'manager',
  'GET /admin/queues/new': 'manager',
  'GET /admin/queues/:name': 'manager',
  'POST /admin/queues/new': 'admin',
  'POST /admin/queues/:name': 'admin',
  'POST /admin/queues/:name/removal': 'admin',
  'GET /admin/rules': 'manager',
  'GET /admin/rules/new': 'manager',
  'GET /admin/rules/test': 'manager',
  'POST /admin/rules/test': 'manager',
  'GET /admin/rules/:name': 'manager',
  'POST /admin/rules/new': 'admin',
  'POST /admin/rules/order': 'admin',
  'POST /admin/rules/:name': 'admin',
  'POST /admin/rules/:name/removal': 'admin',
  'GET /admin/desk': 'manager',
  'POST /admin/desk': 'admin',
  // Admins.
  'GET /admin/calendars/new': 'admin',
  'POST /admin/calendars/new': 'admin',
  'GET /admin/calendars/:name/edit': 'admin',
  'POST /admin/calendars/:name/edit': 'admin',
  'POST /admin/calendars/:name/removal': 'admin',
  'POST /admin/calendars/:name/feed-requests': 'admin',
  'GET /setup/done': 'admin',
  'GET /admin': 'admin',
  'GET /admin/clocks': 'admin',
  'POST /admin/clocks/:clock/retry': 'admin',
  'POST /admin/clocks/tickets/:number/retry': 'admin',
  'GET /admin/emergency-contact': 'admin',
  'POST /admin/emergency-contact': 'admin',
  'GET /admin/webhooks': 'admin',
  'GET /admin/webhooks/new': 'admin',
  'POST /admin/webhooks/new': 'admin',
  'GET /admin/webhooks/:name': 'admin',
  'POST /admin/webhooks/:name': 'admin',
  'POST /admin/webhooks/:name/removal': 'admin',
  'POST /admin/webhooks/:name/secret': 'admin',
  'POST /admin/webhooks/:name/test': 'admin',
  'POST /admin/webhooks/:name/replay': 'admin',
  'GET /admin/webhooks/:name/deliveries': 'admin',
  'GET /admin/webhooks/:name/deliveries/:id': 'admin',
  'POST /admin/webhooks/:name/deliveries/:id/replay': 'admin',
  'GET /admin/outbox': 'admin',
  'GET /admin/outbox/:id': 'admin',
  'GET /admin/outbox/:id/html': 'admin',
  'GET /admin/mail': 'admin',
  'GET /admin/mail/:id': 'admin',
  'GET /admin/mail/:id/raw': 'admin',
  'POST /admin/mail/:id/retry': 'admin',
  'GET /forgotten-password': 'anybody',
  'POST /forgotten-password': 'anybody',
  'GET /password-links/:token': 'anybody',
  'POST /password-links/:token': 'anybody',
  'GET /account': 'customer',
  'POST /account/profile': 'customer',
  'POST /account/keys': 'customer',
  'POST /account/password': 'customer',
  'POST /account/sessions/ending': 'customer',
  'POST /account/sessions/:id/ending': 'customer',
  'POST /account/tokens': 'customer',
  'POST /account/tokens/:id/revocation': 'customer',
  'GET /admin/people': 'admin',
  'GET /admin/people/new': 'admin',
  'POST /admin/people/new': 'admin',
  'GET /admin/people/:email': 'admin',
  'POST /admin/people/:email': 'admin',
  'POST /admin/people/:email/invitation': 'admin',
  'POST /admin/people/:email/disabling': 'admin',
  'POST /admin/people/:email/enabling': 'admin',
  'POST /admin/people/:email/sessions/ending': 'admin',
  'POST /admin/people/:email/sessions/:id/ending': 'admin',
  'POST /admin/people/:email/tokens': 'admin',
  'POST /admin/people/:email/tokens/:id/revocation': 'admin',
  'POST /admin/people/:email/removal': 'admin',
  'GET /admin/teams': 'manager',
  'GET /admin/teams/new': 'manager',
  'POST /admin/teams/new': 'admin',
  'GET /admin/teams/:name': 'manager',
  'POST /admin/teams/:name': 'admin',
  'POST /admin/teams/:name/removal': 'admin',
  'GET /admin/organisations': 'manager',
  'GET /admin/organisations/new': 'manager',
  'POST /admin/organisations/new': 'admin',
  'GET /admin/organisations/:name': 'manager',
  'POST /admin/organisations/:name': 'admin',
  'POST /admin/organisations/:name/removal': 'admin',
  'POST /admin/organisations/:name/contacts/:id/deliverable': 'manager',
  'POST /admin/organisations/:name/contacts/:id/all-requests': 'admin',
  'POST /admin/organisations/:name/contacts/:id/own-requests': 'admin',
  'GET /admin/mailboxes': 'manager',
  'GET /admin/letters': 'manager',
  'GET /admin/letters/:letter': 'manager',
  'GET /admin/letters/:letter/html': 'manager',
  'GET /admin/mailboxes/new': 'manager',
  'POST /admin/mailboxes/new': 'admin',
  'GET /admin/mailboxes/:address': 'manager',
  'POST /admin/mailboxes/:address': 'admin',
  'GET /admin/mailboxes/:address/account': 'admin',
  'POST /admin/mailboxes/:address/account': 'admin',
  'POST /admin/mailboxes/:address/removal': 'admin',
  'GET /admin/mailboxes/:address/signing': 'manager',
  'POST /admin/mailboxes/:address/signing': 'admin',
  'POST /admin/mailboxes/:address/signing/check': 'admin',
  'POST /admin/mailboxes/:address/signing/removal': 'admin',
  'GET /admin/audit': 'admin',
  // The REST API.
  'GET /api/v1/openapi.json': 'anybody',
  'GET /api/v1/tickets': 'customer',
  'POST /api/v1/tickets': 'customer',
  'GET /api/v1/tickets/:number': 'customer',
  'PATCH /api/v1/tickets/:number': 'agent',
  'GET /api/v1/tickets/:number/messages': 'customer',
  'POST /api/v1/tickets/:number/messages': 'customer',
  'GET /api/v1/tickets/:number/clocks': 'customer',
  'GET /api/v1/tickets/:number/events': 'agent',
  'POST /api/v1/tickets/:number/merge': 'agent',
  'GET /api/v1/mail': 'agent',
  'POST /api/v1/mail': 'agent',
  'GET /api/v1/mail/:id': 'agent',
  'GET /api/v1/mail/:id/raw': 'agent',
  'POST /api/v1/mail/:id/retry': 'agent',
  'POST /api/v1/calendars/calculate': 'agent',
  'POST /api/v1/sla/simulate': 'agent',
  'POST /api/v1/sla/preview': 'manager',
  'GET /api/v1/sla/back-tests': 'manager',
  'POST /api/v1/sla/back-tests': 'manager',
  'GET /api/v1/sla/back-tests/:id': 'manager',
  'DELETE /api/v1/sla/back-tests/:id': 'manager',
  'POST /api/v1/webhooks/:name/test': 'admin',
  'POST /api/v1/webhooks/:name/replay': 'admin',
  'GET /api/v1/webhooks/:name/deliveries': 'admin',
  'GET /api/v1/webhooks/:name/deliveries/:id': 'admin',
  'POST /api/v1/webhooks/:name/deliveries/:id/replay': 'admin',
  'GET /api/v1/incidents': 'agent',
  'GET /api/v1/incidents/:id': 'agent',
  'POST /api/v1/incidents/:id/acknowledgement': 'agent',
  'GET /api/v1/reports/sla': 'manager',
  ...resource('calendars', 'agent'),
  ...resource('levels', 'agent'),
  ...resource('policies', 'agent'),
  ...resource('rules', 'agent'),
  'POST /api/v1/rules/test': 'agent',
  ...resource('queues', 'agent'),
  ...resource('responders', 'manager'),
  ...resource('providers', 'manager'),
  ...resource('rotas', 'manager'),
  ...resource('heartbeats', 'manager'),
  ...resource('chains', 'manager'),
  ...resource('teams', 'agent'),
  ...resource('webhooks', 'admin'),
  ...resource('organisations', 'agent'),
  ...resource('mailboxes', 'agent', 'admin', 'address'),
  ...resource('users', 'admin', 'admin', 'email'),
};

function resource(name: string, readers: Least, writers: Least = 'admin', key = 'name'): Record<string, Least> {
  return {
    [`GET /api/v1/${name}`]: readers,
    [`POST /api/v1/${name}`]: writers,
    [`GET /api/v1/${name}/:${key}`]: readers,
    [`PUT /api/v1/${name}/:${key}`]: writers,
    [`PATCH /api/v1/${name}/:${key}`]: writers,
    [`DELETE /api/v1/${name}/:${key}`]: writers,
  };
}

const RANKS: Least[] = ['anybody', 'customer', 'agent', 'manager', 'admin'];
const PEOPLE: Colleague[] = [{ ...carl, role: 'customer' }, ann, mia, { ...adam, email: 'other.admin@desk.test' }];

type Handler = (...parameters: unknown[]) => unknown;

/** The doors that the controllers really have. */
function doorsOf(house: House): string[] {
  const controllers = [...house.app.get(ModulesContainer).values()].flatMap((module) => [
    ...module.controllers.values(),
  ]);
  return controllers.flatMap(({ metatype }) => {
    if (metatype === null) return [];
    const prefixes = [Reflect.getMetadata('path', metatype) as string | string[]].flat();
    const prototype = metatype.prototype as Record<string, Handler>;
    return Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      const path =
        handler === undefined ? undefined : (Reflect.getMetadata('path', handler) as string | string[] | undefined);
      if (handler === undefined || path === undefined || name === 'constructor') return [];

      // What answers “not found” to all the rest is a wall.
      if (Reflect.getMetadata('method', handler) === RequestMethod.ALL) return [];
      const method = RequestMethod[Reflect.getMetadata('method', handler) as number] ?? '';
      return prefixes.flatMap((prefix) => [path].flat().map((one) => `${method} ${joined(prefix, one)}`));
    });
  });
}

const joined = (...parts: string[]): string => `/${parts.join('/')}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');

/** A path as somebody might type it. Nothing is found there; who may look is decided before that. */
const typed = (path: string): string =>
  path.replace(':number', '999999').replace(':id', '00000000-0000-4000-8000-000000000000').replace(/:\w+/g, 'nothing');

describe('every door', () => {
  let house: House;
  const visitors = new Map<Least, Visitor>();
  const tokens = new Map<Least, string | undefined>();

  beforeAll(async () => {
    house = await House.openForBusiness();
    visitors.set('anybody', new Visitor(house));
    tokens.set('anybody', undefined);
    for (const person of PEOPLE) {
      await house.employs(person);
      const visitor = new Visitor(house);
      await visitor.signIn(person.email, STAFF_PASSWORD);
      visitors.set(person.role, visitor);
      const { token } = await house.transaction((tx) =>
        house.get(ApiTokens).issue(tx, { email: person.email, name: 'a program' }, { name: 'test' }),
      );
      tokens.set(person.role, token);
    }
  });
  afterAll(() => house.close());

  it('stands in the table, and every door of the table is there', () => {
    expect(doorsOf(house).sort()).toEqual(Object.keys(DOORS).sort());
  });

  const outcome = (status: number, url: string): 'in' | 'out' | 'broken' => {
    if (status >= 500) return 'broken';
    return status === 401 || status === 403 || url.startsWith('/sign-in?') ? 'out' : 'in';
  };
  const expected = (role: Least, least: Least): 'in' | 'out' =>
    least !== 'signed' && RANKS.indexOf(role) >= RANKS.indexOf(least) ? 'in' : 'out';

  it.each(RANKS)(
    'of the pages opens for %s as the table says',
    async (role) => {
      const visitor = visitors.get(role) ?? new Visitor(house);
      const page = await visitor.open('/requests/new');
      const _csrf = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
      const wrong: string[] = [];
      // The way out comes last: behind it everybody is nobody.
      const doors = Object.entries(DOORS).filter(([door]) => !door.includes('/api/v1/'));
      for (const [door, least] of [
        ...doors.filter(([door]) => !door.includes('sign-')),
        ...doors.filter(([door]) => door.endsWith('sign-out')),
      ]) {
        const [method = '', path = ''] = door.split(' ');
        const seen = method === 'GET' ? await visitor.open(typed(path)) : await visitor.post(typed(path), { _csrf });
        const was = door.endsWith('sign-out') && seen.url === '/sign-in' ? 'in' : outcome(seen.status, seen.url);
        if (was !== expected(role, least)) wrong.push(`${door}: ${was} (${seen.status} ${seen.url})`);
      }
      expect(wrong).toEqual([]);
    },
    180_000,
  );

  it('to sign in is open', async () => {
    const stranger = new Visitor(house);
    expect((await stranger.open('/sign-in')).status).toBe(200);
    expect((await stranger.send('/sign-in', {})).status).toBe(422);
  });

  it.each(RANKS)(
    'of the API opens for a program of %s as the table says',
    async (role) => {
      const api = house.apiWith(tokens.get(role));
      const wrong: string[] = [];
      for (const [door, least] of Object.entries(DOORS).filter(([door]) => door.includes('/api/v1/'))) {
        const [method = '', path = ''] = door.split(' ');
        const { status } = await api.send(
          method,
          typed(path.replace('/api/v1', '')),
          method === 'GET' || method === 'DELETE' ? undefined : {},
        );
        const was = outcome(status, '');
        if (was !== expected(role, least)) wrong.push(`${door}: ${was} (${status})`);
        if (was === 'out' && status !== (role === 'anybody' ? 401 : 403)) wrong.push(`${door}: says ${status}`);
      }
      expect(wrong).toEqual([]);
    },
    180_000,
  );

  it('that is not there answers nobody, and the cookie of a person opens nothing of the API', async () => {
    expect((await new Visitor(house).open('/no-such-page')).status).toBe(404);
    expect((await house.apiWith(undefined).get('/no-such-thing')).status).toBe(404);
    const manager = new Visitor(house);
    await manager.signIn(mia.email, STAFF_PASSWORD);
    expect((await manager.open('/api/v1/tickets')).status).toBe(401);
  });

  it('does not open to a form that was made for somebody else', async () => {
    const agent = new Visitor(house);
    await agent.signIn(ann.email, STAFF_PASSWORD);
    const stranger = new Visitor(house);
    const _csrf = /name="_csrf" value="([^"]+)"/.exec((await stranger.open('/requests/new')).body)?.[1] ?? '';
    for (const given of [{ _csrf }, { _csrf: '' }, {}]) {
      expect((await agent.post('/tickets/changes', given as Record<string, string>)).status).toBe(403);
    }
  });
});

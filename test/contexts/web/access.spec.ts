import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Users } from '../../../src/identity/users.js';
import { ACCESS, type Access } from '../../../src/web/access.js';
import { House } from '../../support/house.js';
import { adam, ann, carl, mia, type Person } from '../../support/people.js';
import { furnish } from '../../support/tickets.js';
import { Visitor } from '../../support/visitor.js';

const PASSWORD = 'a password that is long enough';
const NOBODY = 'nobody';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly access: Access | undefined;
}

type Handler = (...parameters: unknown[]) => unknown;

/** Every page of the house, read from the controllers themselves, so that a new one cannot be forgotten. */
function routesOf(house: House): Route[] {
  const controllers = [...house.app.get(ModulesContainer).values()].flatMap((module) => [
    ...module.controllers.values(),
  ]);
  return controllers
    .flatMap(({ metatype }) => {
      const prefixes = [Reflect.getMetadata('path', metatype ?? Object) as string | string[]].flat();
      const methods = Object.getOwnPropertyNames(metatype?.prototype ?? {})
        .filter((name) => name !== 'constructor')
        .map((name) => (metatype?.prototype as Record<string, Handler>)[name]);
      return methods.flatMap((handler) => {
        const path =
          handler === undefined ? undefined : (Reflect.getMetadata('path', handler) as string | string[] | undefined);
        if (handler === undefined || path === undefined || metatype === null) return [];

        const access = (Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, metatype)) as
          Access | undefined;
        const method = RequestMethod[Reflect.getMetadata('method', handler) as number] ?? '';
        return prefixes.flatMap((prefix) =>
          [path].flat().map((one) => ({ method, path: joined(prefix, one), access })),
        );
      });
    })
    .filter(({ path }) => !path.startsWith('/api/v1'));
}

const joined = (...parts: string[]): string => `/${parts.join('/')}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');

/** A path as somebody might type it. Nothing is found there, but who may look is decided before. */
const typed = (path: string): string =>
  path
    .replace(/:number/g, '999999')
    .replace(/:(id|ticket)\b/g, '00000000-0000-4000-8000-000000000000')
    .replace(/:\w+/g, 'x');

describe('who may open what', () => {
  let house: House;
  const visitors = new Map<string, Visitor>();

  beforeAll(async () => {
    house = await House.openForBusiness();
    await furnish(house);
    const by = { name: 'the story' };
    const people: [Person, Exclude<Access, 'signed'>][] = [
      [carl, 'customer'],
      [ann, 'agent'],
      [mia, 'manager'],
      [adam, 'admin'],
    ];
    for (const [{ email, name }, role] of people) {
      const saved = await house.get(Users).byEmail(email);
      await house.transaction(async (tx) => {
        const users = house.get(Users);
        if (saved !== null) await users.setPassword(tx, saved.id, PASSWORD, by);
        else if (role !== 'public') await users.add(tx, { email, name, role, password: PASSWORD }, by);
      });
      visitors.set(role, new Visitor(house));
      await visitors.get(role)?.signIn(email, PASSWORD);
    }
    visitors.set(NOBODY, new Visitor(house));
  });

  afterAll(() => house.close());

  it('is said by every route', () => {
    const routes = routesOf(house);
    expect(routes.length).toBeGreaterThan(50);
    expect(routes.filter(({ access }) => access === undefined)).toEqual([]);
  });

  it.each([NOBODY, 'customer', 'agent', 'manager', 'admin'])('holds for %s on every page', async (role) => {
    const visitor = visitors.get(role) ?? new Visitor(house);
    const ranks = ['public', 'customer', 'agent', 'manager', 'admin'];
    const rank = role === NOBODY ? 0 : ranks.indexOf(role);
    const wrong: string[] = [];
    for (const { method, path, access } of routesOf(house)) {
      if (method !== 'GET' || access === undefined) continue;
      const seen = await visitor.open(typed(path));
      const turnedAway = seen.status === 403 || seen.url.startsWith('/sign-in?');
      if (turnedAway !== rank < ranks.indexOf(access)) wrong.push(`${path} → ${seen.status} ${seen.url}`);
      if (seen.status === 500) wrong.push(`${path} broke: ${seen.status}`);
    }
    expect(wrong).toEqual([]);
  });

  it.each([NOBODY, 'customer', 'agent', 'manager', 'admin'])(
    'lets %s send no form that was not made for them',
    async (role) => {
      const visitor = visitors.get(role) ?? new Visitor(house);
      const taken: string[] = [];
      for (const { method, path, access } of routesOf(house)) {
        if (method === 'GET') continue;
        const seen = await visitor.post(typed(path), { _csrf: 'made up' });
        // Where the address itself is what is signed, there is nothing at a made-up one.
        const turnedAway = [401, 403, 429, ...(access === 'signed' ? [404] : [])];
        if (!turnedAway.includes(seen.status)) taken.push(`${path} → ${seen.status}`);
      }
      expect(taken).toEqual([]);
    },
  );
});

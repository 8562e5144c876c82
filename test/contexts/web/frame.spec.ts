import { ADMIN_PASSWORD, House } from '../../support/house.js';
import { adam } from '../../support/people.js';
import { Visitor, wordsOf } from '../../support/visitor.js';

describe('the frame of every page', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.openForBusiness();
  });

  afterAll(() => house.close());

  it('lets nothing in but our own styles and scripts', async () => {
    const { headers } = await new Visitor(house).open('/');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("style-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|upgrade-insecure-requests|https:/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('cache-control')).toBe('private, no-store');
  });

  it('keeps to https where people come by https', async () => {
    const secure = await House.openForBusiness({ env: { PUBLIC_URL: 'https://desk.test' } });
    const { headers } = await new Visitor(secure).open('/sign-in');
    const cookie = headers.getSetCookie().join('\n');
    await secure.close();
    expect(headers.get('strict-transport-security')).toContain('max-age=31536000');
    expect(cookie).toContain('__Host-punctual-visitor=');
    expect(cookie).toContain('Secure');
  });

  it('answers a page that is not there with a page', async () => {
    const page = await new Visitor(house).open('/nowhere/at/all');
    expect(page.status).toBe(404);
    expect(wordsOf(page)).toContain('Not found There is no page at this address.');
  });

  it('tells nothing of what broke, but a number to ask for', async () => {
    const visitor = new Visitor(house);
    await house.query('alter table level rename to level_gone');
    const page = await visitor.open('/requests/new');
    await house.query('alter table level_gone rename to level');
    expect(page.status).toBe(500);
    expect(wordsOf(page)).toMatch(/Something went wrong on our side .* number [0-9a-f-]{36}/);
    expect(page.body).not.toContain('level');
  });

  it('writes to nobody who leads elsewhere', async () => {
    for (const next of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/%0d%0aSet-Cookie:x=1',
      'javascript:alert(1)',
    ]) {
      const visitor = new Visitor(house);
      await visitor.open(`/sign-in?next=${encodeURIComponent(next)}`);
      const page = await visitor.send('/sign-in', { email: adam.email, password: ADMIN_PASSWORD, next });
      expect(page.url).toMatch(/^\/(tickets|%0d%0aSet-Cookie:x=1)/);
    }
  });

  it('speaks in the zone of who reads', async () => {
    const berlin = await new Visitor(house).open('/hours');
    const tokyo = await new Visitor(house, { 'punctual-zone': 'Asia/Tokyo' }).open('/hours');
    const nowhere = await new Visitor(house, { 'punctual-zone': 'Nowhere/Land' }).open('/hours');
    expect(berlin.body).toContain('09:00–17:00');
    expect(tokyo.body).toContain('16:00–00:00');
    expect(nowhere.body).toContain('Europe/Berlin');
  });
});

describe('signing in', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.openForBusiness();
  });

  afterAll(() => house.close());

  it('leads to the page that was asked for', async () => {
    const visitor = new Visitor(house);
    const asked = await visitor.open('/admin/outbox');
    expect(asked.url).toBe('/sign-in?next=%2Fadmin%2Foutbox');
    const page = await visitor.send('/sign-in', { email: adam.email, password: ADMIN_PASSWORD });
    expect([page.status, page.url]).toEqual([200, '/admin/outbox']);
  });

  it('says the same to a wrong password and to an unknown account, and keeps what was typed', async () => {
    const visitor = new Visitor(house);
    await visitor.open('/sign-in');
    const wrong = await visitor.send('/sign-in', { email: adam.email, password: 'wrong' });
    const unknown = await visitor.send('/sign-in', { email: 'nobody@desk.test', password: 'wrong' });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(wordsOf(wrong)).toContain('do not belong together');
    expect(wordsOf(unknown)).toBe(wordsOf(wrong));
    expect(wrong.body).toContain(`value="${adam.email}"`);
    expect(wrong.body).not.toContain('value="wrong"');
  });

  it('gives a cookie that scripts and other sites cannot use', async () => {
    const response = await fetch(`${house.url}/sign-in`);
    const visitorCookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const token = /name="_csrf" value="([^"]+)"/.exec(await response.text())?.[1] ?? '';
    const signedIn = await fetch(`${house.url}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: visitorCookie },
      body: new URLSearchParams({ _csrf: token, email: adam.email, password: ADMIN_PASSWORD }),
    });
    const session = signedIn.headers.getSetCookie().find((cookie) => cookie.startsWith('punctual-session='));
    expect(session).toMatch(/HttpOnly/);
    expect(session).toMatch(/SameSite=Lax/);
  });

  it('takes no form that was made for somebody else', async () => {
    const [one, other] = [new Visitor(house), new Visitor(house)];
    const page = await one.open('/sign-in');
    await other.open('/sign-in');
    const token = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const seen = await other.post('/sign-in', { _csrf: token, email: adam.email, password: ADMIN_PASSWORD });
    expect(seen.status).toBe(403);
    expect(other.cookie('punctual-session')).toBeUndefined();
  });

  it('ends when somebody signs out, for the cookie too', async () => {
    const visitor = new Visitor(house);
    await visitor.signIn(adam.email, ADMIN_PASSWORD);
    const cookie = visitor.cookie('punctual-session') ?? '';
    await visitor.send('/sign-out');
    expect(visitor.cookie('punctual-session')).toBeUndefined();
    const thief = new Visitor(house, { 'punctual-session': cookie });
    expect((await thief.open('/tickets')).url).toBe('/sign-in?next=%2Ftickets');
  });

  it('stops those who try too often', async () => {
    const visitor = new Visitor(house);
    await visitor.open('/sign-in');
    const seen = [];
    for (let attempt = 0; attempt < 12; attempt++) {
      seen.push((await visitor.send('/sign-in', { email: 'victim@desk.test', password: `guess ${attempt}` })).status);
    }
    expect(seen.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(seen.at(-1)).toBe(429);
  });
});

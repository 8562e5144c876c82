import { Audit } from '../../../src/identity/audit.js';
import { SignIn } from '../../../src/identity/sign-in.js';
import { Users } from '../../../src/identity/users.js';
import { House } from '../../support/house.js';
import { adam, ann, carl, hire } from '../../support/people.js';
import { Visitor, wordsOf } from '../../support/visitor.js';

const PASSWORD = 'a password that is long enough';
const by = { name: 'the story' };

describe('people and their accounts', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.openForBusiness();
    await hire(house);
    await setPassword(adam.email);
    await setPassword(ann.email);
  });
  afterAll(() => house.close());

  const setPassword = async (email: string, password = PASSWORD): Promise<void> => {
    const user = await house.get(Users).byEmail(email);
    await house.transaction((tx) => house.get(Users).setPassword(tx, user?.id ?? '', password, by));
  };
  const signedIn = async (email: string, password = PASSWORD): Promise<Visitor> => {
    const visitor = new Visitor(house);
    await visitor.signIn(email, password);
    return visitor;
  };
  const linkTo = async (email: string): Promise<string> => {
    await house.settle();
    const letters = await house.lettersTo(email);
    const found = letters.map(({ text }) => /http:\/\/[^/]+(\/password-links\/\S+)/.exec(text)?.[1]);
    return found.findLast((link) => link !== undefined) ?? '';
  };
  const lastEntry = async () => (await house.get(Audit).latest({ limit: 1 }))[0];

  it('come in by an invitation: the letter’s link lets choose a password, once', async () => {
    const admin = await signedIn(adam.email);
    await admin.open('/admin/people/new');
    const form = { email: 'Nina@desk.test', name: 'Nina New', role: 'manager', timezone: 'Asia/Tokyo' };
    expect(wordsOf(await admin.send('/admin/people/new', { ...form, email: 'nina' }))).toContain('must be an e-mail');
    expect(wordsOf(await admin.send('/admin/people/new', { ...form, email: ann.email }))).toContain('already');
    const added = await admin.send('/admin/people/new', form);
    expect(added.url).toBe('/admin/people/nina%40desk.test');
    expect(wordsOf(added)).toMatch(/Nina New is invited.*no password is chosen yet/);

    const nina = new Visitor(house);
    const link = await linkTo('nina@desk.test');
    expect(wordsOf(await nina.open(link))).toContain('Welcome, Nina New');
    expect(wordsOf(await nina.send(link, { password: 'short' }))).toContain('needs 10 characters');
    const done = await nina.send(link, { password: PASSWORD });
    expect([done.url, wordsOf(done)]).toEqual(['/sign-in', expect.stringContaining('Your password is set')]);
    expect((await nina.open(link)).status).toBe(404);
    expect((await nina.signIn('nina@desk.test', PASSWORD)).url).toBe('/tickets');
    expect((await nina.open('/admin/people')).status).toBe(403);
    expect(wordsOf(await admin.open('/admin/people?q=nina'))).toMatch(/Nina New nina@desk.test Manager .*now/);
  });

  it('choose another password where they have forgotten it, and no page tells who has an account', async () => {
    const visitor = new Visitor(house);
    await visitor.open('/sign-in');
    const pages = [];
    for (const email of [ann.email, 'nobody@desk.test']) {
      await visitor.open('/forgotten-password');
      const page = await visitor.send('/forgotten-password', { email });
      pages.push([page.status, wordsOf(page).replace(email, '…')]);
    }
    expect(pages[0]).toEqual(pages[1]);
    expect(await linkTo('nobody@desk.test')).toBe('');

    const elsewhere = await signedIn(ann.email);
    const link = await linkTo(ann.email);
    await visitor.open(link);
    await visitor.send(link, { password: 'another long password' });
    expect((await elsewhere.open('/tickets')).url).toContain('/sign-in');
    expect((await visitor.signIn(ann.email, 'another long password')).url).toBe('/tickets');
    await setPassword(ann.email);
  });

  it('are not kept out of their own browser by strangers who guess', async () => {
    const owner = await signedIn(ann.email);
    await owner.open('/tickets');
    await owner.send('/sign-out');
    const guess = (address: string) =>
      house.get(SignIn).attempt({ email: ann.email, password: 'guess', address, userAgent: 'guesser' });
    for (let count = 0; count < 60; count++) await guess(`198.51.100.${count}`);
    for (let count = 0; count < 10; count++) await guess('127.0.0.1');

    const stranger = new Visitor(house);
    expect((await stranger.signIn(ann.email, PASSWORD)).status).toBe(429);
    expect((await owner.signIn(ann.email, PASSWORD)).url).toBe('/tickets');
    await house.passTime('16m');
  });

  it('have their role changed after a look at the difference, at once', async () => {
    const admin = await signedIn(adam.email);
    const nina = await signedIn('nina@desk.test');
    const path = '/admin/people/nina%40desk.test';
    await admin.open(path);
    const review = await admin.send(path, { name: 'Nina New', role: 'agent', timezone: '', step: 'review' });
    expect(wordsOf(review)).toMatch(/Role manager → agent/i);
    expect((await nina.open('/reports/sla')).status).toBe(200);
    expect(wordsOf(await admin.send(path, { step: 'save' }))).toContain('Saved.');
    expect((await nina.open('/reports/sla')).status).toBe(403);
    expect(await lastEntry()).toMatchObject({ action: 'user.changed', by: { email: adam.email } });
  });

  it('are disabled and signed out in one step, and let in again', async () => {
    const admin = await signedIn(adam.email);
    const nina = await signedIn('nina@desk.test');
    const path = '/admin/people/nina%40desk.test';
    await admin.open(path);
    expect(wordsOf(await admin.send(`${path}/disabling`))).toContain('can no longer sign in');
    expect((await nina.open('/tickets')).url).toContain('/sign-in');
    expect((await nina.signIn('nina@desk.test', PASSWORD)).status).toBe(401);
    expect(wordsOf(await admin.open('/admin/people?show=disabled'))).toContain('Nina New');
    await admin.open(path);
    expect(wordsOf(await admin.send(`${path}/enabling`))).toContain('can sign in again');
    expect((await nina.signIn('nina@desk.test', PASSWORD)).url).toBe('/tickets');
  });

  it('never lock the desk: the last admin can neither be disabled, nor demoted, nor removed', async () => {
    const admin = await signedIn(adam.email);
    const path = `/admin/people/${encodeURIComponent(adam.email)}`;
    await admin.open(path);
    expect(wordsOf(await admin.send(`${path}/disabling`))).toContain('last admin');
    const demoted = await admin.send(path, { name: 'Adam', role: 'agent', timezone: '', step: 'review' });
    expect([demoted.status, wordsOf(demoted)]).toEqual([422, expect.stringContaining('last admin')]);
    await admin.open(path);
    expect(wordsOf(await admin.send(`${path}/removal`))).toContain('last admin');
  });

  it('are signed out by an admin, browser by browser or everywhere', async () => {
    const admin = await signedIn(adam.email);
    const path = '/admin/people/nina%40desk.test';
    await admin.open(path);
    await admin.send(`${path}/sessions/ending`);
    const [one, other] = [await signedIn('nina@desk.test'), await signedIn('nina@desk.test')];
    const page = await admin.open(path);
    const [, first = ''] = /action="([^"]*\/sessions\/[0-9a-f-]{36}\/ending)"/.exec(page.body) ?? [];
    await admin.send(first);
    const inside = async (visitor: Visitor) => (await visitor.open('/tickets')).url.startsWith('/tickets');
    expect([await inside(one), await inside(other)].filter(Boolean)).toHaveLength(1);
    await admin.open(path);
    await admin.send(`${path}/sessions/ending`);
    expect([await inside(one), await inside(other)]).toEqual([false, false]);
    expect(await lastEntry()).toMatchObject({ action: 'sessions.ended', subject: 'user nina@desk.test' });
  });

  it('hold API tokens, which are shown once and revoked for good', async () => {
    const nina = await signedIn('nina@desk.test');
    await nina.open('/account');
    expect((await nina.send('/account/tokens', { tokenName: ' ' })).status).toBe(422);
    await nina.open('/account');
    const made = await nina.send('/account/tokens', { tokenName: 'nightly export' });
    const [, secret = ''] = /class="secret">(punctual_[\w-]+)</.exec(made.body) ?? [];
    expect((await house.apiWith(secret).get('/queues')).status).toBe(200);
    const account = await nina.open('/account');
    expect(account.body).toContain('nightly export');
    expect(account.body).not.toContain(secret);

    const [, revoke = ''] = /action="([^"]*\/tokens\/[0-9a-f-]{36}\/revocation)"/.exec(account.body) ?? [];
    const other = await signedIn(ann.email);
    await other.open('/account');
    const csrf = /name="_csrf" value="([^"]+)"/.exec((await other.open('/account')).body)?.[1] ?? '';
    expect((await other.post(revoke, { _csrf: csrf })).status).toBe(404);
    expect((await house.apiWith(secret).get('/queues')).status).toBe(200);
    await nina.send(revoke);
    expect((await house.apiWith(secret).get('/queues')).status).toBe(401);
  });

  it('change their own name, zone and password; the password of now is asked for', async () => {
    const [nina, elsewhere] = [await signedIn('nina@desk.test'), await signedIn('nina@desk.test')];
    await nina.open('/account');
    const faulty = await nina.send('/account/profile', { name: '', timezone: 'Mars/Base' });
    expect([faulty.status, wordsOf(faulty)]).toEqual([422, expect.stringMatching(/must not be empty.*IANA/)]);
    await nina.open('/account');
    await nina.send('/account/profile', { name: 'Nina Newer', timezone: 'Europe/Paris' });
    expect(await house.get(Users).byEmail('nina@desk.test')).toMatchObject({ name: 'Nina Newer', role: 'agent', timezone: 'Europe/Paris' }); // prettier-ignore

    await nina.open('/account');
    expect((await nina.send('/account/password', { current: 'guess', password: 'my next long password' })).status).toBe(422); // prettier-ignore
    await nina.open('/account');
    expect((await nina.send('/account/password', { current: PASSWORD, password: 'short' })).status).toBe(422);
    await nina.open('/account');
    const done = await nina.send('/account/password', { current: PASSWORD, password: 'my next long password' });
    expect(wordsOf(done)).toContain('All other browsers are signed out');
    expect((await nina.open('/account')).url).toBe('/account');
    expect((await elsewhere.open('/account')).url).toContain('/sign-in');
    await house.settle();
    expect((await house.lettersTo('nina@desk.test')).map(({ subject }) => subject)).toContain(
      'Your password at Test desk has been changed',
    );
  });

  it('have an account page as customers too, and nothing of the settings', async () => {
    await house.transaction((tx) =>
      house.get(Users).add(tx, { email: carl.email, name: 'Carl', role: 'customer', password: PASSWORD }, by),
    );
    const customer = await signedIn(carl.email);
    expect(wordsOf(await customer.open('/account'))).toContain(`${carl.email} · Customer`);
    expect((await customer.open('/admin/people')).status).toBe(403);
  });

  it('are removed while they have left nothing', async () => {
    const admin = await signedIn(adam.email);
    const path = '/admin/people/nina%40desk.test';
    await admin.open(path);
    expect(wordsOf(await admin.send(`${path}/removal`))).toContain('removed');
    expect((await admin.send(`${path}/removal`, { step: 'save' })).url).toBe('/admin/people');
    expect((await admin.open(path)).status).toBe(404);
  });
});

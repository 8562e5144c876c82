import { ApiTokens } from '../../../src/identity/api-tokens.js';
import { Audit } from '../../../src/identity/audit.js';
import { FirstAdmin } from '../../../src/identity/first-admin.js';
import { ForgetExpired } from '../../../src/identity/forget-expired.job.js';
import { PasswordLinks } from '../../../src/identity/password-links.js';
import { Passwords } from '../../../src/identity/passwords.js';
import { Sessions } from '../../../src/identity/sessions.js';
import { SetupLink } from '../../../src/identity/setup-link.js';
import { networkOf } from '../../../src/identity/network.js';
import { SignIn, type SignInOutcome } from '../../../src/identity/sign-in.js';
import { Users, type UserEntry } from '../../../src/identity/users.js';
import { House } from '../../support/house.js';

const PASSWORD = 'correct horse battery';
const by = { name: 'the test' };
const ann: UserEntry = { email: 'ann@desk.test', name: 'Ann Agent', role: 'agent' };
const ada: UserEntry = { email: 'ada@desk.test', name: 'Ada Admin', role: 'admin' };
const office = { address: '203.0.113.7', userAgent: 'Firefox' };

describe('who may come in', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open({ env: { ADMIN_API_TOKEN: 'a'.repeat(40) } });
  });
  afterAll(() => house.close());
  beforeEach(async () => {
    await house.query('truncate app_user, sign_in_attempt cascade');
    await house.transaction(async (tx) => {
      for (const user of [ada, ann]) await house.get(Users).add(tx, { ...user, password: PASSWORD }, by);
    });
  });

  const save = (entry: UserEntry) => house.transaction((tx) => house.get(Users).save(tx, entry, by));
  const signIn = (email: string, password = PASSWORD, from = office, previousToken?: string) =>
    house.get(SignIn).attempt({ email, password, ...from, ...(previousToken !== undefined && { previousToken }) });
  const at = (address: string) => ({ ...office, address });
  const onDevice = (deviceCookie: string, email: string, password: string, address = office.address) =>
    house.get(SignIn).attempt({ email, password, ...at(address), deviceCookie });
  const deviceOf = (outcome: SignInOutcome): string => (outcome.outcome === 'signed-in' ? outcome.device.value : '');
  const tokenOf = (outcome: SignInOutcome): string => {
    if (outcome.outcome !== 'signed-in') throw new Error(`Not signed in: ${outcome.outcome}.`);
    return outcome.token;
  };
  const userBehind = async (token: string) => (await house.get(Sessions).find(token))?.user;

  describe('signing in', () => {
    it('opens a session for the right password, whatever the case of the address', async () => {
      const token = tokenOf(await signIn(' Ann@Desk.test '));
      expect(await userBehind(token)).toEqual({
        id: expect.any(String),
        ...ann,
        timezone: expect.any(String),
        singleKeys: true,
      });
    });

    it('gives the same answer for a wrong password, an unknown account, a disabled one and one without a password', async () => {
      await save({ email: 'new@desk.test', name: 'New', role: 'agent' });
      await save({ ...ann, disabled: true });
      const answers = [
        await signIn('ada@desk.test', 'wrong password'),
        await signIn('nobody@desk.test'),
        await signIn('ann@desk.test'),
        await signIn('new@desk.test', ''),
      ];
      expect(answers).toEqual(Array.from({ length: 4 }, () => ({ outcome: 'refused' })));
    });

    it('computes a password hash for an unknown account too', async () => {
      const passwords = house.get(Passwords);
      const time = async (work: () => Promise<unknown>): Promise<number> => {
        const began = performance.now();
        for (let count = 0; count < 5; count++) await work();
        return performance.now() - began;
      };
      const hashed = await passwords.hash(PASSWORD);
      const known = await time(() => passwords.match(hashed, 'wrong password'));
      const unknown = await time(() => passwords.match(null, 'wrong password'));
      expect(unknown).toBeGreaterThan(known / 3);
      expect(await passwords.match(null, '')).toBe(false);
    });

    it('keeps neither passwords nor session secrets in the database', async () => {
      const token = tokenOf(await signIn(ann.email));
      const [dump] = await house.query<{ text: string }>(
        `select (select string_agg(u::text, ' ') from app_user u) || (select string_agg(s::text, ' ') from session s) as text`,
      );
      expect(dump?.text).not.toContain(PASSWORD);
      expect(dump?.text).not.toContain(token);
      expect(dump?.text).toContain('$argon2id$');
    });

    it('gives a new session id and ends the one that the browser brought', async () => {
      const before = tokenOf(await signIn(ann.email));
      const after = tokenOf(await signIn(ann.email, PASSWORD, office, before));
      expect(after).not.toBe(before);
      expect(await userBehind(before)).toBeUndefined();
      expect(await userBehind(after)).toMatchObject({ email: ann.email });
    });

    it('stops listening to an account after ten failures, even to the right password, for a quarter of an hour', async () => {
      for (let count = 0; count < 10; count++) await signIn(ann.email, 'wrong password');
      expect(await signIn(ann.email)).toEqual({ outcome: 'too-many', retryAfterSeconds: expect.any(Number) });
      expect(await signIn(ada.email)).toMatchObject({ outcome: 'signed-in' });
      house.now.move(15 * 60_000 + 1000);
      expect(await signIn(ann.email)).toMatchObject({ outcome: 'signed-in' });
    });

    it('answers an unknown account in the same way', async () => {
      for (let count = 0; count < 10; count++) await signIn('nobody@desk.test');
      expect(await signIn('nobody@desk.test')).toMatchObject({ outcome: 'too-many' });
    });

    it('counts guesses that come all at once', async () => {
      const answers = await Promise.all(Array.from({ length: 25 }, () => signIn(ann.email, 'wrong password')));
      expect(answers.filter(({ outcome }) => outcome === 'refused')).toHaveLength(10);
    });

    it('stops listening to an address that tries many accounts, and to all of its IPv6 network', async () => {
      const from = (host: number) => ({ ...office, address: `2001:db8:1:2::${host.toString(16)}` });
      for (let count = 0; count < 40; count++) await signIn(`user${count}@desk.test`, 'guess', from(count));
      expect(await signIn(ann.email, PASSWORD, from(99))).toMatchObject({ outcome: 'too-many' });
      expect(await signIn(ann.email, PASSWORD, office)).toMatchObject({ outcome: 'signed-in' });
    });

    it('does not let a stranger lock somebody out of the office they always sign in from', async () => {
      await signIn(ann.email);
      for (let count = 0; count < 10; count++) await signIn(ann.email, 'guess', at('198.51.100.1'));
      expect(await signIn(ann.email, PASSWORD, at('198.51.100.1'))).toMatchObject({ outcome: 'too-many' });
      expect(await signIn(ann.email, PASSWORD, at('198.51.100.2'))).toMatchObject({ outcome: 'signed-in' });

      for (let count = 0; count < 50; count++) await signIn(ann.email, 'guess', at(`192.0.2.${count}`));
      expect(await signIn(ann.email, PASSWORD, at('192.0.2.99'))).toMatchObject({ outcome: 'too-many' });
      expect(await signIn(ann.email)).toMatchObject({ outcome: 'signed-in' });
    });

    it('does not let strangers lock somebody out of a browser that they have used before, wherever it is', async () => {
      const device = deviceOf(await signIn(ann.email));
      for (let count = 0; count < 40; count++) await signIn(`user${count}@desk.test`, 'guess', at('192.0.2.7'));
      for (let count = 0; count < 50; count++) await signIn(ann.email, 'guess', at(`198.51.100.${count}`));
      expect(await signIn(ann.email, PASSWORD, at('192.0.2.7'))).toMatchObject({ outcome: 'too-many' });
      expect(await onDevice(device, ann.email, PASSWORD, '192.0.2.7')).toMatchObject({ outcome: 'signed-in' });
    });

    it('counts the guesses made in a known browser, and only there', async () => {
      const device = deviceOf(await signIn(ann.email));
      for (let count = 0; count < 10; count++) await onDevice(device, ann.email, 'guess', `192.0.2.${count}`);
      expect(await onDevice(device, ann.email, PASSWORD, '192.0.2.99')).toMatchObject({ outcome: 'too-many' });
      expect(await signIn(ann.email)).toMatchObject({ outcome: 'signed-in' });
    });

    it('knows a browser for one account only, and takes no cookie that was not made here', async () => {
      const adasDevice = deviceOf(await signIn(ada.email));
      for (let count = 0; count < 10; count++) await signIn(ann.email, 'guess', at('192.0.2.1'));
      for (const cookie of [adasDevice, `${adasDevice}a`, '', 'known ann@desk.test']) {
        expect(await onDevice(cookie, ann.email, PASSWORD, '192.0.2.1')).toMatchObject({ outcome: 'too-many' });
      }
      expect(adasDevice).not.toContain('ada');
    });

    it.each([
      ['192.0.2.1', '192.0.2.1'],
      ['::ffff:192.0.2.1', '192.0.2.1'],
      ['2001:db8:a:b:c:d:e:f', '2001:db8:a:b::/64'],
      ['2001:0DB8::1', '2001:db8:0:0::/64'],
      ['fe80::1%eth0', 'fe80:0:0:0::/64'],
      ['::1', '0:0:0:0::/64'],
    ])('counts %s as %s', (address, network) => {
      expect(networkOf(address)).toBe(network);
    });
  });

  describe('a session', () => {
    it('ends after twelve hours without use, and not while it is used', async () => {
      const token = tokenOf(await signIn(ann.email));
      for (let count = 0; count < 4; count++) {
        house.now.move(11 * 3_600_000);
        expect(await userBehind(token)).toBeDefined();
      }
      house.now.move(12 * 3_600_000 + 1000);
      expect(await userBehind(token)).toBeUndefined();
      await house.get(ForgetExpired).sweep();
      expect(await house.query('select id from session')).toEqual([]);
    });

    it('ends after seven days however much it is used', async () => {
      const token = tokenOf(await signIn(ann.email));
      for (let hours = 0; hours < 7 * 24; hours += 8) {
        expect(await userBehind(token)).toBeDefined();
        house.now.move(8 * 3_600_000);
      }
      expect(await userBehind(token)).toBeUndefined();
    });

    it('can be listed and revoked by its owner, not by others', async () => {
      const token = tokenOf(await signIn(ann.email));
      const annId = (await userBehind(token))?.id ?? '';
      const adaId = (await userBehind(tokenOf(await signIn(ada.email))))?.id ?? '';
      const [session] = await house.get(Sessions).list(annId);
      expect(session).toMatchObject(office);
      const revoke = (user: string) =>
        house.transaction((tx) => house.get(Sessions).revoke(tx, user, session?.id ?? ''));
      expect(await revoke(adaId)).toBe(false);
      expect(await userBehind(token)).toBeDefined();
      expect(await revoke(annId)).toBe(true);
      expect(await userBehind(token)).toBeUndefined();
    });

    it('ends when the password is changed, except the one in which that was done', async () => {
      const other = tokenOf(await signIn(ann.email));
      const own = tokenOf(await signIn(ann.email));
      const session = await house.get(Sessions).find(own);
      await house.transaction((tx) =>
        house.get(Users).setPassword(tx, session?.user.id ?? '', 'a new long password', by, session?.id),
      );
      expect(await userBehind(other)).toBeUndefined();
      expect(await userBehind(own)).toBeDefined();
      expect(await signIn(ann.email)).toEqual({ outcome: 'refused' });
      expect(await signIn(ann.email, 'a new long password')).toMatchObject({ outcome: 'signed-in' });
    });

    it('shows a role that was taken away, and a user who was disabled, at the next request', async () => {
      const token = tokenOf(await signIn(ann.email));
      await save({ ...ann, role: 'customer' });
      expect(await userBehind(token)).toMatchObject({ role: 'customer' });
      await save({ ...ann, disabled: true });
      expect(await userBehind(token)).toBeUndefined();
      await save(ann);
      expect(await userBehind(token)).toBeUndefined();
    });
  });

  describe('an API token', () => {
    const issue = (email: string) =>
      house.transaction((tx) => house.get(ApiTokens).issue(tx, { email, name: 'script' }, by));

    it('acts as its user, with the role of this moment', async () => {
      const { token } = await issue(ann.email);
      expect(await house.get(ApiTokens).authenticate(token)).toMatchObject({ email: ann.email, role: 'agent' });
      await save({ ...ann, role: 'manager' });
      expect(await house.get(ApiTokens).authenticate(token)).toMatchObject({ role: 'manager' });
      expect(await house.get(ApiTokens).authenticate(`${token}x`)).toBeNull();
      expect(JSON.stringify(await house.query('select * from api_token'))).not.toContain(token);
    });

    it('is dead once it is revoked or its user disabled, and stays so', async () => {
      const revoked = await issue(ann.email);
      const orphaned = await issue(ann.email);
      await house.transaction((tx) => house.get(ApiTokens).revoke(tx, revoked.id, by));
      expect(await house.get(ApiTokens).authenticate(revoked.token)).toBeNull();
      await save({ ...ann, disabled: true });
      await save(ann);
      expect(await house.get(ApiTokens).authenticate(orphaned.token)).toBeNull();
    });

    it('of the settings is an admin from the first start on, one and the same, who cannot sign in and is nobody in the lists', async () => {
      const tokens = house.get(ApiTokens);
      const [first, second] = await Promise.all([
        tokens.authenticate('a'.repeat(40)),
        tokens.authenticate('a'.repeat(40)),
      ]);
      expect(first).toMatchObject({ role: 'admin', email: 'api-token@desk.test' });
      expect(second?.id).toBe(first?.id);
      expect(await signIn('api-token@desk.test', '')).toEqual({ outcome: 'refused' });
      expect(await house.get(Users).byEmail('api-token@desk.test')).toBeNull();
      expect(await house.transaction((tx) => house.get(Users).all(tx))).toEqual([ada, ann]);
      expect(await tokens.authenticate('a'.repeat(41))).toBeNull();
      expect(await tokens.authenticate('')).toBeNull();
    });
  });

  describe('users', () => {
    it('are saved once, and the same again changes nothing', async () => {
      const bob: UserEntry = { email: 'bob@desk.test', name: 'Bob', role: 'manager', timezone: 'Asia/Tokyo' };
      expect(await save(bob)).toBe('added');
      expect(await save({ ...bob, email: 'BOB@desk.test' })).toBe('unchanged');
      expect(await save({ ...bob, name: 'Robert' })).toBe('changed');
      expect(await house.get(Users).byEmail(bob.email)).toMatchObject({ name: 'Robert', timezone: 'Asia/Tokyo' });
    });

    it('are refused with all that is wrong', async () => {
      const bad = { email: 'nobody', name: '', role: 'king', timezone: 'Mars/Base' } as unknown as UserEntry;
      await expect(save(bad)).rejects.toMatchObject({
        kind: 'invalid',
        faults: ['email', 'name', 'role', 'timezone'].map((field) => expect.objectContaining({ field }) as unknown),
      });
    });

    it('are added once: a second of the same address is a conflict', async () => {
      const add = () => house.transaction((tx) => house.get(Users).add(tx, ann, by));
      await expect(add()).rejects.toMatchObject({ kind: 'conflict' });
    });

    it.each([
      ['short', 'password'],
      ['monotonous', 'aaaaaaaaaaaaaaaa'],
      ['endless', 'x1y2'.repeat(80)],
    ])('cannot have a password that is too %s', async (_, password) => {
      const add = house.transaction((tx) => house.get(Users).add(tx, { ...ann, email: 'b@desk.test', password }, by));
      await expect(add).rejects.toMatchObject({
        kind: 'invalid',
        faults: [{ field: 'password', detail: expect.any(String) }],
      });
    });

    it('never lose their last admin, not even when two leave at once', async () => {
      const ben: UserEntry = { email: 'ben@desk.test', name: 'Ben', role: 'admin' };
      await house.transaction((tx) => house.get(Users).add(tx, { ...ben, password: PASSWORD }, by));
      const leave = (user: UserEntry) => save({ ...user, role: 'agent' });
      const results = await Promise.allSettled([leave(ada), leave(ben)]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });
  });

  describe('choosing a password', () => {
    const links = () => house.get(PasswordLinks);
    const ask = (email: string, address = office.address) => links().ask({ email, address });
    const lettersTo = (email: string) =>
      house.query<{ subject: string; text: string }>(
        `select subject, text from outgoing_mail where recipients @> $1 order by number`,
        [JSON.stringify([{ email }])],
      );
    const tokenIn = (letter: { text: string } | undefined): string =>
      /\/password-links\/([\w-]+)/.exec(letter?.text ?? '')?.[1] ?? '';
    const spend = (token: string, password: string) => house.transaction((tx) => links().spend(tx, token, password));
    const invite = (email: string) => house.transaction((tx) => links().invite(tx, email, { name: 'Ada Admin' }));
    beforeEach(() => house.query('truncate outgoing_mail, password_request cascade'));

    it('begins with a letter, for an account that is known; for any other nothing is to be seen', async () => {
      await save({ email: 'off@desk.test', name: 'Off', role: 'agent', disabled: true });
      const answers = [await ask('Ann@desk.test'), await ask('nobody@desk.test'), await ask('off@desk.test')];
      expect(answers).toEqual(Array.from({ length: 3 }, () => ({ outcome: 'taken' })));
      await house.settle();
      const [letter, ...more] = await lettersTo(ann.email);
      expect([letter?.subject, more]).toEqual(['Choose a new password for Support desk', []]);
      expect(await house.query('select 1 from outgoing_mail')).toHaveLength(1);
    });

    it('works once, within the hour, and ends every session', async () => {
      const session = tokenOf(await signIn(ann.email));
      await ask(ann.email);
      await house.settle();
      const token = tokenIn((await lettersTo(ann.email))[0]);
      expect(await links().find(token)).toMatchObject({ purpose: 'forgotten', user: { email: ann.email } });
      await expect(spend(token, 'short')).rejects.toMatchObject({ faults: [{ field: 'password' }] });

      const outcomes = await Promise.allSettled([spend(token, 'my new long password'), spend(token, 'another one')]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await links().find(token)).toBeNull();
      expect(await userBehind(session)).toBeUndefined();
      expect(await signIn(ann.email)).toEqual({ outcome: 'refused' });
      expect((await lettersTo(ann.email)).map(({ subject }) => subject)).toContain(
        'Your password at Support desk has been changed',
      );

      await ask(ann.email);
      await house.settle();
      const late = tokenIn((await lettersTo(ann.email)).at(-1));
      house.now.move(3_600_000 + 1000);
      expect(await links().find(late)).toBeNull();
      await expect(spend(late, 'my new long password')).rejects.toMatchObject({ kind: 'not-found' });
    });

    it('writes no more than three letters an hour to one account, and stops listening to one address after twenty', async () => {
      for (let count = 0; count < 5; count++) await ask(ann.email, `192.0.2.${count}`);
      await house.settle();
      expect(await lettersTo(ann.email)).toHaveLength(3);

      for (let count = 0; count < 20; count++) expect(await ask(`u${count}@desk.test`)).toEqual({ outcome: 'taken' });
      expect(await ask(ada.email)).toEqual({ outcome: 'too-many', retryAfterSeconds: expect.any(Number) });
      house.now.move(3_600_000 + 1000);
      expect(await ask(ada.email)).toEqual({ outcome: 'taken' });
    });

    it('is how somebody new comes in: the last invitation is good for a week, and for nobody who was disabled', async () => {
      await save({ email: 'new@desk.test', name: 'New', role: 'agent' });
      await invite('new@desk.test');
      await invite('New@desk.test');
      const [first, second] = await lettersTo('new@desk.test');
      expect(first?.text).toContain('Ada Admin has made an account for you');
      expect(await links().find(tokenIn(first))).toBeNull();
      house.now.move(6 * 24 * 3_600_000);
      expect(await links().find(tokenIn(second))).toMatchObject({ purpose: 'invitation' });
      await save({ email: 'new@desk.test', name: 'New', role: 'agent', disabled: true });
      await save({ email: 'new@desk.test', name: 'New', role: 'agent' });
      expect(await links().find(tokenIn(second))).toBeNull();

      await invite('new@desk.test');
      await spend(tokenIn((await lettersTo('new@desk.test')).at(-1)), 'my new long password');
      expect(await signIn('new@desk.test', 'my new long password')).toMatchObject({ outcome: 'signed-in' });
      await expect(invite('nobody@desk.test')).rejects.toMatchObject({ kind: 'not-found' });
    });

    it('leaves nothing behind that opens anything: links are kept as hashes, and swept away', async () => {
      await ask(ann.email);
      await house.settle();
      const token = tokenIn((await lettersTo(ann.email))[0]);
      expect(JSON.stringify(await house.query('select * from password_link'))).not.toContain(token);
      house.now.move(25 * 3_600_000);
      await house.get(ForgetExpired).sweep();
      expect(await house.query('select 1 from password_link')).toEqual([]);
      expect(await house.query('select 1 from password_request')).toEqual([]);
    });

    it('asks for the password again where somebody is signed in, and counts guesses there too', async () => {
      const user = await userBehind(tokenOf(await signIn(ann.email)));
      const confirm = (password: string) => house.get(SignIn).confirm(user!, { password, ...office });
      expect(await confirm(PASSWORD)).toBe('right');
      for (let count = 0; count < 10; count++) expect(await confirm('guess')).toEqual({ outcome: 'refused' });
      expect(await confirm(PASSWORD)).toMatchObject({ outcome: 'too-many' });
    });
  });

  describe('the set-up link', () => {
    let fresh: House;
    beforeEach(async () => {
      fresh = await House.open();
    });
    afterEach(() => fresh.close());

    const renew = async () =>
      (await fresh.transaction((tx) => fresh.get(SetupLink).renew(tx)))?.split('/setup/')[1] ?? '';
    const setUp = (token: string) =>
      fresh.transaction(async (tx) => {
        if (!(await fresh.get(SetupLink).spend(tx, token))) return false;
        await fresh.get(Users).add(tx, { ...ada, password: PASSWORD }, by);
        return true;
      });

    it('works once, for one of two who use it at the same time', async () => {
      const token = await renew();
      expect(await fresh.get(SetupLink).isGood(token)).toBe(true);
      expect((await Promise.all([setUp(token), setUp(token)])).sort()).toEqual([false, true]);
      expect(await fresh.get(SetupLink).isGood(token)).toBe(false);
      expect(await renew()).toBe('');
    });

    it('is replaced at each start, and is not spent by a set-up that failed', async () => {
      const first = await renew();
      const second = await renew();
      expect(await setUp(first)).toBe(false);
      await expect(
        fresh.transaction(async (tx) => {
          await fresh.get(SetupLink).spend(tx, second);
          throw new Error('the form was wrong');
        }),
      ).rejects.toThrow('the form was wrong');
      expect(await setUp(second)).toBe(true);
    });

    it('is kept as a digest only', async () => {
      const token = await renew();
      expect(JSON.stringify(await fresh.query('select * from setup_link'))).not.toContain(token);
    });
  });

  it('makes the admin of the settings at the first start, and leaves a changed password alone at the next', async () => {
    const unattended = await House.open({ env: { ADMIN_EMAIL: 'Ada.Love@desk.test', ADMIN_PASSWORD: PASSWORD } });
    const start = () => unattended.transaction((tx) => unattended.get(FirstAdmin).ensure(tx));
    await start();
    const admin = await unattended.get(Users).byEmail('ada.love@desk.test');
    expect(admin).toMatchObject({ name: 'Ada Love', role: 'admin' });
    await unattended.transaction((tx) =>
      unattended.get(Users).setPassword(tx, admin?.id ?? '', 'something else 42', by),
    );
    await start();
    const attempt = (password: string) =>
      unattended.get(SignIn).attempt({ email: 'ada.love@desk.test', password, ...office });
    expect(await attempt(PASSWORD)).toEqual({ outcome: 'refused' });
    expect(await attempt('something else 42')).toMatchObject({ outcome: 'signed-in' });
    await unattended.close();
  });

  describe('the audit', () => {
    it('tells who did what, the newest first', async () => {
      await signIn(ann.email);
      await save({ ...ann, role: 'manager' });
      expect(await house.get(Audit).latest({ limit: 2 })).toMatchObject([
        {
          action: 'user.changed',
          by,
          subject: 'user ann@desk.test',
          data: { from: { role: 'agent' }, to: { role: 'manager' } },
        },
        { action: 'session.started', by: { name: 'Ann Agent' }, data: { address: office.address } },
      ]);
    });

    it('cannot be changed or deleted, not even with SQL', async () => {
      await expect(house.query(`update audit_entry set action = 'nothing'`)).rejects.toThrow(/append-only/);
      await expect(house.query(`delete from audit_entry`)).rejects.toThrow(/append-only/);
    });
  });
});

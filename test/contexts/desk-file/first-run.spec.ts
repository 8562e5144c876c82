import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DeskStore } from '../../../src/desk/desk.store.js';
import { FirstRun } from '../../../src/desk-file/first-run.js';
import { Setup, setupAnswers, type SetupAnswers } from '../../../src/desk-file/setup.js';
import { EmergencyContact } from '../../../src/escalation/emergency-contact.js';
import { SetupLink } from '../../../src/identity/setup-link.js';
import { SignIn } from '../../../src/identity/sign-in.js';
import { Users } from '../../../src/identity/users.js';
import { CannotStart } from '../../../src/platform/problems/cannot-start.js';
import { Calendars } from '../../../src/support-hours/calendars.js';
import { House } from '../../support/house.js';
import { emptyDesk } from './empty-desk.js';

const PASSWORD = 'correct horse battery';

/** As the form sends it. */
const form = {
  deskName: 'Acme Help',
  timezone: 'Europe/Berlin',
  days: ['mon', 'tue', 'sat'],
  from: '08:30',
  to: '18:00',
  supportAddress: 'Help@Acme.test',
  emergencyEmail: 'night@acme.test',
  emergencyPhone: '+49 30 1234567',
  adminName: 'Ada Admin',
  adminEmail: 'Ada@acme.test',
  adminPassword: PASSWORD,
};

describe('the first start', () => {
  let house: House;
  let settings: string | undefined;
  const folder = mkdtempSync(path.join(tmpdir(), 'first-run-'));
  const deskFile = path.join(folder, 'desk.yaml');

  afterAll(async () => {
    await house.close();
    rmSync(folder, { recursive: true });
  });

  const start = () => house.transaction((tx) => house.get(FirstRun).run(tx));
  /** The house is built anew only where its settings are others. */
  const open = async (env: Record<string, string> = {}): Promise<void> => {
    const wanted = JSON.stringify(env);
    if (wanted !== settings) {
      await (house as House | undefined)?.close();
      house = await House.open({ env: { ADMIN_EMAIL: '', ADMIN_PASSWORD: '', ...env } });
      settings = wanted;
    }
    await emptyDesk(house);
  };
  const count = async (table: string): Promise<number> =>
    (await house.query<{ n: number }>(`select count(*)::integer as n from ${table}`))[0]!.n;

  it('gives an empty desk levels, a queue, a policy, a rule and a chain, once', async () => {
    await open();
    await Promise.all([start(), start()]);
    const [levels] = await house.query<{ levels: unknown }>(
      `select jsonb_object_agg(name, targets order by position) as levels from level`,
    );
    expect(levels!.levels).toEqual({
      L1: { firstResponse: 60, resolution: 240 },
      L2: { firstResponse: 240, resolution: 480 },
      L3: { firstResponse: 480, resolution: { workingDays: 3 } },
      L4: { firstResponse: 1440, resolution: { workingDays: 10 } },
    });
    expect([await count('queue'), await count('rule'), await count('policy'), await count('chain')]).toEqual([
      1, 1, 1, 1,
    ]);
    expect(await house.get(EmergencyContact).isReachable()).toBe(false);

    await house.query(`update level set title = 'Changed by hand' where name = 'L1'`);
    await start();
    expect(await house.query(`select title from level where name = 'L1'`)).toEqual([{ title: 'Changed by hand' }]);
  });

  it('heeds the settings of an unattended install, and later what was changed since', async () => {
    await open({
      ADMIN_EMAIL: 'ada@desk.test',
      ADMIN_PASSWORD: PASSWORD,
      EMERGENCY_EMAIL: 'night@desk.test',
      EMERGENCY_PHONE: '+49 30 1234567',
    });
    await start();
    expect(await house.get(Users).byEmail('ada@desk.test')).toMatchObject({ role: 'admin' });
    expect(await house.get(EmergencyContact).read()).toMatchObject({
      email: 'night@desk.test',
      phone: '+49 30 1234567',
    });
    expect((await house.get(DeskStore).read()).setUpAt).toBeInstanceOf(Date);
    expect(await house.transaction((tx) => house.get(SetupLink).renew(tx))).toBeNull();

    await house.transaction((tx) => house.get(EmergencyContact).set(tx, { email: 'other@desk.test' }));
    await start();
    expect(await house.get(EmergencyContact).read()).toMatchObject({ email: 'other@desk.test' });
  });

  it('applies CONFIG_FILE at each start, and does not start with one that is wrong', async () => {
    writeFileSync(deskFile, 'queues: [{name: Billing}]\n');
    await open({ CONFIG_FILE: deskFile });
    await start();
    expect(await count('queue')).toBe(2);

    writeFileSync(deskFile, 'queues: [{name: Billing, closeAfterDays: 2}, {name: Returns}]\n');
    await start();
    expect(await house.query(`select name, close_after_days as days from queue order by name`)).toEqual([
      { name: 'Billing', days: 2 },
      { name: 'Returns', days: 7 },
      { name: 'Support', days: 7 },
    ]);

    writeFileSync(deskFile, 'queues: [{name: More}]\nqueus: []\n');
    await expect(start()).rejects.toThrow(CannotStart);
    await expect(start()).rejects.toThrow(
      /desk\.yaml cannot be applied\.[^]*line 2, column 1: queus: is not known here/,
    );
    expect(await count('queue')).toBe(3);
  });

  it('lets the emergency contact of CONFIG_FILE take the place of the one nobody has said how to reach', async () => {
    const contact = `{name: Night phone, email: night@desk.test, emergency: true}`;
    writeFileSync(deskFile, `responders: [${contact}]\n`);
    await open({ CONFIG_FILE: deskFile });
    await start();
    const people = () => house.query<{ name: string }>(`select name from responder order by name`);
    const called = () =>
      house.query<{ notify: string[] }>(
        `select step -> 'notify' as notify from chain, jsonb_array_elements(definition -> 'steps') as step`,
      );
    expect(await people()).toEqual([{ name: 'Night phone' }]);
    expect(await called()).toEqual([{ notify: ['Night phone'] }]);

    writeFileSync(deskFile, `responders: [{name: Emergency contact}, ${contact}]\n`);
    await start();
    expect(await people()).toEqual([{ name: 'Emergency contact' }, { name: 'Night phone' }]);
    await start();
    expect(await called()).toEqual([{ notify: ['Night phone'] }]);
  });

  describe('and then the set-up', () => {
    const answersTo = (changes: Record<string, unknown> = {}): SetupAnswers =>
      setupAnswers.parse({ ...form, ...changes });
    const link = async (): Promise<string> =>
      (await house.transaction((tx) => house.get(SetupLink).renew(tx)))!.split('/').at(-1)!;
    const finish = (token: string, answers = answersTo()) =>
      house.transaction((tx) => house.get(Setup).finish(tx, token, answers));

    beforeEach(async () => {
      await open();
      await start();
    });

    it('tells all that is wrong with the answers at once, and which answer each fault is about', () => {
      const wrong = { ...form, deskName: '', supportAddress: 'x', from: '09:00', to: '09:00', adminPassword: 'short' };
      const { error } = setupAnswers.safeParse({ ...wrong, emergencyEmail: '' });
      expect(error?.issues.map(({ path: [field], message }) => [field, message]).sort()).toEqual([
        ['adminPassword', 'A password needs 10 characters or more.'],
        ['deskName', 'The name of the desk is missing.'],
        ['emergencyEmail', 'An e-mail address is needed beside the phone number: the alarm is sent to it.'],
        ['supportAddress', 'The support address is not an e-mail address such as name@example.com.'],
        ['to', 'Closing must be at another time than opening; around the clock is 00:00 to 00:00.'],
      ]);
    });

    it('makes the desk what its first admin says, once', async () => {
      const token = await link();
      const made = await finish(token);
      expect(made).toMatchObject({ deskName: 'Acme Help', supportAddress: 'help@acme.test' });
      expect(await house.get(DeskStore).read()).toEqual({
        name: 'Acme Help',
        language: 'en',
        timezone: 'Europe/Berlin',
        supportAddress: 'help@acme.test',
        defaultCalendar: 'Office hours',
        setUpAt: expect.any(Date),
      });
      const calendar = await house.get(Calendars).byName(house.database, 'Office hours');
      expect(calendar!.definition).toEqual({
        timezone: 'Europe/Berlin',
        week: { mon: [['08:30', '18:00']], tue: [['08:30', '18:00']], sat: [['08:30', '18:00']] },
      });
      expect(await house.get(EmergencyContact).isReachable()).toBe(true);
      const admin = { email: 'ada@acme.test', password: PASSWORD, address: '203.0.113.7', userAgent: 'Firefox' };
      expect(await house.get(SignIn).attempt(admin)).toMatchObject({ outcome: 'signed-in' });
      await expect(finish(token)).rejects.toMatchObject({ kind: 'forbidden' });
    });

    it('does nothing at all when something is wrong, and the link stays good', async () => {
      const token = await link();
      await expect(finish(token, { ...answersTo(), adminPassword: 'short' })).rejects.toMatchObject({
        faults: [{ field: 'adminPassword' }],
      });
      expect(await house.get(DeskStore).read()).toMatchObject({ name: 'Support desk', setUpAt: null });
      expect(await house.get(SetupLink).isGood(token)).toBe(true);
      await finish(token);
    });

    it('takes over an admin whom a desk file has named', async () => {
      await house.transaction((tx) =>
        house.get(Users).save(tx, { email: 'ada@acme.test', name: 'A.', role: 'agent' }, { name: 'the test' }),
      );
      const { adminId } = await finish(await link());
      const ada = await house.get(Users).byEmail('ada@acme.test');
      expect(ada).toMatchObject({ id: adminId, role: 'admin', name: 'Ada Admin' });
    });

    it('takes midnight for the end of the day, and an empty field for none', async () => {
      await finish(await link(), answersTo({ days: 'sun', from: '00:00', to: '00:00', emergencyEmail: '', emergencyPhone: '' })); // prettier-ignore
      const calendar = await house.get(Calendars).byName(house.database, 'Office hours');
      expect(calendar!.definition.week).toEqual({ sun: [['00:00', '24:00']] });
      expect(await house.get(EmergencyContact).isReachable()).toBe(false);
    });
  });
});

describe('the answers of the set-up', () => {
  it('take the address that a new desk proposes', () => {
    expect(setupAnswers.safeParse({ ...form, supportAddress: 'support@localhost' }).success).toBe(true);
  });

  it.each([
    ['deskName', { deskName: ' ' }],
    ['timezone', { timezone: 'Berlin' }],
    ['days', { days: undefined }],
    ['from', { from: '8' }],
    ['to', { to: '08:30' }],
    ['supportAddress', { supportAddress: 'help' }],
    ['emergencyEmail', { emergencyEmail: '' }],
    ['emergencyPhone', { emergencyPhone: 'call me' }],
    ['adminEmail', { adminEmail: '' }],
  ])('says what is wrong with %s', (field, changes) => {
    const { error } = setupAnswers.safeParse({ ...form, ...changes });
    expect(error!.issues.map(({ path: way }) => way[0])).toEqual([field]);
  });
});

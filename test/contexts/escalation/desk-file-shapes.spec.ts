import { Chains, type ChainEntry } from '../../../src/escalation/chains.js';
import { EmergencyContact } from '../../../src/escalation/emergency-contact.js';
import { Responders, type ResponderEntry } from '../../../src/escalation/responders.js';
import { MethodSecrets } from '../../../src/escalation/method-secrets.js';
import { House } from '../../support/house.js';

describe('who can be called, and in which order', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterAll(() => house.close());
  beforeEach(() => house.query('truncate responder, chain cascade'));

  const save = (entry: ResponderEntry) => house.transaction((tx) => house.get(Responders).save(tx, entry));
  const all = () => house.transaction((tx) => house.get(Responders).all(tx));
  const saveChain = (entry: ChainEntry) => house.transaction((tx) => house.get(Chains).save(tx, entry));
  const secretOf = async (name: string): Promise<string | undefined> => {
    const [row] = await house.query<{ secret: string }>(
      `select methods->0->>'secret' as secret from responder where name = $1`,
      [name],
    );
    expect(row?.secret).toMatch(/^v1\./);
    return house.get(MethodSecrets).open(name, row?.secret ?? '') ?? undefined;
  };
  const url = 'https://alerts.example.com/hook';

  it('is saved once, the same again changes nothing, and what is read back can be saved again', async () => {
    const night: ResponderEntry = {
      name: 'Night phone',
      email: 'night@example.com',
      phone: '+49301234567',
      methods: [{ kind: 'email' }, { kind: 'webhook', url, afterSeconds: 30 }],
    };
    expect(await save(night)).toBe('added');
    expect(await save(night)).toBe('unchanged');
    expect(await all()).toEqual([night]);
    for (const entry of await all()) expect(await save(entry)).toBe('unchanged');
    expect(await save({ ...night, phone: '+493099' })).toBe('changed');
  });

  it('is called by e-mail where no method is named', async () => {
    await save({ name: 'Ann', email: 'ann@example.com' });
    await save({ name: 'Bob' });
    expect((await all()).map(({ methods }) => methods)).toEqual([[{ kind: 'email' }], []]);
  });

  it('gets a signing secret where none is given, keeps it, and never shows it', async () => {
    await save({ name: 'Ann', methods: [{ kind: 'webhook', url }] });
    const made = await secretOf('Ann');
    expect(made).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    await save({ name: 'Ann', methods: [{ kind: 'webhook', url, afterSeconds: 5 }] });
    expect(await secretOf('Ann')).toBe(made);
    expect(
      await save({
        name: 'Ann',
        methods: [{ kind: 'webhook', url, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }],
      }),
    ).toBe('changed');
    expect(await secretOf('Ann')).toBe('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    expect(JSON.stringify(await all())).not.toContain('whsec_');
  });

  it.each<[string, unknown, string]>([
    ['a method that this desk does not have', { methods: [{ kind: 'carrier-pigeon' }] }, 'methods.0.kind'],
    ['an e-mail method without an address', { methods: [{ kind: 'email' }] }, 'methods.0.kind'],
    ['an unknown key', { methods: [{ kind: 'webhook', url, colour: 'red' }] }, 'methods.0'],
    ['a weak secret', { methods: [{ kind: 'webhook', url, secret: 'whsec_abc' }] }, 'methods.0.secret'],
    [
      'the metadata service of a cloud',
      { methods: [{ kind: 'webhook', url: 'http://169.254.169.254/' }] },
      'methods.0.url',
    ],
    ['an address in disguise', { methods: [{ kind: 'webhook', url: 'http://2130706433/' }] }, 'methods.0.url'],
    [
      'the same method twice',
      {
        methods: [
          { kind: 'webhook', url },
          { kind: 'webhook', url },
        ],
      },
      'methods.1',
    ],
    ['no name', { name: ' ' }, 'name'],
    ['a delay of hours', { methods: [{ kind: 'webhook', url, afterSeconds: 7200 }] }, 'methods.0.afterSeconds'],
  ])('is refused with %s', async (_, fault, field) => {
    const bad = { name: 'Ann', ...(fault as object) } as ResponderEntry;
    await expect(save(bad)).rejects.toMatchObject({ kind: 'invalid', faults: [{ field }] });
    expect(await all()).toEqual([]);
  });

  it('says which methods there are', async () => {
    const bad = { name: 'Ann', methods: [{ kind: 'fax' }] } as unknown as ResponderEntry;
    await expect(save(bad)).rejects.toThrow(
      'methods.0.kind is not a method that this desk can use; these are: email, sms, voice, webhook, slack, teams, mattermost, ntfy, pushover',
    );
  });

  it('has one emergency contact: the new one takes the place of the old, and nobody loses it by not being named so', async () => {
    await save({ name: 'Eve', email: 'eve@example.com', emergency: true });
    await save({ name: 'Eve', email: 'eve2@example.com' });
    expect(await house.get(EmergencyContact).read()).toMatchObject({ name: 'Eve', email: 'eve2@example.com' });
    await save({ name: 'Dan', email: 'dan@example.com', emergency: true });
    expect((await all()).filter(({ emergency }) => emergency).map(({ name }) => name)).toEqual(['Dan']);
  });

  it('is reachable as soon as the emergency contact has a method', async () => {
    const contact = house.get(EmergencyContact);
    const set = (given: { email?: string; phone?: string }) => house.transaction((tx) => contact.set(tx, given));
    expect(await contact.isReachable()).toBe(false);
    await set({ phone: '+4930123' });
    expect(await contact.isReachable()).toBe(false);
    await set({ phone: '+4930123', email: 'eve@example.com' });
    expect(await contact.isReachable()).toBe(true);
    await set({ phone: '+4930123', email: 'eve2@example.com' });
    expect(await all()).toEqual([
      {
        name: 'Emergency contact',
        email: 'eve2@example.com',
        phone: '+4930123',
        methods: [{ kind: 'email' }],
        emergency: true,
      },
    ]);
  });

  it('is put into chains, which are saved once and read back as they were', async () => {
    await save({ name: 'Ann', email: 'ann@example.com' });
    const chain: ChainEntry = { name: 'Default', steps: [{ afterMinutes: 0, notify: ['Ann'] }], repeatEveryMinutes: 5 };
    expect(await saveChain({ name: 'Default', steps: chain.steps })).toBe('added');
    expect(await saveChain(chain)).toBe('unchanged');
    expect(await house.transaction((tx) => house.get(Chains).all(tx))).toEqual([chain]);
    expect(await saveChain({ ...chain, repeatEveryMinutes: 10 })).toBe('changed');
  });

  it('is refused in a chain when nobody knows them, and so is a chain that makes no sense', async () => {
    const unknown = saveChain({ name: 'Default', steps: [{ afterMinutes: 0, notify: ['Ann'] }] });
    await expect(unknown).rejects.toMatchObject({ kind: 'invalid', faults: [{ field: 'steps.0.notify.0' }] });
    const senseless = saveChain({ name: 'Default', steps: [{ afterMinutes: -1, notify: [] }], repeatEveryMinutes: 0 });
    await expect(senseless).rejects.toMatchObject({
      faults: [{ field: 'steps.0.afterMinutes' }, { field: 'repeatEveryMinutes' }],
    });
  });
});

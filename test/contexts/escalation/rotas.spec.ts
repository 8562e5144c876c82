import { Rotas, type RotaEntry } from '../../../src/escalation/rotas.js';
import { Responders } from '../../../src/escalation/responders.js';
import { Chains } from '../../../src/escalation/chains.js';
import { SendNotification } from '../../../src/escalation/send-notification.job.js';
import { Audit } from '../../../src/identity/audit.js';
import { hook, Scene } from './scene.js';
import { WebhookSink } from './webhook-sink.js';

describe('a rota', () => {
  let scene: Scene;
  let sink: WebhookSink;

  beforeAll(async () => {
    [scene, sink] = await Promise.all([Scene.open(), WebhookSink.open()]);
  });
  afterAll(async () => {
    await Promise.all([scene.close(), sink.close()]);
  });
  beforeEach(async () => {
    sink.forget();
    await scene.clear();
    await scene.house.query('truncate rota');
    await scene.emergency(sink);
    await scene.responders(
      { name: 'Ann', methods: [hook(sink, '/ann')] },
      { name: 'Bob', methods: [hook(sink, '/bob')] },
    );
  });

  const today = (): string => scene.house.now.read().toISOString().slice(0, 10);
  const nightly = (entry: Partial<RotaEntry> = {}): RotaEntry => ({
    ...{ name: 'Nights', timezone: 'UTC', every: 'day', at: '00:00', startsOn: today(), members: ['Ann', 'Bob'] },
    ...entry,
  });
  const save = (entry: RotaEntry) => scene.house.transaction((tx) => scene.house.get(Rotas).save(tx, entry));
  const all = () => scene.house.transaction((tx) => scene.house.get(Rotas).all(tx));
  const called = (): string[] => sink.delivered.map(({ path }) => path);

  it('is saved once, the same again changes nothing, and each change is in the audit', async () => {
    expect(await save(nightly())).toBe('added');
    expect(await save(nightly())).toBe('unchanged');
    expect(await all()).toEqual([nightly()]);
    expect(await save(nightly({ every: 'week' }))).toBe('changed');
    const [latest] = await scene.house.get(Audit).latest({ limit: 1 });
    expect(latest).toMatchObject({
      action: 'rota.changed',
      subject: 'rota Nights',
      data: { from: { every: 'day' }, to: { every: 'week' } },
    });
  });

  it.each<[string, Partial<RotaEntry>, string]>([
    ['nobody in it', { members: [] }, 'members'],
    ['somebody who is no responder', { members: ['Ann', 'Zoe'] }, 'members.1'],
    ['a zone that is none', { timezone: '+02:00' }, 'timezone'],
    ['a time that is none', { at: '24:00' }, 'at'],
    ['a date that is none', { startsOn: '2026-02-30' }, 'startsOn'],
    ['the name of a responder', { name: 'Ann' }, 'name'],
    [
      'an override that ends before it begins',
      { overrides: [{ from: '2026-12-02T08:00', to: '2026-12-01T08:00', who: 'Ann' }] },
      'overrides.0.to',
    ],
    [
      'an override that names nobody',
      { overrides: [{ from: '2026-12-01T08:00', to: '2026-12-02T08:00', who: 'Zoe' }] },
      'overrides.0.who',
    ],
  ])('is refused with %s', async (_, fault, field) => {
    await expect(save(nightly(fault))).rejects.toMatchObject({ faults: [{ field }] });
    expect(await all()).toEqual([]);
  });

  it('is notified as whoever is on call at that moment', async () => {
    await save(nightly());
    await scene.chain({ steps: [{ afterMinutes: 0, notify: ['Nights'] }] });
    await scene.incident();
    await scene.work();
    expect(called()).toEqual(['/ann']);
    scene.house.now.move(24 * 3_600_000);
    sink.forget();
    await scene.incident();
    await scene.house.get(SendNotification).sweep();
    expect(called()).toContain('/bob');
    expect(sink.to('/ann')).toEqual([]);
  });

  it('calls whoever stands in', async () => {
    await save(nightly({ overrides: [{ from: `${today()}T00:00`, to: `${today()}T23:59`, who: 'Bob' }] }));
    await scene.chain({ steps: [{ afterMinutes: 0, notify: ['Nights'] }] });
    await scene.incident();
    await scene.work();
    expect(called()).toEqual(['/bob']);
  });

  it('that stands behind the chains is the emergency contact; where its one on call has no way to be reached, the responder is', async () => {
    await save(nightly({ emergency: true }));
    await scene.incident();
    await scene.work();
    expect(called()).toEqual(['/ann']);
    await scene.responders({ name: 'Ann', methods: [] });
    sink.forget();
    await scene.incident();
    await scene.work();
    expect(called()).toEqual(['/eve']);
  });

  it('stands behind the chains alone: another one that does takes its place', async () => {
    await save(nightly({ emergency: true }));
    await save(nightly({ name: 'Weeks', emergency: true }));
    expect((await all()).map(({ name, emergency }) => [name, emergency])).toEqual([
      ['Nights', undefined],
      ['Weeks', true],
    ]);
  });

  it('keeps those who are in it, and is kept by the chain that notifies it', async () => {
    await save(
      nightly({ members: ['Ann'], overrides: [{ from: '2026-12-01T08:00', to: '2026-12-02T08:00', who: 'Bob' }] }),
    );
    await scene.chain({ steps: [{ afterMinutes: 0, notify: ['Nights'] }] });
    const { house } = scene;
    for (const name of ['Ann', 'Bob'])
      await expect(house.transaction((tx) => house.get(Responders).remove(tx, name))).rejects.toThrow(/rota Nights/);
    await expect(house.transaction((tx) => house.get(Rotas).remove(tx, 'Nights'))).rejects.toThrow(/chain Default/);
    await expect(scene.responders({ name: 'Nights' })).rejects.toThrow(/name of a rota/);
    await house.query('delete from chain');
    await house.transaction((tx) => house.get(Rotas).remove(tx, 'Nights'));
    expect(await all()).toEqual([]);
    expect(await house.transaction((tx) => house.get(Chains).all(tx))).toEqual([]);
  });
});

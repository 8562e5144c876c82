import ICAL from 'ical.js';
import { duties } from '../../../src/escalation/on-call.js';
import { RotaFeeds } from '../../../src/escalation/rota-feeds.js';
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

  describe('as a calendar', () => {
    const NAME = 'Nächte; early, or „late“ \\ and so on — with a name that is longer than a line of 75 bytes 🌙🌙🌙';
    const WHO = 'Ann, of the “Nachtschicht”; Ω';
    const fetched = async () => {
      const [rota] = await scene.house.transaction((tx) => scene.house.get(Rotas).list(tx));
      if (rota === undefined) throw new Error('There is no rota.');
      const address = new URL(scene.house.get(RotaFeeds).addressOf(rota));
      return fetch(new URL(address.pathname, scene.house.url));
    };

    it('has every duty with its beginning and end, also for names that calendars must escape', async () => {
      await scene.responders({ name: WHO, methods: [hook(sink, '/night')] });
      const rota: Omit<RotaEntry, 'name'> = {
        ...{ timezone: 'Europe/Berlin', every: 'day', at: '09:00', startsOn: today(), members: [WHO, 'Bob'] },
        overrides: [{ from: `${today()}T18:00`, to: `${today()}T20:00`, who: 'Bob' }],
      };
      await save({ name: NAME, ...rota });
      const answer = await fetched();
      expect(answer.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
      const text = await answer.text();
      expect(text.split('\r\n').every((line) => !line.includes('\n') && Buffer.byteLength(line) <= 75)).toBe(true);

      const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
      expect(calendar.getFirstPropertyValue('x-wr-calname')).toBe(NAME);
      const events = calendar.getAllSubcomponents('vevent').map((one) => new ICAL.Event(one));
      const now = scene.house.now.read();
      const from = new Date(Math.floor((now.getTime() - 28 * 86_400_000) / 86_400_000) * 86_400_000);
      const wanted = duties({ overrides: [], ...rota }, from, new Date(now.getTime() + 182 * 86_400_000)).map(
        (duty) => [
          duty.from.toISOString().slice(0, 19),
          duty.to.toISOString().slice(0, 19),
          `${duty.who} is on call (${NAME})`,
          duty.standIn ? 'Stands in.' : null,
        ],
      );
      expect(
        events.map(({ startDate, endDate, summary, description }) => [
          startDate.toJSDate().toISOString().slice(0, 19),
          endDate.toJSDate().toISOString().slice(0, 19),
          summary,
          description as string | null,
        ]),
      ).toEqual(wanted);
      expect(new Set(events.map(({ uid }) => uid)).size).toBe(events.length);
    });

    it('is at its new address only, once it was given one', async () => {
      await save(nightly());
      const [before] = await scene.house.transaction((tx) => scene.house.get(Rotas).list(tx));
      const old = new URL(scene.house.get(RotaFeeds).addressOf(before!));
      await scene.house.transaction((tx) => scene.house.get(Rotas).renewFeed(tx, 'Nights', { name: 'Mia' }));
      expect((await fetch(new URL(old.pathname, scene.house.url))).status).toBe(404);
      expect((await fetched()).status).toBe(200);
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

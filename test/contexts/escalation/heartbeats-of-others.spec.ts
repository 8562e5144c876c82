import { Chains } from '../../../src/escalation/chains.js';
import { HeartbeatMonitors } from '../../../src/escalation/heartbeat-monitors.js';
import { IncidentLog } from '../../../src/escalation/incident-log.js';
import { MissHeartbeats } from '../../../src/escalation/miss-heartbeats.job.js';
import { Responders, type ResponderEntry } from '../../../src/escalation/responders.js';
import { SendNotification } from '../../../src/escalation/send-notification.job.js';
import { Resolution } from '../../../src/tickets/resolution.js';
import { theDesk } from '../../../src/tickets/actor.js';
import { House } from '../../support/house.js';
import { EVE, hook } from './scene.js';
import { WebhookSink } from './webhook-sink.js';

const MINUTE = 60_000;

/** A nightly backup asks an address of the desk each hour. The desk's clock stands on a Monday, 10:00 UTC. */
describe('the heartbeat of a program outside', () => {
  let house: House;
  let sink: WebhookSink;
  let path: string;

  beforeAll(async () => {
    [house, sink] = await Promise.all([House.openForBusiness({ at: '2026-06-01T10:00:00Z' }), WebhookSink.open()]);
    await responders({ name: EVE, methods: [hook(sink, '/eve')], emergency: true });
  });
  afterAll(async () => {
    await Promise.all([house.close(), sink.close()]);
  });
  beforeEach(async () => {
    sink.forget();
    await house.query('truncate heartbeat_monitor, alarm');
    await house.query('truncate ticket cascade');
    path = await awaited({ name: 'Nightly backup', everyMinutes: 60, graceMinutes: 5 });
  });

  const responders = (...entries: ResponderEntry[]) =>
    house.transaction(async (tx) => {
      for (const entry of entries) await house.get(Responders).save(tx, entry);
    });
  const awaited = async (entry: { name: string; everyMinutes: number; graceMinutes: number }): Promise<string> => {
    const monitors = house.get(HeartbeatMonitors);
    await house.transaction((tx) => monitors.save(tx, entry));
    const [monitor] = await monitors.list(house.database);
    return monitor === undefined ? '' : new URL(monitors.addressOf(monitor)).pathname;
  };
  const beats = (way = path, method = 'GET') => fetch(new URL(way, house.url), { method });
  const after = async (minutes: number): Promise<number> => {
    house.now.move(minutes * MINUTE);
    const missed = await house.get(MissHeartbeats).sweep();
    await house.get(SendNotification).sweep();
    return missed;
  };
  /** Those that no clock has caused. */
  const incidents = async () => (await house.get(IncidentLog).list()).filter(({ clock }) => clock === null);
  const tickets = () =>
    house.query<{ subject: string; status: string; level: string }>(
      'select subject, status, level from ticket order by number',
    );

  it('is not missed before it was heard for the first time', async () => {
    expect(await after(10_000)).toBe(0);
    expect(await incidents()).toEqual([]);
  });

  it('keeps everybody asleep while it is heard in time, by GET, HEAD or POST', async () => {
    for (const method of ['GET', 'HEAD', 'POST', 'GET']) {
      expect((await beats(path, method)).status).toBe(200);
      expect(await after(64)).toBe(0);
    }
    expect(await incidents()).toEqual([]);
  });

  it('that stops opens a ticket and calls the emergency contact, once', async () => {
    await beats();
    expect(await after(64)).toBe(0);
    expect(await after(1)).toBe(1);
    expect(await after(0)).toBe(0);
    expect(await tickets()).toEqual([{ subject: 'Nightly backup is silent', status: 'new', level: 'L1' }]);
    expect(await incidents()).toMatchObject([{ state: 'open', clock: null }]);
    expect(sink.to('/eve')).toHaveLength(1);
    expect(sink.to('/eve')[0]?.data.incident.metric).toBe('heartbeat');
  });

  it('that is back closes the incident, tells those who were called, and resolves what nobody has touched', async () => {
    await beats();
    await after(65);
    await beats();
    await house.get(SendNotification).sweep();
    expect(await incidents()).toMatchObject([{ state: 'closed' }]);
    expect(sink.delivered.map(({ type }) => type)).toEqual(['incident.opened', 'incident.closed']);
    expect(await tickets()).toMatchObject([{ status: 'resolved' }]);
    expect(await after(64)).toBe(0);
    expect(await after(1)).toBe(1);
    expect(await tickets()).toHaveLength(2);
  });

  it('that stumbles while somebody works on its ticket goes on in that ticket', async () => {
    await beats();
    await after(65);
    await house.query(`update ticket set status = 'open'`);
    await beats();
    expect(await tickets()).toMatchObject([{ status: 'open' }]);
    await after(65);
    expect(await tickets()).toHaveLength(1);
    expect(await incidents()).toMatchObject([{ state: 'open', acknowledgedBy: null }]);
    const [ticket] = await house.query<{ number: number }>('select number from ticket');
    await house.transaction((tx) =>
      house.get(Resolution).resolve(tx, ticket?.number ?? 0, { by: theDesk, at: house.now.read() }),
    );
    expect(await incidents()).toMatchObject([{ state: 'closed' }]);
  });

  it('that says itself that it failed calls at once', async () => {
    await beats();
    expect((await beats(`${path}/fail`, 'POST')).status).toBe(200);
    await house.get(SendNotification).sweep();
    expect(await tickets()).toMatchObject([{ subject: 'Nightly backup reports a failure' }]);
    expect(sink.to('/eve')).toHaveLength(1);
  });

  it('is heard at its own address only, until that is given another one', async () => {
    expect((await beats(path.replace(/.$/, (letter) => (letter === 'a' ? 'b' : 'a')))).status).toBe(404);
    await house.transaction((tx) => house.get(HeartbeatMonitors).renewLink(tx, 'Nightly backup', { name: 'test' }));
    expect((await beats()).status).toBe(404);
  });

  describe('beside it, somebody who rests', () => {
    const bob = (rest: object): ResponderEntry => ({ name: 'Bob', methods: [hook(sink, '/bob')], ...rest });
    const missed = async (): Promise<string[]> => {
      await beats();
      await after(65);
      return sink.delivered.map((one) => one.path);
    };
    beforeEach(() =>
      house.transaction(async (tx) => {
        await house.get(Responders).save(tx, bob({}));
        const steps = [
          { afterMinutes: 0, notify: ['Bob'] },
          { afterMinutes: 30, notify: [EVE] },
        ];
        await house.get(Chains).save(tx, { name: 'Default', steps });
      }),
    );
    afterEach(() => responders(bob({}), { name: EVE, methods: [hook(sink, '/eve')], emergency: true }));

    it('is called when they do not rest', async () => {
      await responders(
        bob({ quietHours: [['00:00', '06:00']], away: [{ from: '2026-01-01T00:00', to: '2026-02-01T00:00' }] }),
      );
      expect(await missed()).toEqual(['/bob']);
    });

    it('away or in quiet hours is passed over, and the next one called at once', async () => {
      await responders(bob({ away: [{ from: '2026-01-01T00:00', to: '2027-01-01T00:00' }] }));
      expect(await missed()).toEqual(['/eve']);
      const [incident] = await incidents();
      const timeline = await house.get(IncidentLog).timeline(incident?.id ?? '');
      expect(timeline.map(({ type }) => type)).toContain('stepEmpty');

      sink.forget();
      await beats();
      await house.get(SendNotification).sweep();
      sink.forget();
      await responders(bob({ quietHours: [['00:00', '23:59']] }));
      expect(await missed()).toEqual(['/eve']);
    });

    it('is called all the same as the 24x7 emergency contact, whom nothing silences', async () => {
      const never = {
        quietHours: [['00:00', '23:59']] as [string, string][],
        away: [{ from: '2026-01-01T00:00', to: '2027-01-01T00:00' }],
      };
      await responders(bob(never), { name: EVE, methods: [hook(sink, '/eve')], emergency: true, ...never });
      expect(await missed()).toEqual(['/eve']);
    });

    it('makes no sense with an end before its beginning', async () => {
      await expect(responders(bob({ away: [{ from: '2026-02-01T00:00', to: '2026-01-01T00:00' }] }))).rejects.toThrow(
        /later than from/,
      );
      await expect(responders(bob({ quietHours: [['25:00', '06:00']] }))).rejects.toThrow(/time of day/);
    });
  });
});

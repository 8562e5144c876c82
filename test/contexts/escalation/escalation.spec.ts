import { AcknowledgementLinks } from '../../../src/escalation/acknowledgement-links.js';
import { Acknowledgement } from '../../../src/escalation/acknowledgement.js';
import { AdvanceDueIncidents } from '../../../src/escalation/advance-due-incidents.job.js';
import { Alarms } from '../../../src/escalation/alarms.js';
import { AuditEscalation } from '../../../src/escalation/audit-escalation.job.js';
import { IncidentLog } from '../../../src/escalation/incident-log.js';
import { keepOpen } from '../../../src/escalation/notifying/fates.js';
import { JobQueue } from '../../../src/platform/queue/job-queue.js';
import { SendNotification } from '../../../src/escalation/send-notification.job.js';
import { DeliverMailJob } from '../../../src/mail/outbound/deliver-mail.job.js';
import { Postman } from '../../../src/mail/postman.js';
import { LetterGivenUp } from '../../../src/mail/mail-events.js';
import { BreachRetracted, ClockBreached, ClockCancelled, ClockStopped } from '../../../src/sla/clock-events.js';
import { EVE, hook, judgedAnew, Scene } from './scene.js';
import { WebhookSink } from './webhook-sink.js';

describe('escalation', () => {
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
  });

  const pathsCalled = (): string[] => sink.delivered.map(({ path }) => path).sort();
  const alarms = async (): Promise<string[]> => (await scene.house.get(Alarms).standing()).map(({ kind }) => kind);
  const annAndBob = () =>
    scene.responders(
      { name: 'Ann', email: 'ann@desk.test', methods: [hook(sink, '/ann')] },
      { name: 'Bob', methods: [hook(sink, '/bob')] },
    );

  describe('a breach', () => {
    it('opens one incident and notifies the emergency contact by e-mail and signed webhook at once', async () => {
      await scene.responders({
        name: EVE,
        email: 'eve@night.test',
        methods: [{ kind: 'email' }, hook(sink, '/eve')],
        emergency: true,
      });
      await scene.chain({ steps: [{ afterMinutes: 0, notify: [EVE] }] });
      const { id, breach } = await scene.incident({ subject: 'All <b>down</b> & out' });
      await scene.work();

      const [webhook] = sink.delivered;
      expect(sink.delivered).toHaveLength(1);
      expect(webhook).toMatchObject({ signed: true, type: 'incident.opened', data: { responder: EVE } });
      expect(webhook?.data.ticket).toMatchObject({
        number: breach.ticket,
        subject: 'All <b>down</b> & out',
        url: `http://desk.test/tickets/${breach.ticket}`,
      });
      const [letter] = await scene.letters();
      expect(letter).toMatchObject({
        to: 'eve@night.test',
        subject: `First response overdue: #${breach.ticket} All <b>down</b> & out [L1]`,
      });
      for (const text of [letter?.text, webhook?.data.acknowledgeUrl]) {
        const link = /http:\/\/desk\.test\/acknowledgements\/(\S+)/.exec(text ?? '')?.[1] ?? '';
        const opened = await scene.house.transaction((tx) => scene.house.get(AcknowledgementLinks).open(tx, link));
        expect(opened).toMatchObject({ incident: id, responder: { name: EVE } });
      }
      expect(letter?.html).toContain('All &lt;b&gt;down&lt;/b&gt; &amp; out');
      expect(await scene.read(id)).toMatchObject({
        ticket: breach.ticket,
        state: 'open',
        notifications: [
          { responder: EVE, method: 'email', state: 'handedOver', attempts: 1 },
          { responder: EVE, method: 'webhook', state: 'handedOver', attempts: 1 },
        ],
      });
      expect(await scene.timeline(id)).toEqual(['opened', 'stepTaken', 'notified', 'notified']);
    });

    it('told of twice opens no second incident; another judgement of the clock does', async () => {
      await scene.emergency(sink);
      const { breach } = await scene.incident();
      await scene.tell(breach);
      await scene.tell(breach, breach);
      expect(await scene.house.get(IncidentLog).list()).toHaveLength(1);
      await scene.tell(new ClockBreached(judgedAnew(breach, 1), breach.dueAt, 'due'));
      expect(await scene.house.get(IncidentLog).list()).toHaveLength(2);
    });

    it('told of by many at once opens one incident', async () => {
      await scene.emergency(sink);
      const breach = await scene.overdue();
      await Promise.all(Array.from({ length: 6 }, () => scene.tell(breach)));
      await scene.work();
      expect(await scene.house.get(IncidentLog).list()).toHaveLength(1);
      expect(sink.delivered).toHaveLength(1);
    });

    it('follows the chain of the policy, else of the queue, else of the desk', async () => {
      await scene.emergency(sink);
      await scene.responders(
        ...['policy', 'queue', 'desk'].map((name) => ({ name, methods: [hook(sink, `/${name}`)] })),
      );
      for (const name of ['policy', 'queue', 'desk']) {
        await scene.chain({ name: name === 'desk' ? 'Default' : name, steps: [{ afterMinutes: 0, notify: [name] }] });
      }
      const calls = async (chain: string | null, ofQueue: string | null): Promise<string[]> => {
        sink.forget();
        await scene.house.query(`update queue set chain = $1`, [ofQueue]);
        await scene.incident({ chain });
        await scene.work();
        return pathsCalled();
      };
      expect(await calls('policy', 'queue')).toEqual(['/policy']);
      expect(await calls(null, 'queue')).toEqual(['/queue']);
      expect(await calls(null, null)).toEqual(['/desk']);
      expect(await calls('no such chain', null)).toEqual(['/desk']);
    });

    it('takes hundreds at once', async () => {
      await scene.emergency(sink);
      const breaches = await Promise.all(Array.from({ length: 300 }, () => scene.overdue()));
      await scene.tell(...breaches);
      await scene.work();
      expect(new Set(sink.delivered.map(({ data }) => data.incident.id)).size).toBe(300);
      expect(new Set(sink.delivered.map(({ key }) => key)).size).toBe(300);
      expect(sink.delivered).toHaveLength(300);
    }, 60_000);
  });

  describe('the chain', () => {
    beforeEach(async () => {
      await scene.emergency(sink);
      await annAndBob();
    });
    const twoSteps = (): Promise<void> =>
      scene.chain({
        steps: [
          { afterMinutes: 0, notify: ['Ann'] },
          { afterMinutes: 15, notify: ['Bob'] },
        ],
        repeatEveryMinutes: 5,
      });

    it('goes on step by step, then to everybody and the emergency contact, again and again', async () => {
      await twoSteps();
      await scene.incident();
      await scene.work();
      expect(pathsCalled()).toEqual(['/ann']);
      await scene.pass(14 * 60, 420);
      expect(pathsCalled()).toEqual(['/ann']);
      await scene.pass(60);
      expect(pathsCalled()).toEqual(['/ann', '/bob']);
      await scene.pass(5 * 60, 150);
      expect(pathsCalled()).toEqual(['/ann', '/ann', '/bob', '/bob', '/eve']);
      await scene.pass(60 * 60, 300);
      expect(sink.to('/eve')).toHaveLength(13);
      expect(sink.to('/eve').map(({ data }) => data.incident.repetition)).toEqual([...Array(13).keys()]);
    });

    it('is kept as it was when the incident opened', async () => {
      await twoSteps();
      await scene.incident();
      await scene.chain({ steps: [{ afterMinutes: 0, notify: ['Ann'] }] });
      await scene.pass(15 * 60);
      expect(sink.to('/bob')).toHaveLength(1);
    });

    it('passes over a step whose responder is gone, and says so in the timeline', async () => {
      await twoSteps();
      await scene.house.query(`delete from responder where name = 'Ann'`);
      const { id } = await scene.incident();
      await scene.work();
      expect(pathsCalled()).toEqual(['/bob']);
      expect(await scene.timeline(id)).toEqual(['opened', 'stepEmpty', 'stepTaken', 'notified']);
    });

    it('that is empty turns to the emergency contact at once, with an alarm', async () => {
      const { id } = await scene.incident();
      await scene.work();
      expect(pathsCalled()).toEqual(['/eve']);
      expect(await alarms()).toEqual(['chain-empty']);
      expect(await scene.timeline(id)).toEqual(['opened', 'alarm', 'stepTaken', 'notified']);
    });

    it('with nobody at all raises an alarm and reaches whoever is entered later', async () => {
      await scene.house.query('delete from responder');
      await scene.incident();
      expect(await alarms()).toEqual(['nobody']);
      await scene.emergency(sink);
      await scene.pass(5 * 60);
      expect(pathsCalled()).toEqual(['/eve']);
      expect(await alarms()).toEqual(['chain-empty']);
    });

    it('is walked by one of several workers that come at the same moment', async () => {
      await twoSteps();
      for (let count = 0; count < 30; count++) await scene.incident();
      scene.house.now.move(15 * 60_000);
      const workers = Array.from({ length: 4 }, async () => {
        await scene.house.get(AdvanceDueIncidents).sweep();
        await scene.house.get(SendNotification).sweep();
      });
      await Promise.all(workers);
      await scene.house.get(SendNotification).sweep();
      expect(sink.to('/ann')).toHaveLength(30);
      expect(sink.to('/bob')).toHaveLength(30);
    });

    it('goes on for all others when one incident is sick', async () => {
      await twoSteps();
      const sick = await scene.incident();
      for (let count = 0; count < 8; count++) await scene.incident();
      await scene.house.query(`update incident set chain = '{"steps": 7}' where id = $1`, [sick.id]);
      await scene.pass(15 * 60);
      expect(sink.to('/bob')).toHaveLength(8);
      expect(await alarms()).toEqual(['stuck']);
    });
  });

  describe('an acknowledgement', () => {
    beforeEach(async () => {
      await scene.emergency(sink);
      await annAndBob();
      await scene.chain({ steps: [{ afterMinutes: 0, notify: ['Ann', 'Bob'] }] });
    });
    const linkOf = (path: string): string | null | undefined => sink.to(path)[0]?.data.acknowledgeUrl;

    it('by the link ends all steps and tells the others', async () => {
      const { id } = await scene.incident();
      await scene.work();
      expect(await scene.acknowledge(linkOf('/ann'))).toEqual({ outcome: 'acknowledged', incident: id });
      await scene.pass(60 * 60, 300);
      expect(sink.to('/ann').map(({ type }) => type)).toEqual(['incident.opened']);
      expect(sink.to('/bob').map(({ type }) => type)).toEqual(['incident.opened', 'incident.acknowledged']);
      expect(sink.to('/eve')).toEqual([]);
      const incident = await scene.read(id);
      expect(incident).toMatchObject({
        state: 'acknowledged',
        acknowledgedBy: { kind: 'responder', name: 'Ann' },
        nextStepAt: null,
      });
    });

    it('twice, or by somebody else after that, does no harm and tells how it stands', async () => {
      await scene.incident();
      await scene.work();
      const both = await Promise.all([scene.acknowledge(linkOf('/ann')), scene.acknowledge(linkOf('/bob'))]);
      expect(both.map(({ outcome }) => outcome).sort()).toEqual(['acknowledged', 'already']);
      expect(await scene.acknowledge(linkOf('/ann'))).toMatchObject({
        outcome: 'already',
        at: expect.any(Date) as Date,
      });
    });

    it('by a user ends all steps and tells all responders', async () => {
      const { id } = await scene.incident();
      await scene.work();
      const user = { id: '00000000-0000-4000-8000-000000000001', email: 'ada@desk.test', name: 'Ada' };
      const ada = { ...user, role: 'admin', timezone: 'UTC' } as const;
      await scene.house.transaction((tx) => scene.house.get(Acknowledgement).byUser(tx, id, ada));
      await scene.pass(3600, 300);
      expect(pathsCalled()).toEqual(['/ann', '/ann', '/bob', '/bob']);
      expect((await scene.read(id)).acknowledgedBy).toEqual({ kind: 'user', ...user });
    });

    it('comes too late when the incident is closed, and then changes nothing', async () => {
      const { id, breach } = await scene.incident();
      await scene.work();
      await scene.tell(new ClockStopped(breach, breach.dueAt, 'breached'));
      expect(await scene.acknowledge(linkOf('/ann'))).toEqual({ outcome: 'closed', incident: id });
      expect((await scene.read(id)).state).toBe('closed');
    });

    it('needs a link of ours, for that incident and person, which is not expired', async () => {
      const { id } = await scene.incident();
      await scene.work();
      const url = linkOf('/ann') ?? '';
      const open = (token: string) =>
        scene.house.transaction((tx) => scene.house.get(AcknowledgementLinks).open(tx, token));
      const token = url.split('/acknowledgements/')[1] ?? '';
      expect(url.startsWith('http://desk.test/acknowledgements/')).toBe(true);
      expect(await open(token)).toMatchObject({ incident: id, responder: { name: 'Ann' } });
      for (const forged of [
        token.slice(0, -1),
        `${token}a`,
        token.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
        id,
        '',
      ]) {
        expect(await open(forged)).toBeNull();
        await expect(scene.acknowledge(`/acknowledgements/${forged}`)).rejects.toMatchObject({ kind: 'not-found' });
      }
      expect((await scene.read(id)).state).toBe('open');
      scene.house.now.move(7 * 24 * 3_600_000);
      expect(await open(token)).toBeNull();
    });

    it('stops a notification that was waiting for another try', async () => {
      sink.answers.push(500, 500);
      const { id } = await scene.incident();
      await scene.work();
      await scene.acknowledge(linkOf('/ann'));
      await scene.pass(600, 20);
      expect(pathsCalled()).toEqual(['/ann', '/bob']);
      expect(await scene.timeline(id)).toEqual(expect.arrayContaining(['withdrawn', 'acknowledged']));
    });

    it('stops a notification between its claim and its sending, and a letter that has not left yet', async () => {
      await scene.responders({ name: 'Ann', email: 'ann@mail.test', methods: [{ kind: 'email' }] });
      const { id } = await scene.incident();
      await scene.house.get(SendNotification).sweep();
      const [waiting] = await scene.house.query<{ state: string }>('select state from outgoing_mail');
      expect(waiting?.state).toBe('queued');
      await scene.acknowledge(linkOf('/bob'));
      await scene.pass(600, 60);
      expect((await scene.letters()).map(({ subject }) => subject)).toEqual([]);
      expect((await scene.read(id)).notifications).toMatchObject([
        { responder: 'Ann', state: 'failed' },
        { responder: 'Bob', state: 'handedOver' },
      ]);
    });

    it('is looked at once more right before a send, also by a worker that takes over from a dead one', async () => {
      const { id } = await scene.incident();
      const link = scene.house.get(AcknowledgementLinks).make(id, await scene.responderId('Ann'));
      const lease = new Date(scene.house.now.read().getTime() + 30_000);
      await scene.house.query('update notification set attempts = 1, leased_until = $1', [lease]);
      await scene.acknowledge(link);
      await scene.pass(31);
      expect(sink.delivered.filter(({ type }) => type === 'incident.opened')).toEqual([]);
      expect((await scene.read(id)).notifications).toMatchObject([{ state: 'failed' }, { state: 'failed' }]);
    });

    it('against the next step: once it is given, no further call for help is begun', async () => {
      for (let race = 0; race < 8; race++) {
        sink.forget();
        const { id } = await scene.incident();
        await scene.work();
        scene.house.now.move(5 * 60_000);
        let given = Infinity;
        const late: string[] = [];
        const from = sink.delivered.length;
        sink.beforeAnswering = ({ path, type }) => {
          if (type === 'incident.opened' && performance.now() > given + 1000) late.push(path);
          return Promise.resolve();
        };
        await Promise.all([
          scene.work(),
          scene.work(),
          new Promise((resolve) => setTimeout(resolve, race % 20)).then(async () => {
            await scene.acknowledge(linkOf('/ann'));
            given = performance.now();
          }),
        ]);
        const calls = sink.delivered.slice(from).filter(({ type }) => type === 'incident.opened');
        sink.beforeAnswering = () => Promise.resolve();
        await scene.pass(900, 300);
        const after = sink.delivered.slice(from).filter(({ type }) => type === 'incident.opened');
        expect(after).toHaveLength(calls.length);
        expect(late).toEqual([]);
        expect(await scene.read(id)).toMatchObject({ state: 'acknowledged', nextStepAt: null });
        await scene.clear();
        await scene.emergency(sink);
        await annAndBob();
        await scene.chain({ steps: [{ afterMinutes: 0, notify: ['Ann', 'Bob'] }] });
      }
    }, 60_000);
  });

  describe('the end of an incident', () => {
    beforeEach(async () => {
      await scene.responders({
        name: EVE,
        email: 'eve@night.test',
        methods: [{ kind: 'email' }, hook(sink, '/eve')],
        emergency: true,
      });
    });

    it.each([
      ['the clock stops', 'stopped', (breach: ClockBreached) => new ClockStopped(breach, breach.dueAt, 'breached')],
      [
        'the clock is cancelled',
        'cancelled',
        (breach: ClockBreached) => new ClockCancelled(breach, breach.dueAt, 'spam'),
      ],
      ['the breach is retracted', 'retracted', (breach: ClockBreached) => new BreachRetracted(breach, breach.dueAt)],
    ] as const)('comes when %s, and those who were notified are told', async (_, because, fact) => {
      const { id, breach } = await scene.incident();
      await scene.work();
      await scene.tell(fact(breach));
      await scene.pass(3600, 300);
      expect(sink.delivered.map(({ type }) => type)).toEqual(['incident.opened', 'incident.closed']);
      expect((await scene.letters()).map(({ subject }) => subject.split(':')[0])).toEqual([
        'First response overdue',
        'Closed',
      ]);
      expect(await scene.read(id)).toMatchObject({ state: 'closed', closedBecause: because, nextStepAt: null });
      expect(await alarms()).toEqual([]);
    });

    it('is told to nobody when nobody had been notified', async () => {
      const breach = await scene.overdue();
      await scene.tell(breach, new ClockStopped(breach, breach.dueAt, 'breached'));
      await scene.pass(3600, 300);
      expect(sink.delivered).toEqual([]);
      expect(await scene.letters()).toEqual([]);
    });

    it('by a retraction is that of its own judgement only', async () => {
      const { id, breach } = await scene.incident();
      await scene.tell(new BreachRetracted(judgedAnew(breach, 7), breach.dueAt));
      expect((await scene.read(id)).state).toBe('open');
    });

    it('is taken back when the clock was cancelled and is back, overdue as before', async () => {
      const { id, breach } = await scene.incident();
      await scene.work();
      await scene.tell(new ClockCancelled(breach, breach.dueAt, 'merged'));
      await scene.tell(breach);
      await scene.pass(1);
      expect(await scene.read(id)).toMatchObject({ state: 'open', closedAt: null });
      expect(sink.delivered.map(({ type }) => type).sort()).toEqual([
        'incident.closed',
        'incident.opened',
        'incident.opened',
      ]);
    });
  });

  describe('a notification', () => {
    beforeEach(() => scene.emergency(sink));

    it('is tried again under the same key until it is accepted', async () => {
      sink.answers.push(500, 'hang up', 503);
      const { id } = await scene.incident();
      await scene.work();
      await scene.pass(30, 1);
      expect(sink.delivered).toHaveLength(4);
      expect(new Set(sink.delivered.map(({ key }) => key)).size).toBe(1);
      expect(sink.delivered.every(({ signed }) => signed)).toBe(true);
      expect((await scene.read(id)).notifications).toMatchObject([
        { state: 'handedOver', attempts: 4, lastError: null },
      ]);
    });

    it('is sent again, under the same key, when its worker died on the way', async () => {
      const { id } = await scene.incident();
      const lease = new Date(scene.house.now.read().getTime() + 30_000);
      const [left] = await scene.house.query<{ id: string }>(
        `update notification set attempts = 1, leased_until = $1, first_tried_at = created_at returning id`,
        [lease],
      );
      await scene.pass(25, 5);
      expect(sink.delivered).toEqual([]);
      await scene.pass(5);
      expect(sink.delivered.map(({ key }) => key)).toEqual([left?.id]);
      expect((await scene.read(id)).notifications).toMatchObject([{ state: 'handedOver', attempts: 2 }]);
    });

    it('waits for no other that is about the same incident', async () => {
      await scene.responders({
        name: EVE,
        email: 'eve@night.test',
        methods: [hook(sink, '/eve'), { kind: 'email' }],
        emergency: true,
      });
      await scene.chain({ steps: [{ afterMinutes: 0, notify: [EVE] }] });
      const { id } = await scene.incident();
      await scene.house.transaction(async (other) => {
        await keepOpen(other, [{ incidentId: id }]);
        await scene.work();
      });
      expect(sink.delivered).toHaveLength(1);
      expect(await scene.letters()).toHaveLength(1);
    });

    it('rings once for all that goes together, however many incidents there are', async () => {
      await scene.responders({ name: EVE, email: 'eve@night.test', methods: [{ kind: 'email' }], emergency: true });
      await scene.chain({ steps: [{ afterMinutes: 0, notify: [EVE] }] });
      const breaches: ClockBreached[] = [];
      for (let index = 0; index < 30; index++) breaches.push(await scene.overdue());
      const rings = jest.spyOn(scene.house.get(JobQueue), 'ring');
      await scene.tell(...breaches);
      expect(rings.mock.calls.filter(([, job]) => job === 'send-notification')).toHaveLength(1);
      rings.mockRestore();
      await scene.work();
      expect(await scene.letters()).toHaveLength(1);
    });

    it('refused for good gives way to the next method at once', async () => {
      await scene.responders({
        name: EVE,
        methods: [hook(sink, '/first'), hook(sink, '/second', 600)],
        emergency: true,
      });
      sink.answers.push(410);
      const { id } = await scene.incident();
      await scene.work();
      await scene.work();
      expect(sink.delivered.map(({ path }) => path)).toEqual(['/first', '/second']);
      expect((await scene.read(id)).notifications).toMatchObject([
        { state: 'failed', attempts: 1 },
        { state: 'handedOver' },
      ]);
    });

    it('that stalls is joined by the next method after ten seconds, which is not pulled forward otherwise', async () => {
      await scene.responders({
        name: EVE,
        methods: [hook(sink, '/first'), hook(sink, '/second', 600)],
        emergency: true,
      });
      sink.answers.push(500, 500, 500, 500);
      await scene.incident();
      await scene.work();
      await scene.pass(6, 2);
      expect(sink.to('/second')).toHaveLength(0);
      await scene.pass(5, 1);
      expect(sink.to('/second')).toHaveLength(1);

      await scene.clear();
      sink.forget();
      await scene.responders({
        name: EVE,
        methods: [hook(sink, '/first'), hook(sink, '/second', 240)],
        emergency: true,
      });
      await scene.incident();
      await scene.pass(200, 10);
      expect(sink.to('/second')).toHaveLength(0);
      await scene.pass(40);
      expect(sink.to('/second')).toHaveLength(1);
    });

    it('that waits for company behind one that stalls gives way to the next method, as nobody has heard of anything yet', async () => {
      const methods = [{ kind: 'email' } as const, hook(sink, '/second', 600)];
      await scene.responders({ name: EVE, email: 'eve@night.test', methods, emergency: true });
      const aRound = async (seconds: number, post: boolean) => {
        scene.house.now.move(seconds * 1000);
        await scene.house.get(AdvanceDueIncidents).sweep();
        await scene.house.get(SendNotification).sweep();
        if (post) await scene.house.get(DeliverMailJob).sweep();
      };
      // The post brings the first letter: what comes after it waits, and nobody is called twice.
      await scene.incident();
      await aRound(0, true);
      await scene.incident();
      await aRound(12, true);
      await aRound(1, true);
      expect(pathsCalled()).toEqual([]);
      // Now it brings nothing.
      await scene.clear();
      await scene.responders({ name: EVE, email: 'eve@night.test', methods, emergency: true });
      await scene.incident();
      await aRound(0, false);
      await scene.incident();
      await aRound(5, false);
      expect(pathsCalled()).toEqual([]);
      await aRound(6, false);
      expect(pathsCalled()).toEqual(['/second', '/second']);
      await scene.incident();
      await aRound(1, false);
      await aRound(1, false);
      expect(pathsCalled()).toHaveLength(3);
    });

    it('by e-mail that is given up by the post gives way to the next method', async () => {
      const methods = [{ kind: 'email' } as const, hook(sink, '/second', 600)];
      await scene.responders({ name: EVE, email: 'eve@night.test', methods, emergency: true });
      const { id } = await scene.incident();
      await scene.house.get(SendNotification).sweep();
      const [letter] = await scene.house.query<{ id: string }>('select id from outgoing_mail');
      await scene.tell(new LetterGivenUp(letter?.id ?? '', scene.house.now.read(), '550 no such person'));
      await scene.house.get(SendNotification).sweep();
      expect(pathsCalled()).toEqual(['/second']);
      expect((await scene.read(id)).notifications).toMatchObject([
        { method: 'email', state: 'failed', lastError: '550 no such person' },
        { method: 'webhook', state: 'handedOver' },
      ]);
    });

    it('by e-mail to the desk itself fails at once instead of waiting for ever', async () => {
      await scene.responders({ name: EVE, email: 'support@desk.test', methods: [{ kind: 'email' }], emergency: true });
      const { id } = await scene.incident();
      await scene.work();
      expect((await scene.read(id)).notifications).toMatchObject([
        { state: 'failed', lastError: expect.any(String) as string },
      ]);
      expect(await alarms()).toContain('undelivered');
    });

    it('where all of a step failed, the next step is taken at once, with an alarm', async () => {
      await annAndBob();
      await scene.chain({
        steps: [
          { afterMinutes: 0, notify: ['Ann'] },
          { afterMinutes: 60, notify: ['Bob'] },
        ],
      });
      sink.answers.push(404);
      const { id } = await scene.incident();
      await scene.work();
      expect(await alarms()).toEqual(['undelivered']);
      await scene.work();
      expect(sink.delivered.map(({ path }) => path)).toEqual(['/ann', '/bob']);
      expect(await scene.timeline(id)).toEqual([
        ...['opened', 'stepTaken', 'notificationFailed', 'alarm'],
        ...['stepTaken', 'notified'],
      ]);
      expect(await alarms()).toEqual([]);
    });

    it('that fails in the repetition does not make it run in circles', async () => {
      sink.answers.push(...Array.from({ length: 20 }, () => 404));
      await scene.incident();
      await scene.work();
      await scene.pass(60, 5);
      expect(sink.delivered).toHaveLength(1);
      await scene.pass(240, 60);
      expect(sink.delivered).toHaveLength(2);
    });

    it('does not follow a redirect', async () => {
      const elsewhere = await WebhookSink.open();
      sink.answers.push({ redirect: elsewhere.url() });
      const { id } = await scene.incident();
      await scene.work();
      expect(elsewhere.delivered).toEqual([]);
      expect((await scene.read(id)).notifications).toMatchObject([{ state: 'failed', attempts: 1 }]);
      await elsewhere.close();
    });

    it('goes to no private address that was not meant', async () => {
      const method = { ...hook(sink, '/eve'), allowPrivate: false };
      await scene.responders({ name: EVE, methods: [method], emergency: true });
      const { id } = await scene.incident();
      await scene.work();
      expect(sink.delivered).toEqual([]);
      expect((await scene.read(id)).notifications).toMatchObject([
        { state: 'failed', attempts: 1, lastError: expect.stringContaining('private') as string },
      ]);
    });

    it('is sent by one of several workers that come at the same moment', async () => {
      for (let count = 0; count < 60; count++) await scene.incident();
      await Promise.all(Array.from({ length: 4 }, () => scene.house.get(SendNotification).sweep()));
      expect(sink.delivered).toHaveLength(60);
      expect(new Set(sink.delivered.map(({ key }) => key)).size).toBe(60);
    });
  });

  describe('the auditor', () => {
    const audit = () => scene.house.get(AuditEscalation).sweep();

    it('raises an alarm when nobody has been notified of an incident for a minute, until somebody is', async () => {
      await scene.emergency(sink);
      sink.answers.push(...Array.from({ length: 7 }, () => 500));
      await scene.incident();
      await scene.pass(50, 5);
      expect(await audit()).toBe(0);
      await scene.pass(11);
      expect(await audit()).toBe(1);
      expect(await audit()).toBe(1);
      expect(await alarms()).toEqual(['chain-empty', 'unheard']);
      await scene.pass(180, 20);
      expect(await alarms()).toEqual(['chain-empty']);
      expect(await audit()).toBe(0);
    });

    it('waits for a first step that is meant to come later', async () => {
      await annAndBob();
      await scene.chain({ steps: [{ afterMinutes: 10, notify: ['Ann'] }] });
      await scene.incident();
      scene.house.now.move(10 * 60_000);
      expect(await audit()).toBe(0);
      scene.house.now.move(65_000);
      expect(await audit()).toBe(1);
    });

    it('raises an alarm while letters wait that no worker sends, or that the relay does not take', async () => {
      const letter = async (): Promise<void> => {
        await scene.house.transaction((tx) =>
          scene.house.get(Postman).post(tx, {
            words: { subject: 'Hello', text: 'Hello' },
            to: [{ email: 'carl@customer.test', name: 'Carl' }],
            automatic: 'notice',
          }),
        );
      };
      const told = async () =>
        (await scene.house.get(Alarms).standing()).map(({ kind, subject, detail }) => [kind, subject, detail]);
      await letter();
      await letter();
      expect(await audit()).toBe(0);
      scene.house.now.move(61_000);
      expect(await audit()).toBe(1);
      expect(await told()).toEqual([
        ['outbox-late', 'workers', 'No worker sends mail: 2 letters wait for more than a minute; see the outbox.'],
      ]);
      await scene.work();
      expect(await audit()).toBe(0);
      expect(await told()).toEqual([]);

      await letter();
      await scene.house.query(
        `update outgoing_mail set waits_for_relay = true, next_try_at = next_try_at + interval '1 hour' where state = 'queued'`,
      );
      scene.house.now.move(299_000);
      expect(await audit()).toBe(0);
      scene.house.now.move(2_000);
      expect(await audit()).toBe(1);
      expect(await told()).toEqual([
        [
          'outbox-late',
          'relay',
          'The mail relay takes nothing: a letter waits for more than five minutes; see the outbox.',
        ],
      ]);
    });

    it('raises an alarm for a clock that is past its due instant and was not struck, until it is', async () => {
      const { clock } = await scene.overdue();
      scene.house.now.move(25_000);
      expect(await audit()).toBe(0);
      scene.house.now.move(6_000);
      expect(await audit()).toBe(1);
      expect(await scene.house.get(Alarms).standing()).toMatchObject([{ kind: 'clock-overdue', subject: clock }]);
      await scene.house.query(`update clock set set_aside_at = $1, set_aside_because = 'it was broken'`, [
        scene.house.now.read(),
      ]);
      expect(await audit()).toBe(1);
      await scene.house.query(`update clock set breached_at = due_at`);
      expect(await audit()).toBe(0);
      expect(await alarms()).toEqual([]);
    });
  });
});

import { createHmac, randomUUID } from 'node:crypto';
import { Acknowledgement } from '../../../src/escalation/acknowledgement.js';
import { AcknowledgementLinks } from '../../../src/escalation/acknowledgement-links.js';
import { EmergencyRequests } from '../../../src/escalation/emergency-requests.js';
import { HandOver } from '../../../src/escalation/hand-over.js';
import { IncidentLog } from '../../../src/escalation/incident-log.js';
import { PollReceipts } from '../../../src/escalation/poll-receipts.job.js';
import { Providers } from '../../../src/escalation/providers.js';
import { ClockCancelled } from '../../../src/sla/clock-events.js';
import { IncidentPage } from '../../../src/web/incidents/incident.page.js';
import { IncidentsPage } from '../../../src/web/incidents/incidents.page.js';
import { EVE, hook, Scene } from './scene.js';
import { json, ProviderServer } from './provider-server.js';
import { WebhookSink } from './webhook-sink.js';

const SID = `AC${'0123456789abcdef'.repeat(2)}`;
const TOKEN = 'f00dfeedf00dfeedf00dfeedf00dfeed';

describe('an answer to a call for help', () => {
  let scene: Scene;
  let provider: ProviderServer;
  let sink: WebhookSink;

  beforeAll(async () => {
    [scene, provider, sink] = await Promise.all([Scene.open(), ProviderServer.open(), WebhookSink.open()]);
  });
  afterAll(async () => {
    await Promise.all([scene.close(), provider.close(), sink.close()]);
  });
  beforeEach(async () => {
    provider.forget();
    sink.forget();
    await scene.clear();
    await scene.house.query('truncate provider, inbound_mail cascade');
    await scene.house.transaction((tx) =>
      scene.house.get(Providers).save(tx, {
        ...{ name: 'twilio', accountSid: SID, authToken: TOKEN, from: '+15005550006', apiUrl: provider.url() },
      }),
    );
    provider.usual = () => json(201, { sid: 'SM1' });
  });

  const twilioSays = async (path: string, fields: Record<string, string>, token = TOKEN) => {
    const address = `http://desk.test${path}`;
    const text = Object.keys(fields)
      .sort()
      .reduce((all, name) => `${all}${name}${fields[name] ?? ''}`, address);
    const signature = createHmac('sha1', token).update(text).digest('base64');
    const response = await fetch(new URL(path, scene.house.url), {
      method: 'POST',
      headers: { 'x-twilio-signature': signature, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    });
    return { status: response.status, body: await response.text() };
  };
  const idOf = async (method: string): Promise<string> => {
    const [row] = await scene.house.query<{ id: string }>(
      `select id from notification where method = $1 order by number desc limit 1`,
      [method],
    );
    return row?.id ?? '';
  };

  describe('by mail', () => {
    const called = async () => {
      await scene.responders({ name: EVE, email: 'eve@night.test', emergency: true });
      const { id } = await scene.incident();
      await scene.work();
      const [letter] = await scene.house.lettersTo('eve@night.test');
      return { id, to: letter?.replyTo ?? '' };
    };
    const answers = (to: string, from: string, headers = {}) =>
      scene.house.mailArrives({ from, to, subject: 'Re: overdue', text: 'On it.', headers });

    it('acknowledges, when it comes from the one who was called', async () => {
      const { id, to } = await called();
      await answers(to, 'eve@night.test');
      expect(await scene.read(id)).toMatchObject({ state: 'acknowledged', acknowledgedBy: { name: EVE } });
      const tickets = await scene.house.query('select number from ticket');
      expect(tickets).toHaveLength(1);
    });

    it('acknowledges nothing when it comes from somebody else, or of itself, or to a forged address', async () => {
      const { id, to } = await called();
      await answers(to, 'mallory@evil.test');
      await answers(to, 'eve@night.test', { 'Auto-Submitted': 'auto-replied' });
      await answers(
        to.replace(/\+(.)/, (_, letter: string) => `+${letter === 'a' ? 'b' : 'a'}`),
        'eve@night.test',
      );
      expect(await scene.read(id)).toMatchObject({ state: 'open' });
    });
  });

  it('by mail comes too late when what it answers is older than a week', async () => {
    await scene.responders({ name: EVE, email: 'eve@night.test', emergency: true });
    const { id } = await scene.incident();
    await scene.work();
    const [letter] = await scene.house.lettersTo('eve@night.test');
    scene.house.now.move(7 * 86_400_000 + 1000);
    await scene.house.mailArrives({ from: 'eve@night.test', to: letter?.replyTo ?? '', subject: 'Re', text: 'On it.' });
    expect(await scene.read(id)).toMatchObject({ state: 'open' });
  });

  describe('by SMS', () => {
    const called = async () => {
      await scene.responders({
        name: EVE,
        phone: '+49 30 1234567',
        methods: [{ kind: 'sms' }, hook(sink, '/next', 600)],
        emergency: true,
      });
      const { id } = await scene.incident();
      await scene.work();
      return { id, code: /Answer (\d{6})/.exec(provider.asked[0]?.form['Body'] ?? '')?.[1] ?? '' };
    };

    it('acknowledges by the code, from the number that was called', async () => {
      const { id, code } = await called();
      const reply = await twilioSays('/channels/twilio/inbound', { From: '+49301234567', Body: `ok ${code} thanks` });
      expect(reply).toEqual({
        status: 200,
        body: '<?xml version="1.0" encoding="UTF-8"?><Response><Message>It is yours now. Nobody else is called any more.</Message></Response>',
      });
      expect(await scene.read(id)).toMatchObject({ state: 'acknowledged', acknowledgedBy: { name: EVE } });
      const again = await twilioSays('/channels/twilio/inbound', { From: '+49301234567', Body: code });
      expect(again.body).toContain(`${EVE} has it already.`);
    });

    it('by the link opens the page with the button, whoever looks at it, and acknowledges nothing by itself', async () => {
      const { id } = await called();
      const [link = ''] = /http:\S+$/.exec(provider.asked[0]?.form['Body'] ?? '') ?? [];
      const { pathname } = new URL(link);
      for (const method of ['HEAD', 'GET']) {
        const answer = await fetch(new URL(pathname, scene.house.url), { method, redirect: 'manual' });
        expect(answer.status).toBe(303);
        const page = await fetch(new URL(answer.headers.get('location') ?? '', scene.house.url), { method });
        expect(page.status).toBe(200);
        if (method === 'GET') expect(await page.text()).toContain('I am on it');
      }
      expect(await scene.read(id)).toMatchObject({ state: 'open' });
      const forged = pathname.replace(/\/a\/(.)/, (_, letter: string) => `/a/${letter === '1' ? '2' : '1'}`);
      expect((await fetch(new URL(forged, scene.house.url), { redirect: 'manual' })).status).toBe(404);
      scene.house.now.move(7 * 86_400_000 + 1000);
      expect((await fetch(new URL(pathname, scene.house.url), { redirect: 'manual' })).status).toBe(404);
    });

    it('comes too late a week after', async () => {
      const { id, code } = await called();
      scene.house.now.move(7 * 86_400_000 + 1000);
      const reply = await twilioSays('/channels/twilio/inbound', { From: '+49301234567', Body: code });
      expect(reply.body).toContain('not good, or no longer');
      expect(await scene.read(id)).toMatchObject({ state: 'open' });
    });

    it('is not heard with another code, from another number, without the signature, or after too many guesses', async () => {
      const { id, code } = await called();
      expect(
        (await twilioSays('/channels/twilio/inbound', { From: '+49301234567', Body: code }, 'not the token')).status,
      ).toBe(403);
      await twilioSays('/channels/twilio/inbound', { From: '+49309999999', Body: code });
      for (let guess = 0; guess < 10; guess++) {
        const wrong = String((Number(code) + 1 + guess) % 1_000_000).padStart(6, '0');
        await twilioSays('/channels/twilio/inbound', { From: '+49301234567', Body: wrong });
      }
      await twilioSays('/channels/twilio/inbound', { From: '+49301234567', Body: code });
      expect(await scene.read(id)).toMatchObject({ state: 'open' });
      scene.house.now.move(3_600_001);
    });

    it('whose delivery fails is followed by the next method at once, and a missing receipt by it beside', async () => {
      await called();
      await twilioSays(`/channels/twilio/messages/${await idOf('sms')}`, {
        MessageStatus: 'undelivered',
        ErrorCode: '30003',
      });
      await scene.work();
      expect(sink.to('/next')).toHaveLength(1);
      expect((await scene.house.get(IncidentLog).list())[0]?.notifications[0]).toMatchObject({
        state: 'failed',
        lastError: 'Twilio says: undelivered (error 30003)',
      });
    });

    it('that is delivered stays so, and nothing follows; one of which nothing is heard is unknown after a minute', async () => {
      await called();
      await twilioSays(`/channels/twilio/messages/${await idOf('sms')}`, { MessageStatus: 'delivered' });
      await scene.pass(120, 60);
      expect(sink.to('/next')).toHaveLength(0);

      await scene.clear();
      await called();
      await scene.pass(60, 30);
      const [first] = (await scene.house.get(IncidentLog).list())[0]?.notifications ?? [];
      expect(first).toMatchObject({ method: 'sms', state: 'unknown' });
      await scene.work();
      expect(sink.to('/next')).toHaveLength(1);
    });
  });

  it('by a key pressed during a call acknowledges, by another key does not', async () => {
    await scene.responders({ name: EVE, phone: '+49301234567', methods: [{ kind: 'voice' }], emergency: true });
    const { id } = await scene.incident();
    await scene.work();
    const path = `/channels/twilio/keypresses/${await idOf('voice')}`;
    expect((await twilioSays(path, { Digits: '1' })).body).toContain('Only the key 4 acknowledges');
    expect(await scene.read(id)).toMatchObject({ state: 'open' });
    expect((await twilioSays(path, { Digits: '4' })).body).toContain('It is yours now');
    expect(await scene.read(id)).toMatchObject({ state: 'acknowledged' });
  });

  it('is told to others by message and not by a call at night, unless a call is all they have', async () => {
    await scene.responders(
      { name: EVE, phone: '+49301234567', methods: [{ kind: 'sms' }, { kind: 'voice' }], emergency: true },
      { name: 'Bob', phone: '+49309876543', methods: [{ kind: 'voice' }] },
    );
    await scene.chain({ steps: [{ afterMinutes: 0, notify: [EVE, 'Bob'] }] });
    provider.usual = () => json(201, { sid: `X${provider.asked.length}` });
    const { breach } = await scene.incident();
    await scene.work();
    provider.asked.length = 0;
    await scene.tell(new ClockCancelled(breach, scene.house.now.read(), 'merged'));
    await scene.work();
    const told = provider.asked.map(({ path, form }) => `${path.split('/').at(-1) ?? ''} ${form['To'] ?? ''}`).sort();
    expect(told).toEqual(['Calls.json +49309876543', 'Messages.json +49301234567']);
  });

  it('leaves its road, and what acknowledges nothing its reason, in the timeline that people read', async () => {
    await scene.responders({ name: EVE, email: 'eve@night.test', emergency: true });
    const { id } = await scene.incident();
    await scene.work();
    const [letter] = await scene.house.lettersTo('eve@night.test');
    const answer = (text: string, headers = {}) =>
      scene.house.mailArrives({ from: 'eve@night.test', to: letter?.replyTo ?? '', subject: 'Re', text, headers });
    await answer('I am away.', { 'Auto-Submitted': 'auto-replied' });
    await answer('On it.');
    const { timeline } = await scene.house.get(IncidentPage).read(id);
    expect(timeline.map(({ words }) => words).reverse()).toEqual([
      'Opened; no chain is set up',
      expect.stringContaining('Nobody of its chain can be notified'),
      `Round 1: ${EVE} is called`,
      `${EVE} by e-mail: kept in the outbox, for no relay is set; nobody got it`,
      `An answer to ${EVE} by e-mail acknowledges nothing: it was automatic`,
      `${EVE} acknowledged by answering the mail`,
    ]);
  });

  it('in Pushover’s app acknowledges here; and here makes it stop ringing there', async () => {
    await scene.house.transaction((tx) =>
      scene.house.get(Providers).save(tx, { name: 'pushover', appToken: 'a'.repeat(30), apiUrl: provider.url() }),
    );
    let acknowledged = 0;
    provider.usual = ({ path }) =>
      path.startsWith('/1/receipts/')
        ? json(200, { status: 1, acknowledged, last_delivered_at: 1 })
        : json(200, { status: 1, receipt: `r${provider.asked.length}` });
    await scene.responders({ name: EVE, methods: [{ kind: 'pushover', userKey: 'k'.repeat(30) }], emergency: true });
    const first = await scene.incident();
    await scene.work();
    const poll = scene.house.get(PollReceipts);
    await poll.sweep();
    expect(await scene.read(first.id)).toMatchObject({ state: 'open' });
    acknowledged = 1;
    await poll.sweep();
    expect(await scene.read(first.id)).toMatchObject({ state: 'acknowledged' });

    scene.house.now.move(600_000);
    const second = await scene.incident();
    await scene.work();
    const link = scene.house.get(AcknowledgementLinks).make(second.id, await scene.responderId(EVE));
    await scene.acknowledge(link);
    await poll.sweep();
    expect(provider.asked.at(-1)?.path).toMatch(/\/1\/receipts\/\w+\/cancel\.json/);
    expect(await poll.sweep()).toBe(0);
  });

  describe('in a storm', () => {
    it('the first letter goes at once, the later ones as one that lists all, and an answer to it takes what it told', async () => {
      await scene.responders({ name: EVE, email: 'eve@night.test', emergency: true });
      const first = await scene.incident({ subject: 'One' });
      await scene.work();
      expect(await scene.letters()).toHaveLength(1);
      const later = [await scene.incident({ subject: 'Two' }), await scene.incident({ subject: 'Three' })];
      await scene.work();
      await scene.pass(29);
      expect(await scene.letters()).toHaveLength(1);
      await scene.pass(1);
      const letters = await scene.house.lettersTo('eve@night.test');
      expect(letters).toHaveLength(2);
      for (const subject of ['One', 'Two', 'Three']) expect(letters[1]?.text).toContain(subject);
      expect(letters[1]?.subject).toMatch(/^3 incidents wait for somebody/);
      await scene.house.mailArrives({
        from: 'eve@night.test',
        to: letters[1]?.replyTo ?? '',
        subject: 'Re',
        text: 'Mine.',
      });
      for (const { id } of later) expect(await scene.read(id)).toMatchObject({ state: 'acknowledged' });
      expect(await scene.read(first.id)).toMatchObject({ state: 'open' });
    });

    it('a hundred at once are one letter, and each of them is told as handed over', async () => {
      await scene.responders({ name: EVE, email: 'eve@night.test', emergency: true });
      const breaches = [];
      for (let count = 0; count < 100; count++) breaches.push(await scene.overdue());
      await scene.tell(...breaches);
      await scene.work();
      const letters = await scene.letters();
      expect(letters).toHaveLength(1);
      expect(letters[0]?.text).toContain('and 75 more');
      const states = await scene.house.query(`select distinct state from notification where kind = 'alert'`);
      expect(states).toEqual([{ state: 'handedOver' }]);
    });

    it('a new incident is not held back by repetitions', async () => {
      await scene.responders({ name: EVE, email: 'eve@night.test', emergency: true });
      await scene.incident({ subject: 'Old' });
      await scene.work();
      await scene.pass(300);
      expect(await scene.letters()).toHaveLength(2);
      await scene.incident({ subject: 'New' });
      await scene.work();
      expect(await scene.letters()).toHaveLength(3);
    });
  });

  describe('afterwards', () => {
    const called = async () => {
      await scene.responders(
        { name: EVE, methods: [hook(sink, '/eve')], emergency: true },
        { name: 'Bob', methods: [hook(sink, '/bob')] },
        { name: 'Cleo', methods: [hook(sink, '/cleo')] },
      );
      const { id } = await scene.incident();
      await scene.work();
      return id;
    };

    it('it starts again when it was not done in time', async () => {
      await scene.responders({ name: EVE, methods: [hook(sink, '/eve')], emergency: true });
      await scene.chain({ steps: [{ afterMinutes: 0, notify: [EVE] }], restartAfterMinutes: 30 });
      const { id } = await scene.incident();
      await scene.work();
      await scene.acknowledge(sink.to('/eve')[0]?.data.acknowledgeUrl);
      await scene.pass(29 * 60);
      expect(sink.to('/eve')).toHaveLength(1);
      await scene.pass(60);
      expect(sink.to('/eve')).toHaveLength(2);
      expect(await scene.read(id)).toMatchObject({ state: 'open', acknowledgedBy: null });
      expect(await scene.timeline(id)).toContain('restarted');
    });

    describe('is handed to a colleague, who must accept', () => {
      const token = (url: string | null | undefined): string => (url ?? '').split('/acknowledgements/')[1] ?? '';
      const handOver = () => scene.house.get(HandOver);
      const asked = async (to = 'Bob') => {
        const id = await called();
        const link = sink.to('/eve')[0]?.data.acknowledgeUrl;
        await scene.acknowledge(link);
        sink.forget();
        await scene.house.transaction((tx) => handOver().offerByLink(tx, token(link), to));
        await scene.work();
        return { id, eves: token(link), bobs: token(sink.to('/bob')[0]?.data.acknowledgeUrl) };
      };
      const answer = (link: string, accepts: boolean) =>
        scene.house.transaction((tx) => handOver().answer(tx, link, accepts));
      const told = () => sink.to('/eve').map(({ type, data }) => ({ type, offer: data.incident.offer }));

      it('until then the old one has it; who accepts has it, and the old one is told', async () => {
        const { id, eves, bobs } = await asked();
        expect(sink.to('/bob')[0]?.type).toBe('incident.offered');
        expect(await scene.read(id)).toMatchObject({ acknowledgedBy: { name: EVE } });
        await expect(answer(eves, true)).rejects.toThrow(/does not stand/);
        await answer(bobs, true);
        expect(await scene.read(id)).toMatchObject({ state: 'acknowledged', acknowledgedBy: { name: 'Bob' } });
        expect(await scene.timeline(id)).toEqual(expect.arrayContaining(['offered', 'accepted']));
        await scene.work();
        expect(told()).toEqual([{ type: 'incident.answered', offer: { to: 'Bob', answer: 'accepted' } }]);
      });

      it('who declines leaves it where it is, and the old one is told', async () => {
        const { id, bobs } = await asked();
        await answer(bobs, false);
        await scene.work();
        expect(await scene.read(id)).toMatchObject({ state: 'acknowledged', acknowledgedBy: { name: EVE } });
        expect(told()).toEqual([{ type: 'incident.answered', offer: { to: 'Bob', answer: 'declined' } }]);
        await expect(answer(bobs, true)).rejects.toThrow(/does not stand/);
      });

      it('silence of ten minutes is a no, and the old one is told once', async () => {
        const { id, bobs } = await asked();
        await scene.pass(599);
        expect(told()).toEqual([]);
        await scene.pass(1);
        await scene.pass(60);
        expect(told()).toEqual([{ type: 'incident.answered', offer: { to: 'Bob', answer: 'unanswered' } }]);
        expect(await scene.timeline(id)).toEqual(expect.arrayContaining(['offered', 'unanswered']));
        expect(await scene.read(id)).toMatchObject({ acknowledgedBy: { name: EVE } });
        await expect(answer(bobs, true)).rejects.toThrow(/does not stand/);
      });

      it('to a user of the desk who asked on the page the answer goes by mail', async () => {
        const id = await called();
        const user = {
          id: randomUUID(),
          name: 'Ann Agent',
          email: 'ann@hands.test',
          role: 'agent',
          timezone: 'UTC',
        } as const;
        await scene.house.transaction((tx) => scene.house.get(Acknowledgement).byUser(tx, id, user, 'page'));
        await scene.house.transaction((tx) => handOver().offer(tx, id, 'Bob', user));
        await scene.work();
        await answer(token(sink.to('/bob').at(-1)?.data.acknowledgeUrl), false);
        await scene.work();
        const [letter] = (await scene.letters()).filter(({ to }) => to === 'ann@hands.test');
        expect(letter?.subject).toContain('Still yours: #');
        expect(letter?.text).toContain('Bob cannot take it over. It is still yours.');
      });

      it('of two who were asked one after the other only the later can accept, and is asked even if the first was not reached', async () => {
        const id = await called();
        const link = token(sink.to('/eve')[0]?.data.acknowledgeUrl);
        await scene.acknowledge(sink.to('/eve')[0]?.data.acknowledgeUrl);
        sink.forget();
        await scene.house.transaction((tx) => handOver().offerByLink(tx, link, 'Bob'));
        await scene.house.transaction((tx) => handOver().offerByLink(tx, link, 'Cleo'));
        await scene.work();
        expect(sink.to('/bob')).toEqual([]);
        expect(sink.to('/cleo').map(({ type }) => type)).toEqual(['incident.offered']);
        expect(await scene.timeline(id)).toContain('withdrawn');
      });
    });
  });

  it('is what the list of incidents begins with those that wait for, page by page', async () => {
    interface Listed {
      readonly open: number;
      readonly rows: readonly { readonly id: string }[];
      readonly pages: { readonly total: number; readonly next: string | null; readonly previous: string | null };
    }
    const list = async (page?: string): Promise<Listed> =>
      (await scene.house.get(IncidentsPage).read(page)) as unknown as Listed;
    expect(await list()).toMatchObject({ open: 0, rows: [], pages: { total: 0, next: null, previous: null } });

    await scene.emergency(sink);
    const ids: string[] = [];
    for (let count = 0; count < 60; count++) {
      ids.push((await scene.incident()).id);
      scene.house.now.move(1_000);
    }
    const heard = ids.filter((_, index) => index % 2 === 0);
    await scene.house.query(
      `update incident set state = 'acknowledged', next_step_at = null, acknowledged_at = opened_at,
         acknowledged_by = '{"kind": "user", "id": "1", "name": "Ann"}' where id = any($1)`,
      [heard],
    );
    const waiting = ids.filter((id) => !heard.includes(id));
    const order = [...waiting.toReversed(), ...heard.toReversed()];
    const [first, second] = [await list(), await list('2')];
    expect([...first.rows, ...second.rows].map(({ id }) => id)).toEqual(order);
    expect(first).toMatchObject({ open: 30, pages: { total: 60, next: '/incidents?page=2', previous: null } });
    expect(second.pages).toMatchObject({ next: null, previous: '/incidents?page=1' });
  });

  it('to an emergency request is asked for once, where the chain calls the emergency contact at once, too', async () => {
    await scene.responders(
      { name: EVE, methods: [hook(sink, '/eve')], emergency: true },
      { name: 'Bob', methods: [hook(sink, '/bob')] },
    );
    await scene.chain({ steps: [{ afterMinutes: 0, notify: ['Bob', EVE] }], repeatEveryMinutes: 5 });
    const { ticket } = await scene.overdue();
    await scene.house.transaction((tx) => scene.house.get(EmergencyRequests).raise(tx, ticket, 'service-down'));
    await scene.work();
    expect(sink.delivered.map(({ path }) => path).sort()).toEqual(['/bob', '/eve']);
    await scene.pass(300);
    expect(sink.to('/eve')).toHaveLength(2);
  });

  it('to an emergency request goes as to any other; the emergency contact is called at once, but not without end', async () => {
    await scene.responders(
      { name: EVE, methods: [hook(sink, '/eve')], emergency: true },
      { name: 'Bob', methods: [hook(sink, '/bob')] },
    );
    await scene.chain({ steps: [{ afterMinutes: 15, notify: ['Bob'] }] });
    const raise = async () => {
      const { ticket } = await scene.overdue();
      const { house } = scene;
      return {
        ticket,
        ...(await house.transaction((tx) => house.get(EmergencyRequests).raise(tx, ticket, 'data-loss'))),
      };
    };
    const first = await raise();
    await scene.work();
    expect(sink.delivered.map(({ path, data }) => [path, data.incident.metric])).toEqual([['/eve', 'emergency']]);
    expect((await raise()).outcome).toBe('called');
    expect((await raise()).outcome).toBe('too-many');
    const [incident] = await scene.house.get(IncidentLog).list({ ticket: first.ticket });
    expect(incident).toMatchObject({ state: 'open', clock: null });
  });
});

import { Responders, type ResponderEntry } from '../../../src/escalation/responders.js';
import { Providers, type ProviderEntry } from '../../../src/escalation/providers.js';
import { IncidentLog } from '../../../src/escalation/incident-log.js';
import { Audit } from '../../../src/identity/audit.js';
import { EVE, hook, Scene } from './scene.js';
import { json, ProviderServer, type Fate } from './provider-server.js';
import { WebhookSink } from './webhook-sink.js';

type Method = NonNullable<ResponderEntry['methods']>[number];

const SID = `AC${'0123456789abcdef'.repeat(2)}`;
const TOKEN = 'f00dfeedf00dfeedf00dfeedf00dfeed';
const KEY = 'k'.repeat(30);

describe('the channels', () => {
  let scene: Scene;
  let provider: ProviderServer;
  let second: WebhookSink;

  beforeAll(async () => {
    [scene, provider, second] = await Promise.all([Scene.open(), ProviderServer.open(), WebhookSink.open()]);
  });
  afterAll(async () => {
    await Promise.all([scene.close(), provider.close(), second.close()]);
  });
  beforeEach(async () => {
    provider.forget();
    second.forget();
    await scene.clear();
    await scene.house.query('truncate provider');
  });

  const account = (entry: ProviderEntry) => scene.house.transaction((tx) => scene.house.get(Providers).save(tx, entry));
  const twilio = () =>
    account({ name: 'twilio', accountSid: SID, authToken: TOKEN, from: '+15005550006', apiUrl: provider.url() });
  const eve = (...methods: Method[]) =>
    scene.responders({ name: EVE, email: 'eve@night.test', phone: '+49 30 1234567', methods, emergency: true });
  const notifications = async () => {
    const [incident] = await scene.house.get(IncidentLog).list();
    return incident?.notifications ?? [];
  };

  const ways: Record<string, { method: () => Method; setUp?: () => Promise<unknown>; taken: Fate }> = {
    sms: {
      method: () => ({ kind: 'sms' }),
      setUp: twilio,
      taken: json(201, { sid: 'SM00', status: 'queued' }),
    },
    voice: { method: () => ({ kind: 'voice' }), setUp: twilio, taken: json(201, { sid: 'CA00', status: 'queued' }) },
    slack: {
      method: () => ({ kind: 'slack', url: provider.url('/services/T0/B0/hush') }),
      taken: { status: 200, body: 'ok' },
    },
    mattermost: {
      method: () => ({ kind: 'mattermost', url: provider.url('/hooks/hush') }),
      taken: { status: 200, body: 'ok' },
    },
    teams: {
      method: () => ({ kind: 'teams', url: provider.url('/workflows/hush?sig=hush') }),
      taken: { status: 202, body: '' },
    },
    ntfy: {
      method: () => ({ kind: 'ntfy', url: provider.url('/night-alarm'), token: 'tk_hush' }),
      taken: json(200, { id: 'sPs71M8A2T', event: 'message' }),
    },
    pushover: {
      method: () => ({ kind: 'pushover', userKey: KEY }),
      setUp: () => account({ name: 'pushover', appToken: 'a'.repeat(30), apiUrl: provider.url() }),
      taken: json(200, { status: 1, request: 'r-1', receipt: 'rcpt1' }),
    },
  };
  const kinds = Object.keys(ways);
  const call = async (kind: string, ...after: Method[]): Promise<void> => {
    const way = ways[kind];
    await way?.setUp?.();
    if (way === undefined) return;
    provider.usual = () => way.taken;
    await eve(way.method(), ...after);
    await scene.incident({ subject: 'All <b>down</b> & "out" *now*' });
  };

  describe('says what is known, in the words of its provider:', () => {
    it('SMS, by a message with a code, a link, and a place for the receipt', async () => {
      await call('sms');
      await scene.work();
      const [asked] = provider.asked;
      expect(asked?.path).toBe(`/2010-04-01/Accounts/${SID}/Messages.json`);
      expect(asked?.headers.authorization).toBe(`Basic ${Buffer.from(`${SID}:${TOKEN}`).toString('base64')}`);
      expect(asked?.form).toMatchObject({ To: '+49301234567', From: '+15005550006' });
      expect(asked?.form['Body']).toMatch(
        /^First response overdue: #\d+ All <b>down<\/b> & "out" \*now\* \[L1\]\nAnswer \d{6} to take it\.\nhttp:\/\/desk\.test\/a\/\w{22}$/,
      );
      expect(asked?.form['Body']?.length).toBeLessThanOrEqual(160);
      expect(asked?.form['StatusCallback']).toMatch(/^http:\/\/desk\.test\/channels\/twilio\/messages\/[\da-f-]{36}$/);
      expect(await notifications()).toMatchObject([{ method: 'sms', state: 'handedOver', attempts: 1 }]);
    });

    it('a call, that reads it out and waits for a key', async () => {
      await call('voice');
      await scene.work();
      const [asked] = provider.asked;
      expect(asked?.path).toBe(`/2010-04-01/Accounts/${SID}/Calls.json`);
      expect(asked?.form).toMatchObject({ To: '+49301234567', From: '+15005550006', StatusCallbackEvent: 'completed' });
      const twiml = asked?.form['Twiml'] ?? '';
      expect(twiml).toMatch(
        /^<Response><Gather numDigits="1" timeout="6" action="http:\/\/desk\.test\/channels\/twilio\/keypresses\/[\da-f-]{36}" method="POST"><Say/,
      );
      expect(twiml).toContain('All &lt;b&gt;down&lt;/b&gt; &amp; &quot;out&quot;');
      expect(twiml).toContain('Press 4 if you are on it.');
      expect(twiml.length).toBeLessThan(4000);
    });

    it('Slack, by blocks with buttons, in which a customer cannot speak Slack’s language', async () => {
      await call('slack');
      await scene.work();
      const { text, blocks } = provider.asked[0]?.json ?? {};
      expect(text).toContain('All &lt;b&gt;down&lt;/b&gt; &amp; "out"');
      expect(JSON.stringify(blocks)).toMatch(
        /"type":"button","text":\{"type":"plain_text","text":"I am on it"\},"url":"http:\/\/desk\.test\/acknowledgements\//,
      );
    });

    it('Mattermost, by text and an attachment', async () => {
      await call('mattermost');
      await scene.work();
      const { text, attachments } = provider.asked[0]?.json ?? {};
      expect(text).toContain('\\<b\\>down\\</b\\>');
      expect(attachments).toMatchObject([
        { fields: [{ title: 'Level' }, { title: 'Due' }, { title: 'Customer' }, { title: 'Assigned' }] },
      ]);
    });

    it('Teams, by an adaptive card as its workflows take it', async () => {
      await call('teams');
      await scene.work();
      expect(provider.asked[0]?.json).toMatchObject({
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            content: {
              type: 'AdaptiveCard',
              actions: [{ type: 'Action.OpenUrl', title: 'I am on it' }, { title: 'Open the ticket' }],
            },
          },
        ],
      });
    });

    it('ntfy, by JSON to the server of the topic, with its token and the highest priority', async () => {
      await call('ntfy');
      await scene.work();
      const [asked] = provider.asked;
      expect([asked?.path, asked?.headers.authorization]).toEqual(['/', 'Bearer tk_hush']);
      expect(asked?.json).toMatchObject({
        ...{ topic: 'night-alarm', priority: 5, click: expect.stringContaining('/acknowledgements/') as string },
        actions: [
          { action: 'view', label: 'I am on it' },
          { action: 'view', label: 'Open the ticket' },
        ],
      });
    });

    it('Pushover, by an emergency push that rings until somebody acknowledges', async () => {
      await call('pushover');
      await scene.work();
      const [asked] = provider.asked;
      expect(asked?.path).toBe('/1/messages.json');
      expect(asked?.form).toMatchObject({
        token: 'a'.repeat(30),
        user: KEY,
        priority: '2',
        retry: '30',
        expire: '10800',
        url_title: 'I am on it',
      });
    });
  });

  describe.each(kinds)('%s', (kind) => {
    it('is tried again, no sooner than its provider asked for, when there were too many requests', async () => {
      await call(kind);
      provider.fates.push({ status: 429, headers: { 'retry-after': '20' } });
      await scene.work();
      expect(await notifications()).toMatchObject([{ state: 'queued', attempts: 1 }]);
      await scene.pass(19);
      expect(provider.asked).toHaveLength(1);
      await scene.pass(1);
      expect(await notifications()).toMatchObject([{ state: 'handedOver', attempts: 2 }]);
    });

    it('is tried again when its provider is ill, and after a line that broke', async () => {
      await call(kind);
      provider.fates.push({ status: 503 }, 'cut');
      await scene.work();
      await scene.pass(1);
      expect(await notifications()).toMatchObject([{ state: 'queued', attempts: 2 }]);
      await scene.pass(2);
      expect(await notifications()).toMatchObject([{ state: 'handedOver', attempts: 3 }]);
    });

    it('gives way to the next method at once when its provider refuses for good, and says why', async () => {
      await call(kind, hook(second, '/second', 600));
      provider.fates.push(
        json(400, { code: 21211, message: 'no such number', error: 'no such topic', errors: ['no such user'] }),
      );
      await scene.work();
      const [failed] = await notifications();
      expect(failed).toMatchObject({ state: 'failed', attempts: 1 });
      expect(failed?.lastError).toMatch(/^127\.0\.0\.1:\d+ answered 400/);
      await scene.work();
      expect(second.to('/second')).toHaveLength(1);
    });
  });

  it.each(kinds)('%s follows no redirect', async (kind) => {
    await call(kind, hook(second, '/second', 600));
    provider.fates.push({ status: 302, headers: { location: provider.url('/elsewhere') } });
    await scene.work();
    expect((await notifications())[0]?.lastError).toMatch(/answered 302; redirects are not followed/);
    expect(provider.asked.map(({ path }) => path)).not.toContain('/elsewhere');
  });

  it.each(kinds)('%s is not taken for handed over when a web page answers in its place', async (kind) => {
    await call(kind);
    provider.fates.push({ status: 200, body: '<!doctype html><title>Sign in</title>' });
    await scene.work();
    expect(await notifications()).toMatchObject([
      { state: 'queued', attempts: 1, lastError: expect.stringContaining('web page') as string },
    ]);
    await scene.pass(1);
    expect(await notifications()).toMatchObject([{ state: 'handedOver', attempts: 2 }]);
  });

  it.each(['sms', 'voice', 'ntfy', 'pushover'])(
    '%s whose answer lacks what was promised is sent once, is not certain, and the next method goes out beside it',
    async (kind) => {
      await call(kind, hook(second, '/second', 600));
      provider.fates.push(json(200, { hello: 'world' }));
      await scene.work();
      await scene.work();
      expect((await notifications())[0]).toMatchObject({ state: 'unknown', attempts: 1 });
      expect(provider.asked).toHaveLength(1);
      expect(second.to('/second')).toHaveLength(1);
    },
  );

  it('wait for no provider that says nothing: each is tried again, and the next way is taken beside it', async () => {
    for (const way of Object.values(ways)) await way.setUp?.();
    await eve(...Object.values(ways).map((way) => way.method()), hook(second, '/beside', 30));
    provider.usual = () => 'silence';
    await scene.incident();
    await scene.work();
    const silent = (await notifications()).filter(({ method }) => method !== 'webhook');
    expect(silent.map(({ method }) => method).sort()).toEqual([...kinds].sort());
    for (const one of silent)
      expect(one).toMatchObject({
        ...{ state: 'queued', attempts: 1 },
        lastError: expect.stringMatching(/no answer within 10 seconds$/) as string,
      });
    expect(second.delivered).toEqual([]);
    provider.usual = () => ({ status: 503 });
    await scene.pass(11);
    expect(second.to('/beside')).toHaveLength(1);
  });

  it('SMS about a customer’s long story is one message all the same, with what to do at its end', async () => {
    await twilio();
    provider.usual = () => json(201, { sid: 'SM00' });
    await eve({ kind: 'sms' });
    await scene.incident({ subject: `Nothing works – “really” ${'and so on '.repeat(30)}` });
    await scene.work();
    const text = provider.asked[0]?.form['Body'] ?? '';
    expect(text).toMatch(
      /^First response overdue: #\d+ Nothing works - "really".*\.\.\.\nAnswer \d{6} to take it\.\nhttp:\/\/desk\.test\/a\/\w+$/,
    );
    expect(text.length).toBeLessThanOrEqual(160);
  });

  it.each(['sms', 'voice', 'pushover'])('%s without an account reaches nobody, and says so', async (kind) => {
    const way = ways[kind];
    await eve(way?.method() as Method, hook(second, '/second', 600));
    await scene.incident();
    await scene.work();
    const [unset] = await notifications();
    expect(unset).toMatchObject({ method: kind, state: 'failed' });
    expect(unset?.lastError).toMatch(/^No account with (Twilio|Pushover) is set up, so it has reached nobody/);
    const [row] = await scene.house.query<{ captured: string }>(`select captured from notification where method = $1`, [
      kind,
    ]);
    expect(row?.captured).toContain('First response overdue');
    await scene.work();
    expect(second.to('/second')).toHaveLength(1);
  });

  it('a connector of Teams that says 200 and means too many requests is tried again', async () => {
    await call('teams');
    provider.fates.push({
      status: 200,
      body: 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429',
    });
    await scene.work();
    expect(await notifications()).toMatchObject([{ state: 'queued', attempts: 1 }]);
  });

  it('lead into no private network that nobody meant', async () => {
    await eve({ kind: 'slack', url: provider.url('/x'), allowPrivate: false });
    await scene.incident();
    await scene.work();
    expect(provider.asked).toEqual([]);
    expect((await notifications())[0]?.lastError).toMatch(/must not ask/);
  });

  it('keep their secrets sealed, and show them nowhere', async () => {
    await twilio();
    await account({ name: 'pushover', appToken: 'a'.repeat(30) });
    await eve(...kinds.map((kind) => ways[kind]?.method() as Method));
    const { house } = scene;
    const stored = await house.query(
      `select methods::text as text from responder union all select secret from provider`,
    );
    const shown = await house.transaction(async (tx) => [
      await house.get(Responders).all(tx),
      await house.get(Providers).all(tx),
    ]);
    const audited = await house.get(Audit).latest();
    const incident = await scene.incident();
    await scene.work();
    const told = [await scene.read(incident.id), await house.get(IncidentLog).timeline(incident.id)];
    const sent = await house.query(`select address, last_error from notification`);
    for (const text of [stored, shown, audited, told, sent].map((all) => JSON.stringify(all))) {
      expect(text).not.toMatch(/hush|kkkkk|aaaaa|f00dfeed/);
    }
  });

  it('keep what is secret when they are saved again without it, and take a new one', async () => {
    await call('slack');
    await scene.responders({ name: EVE, methods: [{ kind: 'slack', afterSeconds: 5 }], emergency: true });
    await scene.incident();
    await scene.pass(5);
    expect(provider.asked.map(({ path }) => path)).toContain('/services/T0/B0/hush');
    await scene.responders({ name: EVE, methods: [{ kind: 'slack', url: provider.url('/other') }], emergency: true });
    await scene.pass(300);
    expect(provider.asked.at(-1)?.path).toBe('/other');
  });
});

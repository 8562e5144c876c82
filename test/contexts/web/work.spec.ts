import { Directory } from '../../../src/customers/directory.js';
import { Users } from '../../../src/identity/users.js';
import { MailIntake } from '../../../src/mail/mail-intake.js';
import { Conversation } from '../../../src/tickets/conversation.js';
import { House } from '../../support/house.js';
import { ann, bob, carl, cleo } from '../../support/people.js';
import { furnish } from '../../support/tickets.js';
import { Visitor, wordsOf } from '../../support/visitor.js';

const PASSWORD = 'a password that is long enough';

describe('an agent at work', () => {
  let house: House;
  let agent: Visitor;
  let mails = 0;

  beforeAll(async () => {
    house = await House.openForBusiness();
    await furnish(house);
    const saved = await house.get(Users).byEmail(ann.email);
    await house.transaction((tx) => house.get(Users).setPassword(tx, saved?.id ?? '', PASSWORD, { name: 'the story' }));
    agent = new Visitor(house);
    await agent.signIn(ann.email, PASSWORD);
  });

  afterAll(() => house.close());

  async function ticketFrom({ from }: { from: string }, subject: string): Promise<number> {
    await house.mailArrives({ from, subject, text: `About: ${subject}`, messageId: `<${++mails}@customer.example>` });
    const [row] = await house.query<{ number: number }>('select max(number) as number from ticket');
    return row?.number ?? 0;
  }

  async function stateOf(number: number): Promise<object | undefined> {
    const [row] = await house.query<object>(
      `select status, level, app_user.email as assignee, merged_into as "mergedInto" from ticket
       left join app_user on app_user.id = assignee_id where number = $1`,
      [number],
    );
    return row;
  }

  it('sees first what is due first, with the time that is left', async () => {
    const question = await ticketFrom(carl, 'A question about the harbour');
    await house.passTime('15m');
    const outage = await ticketFrom(cleo, 'Outage in the harbour');
    const page = await agent.open('/tickets?view=first-reply&q=harbour');
    const links = [...page.body.matchAll(/class="queue-open" href="\/tickets\/(\d+)/g)].map(([, number]) =>
      Number(number),
    );
    expect(links).toEqual([outage, question]);
    expect(wordsOf(page)).toMatch(
      /First response: 1h .*Outage in the harbour.*First response: 7h 45m .*A question about the harbour/,
    );
  });

  it('finds tickets by words, by number, and says when there are none', async () => {
    const number = await ticketFrom(carl, 'The lighthouse blinks');
    await ticketFrom(carl, 'Another thing');
    expect(wordsOf(await agent.open('/tickets?view=all&q=lighthouse'))).toContain('All tickets 1');
    expect(wordsOf(await agent.open(`/tickets?view=all&q=${number}`))).toContain('The lighthouse blinks');
    expect(wordsOf(await agent.open('/tickets?view=all&q=submarine'))).toContain('No tickets match');
    expect((await agent.open('/tickets?view=nonsense')).status).toBe(404);
    expect((await agent.open('/tickets?sort=drop&page=-4&level=%27')).status).toBe(200);
  });

  it('takes a ticket, answers it and lets it wait', async () => {
    const number = await ticketFrom(carl, 'The door is stuck');
    await agent.open(`/tickets/${number}`);
    await agent.send(`/tickets/${number}/assignment`, { assignee: ann.email });
    await agent.open(`/tickets/${number}`);
    await agent.send(`/tickets/${number}/messages`, {
      kind: 'reply',
      body: 'Push harder.',
      setStatus: 'waiting',
    });
    await house.settle();
    expect(await stateOf(number)).toMatchObject({ status: 'waiting', assignee: ann.email });
    expect(wordsOf(await agent.open(`/tickets/${number}`))).toMatch(/Waiting.*First response: met 8h early/);
    expect((await house.lettersTo(carl.email)).at(-1)?.text).toContain('Push harder.');
  });

  it('holds an answer back when the customer has written meanwhile, and keeps its words', async () => {
    const number = await ticketFrom(carl, 'The gate is stuck');
    await agent.open(`/tickets/${number}`);
    const letter = (await house.lettersTo(carl.email)).at(-1);
    await house.mailArrives({
      from: carl.from,
      to: letter?.replyTo ?? '',
      subject: 'Re: The gate is stuck',
      text: 'Never mind!',
    });
    const held = await agent.send(`/tickets/${number}/messages`, {
      kind: 'reply',
      body: 'Push harder.',
      setStatus: 'waiting',
    });
    expect(held.status).toBe(409);
    expect(wordsOf(held)).toMatch(/Never mind!.*Carl Customer has written here meanwhile.*Push harder\./);
    const sent = await agent.send(`/tickets/${number}/messages`, {
      kind: 'reply',
      body: 'Fine.',
      setStatus: 'resolved',
    });
    expect(sent.status).toBe(200);
    expect(await stateOf(number)).toMatchObject({ status: 'resolved' });
  });

  it('writes a note that only staff see and that stops no clock', async () => {
    const number = await ticketFrom(carl, 'The door is stuck');
    await agent.open(`/tickets/${number}`);
    const page = await agent.send(`/tickets/${number}/messages`, { kind: 'note', body: 'He always pulls.' });
    expect(wordsOf(page)).toMatch(/First response 8h.*Internal 12:15 He always pulls\./);
    expect((await house.lettersTo(carl.email)).filter(({ text }) => text.includes('He always pulls.'))).toEqual([]);
  });

  it('changes the level only with a reason', async () => {
    const number = await ticketFrom(carl, 'The door is stuck');
    await agent.open(`/tickets/${number}`);
    expect((await agent.send(`/tickets/${number}/level`, { level: 'L1', reason: ' ' })).status).toBe(422);
    await agent.open(`/tickets/${number}`);
    const page = await agent.send(`/tickets/${number}/level`, { level: 'L1', reason: 'It is the fire door' });
    expect(await stateOf(number)).toMatchObject({ level: 'L1' });
    expect(page.body).toContain('level L3 → L1 (It is the fire door)');
  });

  it('resolves, reopens, marks as spam and takes that back', async () => {
    const number = await ticketFrom(carl, 'The door is stuck');
    for (const [action, status] of [
      ['resolution', 'resolved'],
      ['reopening', 'open'],
      ['spam', 'spam'],
      ['not-spam', 'open'],
    ]) {
      await agent.open(`/tickets/${number}`);
      await agent.send(`/tickets/${number}/${action ?? ''}`);
      expect(await stateOf(number)).toMatchObject({ status });
    }
  });

  it('goes on with the next ticket of the list when one is done', async () => {
    const first = await ticketFrom(carl, 'Outage of the zebra');
    const second = await ticketFrom(cleo, 'Another zebra');
    await agent.open(`/tickets/${first}?view=open&q=zebra`);
    const page = await agent.send(`/tickets/${first}/resolution`);
    expect(page.url).toBe(`/tickets/${second}?view=open&q=zebra`);
    expect(page.body).toContain(`#${first} is resolved.`);
  });

  it('merges a ticket into another and takes that back', async () => {
    const [one, other] = [await ticketFrom(carl, 'Door'), await ticketFrom(carl, 'Door again')];
    await agent.open(`/tickets/${one}`);
    const page = await agent.send(`/tickets/${one}/merging`, { into: `#${other}` });
    expect(page.url).toBe(`/tickets/${other}`);
    expect(wordsOf(page)).toContain('About: Door ');
    expect(await stateOf(one)).toMatchObject({ mergedInto: other });
    const merged = await agent.open(`/tickets/${one}`);
    expect(wordsOf(merged)).toContain('This ticket goes on in another one.');
    await agent.send(`/tickets/${one}/unmerging`);
    expect(await stateOf(one)).toMatchObject({ mergedInto: null });
  });

  it('does the same to several tickets at once', async () => {
    const numbers = [await ticketFrom(carl, 'One'), await ticketFrom(cleo, 'Two')];
    await agent.open('/tickets');
    const page = await agent.send('/tickets/changes', { number: numbers.map(String), change: 'take' });
    expect(page.body).toContain('2 tickets are yours now.');
    for (const number of numbers) expect(await stateOf(number)).toMatchObject({ assignee: ann.email });
  });

  it('gives, tags, levels and merges several at once: all of it, or nothing', async () => {
    const numbers = [await ticketFrom(carl, 'Pump one'), await ticketFrom(carl, 'Pump two')];
    const change = async (what: string, fields: Record<string, string> = {}) => {
      await agent.open('/tickets?view=open&q=pump');
      return agent.send('/tickets/changes', { number: numbers.map(String), change: what, ...fields });
    };
    const page = await change(`assign ${bob.email}`);
    expect(page.url).toBe('/tickets?view=open&q=pump');
    expect(page.body).toContain(`2 tickets are given to ${bob.email}.`);
    await change('status waiting');
    await change('tags', { add: 'leak, urgent' });
    expect((await change('level', { level: 'L1', reason: ' ' })).status).toBe(422);
    expect((await change('level', { level: 'L1', reason: 'Water in the cellar' })).status).toBe(200);
    for (const number of numbers) {
      expect(await stateOf(number)).toMatchObject({ status: 'waiting', level: 'L1', assignee: bob.email });
    }
    expect(wordsOf(await agent.open(`/tickets/${numbers[0] ?? 0}`))).toMatch(/Tags leak .*urgent/);
    expect((await change('merge', { into: '999999' })).status).toBe(422);
    expect((await change('')).status).toBe(422);
    expect((await change('status merged')).status).toBe(422);
    await change('merge', { into: `#${numbers[0] ?? 0}` });
    expect(await stateOf(numbers[1] ?? 0)).toMatchObject({ mergedInto: numbers[0] });
    expect(await stateOf(numbers[0] ?? 0)).toMatchObject({ mergedInto: null });
  });

  it('finds what was begun again, alone, until it is sent', async () => {
    const number = await ticketFrom(carl, 'The stairs creak');
    const page = await agent.open(`/tickets/${number}`);
    const _csrf = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const keep = (body: string) => agent.post(`/tickets/${number}/draft`, { _csrf, kind: 'note', body });
    expect((await keep('Half a thought')).status).toBe(204);
    expect((await agent.open(`/tickets/${number}`)).body).toMatch(
      /value="note" checked[^]*>Half a thought<\/textarea>/,
    );
    const [others] = await house.query<{ count: number }>(
      `select count(*)::integer as count from draft join app_user on app_user.id = user_id where email <> $1`,
      [ann.email],
    );
    expect(others).toEqual({ count: 0 });

    await agent.send(`/tickets/${number}/messages`, { kind: 'note', body: 'A whole thought' });
    expect((await agent.open(`/tickets/${number}`)).body).not.toContain('Half a thought');
    // It was on its way when the message was sent.
    await keep('A whole thought');
    expect((await agent.open(`/tickets/${number}`)).body).not.toContain('A whole thought</textarea>');
    await keep('Something else');
    await keep(' ');
    expect((await agent.open(`/tickets/${number}`)).body).not.toContain('Something else');
  });

  it('holds an answer back when a colleague has spoken meanwhile, and goes on with the next one when it waits', async () => {
    const first = await ticketFrom(carl, 'Outage of the gnu');
    const second = await ticketFrom(cleo, 'Another gnu');
    await agent.open(`/tickets/${first}?view=open&q=gnu`);
    const colleague = await house.get(Users).byEmail(bob.email);
    await house.transaction((tx) =>
      house.get(Conversation).note(tx, first, {
        words: { text: 'Do not answer: legal is on it.' },
        by: { kind: 'user', id: colleague?.id ?? '', name: bob.name, email: bob.email },
        at: house.now.read(),
      }),
    );
    const answer = { kind: 'reply', body: 'Feed it.', setStatus: 'waiting' };
    const held = await agent.send(`/tickets/${first}/messages`, answer);
    expect(held.status).toBe(409);
    expect(wordsOf(held)).toMatch(/legal is on it.*has written here meanwhile.*Feed it\./);
    const sent = await agent.send(`/tickets/${first}/messages`, answer);
    expect(sent.url).toBe(`/tickets/${second}?view=open&q=gnu`);
    expect(sent.body).toContain(`#${first}: sent.`);
  });

  it('turns single keys off and on for herself', async () => {
    await agent.open('/account');
    expect((await agent.send('/account/keys')).body).toContain('Single keys do nothing from now on.');
    expect((await agent.open('/tickets')).body).toMatch(/name="singleKeys" value="on" data-keys-switch/);
    await agent.open('/account');
    await agent.send('/account/keys', { singleKeys: 'on' });
    expect((await agent.open('/tickets')).body).toMatch(/name="singleKeys" value="on" checked data-keys-switch/);
  });

  it('enters a request that came by phone', async () => {
    await agent.open('/tickets/new');
    const page = await agent.send('/tickets', {
      email: carl.email,
      name: carl.name,
      subject: 'By phone',
      body: 'He called.',
      level: 'L2',
      queue: '',
    });
    const number = Number(/^\/tickets\/(\d+)$/.exec(page.url)?.[1]);
    expect(await stateOf(number)).toMatchObject({ status: 'new', level: 'L2' });
    await agent.open('/tickets/new');
    expect((await agent.send('/tickets', { email: 'nobody', subject: '', body: '' })).status).toBe(422);
  });

  it('sees how the time was counted', async () => {
    const number = await ticketFrom(carl, 'The door is stuck');
    await house.passTime('2h');
    await agent.open(`/tickets/${number}`);
    await agent.send(`/tickets/${number}/status`, { status: 'waiting' });
    await house.passTime('30m');
    const page = await agent.open(`/tickets/${number}/clocks`);
    expect(wordsOf(page)).toMatch(/First response running Promised 8 hours of working time Used 2 hours 30 minutes/);
    expect(wordsOf(page)).toMatch(
      /Resolution paused .* Counting 2h 2h open hours of Office hours .* Paused 30m 2h paused: the ticket is waiting/,
    );
  });

  it('is told of new tickets without a row moving', async () => {
    const shown = await agent.open('/tickets');
    const news = /hx-get="([^"]+)"/.exec(shown.body)?.[1]?.replaceAll('&amp;', '&').replaceAll('&#x3D;', '=') ?? '';
    expect((await agent.open(news)).body.trim()).toBe('');
    await house.passTime('1m');
    await ticketFrom(carl, 'Fresh');
    expect((await agent.open(news)).body).toContain('1 new ticket, show');
  });

  it('sees HTML of customers only in a frame that can do nothing', async () => {
    const html =
      '<p onclick="x()" style="color:red">red<script>alert(1)</script><img src="https://spy.example/p.gif"></p>';
    const { message } = await house.transaction(async (tx) => {
      const at = house.now.read();
      const requester = await house.get(Directory).findOrAdd(tx, carl, at);
      return house
        .get(Conversation)
        .open(tx, { channel: 'mail', at, requester, subject: 'Colours', words: { text: 'red', html } });
    });
    const page = await agent.open(`/messages/${message}/html`);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox allow-popups/);
    expect(page.body).toContain('One image from elsewhere is not shown');
    expect(page.body).not.toMatch(/script|onclick|spy\.example/);
    const asked = await agent.open(`/messages/${message}/html?images=1`);
    expect(asked.body).toContain('https://spy.example/p.gif');
  });

  it('sees at once the pictures between the words, whoever was in copy, and every file that is shown nowhere else', async () => {
    const part = (type: string, rest: string): string[] => [
      `Content-Type: ${type}`,
      'Content-Disposition: inline',
      rest,
    ];
    const raw = [
      ...[
        'From: Carl <carl@customer.test>',
        'To: support@desk.test, Dora <dora@customer.test>',
        'Cc: Berta Boss <berta@customer.test>',
      ],
      ...['Subject: It looks odd', 'Message-ID: <odd@customer.test>', 'MIME-Version: 1.0'],
      ...['Content-Type: multipart/related; boundary=b', '', '--b'],
      ...['Content-Type: text/html', '', '<p>See:</p><img src="cid:seen@customer.test">', '--b'],
      ...[...part('image/png; name=seen.png', 'Content-ID: <seen@customer.test>'), '', 'x', '--b'],
      ...[...part('image/png; name=unseen.png', 'Content-ID: <unseen@customer.test>'), '', 'y', '--b--', ''],
    ].join('\r\n');
    const envelope = {
      channel: 'smtp',
      envelopeFrom: 'carl@customer.test',
      envelopeTo: ['support@desk.test'],
    } as const;
    await house.get(MailIntake).accept({ ...envelope, raw: Buffer.from(raw), receivedAt: house.now.read() });
    await house.settle();

    const [ticket] = await house.query<{ number: number }>(`select number from ticket where subject = 'It looks odd'`);
    const page = await agent.open(`/tickets/${ticket!.number}`);
    expect(page.body).toMatch(/<details class="message-more" open>/);
    expect(page.body).toContain('also to Dora');
    expect(page.body).toContain('Cc Berta Boss');
    expect(page.body).toContain('unseen.png');
    expect(page.body).not.toContain('>seen.png');
  });

  it('gives a ticket to a colleague, and to nobody who does not work here', async () => {
    const number = await ticketFrom(carl, 'The door is stuck');
    await agent.open(`/tickets/${number}`);
    await agent.send(`/tickets/${number}/assignment`, { assignee: bob.email });
    expect(await stateOf(number)).toMatchObject({ assignee: bob.email });
    await agent.open(`/tickets/${number}`);
    expect((await agent.send(`/tickets/${number}/assignment`, { assignee: carl.email })).status).toBe(422);
  });

  it('adds tags and takes one away, beside what others have added meanwhile', async () => {
    const number = await ticketFrom(carl, 'The tide table');
    await agent.open(`/tickets/${number}`);
    await agent.send(`/tickets/${number}/tags`, { add: 'Harbour, tide' });
    await house.api.patch(`/tickets/${number}`, { tags: ['harbour', 'tide', 'vip'] });
    const page = await agent.send(`/tickets/${number}/tags`, { remove: 'tide' });
    expect(wordsOf(page)).toMatch(/Tags harbour .*vip/);
    expect(await house.query('select tags from ticket where number = $1', [number])).toEqual([
      { tags: ['harbour', 'vip'] },
    ]);
  });

  it('names the organisation of a ticket, and of whoever wrote it', async () => {
    const number = await ticketFrom({ from: 'Olga <olga@nowhere.example>' }, 'From my own address');
    await agent.open(`/tickets/${number}`);
    await agent.send(`/tickets/${number}/organisation`, { organisation: 'Harbour Hotels' });
    await agent.open(`/tickets/${number}`);
    const page = await agent.send(`/tickets/${number}/organisation`, {
      organisation: 'Harbour Hotels',
      requester: 'too',
    });
    expect(wordsOf(page)).toMatch(/Harbour Hotels gold/);
    const next = await ticketFrom({ from: 'Olga <olga@nowhere.example>' }, 'Once more');
    expect(wordsOf(await agent.open(`/tickets/${next}`))).toMatch(/Harbour Hotels gold/);
    expect((await agent.send(`/tickets/${next}/organisation`, { organisation: 'Nobody & Sons' })).status).toBe(422);
  });

  it('leaves it to managers to say by hand when something is due, with a reason', async () => {
    const number = await ticketFrom(carl, 'By Friday, please');
    await agent.open(`/tickets/${number}`);
    const due = { metric: 'resolution', dueAt: '2026-06-30T16:30', reason: 'Agreed on the phone' };
    expect((await agent.open(`/tickets/${number}`)).body).not.toContain('/due"');
    expect((await agent.post(`/tickets/${number}/due`, due)).status).toBe(403);

    const manager = new Visitor(house);
    const mia = await house.get(Users).byEmail('mia@desk.test');
    await house.transaction((tx) => house.get(Users).setPassword(tx, mia?.id ?? '', PASSWORD, { name: 'the story' }));
    await manager.signIn('mia@desk.test', PASSWORD);
    await manager.open(`/tickets/${number}`);
    expect((await manager.send(`/tickets/${number}/due`, { ...due, reason: ' ' })).status).toBe(422);
    await manager.open(`/tickets/${number}`);
    expect((await manager.send(`/tickets/${number}/due`, { ...due, dueAt: '2026-01-01T10:00' })).status).toBe(422);
    await manager.open(`/tickets/${number}`);
    const page = await manager.send(`/tickets/${number}/due`, due);
    expect(wordsOf(page)).toMatch(
      /resolution due by hand: Tue 30 Jun 2026, 14:30 UTC \(Agreed on the phone\) .*Resolution is due by hand/,
    );
    const [clock] = await house.query<{ due: Date }>(
      `select due_at as due from clock where ticket_number = $1 and metric = 'resolution'`,
      [number],
    );
    // 16:30 in Berlin, where Mia is.
    expect(clock?.due.toISOString()).toBe('2026-06-30T14:30:00.000Z');
    const back = await manager.send(`/tickets/${number}/due-removal`, { reason: 'They called again' });
    expect(wordsOf(back)).not.toContain('is due by hand');
    expect(await house.differences()).toEqual([]);
  });
});

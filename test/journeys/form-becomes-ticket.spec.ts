import { House } from '../support/house.js';
import { Visitor, wordsOf } from '../support/visitor.js';

/** Carl has a browser without JavaScript, and no account. */
describe('a form becomes a ticket', () => {
  let house: House;
  let carl: Visitor;
  let number: number;
  let thread: string;

  beforeAll(async () => {
    house = await House.openForBusiness({ at: '2026-06-01T10:00:00Z' });
    carl = new Visitor(house);
  });
  afterAll(() => house.close());

  const ticket = async () => (await house.api.get(`/tickets/${number}`)).body;
  const clock = async (metric: string) =>
    (await ticket()).clocks.find((one: { metric: string }) => one.metric === metric);

  it('says what is missing, and keeps what was written', async () => {
    await carl.open('/requests/new');
    const page = await carl.send('/requests/new', {
      email: 'carl',
      subject: 'The tills are down',
      body: '',
      urgency: 'L1',
    });
    expect(page.status).toBe(422);
    expect(wordsOf(page)).toContain('We need an e-mail address to answer to.');
    expect(wordsOf(page)).toContain('Tell us what happened');
    expect(page.body).toContain('value="The tills are down"');
    expect((await house.api.get('/tickets')).body.items).toEqual([]);
  });

  it('with its files, and answers with the number, the promise and a link that needs no account', async () => {
    const page = await carl.send(
      '/requests/new',
      {
        email: 'Carl@Customer.example',
        name: 'Carl Customer',
        subject: 'The tills are down',
        body: 'All of them.\nSince ten.',
        urgency: 'L1',
      },
      [
        { name: 'till ü.txt', type: 'text/plain', content: 'Error 42' },
        { name: 'evil.html', type: 'text/html', content: '<script>alert(1)</script>' },
      ],
    );
    expect(page.status).toBe(200);
    thread = new URL(page.url, house.url).pathname;
    expect(thread).toMatch(/^\/t\/[a-z2-7]+$/);

    const { body } = await house.api.get('/tickets');
    number = body.items[0].number;
    expect(body.items).toEqual([
      expect.objectContaining({
        subject: 'The tills are down',
        level: 'L1',
        queue: 'Support',
        channel: 'form',
        status: 'new',
      }),
    ]);
    expect(body.items[0].requester).toEqual({ email: 'carl@customer.example', name: 'Carl Customer' });
    expect(wordsOf(page)).toContain(`Number #${number}`);
    expect(wordsOf(page)).toContain(`http://desk.test${thread}`);
    // L1: one hour, around the clock.
    expect(page.body).toContain('datetime="2026-06-01T11:00:00.000Z"');
    expect(await clock('firstResponse')).toMatchObject({ calendar: '24x7', dueAt: '2026-06-01T11:00:00.000Z' });
  });

  it('acknowledges by mail with the same promise and a link to the same conversation', async () => {
    await house.settle();
    const [letter, ...more] = await house.lettersTo('carl@customer.example');
    expect(more).toEqual([]);
    expect(letter?.subject).toContain(`#${number}`);
    const link = /http:\/\/desk\.test(\/t\/[a-z2-7]+)/.exec(letter?.text ?? '')?.[1] ?? '';
    const page = await new Visitor(house).open(link);
    expect(page.status).toBe(200);
    expect(wordsOf(page)).toContain('All of them.');
  });

  it('opens for nobody who changes a letter of the link', async () => {
    const wrong = thread.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
    expect((await new Visitor(house).open(wrong)).status).toBe(404);
  });

  it('keeps the files, and gives them back as files and never as pages', async () => {
    const { body } = await house.api.get(`/tickets/${number}/messages`);
    expect(body.items[0].attachments).toEqual([
      expect.objectContaining({ filename: 'till ü.txt', contentType: 'text/plain', size: 8 }),
      expect.objectContaining({ filename: 'evil.html', size: 25 }),
    ]);
    const page = await carl.open(thread);
    const hrefs = [...page.body.matchAll(/class="file" href="([^"]+)"/g)].map(([, href = '']) => href);
    expect(hrefs).toHaveLength(2);
    const [text, html] = [await carl.open(hrefs[0] ?? ''), await carl.open(hrefs[1] ?? '')];
    expect(text.body).toBe('Error 42');
    for (const file of [text, html]) {
      expect(file.headers.get('content-disposition')).toMatch(/^attachment/);
      expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    }
    expect(html.headers.get('content-security-policy')).toContain('sandbox');
  });

  it('shows the answer, and takes another message with a file', async () => {
    await house.passTime('20m');
    await house.api.post(`/tickets/${number}/messages`, { kind: 'note', body: 'It is the cable again.' });
    await house.api.post(`/tickets/${number}/messages`, {
      kind: 'reply',
      body: 'Is the cable in?',
      setStatus: 'waiting',
    });
    await house.settle();
    expect(await clock('firstResponse')).toMatchObject({ state: 'met', stoppedAt: '2026-06-01T10:20:00.000Z' });

    const page = await carl.open(thread);
    expect(wordsOf(page)).toContain('Is the cable in?');
    expect(wordsOf(page)).toContain('Waiting for you');
    expect(wordsOf(page)).not.toContain('the cable again');

    await house.passTime('1h');
    const nothing = await carl.send(`${thread}/messages`, { body: '  ' });
    expect([nothing.status, wordsOf(nothing)]).toEqual([422, expect.stringContaining('Write something first.')]);
    const sent = await carl.send(`${thread}/messages`, { body: 'It is not.' }, [
      { name: 'cable.png', type: 'image/png', content: 'a picture' },
    ]);
    expect(wordsOf(sent)).toContain('Sent. We have it.');
    expect(wordsOf(sent)).toContain('cable.png');

    expect((await ticket()).status).toBe('open');
    expect(await clock('nextResponse')).toBeUndefined();
    // Twenty minutes counted, one hour waiting for Carl deducted: due four hours after the start and one more.
    expect(await clock('resolution')).toMatchObject({
      state: 'running',
      elapsedSeconds: 1200,
      dueAt: '2026-06-01T15:00:00.000Z',
    });
  });

  it('is closed and reopened by its customer', async () => {
    await house.passTime('10m');
    const closed = await carl.send(`${thread}/closing`);
    expect(wordsOf(closed)).toContain('Thank you. The request is closed');
    expect((await ticket()).status).toBe('resolved');
    expect(await clock('resolution')).toMatchObject({
      state: 'met',
      elapsedSeconds: 1800,
      stoppedAt: '2026-06-01T11:30:00.000Z',
    });

    await house.passTime('2h');
    const reopened = await carl.send(`${thread}/reopening`);
    expect(wordsOf(reopened)).toContain('The request is open again');
    expect((await ticket()).status).toBe('open');
    expect(await clock('resolution')).toMatchObject({
      state: 'running',
      elapsedSeconds: 1800,
      dueAt: '2026-06-01T17:00:00.000Z',
    });
  });

  it('takes no form that was made for somebody else, and nothing from a program that fills in everything', async () => {
    const eve = new Visitor(house);
    expect((await eve.post(`${thread}/closing`, { _csrf: 'made up' })).status).toBe(403);
    await eve.open('/requests/new');
    const thanks = await eve.send('/requests/new', {
      email: 'eve@spam.example',
      subject: 'Buy',
      body: 'Buy!',
      website: 'https://spam.example',
    });
    expect(wordsOf(thanks)).toContain('Thank you');
    expect((await house.api.get('/tickets')).body.items).toHaveLength(1);
  });

  it('and what is stored is what the history says', async () => {
    await house.settle();
    expect(await house.differences()).toEqual([]);
  });
});

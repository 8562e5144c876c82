import { House } from '../../support/house.js';
import { carl } from '../../support/people.js';
import { furnish } from '../../support/tickets.js';
import { Visitor, wordsOf, type PageSeen } from '../../support/visitor.js';

const REQUEST = {
  email: carl.email,
  name: carl.name,
  subject: 'The door is stuck',
  body: 'It does not open.\nNeither does it close.',
};

describe('the public form', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.openForBusiness();
    await furnish(house);
  });

  afterAll(() => house.close());

  async function request(
    fields: object = {},
    files: Parameters<Visitor['send']>[2] = [],
  ): Promise<{ visitor: Visitor; page: PageSeen }> {
    const visitor = new Visitor(house);
    await visitor.open('/requests/new');
    return { visitor, page: await visitor.send('/requests/new', { ...REQUEST, ...fields }, files) };
  }

  async function tickets(): Promise<number> {
    const [row] = await house.query<{ count: number }>('select count(*)::integer as count from ticket');
    return row?.count ?? 0;
  }

  it('gives a number, a promise in time and a link that needs no account', async () => {
    const { page } = await request({ urgency: 'L1' });
    expect(page.url).toMatch(/^\/t\/[a-z2-7]+\?sent=1$/);
    expect(wordsOf(page)).toMatch(/We have your request Number #\d+ We answer by Mon 1 Jun 2026, 13:00 CEST/);
    expect(page.body).toContain(`http://desk.test${page.url.split('?')[0] ?? ''}`);
    const stranger = await new Visitor(house).open(page.url);
    expect(wordsOf(stranger)).toContain('Neither does it close.');
  });

  it('shows what is missing, keeps what was typed, and makes no ticket', async () => {
    const before = await tickets();
    const { page } = await request({ email: 'carl at harbour', subject: '' });
    expect(page.status).toBe(422);
    expect(wordsOf(page)).toContain('We need an e-mail address to answer to.');
    expect(page.body).toContain('value="carl at harbour"');
    expect(page.body).toContain('It does not open.\nNeither does it close.</textarea>');
    expect(page.body).toMatch(/id="subject"[^>]*aria-invalid="true"/);
    expect(await tickets()).toBe(before);
  });

  it('takes nothing from a program that fills in every field, and does not tell it so', async () => {
    const before = await tickets();
    const { page } = await request({ website: 'https://spam.example' });
    expect(page.status).toBe(200);
    expect(wordsOf(page)).toContain('We have received it.');
    expect(await tickets()).toBe(before);
  });

  it('shows what people write as words, never as a page', async () => {
    const { page } = await request({
      subject: '<img src=x onerror=alert(1)>',
      body: '<script>alert(1)</script>',
      name: '"><b>',
    });
    expect(page.body).not.toMatch(/<img src=x|<script>alert|"><b>/);
    expect(wordsOf(page)).toContain('<script>alert(1)</script>');
  });

  it('hands files back to be saved, never to be run', async () => {
    const { visitor, page } = await request({}, [
      { name: '../../page.html', type: 'text/html', content: '<script>alert(1)</script>' },
    ]);
    const href = /href="(\/t\/[^"]+\/attachments\/[^"]+)"/.exec(page.body)?.[1] ?? '';
    const file = await visitor.open(href);
    expect(file.body).toBe('<script>alert(1)</script>');
    expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="page\.html"/);
    expect(file.headers.get('content-security-policy')).toContain('sandbox');
    expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    const elsewhere = await request();
    const other = href.replace(/^\/t\/[^/]+/, elsewhere.page.url.split('?')[0] ?? '');
    expect((await visitor.open(other)).status).toBe(404);
  });

  it('lets the customer answer, close and reopen by their link, and hides what is ours', async () => {
    const { visitor, page } = await request();
    const path = page.url.split('?')[0] ?? '';
    const answered = await visitor.send(`${path}/messages`, { body: 'It is the left one.' });
    expect(wordsOf(answered)).toMatch(/Sent\. We have it\..*It is the left one\./);
    expect(wordsOf(await visitor.send(`${path}/closing`))).toContain('Resolved');
    expect(wordsOf(await visitor.send(`${path}/reopening`))).toContain('In progress');
    expect((await visitor.send(`${path}/messages`, { body: ' ' })).status).toBe(422);
    expect((await visitor.open(`${path.slice(0, -1)}${path.endsWith('a') ? 'b' : 'a'}`)).status).toBe(404);
  });

  it('stops those who send too many', async () => {
    const visitor = new Visitor(house);
    await visitor.open('/requests/new');
    const token = { _csrf: 'whatever' };
    const seen = [];
    for (let attempt = 0; attempt < 12; attempt++) seen.push((await visitor.post('/requests/new', token)).status);
    expect(seen.at(-1)).toBe(429);
  });
});

import { House, STAFF_PASSWORD } from '../../support/house.js';
import { carl } from '../../support/people.js';
import { furnish, lettersTo, reply, ticketByMail } from '../../support/tickets.js';
import { Visitor, type PageSeen } from '../../support/visitor.js';

const ATTACK = '<img src=x onerror=alert(1)><script>alert(2)</script>';
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const NESTED = [
  'From: "Zoe <b>Zulu</b>" <zoe@far.example>',
  'To: carl@customer.example',
  'Subject: The first complaint',
  'Date: Mon, 25 May 2026 08:00:00 +0000',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=in',
  '',
  '--in',
  'Content-Type: text/html; charset=utf-8',
  '',
  `<p>It squeaks.</p>${ATTACK}`,
  '--in',
  'Content-Type: text/html; name="page.html"',
  'Content-Disposition: attachment; filename="page.html"',
  '',
  '<script>alert(3)</script>',
  '--in--',
].join('\r\n');

const part = (type: string, name: string, body: string, more: readonly string[] = []): string =>
  [
    '--out',
    `Content-Type: ${type}; name="${name}"`,
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: ${more.length > 0 ? 'inline' : 'attachment'}; filename="${name}"`,
    ...more,
    '',
    body,
  ].join('\r\n');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const MAIL = Buffer.from(
  [
    `From: "Carl <script>alert(4)</script>" <${carl.email}>`,
    'To: support@desk.test',
    'Subject: Look <script>alert(5)</script>',
    'Message-ID: <look@customer.example>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=out',
    '',
    '--out',
    'Content-Type: text/html; charset=utf-8',
    '',
    `<p style="color:#222" onclick="alert(6)">See <b>this</b>.</p>${ATTACK}<img src="cid:shot@here"><img src="https://tracker.example/pixel.gif"><iframe src="https://evil.example"></iframe><div class="gmail_quote">On Monday we wrote: older words</div>`,
    part('image/png', 'shot.png', PNG, ['Content-ID: <shot@here>']),
    part('image/png', 'photo.png', PNG),
    part(
      'image/svg+xml',
      'drawing.svg',
      base64('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(7)</script></svg>'),
    ),
    part('image/png', 'liar.png', base64('<html><script>alert(8)</script></html>')),
    part('text/html', 'page.html', base64('<script>alert(9)</script>')),
    part('application/xml', 'data.xml', base64('<?xml-stylesheet href="evil.xsl"?><a/>')),
    part('text/plain', '../../<img src=x onerror=alert(10)>.txt', base64('words')),
    ['--out', 'Content-Type: message/rfc822', '', NESTED].join('\r\n'),
    '--out--',
    '',
  ].join('\r\n'),
);

/** What others send us is shown in full and can do nothing, to agents and on the customer's own page alike. */
describe('what came by mail, on pages', () => {
  let house: House;
  let number: number;
  let agent: Visitor;
  const customer = (): Visitor => new Visitor(house);
  let thread: string;
  const files = new Map<string, string>();

  beforeAll(async () => {
    house = await House.openForBusiness();
    await furnish(house);
    await house.employs({ email: 'olga@desk.test', name: 'Olga <script>alert(11)</script>', from: '', role: 'agent' });
    number = (await ticketByMail(house, { raw: MAIL } as object)).number;
    await reply(house, number);
    const letter = (await lettersTo(house, carl)).at(-1);
    thread = new URL(/http:\/\/desk\.test\/t\/\S+/.exec(letter?.text ?? '')?.[0] ?? '').pathname;
    agent = new Visitor(house);
    await agent.signIn('olga@desk.test', STAFF_PASSWORD);
    const rows = await house.query<{ filename: string; id: string }>('select filename, id from attachment');
    for (const { filename, id } of rows) files.set(filename, id);
  });
  afterAll(() => house.close());

  const messageId = async (): Promise<string> => {
    const [row] = await house.query<{ id: string }>(`select id from message where kind = 'customer'`);
    return row?.id ?? '';
  };
  /** Each of these twice: as the agent has it, and as the customer does. */
  const both = async (path: string): Promise<PageSeen[]> => [
    await agent.open(path),
    await customer().open(thread + path),
  ];

  it('is escaped wherever it is named: people, subjects, files', async () => {
    for (const page of [await agent.open(`/tickets/${number}`), await customer().open(thread)]) {
      expect(page.status).toBe(200);
      expect(page.body).toContain('Look &lt;script&gt;');
      expect(page.body).not.toMatch(/<script>alert|<img src=x|onclick=|tracker\.example/);
      expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self';.*frame-ancestors 'none'/);
      expect(page.body).toMatch(
        /<iframe class="message-frame" src="[^"]+\/html"[^>]* sandbox="allow-popups allow-popups-to-escape-sandbox"/,
      );
    }
  });

  it('is formatted in a frame that may run, load and send nothing', async () => {
    for (const frame of await both(`/messages/${await messageId()}/html`)) {
      expect(frame.status).toBe(200);
      expect(frame.headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox; img-src data:",
      );
      expect(frame.body).toContain('See <b>this</b>.');
      expect(frame.body).toContain(`src="data:image/png;base64,${PNG}"`);
      expect(frame.body).toContain('<summary>Quoted text</summary>');
      expect(frame.body).toContain('One image from elsewhere is not shown.');
      expect(frame.body).not.toMatch(/<script|onerror|onclick|<iframe|evil\.example|tracker\.example/);
    }
  });

  it('loads images from elsewhere when they are asked for, and tells their owner nothing besides', async () => {
    for (const frame of await both(`/messages/${await messageId()}/html?images=1`)) {
      expect(frame.body).toContain('src="https://tracker.example/pixel.gif"');
      expect(frame.headers.get('content-security-policy')).toContain('img-src data: https: http:');
      expect(frame.headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  it('is saved as a file, never opened as a page of ours', async () => {
    const names = [...files.keys()];
    expect(names).toHaveLength(8);
    for (const [name, id] of files) {
      expect(name).not.toMatch(/[/\\<>]/);
      for (const file of await both(`/attachments/${id}`)) {
        expect(file.status).toBe(200);
        expect(file.headers.get('content-disposition')).toMatch(
          /^attachment; filename="[^"\r\n]+"; filename\*=UTF-8''/,
        );
        expect(file.headers.get('x-content-type-options')).toBe('nosniff');
        expect(file.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
      }
    }
  });

  it('is looked at as a picture only if it is one', async () => {
    for (const picture of await both(`/attachments/${files.get('photo.png') ?? ''}/picture`)) {
      expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png']);
      expect(picture.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    }
    for (const name of ['drawing.svg', 'liar.png', 'page.html', 'data.xml']) {
      for (const page of await both(`/attachments/${files.get(name) ?? ''}/picture`)) expect(page.status).toBe(404);
    }
    const { body } = await agent.open(`/tickets/${number}`);
    expect(body).toContain(`<img src="/attachments/${files.get('photo.png') ?? ''}/picture"`);
    expect(body).not.toContain(`${files.get('drawing.svg') ?? ''}/picture`);
    expect(body).not.toContain(`/attachments/${files.get('shot.png') ?? ''}"`);
  });

  it('is read as a mail where it is one, with its own files', async () => {
    const [, id = ''] = [...files].find(([name]) => name.endsWith('.eml')) ?? [];
    for (const page of await both(`/attachments/${id}/mail`)) {
      expect(page.status).toBe(200);
      expect(page.body).toContain('The first complaint');
      expect(page.body).toContain('zoe@far.example');
      expect(page.body).not.toMatch(/<script>alert|<b>Zulu/);
    }
    for (const frame of await both(`/attachments/${id}/mail/html`)) {
      expect(frame.body).toContain('It squeaks.');
      expect(frame.body).not.toMatch(/<script|onerror/);
      expect(frame.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
    for (const file of await both(`/attachments/${id}/mail/files/0`)) {
      expect(file.body).toBe('<script>alert(3)</script>');
      expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="page\.html"/);
      expect(file.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    }
    for (const page of await both(`/attachments/${id}/mail/files/7`)) expect(page.status).toBe(404);
    for (const page of await both(`/attachments/${files.get('page.html') ?? ''}/mail`)) expect(page.status).toBe(404);
  });

  it('of one conversation is nothing that another one’s customer can open', async () => {
    const other = await ticketByMail(house, { from: 'dora@elsewhere.example', subject: 'Another', text: 'Hi' });
    const [letter] = await house.lettersTo('dora@elsewhere.example');
    expect(other.number).not.toBe(number);
    const theirs = new URL(/http:\/\/desk\.test\/t\/\S+/.exec(letter?.text ?? '')?.[0] ?? '').pathname;
    for (const path of [
      `/messages/${await messageId()}/html`,
      ...[...files.values()].map((id) => `/attachments/${id}`),
    ]) {
      for (const end of ['', '/picture', '/mail', '/mail/html', '/mail/files/0']) {
        expect((await customer().open(theirs + path + end)).status).toBe(404);
      }
    }
  });
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Mailboxes } from '../../../src/mail/mailboxes.js';
import { Outbox } from '../../../src/mail/outbox.js';
import { Postman } from '../../../src/mail/postman.js';
import { letterFromCarl, mail, PostOffice, SUPPORT } from './post-office.js';

const corpus = (name: string): Buffer => readFileSync(path.resolve(__dirname, `../../mails/${name}.eml`));

describe('reading what came in', () => {
  let office: PostOffice;

  beforeAll(async () => {
    office = await PostOffice.open();
  });
  afterAll(() => office.close());
  beforeEach(async () => {
    await office.query('delete from inbound_mail');
    await office.query('delete from outgoing_mail');
    office.received.length = 0;
    office.bounced.length = 0;
    office.follower = () => ({ outcome: 'opened', ticket: 1001, acknowledged: true });
  });

  const letterToCarl = (to = 'carl@example.com'): Promise<{ id: string; messageId: string }> =>
    office.transaction((tx) =>
      office.get(Postman).post(tx, {
        words: { subject: 'Re: Printer on fire', text: 'Is it still on fire?' },
        to: [{ email: to, name: '' }],
      }),
    );
  const bounceAddressOf = async (id: string): Promise<string> =>
    (await office.get(Outbox).find(id))?.envelopeFrom ?? '';

  it('tells the house once, and the log what became of it', async () => {
    const id = await office.take(corpus('attachments-rfc2231-and-inline-image'));
    expect(await office.log.find(id)).toMatchObject({ outcome: 'pending', subject: null, ticket: null });
    expect(await office.read()).toBe(1);
    expect(await office.read()).toBe(0);

    expect(office.received).toHaveLength(1);
    expect(office.received[0]?.mail).toMatchObject({
      id,
      mailbox: SUPPORT,
      subject: 'Printer on fire',
      automatic: null,
      from: { email: 'carl@example.com' },
    });
    const logged = await office.log.find(id);
    expect(logged).toMatchObject({
      outcome: 'opened',
      reason: null,
      ticket: 1001,
      from: { email: 'carl@example.com', name: 'Carl Customer' },
      automatic: false,
      bounces: [],
      acknowledged: true,
      threadedBy: null,
      authentication: { spf: null, dkim: 'none', dmarc: null },
    });
    expect(logged?.attachments.map(({ filename, inline }) => [filename, inline])).toEqual([
      ['photo.png', true],
      ['Rechnung für März.pdf', false],
      ['Prüfung.docx', false],
    ]);
    const blobs = await office.query<{ sha256: string; size: number }>('select sha256, size from blob');
    for (const { sha256, size } of logged?.attachments ?? []) expect(blobs).toContainEqual({ sha256, size });
  });

  it('hands over the token behind the +, lower case, the envelope first', async () => {
    await office.take(letterFromCarl().replace(`To: ${SUPPORT}`, 'To: support+other@desk.test'), {
      to: ['Support+ToKen@desk.test'],
    });
    await office.read();
    expect(office.received[0]?.mail.replyTokens).toEqual(['token', 'other']);
  });

  it('has one effect of the same mail sent twice, also when both are read at once', async () => {
    const raw = mail(letterFromCarl());
    const ids = [
      await office.take(raw),
      await office.take(raw),
      await office.take(Buffer.concat([Buffer.from('Received: by another way\r\n'), raw])),
    ];
    await office.read();
    expect(office.received).toHaveLength(1);
    const logged = await Promise.all(ids.map((id) => office.log.find(id)));
    expect(logged.map((one) => one?.outcome).sort()).toEqual(['duplicate', 'duplicate', 'opened']);
    expect(logged.map((one) => one?.ticket)).toEqual([1001, 1001, 1001]);
    expect((await office.log.findBySha256(logged[0]?.sha256 ?? '')).map(({ id }) => id).sort()).toEqual(
      [ids[0], ids[1]].sort(),
    );
  });

  it('takes the first of the same bytes for the mail and the second for its duplicate', async () => {
    const ids: string[] = [];
    for (let copy = 0; copy < 6; copy++) ids.push(await office.take(mail(letterFromCarl())));
    await office.read();
    const outcomes = await Promise.all(ids.map(async (id) => (await office.log.find(id))?.outcome));
    expect(outcomes).toEqual(['opened', ...Array<string>(5).fill('duplicate')]);
  });

  it('knows the same mail without a Message-ID by everything but its trace fields', async () => {
    const raw = letterFromCarl({ id: null });
    await office.take(`Received: one way\n${raw}`);
    await office.take(`Received: another way\nX-Spam-Status: No\n${raw}`);
    await office.take(raw.replace('It burns.', 'It burns more.'));
    await office.read();
    expect(office.received).toHaveLength(2);
  });

  it('takes the same Message-ID with other content as another mail, and flags it', async () => {
    const first = await office.take(letterFromCarl({ subject: 'One' }));
    await office.read();
    await office.take(letterFromCarl({ subject: 'Another' }));
    await office.read();
    expect(office.received.map((fact) => fact.mail.sameIdAs)).toEqual([null, first]);
  });

  it('takes the same mail to two mailboxes for two', async () => {
    await office.transaction((tx) =>
      office.get(Mailboxes).save(tx, { address: 'sales@desk.test', name: 'Sales' }, 'ann@desk.test'),
    );
    await office.take(letterFromCarl());
    await office.take(letterFromCarl(), { to: ['sales@desk.test'] });
    await office.read();
    expect(office.received.map((fact) => fact.mail.mailbox).sort()).toEqual(['sales@desk.test', SUPPORT]);
  });

  it('keeps what it cannot read, says why, and reads it again when asked', async () => {
    const id = await office.take(corpus('bomb-many-parts'));
    await office.read();
    expect(office.received).toEqual([]);
    expect(await office.log.find(id)).toMatchObject({
      ...{ outcome: 'quarantined', reason: 'It has more than 1000 parts.', subject: 'Printer on fire' },
      from: { email: 'carl@example.com' },
    });
    expect((await office.log.raw(id))?.equals(corpus('bomb-many-parts'))).toBe(true);

    // A better reader comes with the next release; here the bytes become better instead.
    await office.query('update inbound_mail set raw = $2 where id = $1', [id, mail(letterFromCarl())]);
    await office.transaction((tx) => office.log.retry(tx, id));
    await office.read();
    expect(await office.log.find(id)).toMatchObject({ outcome: 'opened', ticket: 1001 });
    await expect(office.transaction((tx) => office.log.retry(tx, id))).rejects.toThrow('Only a mail in the quarantine');
  });

  it('does nothing by halves: when a follower fails, the mail stays unread and is tried again later', async () => {
    office.follower = async (_fact, tx) => {
      await tx.query(`insert into mailbox (address, changed_at) values ('half@done.test', $1)`, [office.now.read()]);
      throw new Error('the house is on fire');
    };
    const id = await office.take(letterFromCarl());
    await office.read();
    expect(await office.log.find(id)).toMatchObject({ outcome: 'pending', subject: null });
    expect(await office.query(`select 1 from mailbox where address = 'half@done.test'`)).toEqual([]);
    expect(await office.read()).toBe(0);

    office.follower = () => ({ outcome: 'opened', ticket: 7 });
    office.passSeconds(5);
    expect(await office.read()).toBe(1);
    expect(await office.log.find(id)).toMatchObject({ outcome: 'opened', ticket: 7 });
  });

  it('puts a mail aside that nobody can file, after six tries', async () => {
    office.follower = () => {
      throw new Error('no room');
    };
    const id = await office.take(letterFromCarl());
    for (let tries = 0; tries < 8; tries++) {
      await office.read();
      office.passSeconds(3_600);
    }
    expect(await office.log.find(id)).toMatchObject({
      outcome: 'quarantined',
      reason: 'It could not be filed: no room',
    });
  });

  it('reads again what a process died over, and gives up on a mail that kills its readers', async () => {
    const id = await office.take(letterFromCarl());
    await office.query(`update inbound_mail set leased_until = $1, attempts = 1`, [
      new Date(office.now.read().getTime() + 60_000),
    ]);
    expect(await office.read()).toBe(0);
    office.passSeconds(61);
    expect(await office.read()).toBe(1);
    expect(await office.log.find(id)).toMatchObject({ outcome: 'opened' });

    const killer = await office.take(letterFromCarl({ id: 'killer' }));
    await office.query('update inbound_mail set attempts = 6 where id = $1', [killer]);
    await office.read();
    expect(await office.log.find(killer)).toMatchObject({ outcome: 'quarantined' });
  });

  it('drops a letter of our own that comes back, also under another Message-ID', async () => {
    const { id, messageId } = await letterToCarl();
    const mark = (await office.get(Outbox).find(id))?.headers['X-Punctual-Letter'] ?? '';
    const copies = [
      await office.take(`From: support@desk.test\nMessage-ID: ${messageId}\nSubject: x\n\nx\n`),
      await office.take(
        `From: support@desk.test\nMessage-ID: <rewritten@relay.test>\nX-Punctual-Letter: ${mark}\nSubject: x\n\nx\n`,
      ),
    ];
    const forged = await office.take(
      `From: carl@example.com\nMessage-ID: <own@example.com>\nX-Punctual-Letter: ${mark.slice(0, -1)}a\nSubject: x\n\nx\n`,
    );
    await office.read();
    for (const copy of copies) expect(await office.log.find(copy)).toMatchObject({ outcome: 'dropped', ticket: null });
    expect(await office.log.find(forged)).toMatchObject({ outcome: 'opened' });
  });

  it('marks the letter that bounced, known by our bounce address whatever the report says', async () => {
    const { id, messageId } = await letterToCarl();
    const mailId = await office.take(corpus('bounce-german-words'), { from: null, to: [await bounceAddressOf(id)] });
    await office.read();
    expect(office.bounced[0]?.outgoing).toEqual({ id, messageId });
    expect(office.bounced[0]?.bounces[0]).toMatchObject({ recipient: 'carl@example.com', status: '5.1.1', hard: true });
    expect(await office.log.find(mailId)).toMatchObject({
      outcome: 'bounce',
      automatic: true,
      bounces: [{ recipient: 'carl@example.com' }],
    });
    expect((await office.get(Outbox).deliveries([id])).get(id)).toMatchObject({
      state: 'bounced',
      lastError: expect.stringContaining('carl@example.com') as string,
    });
  });

  it('marks the letter by the Message-ID that a report returns, and the only recipient where it names none', async () => {
    const { id, messageId } = await letterToCarl();
    await office.take(
      corpus('bounce-postfix-unknown-user').toString('latin1').replaceAll('<punctual.abc.def@desk.test>', messageId),
      { from: null },
    );
    await office.take(
      `From: MAILER-DAEMON@mx.test\nSubject: Undeliverable\nMessage-ID: <n@mx.test>\n\nYour mail could not be delivered.\n`,
      { from: null, to: [await bounceAddressOf(id)] },
    );
    await office.read();
    expect(office.bounced.map(({ outgoing }) => outgoing?.id)).toEqual([id, id]);
    expect(office.bounced.flatMap(({ bounces }) => bounces.map(({ recipient }) => recipient))).toEqual([
      'carl@example.com',
      'carl@example.com',
    ]);
  });

  it('believes no report about mail that did not leave from here', async () => {
    const { id } = await letterToCarl();
    const mailId = await office.take(corpus('bounce-postfix-unknown-user'), { from: null });
    await office.read();
    expect(office.bounced[0]?.outgoing).toBeNull();
    expect(await office.log.find(mailId)).toMatchObject({
      outcome: 'bounce',
      ticket: null,
      reason: expect.stringContaining('no effect') as string,
    });
    expect((await office.get(Outbox).deliveries([id])).get(id)).toMatchObject({ state: 'queued' });
  });

  it('does not take a delay for a bounce', async () => {
    const { id } = await letterToCarl();
    await office.take(corpus('bounce-delayed'), { from: null, to: [await bounceAddressOf(id)] });
    await office.read();
    expect(office.bounced[0]?.bounces).toMatchObject([{ hard: false, status: '4.4.1' }]);
    expect((await office.get(Outbox).deliveries([id])).get(id)).toMatchObject({ state: 'queued' });
  });

  it('knows which letter an out-of-office answers that came to its bounce address', async () => {
    const { id, messageId } = await letterToCarl();
    office.follower = ({ mail: { automatic } }) => ({
      outcome: automatic === 'reply' ? 'automatic' : 'opened',
      ticket: 1001,
    });
    const mailId = await office.take(corpus('out-of-office-exchange'), { from: null, to: [await bounceAddressOf(id)] });
    await office.read();
    expect(office.received[0]?.mail.inReplyTo).toEqual([messageId]);
    expect(await office.log.find(mailId)).toMatchObject({
      outcome: 'automatic',
      automatic: true,
      reason: expect.stringContaining('Automatic reply') as string,
    });
  });

  it('lists the newest first, page by page, and by outcome', async () => {
    for (const id of ['a', 'b', 'c']) {
      await office.take(letterFromCarl({ id }));
      office.passSeconds(1);
    }
    await office.take(corpus('bomb-nested'));
    await office.read();
    const first = await office.log.list({ limit: 3 });
    const second = await office.log.list({ limit: 3, cursor: first.nextCursor ?? '' });
    expect([...first.items, ...second.items].map(({ outcome }) => outcome)).toEqual([
      'quarantined',
      'opened',
      'opened',
      'opened',
    ]);
    expect(second.nextCursor).toBeNull();
    expect((await office.log.list({ outcome: 'quarantined' })).items).toHaveLength(1);
    await expect(office.log.list({ cursor: 'nonsense' })).rejects.toThrow('cursor');
  });

  it('reads a thousand deep tags in another thread while this one goes on', async () => {
    const html = `<html>${'<div>'.repeat(60_000)}deep${'</div>'.repeat(60_000)}</html>`;
    await office.take(
      `From: carl@example.com\nSubject: deep\nMessage-ID: <deep@x>\nContent-Type: text/html\n\n${html}\n`,
    );
    await office.take(letterFromCarl({ id: 'warm' }));
    await office.read();
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await office.read();
    clearInterval(timer);
    expect(longest).toBeLessThan(1_000);
    expect((await office.log.list({})).items[0]?.outcome).toMatch(/opened|quarantined/);
  }, 60_000);
});

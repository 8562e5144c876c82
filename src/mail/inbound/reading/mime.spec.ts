import fc from 'fast-check';
import { tooMuchGrowth } from '../../../../test/support/growth.js';
import { simpleParser } from 'mailparser';
import { parseMail } from './parse-mail.js';
import { decodeBase64, decodeQuotedPrintable, readMime } from './mime.js';
import { UnreadableMail } from './unreadable-mail.js';

const HOUSE = { addresses: ['support@desk.test'], domains: ['desk.test'] };
const ENVELOPE = { envelopeFrom: 'carl@example.com', envelopeTo: ['support@desk.test'] };

describe('taking mails apart', () => {
  it('agrees with a well-kept parser on well-made mails', async () => {
    const word = fc.constantFrom('Hello', 'Grüße', '日本語', 'naïve', 'x', '–', '"quoted"', 'a,b');
    const words = fc.array(word, { minLength: 1, maxLength: 8 }).map((list) => list.join(' '));
    const file = fc.record({ name: words, content: fc.uint8Array({ minLength: 1, maxLength: 200 }) });
    await fc.assert(
      fc.asyncProperty(
        words,
        words,
        words,
        fc.array(file, { maxLength: 3 }),
        fc.boolean(),
        async (name, subject, text, files, html) => {
          const raw = wellMade({ name, subject, text, files, html });
          const ours = parseMail(raw, ENVELOPE, HOUSE);
          const theirs = await simpleParser(raw, { skipTextToHtml: true, skipImageLinks: true });
          expect(ours.subject).toBe(theirs.subject);
          expect(ours.from?.name).toBe(theirs.from?.value[0]?.name.replace(/^["']+|["']+$/g, '').trim());
          expect(ours.text).toBe(theirs.text?.trim());
          expect(ours.messageId).toBe(theirs.messageId);
          expect(ours.files.map(({ content }) => Buffer.from(content).toString('hex'))).toEqual(
            theirs.attachments.map(({ content }) => content.toString('hex')),
          );
          expect(ours.files.map(({ contentType }) => contentType)).toEqual(
            theirs.attachments.map(({ contentType }) => contentType),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('never fails but with a reason, whatever the bytes', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'From: a@b.c\r\n',
        'Content-Type: multipart/mixed; boundary=x\r\n',
        '\r\n',
        '--x\r\n',
        '--x--\r\n',
        'Content-Type: text/html\r\n',
        'Content-Transfer-Encoding: base64\r\n',
        'Content-Type: message/rfc822\r\n',
        'Subject: =?utf-8?B?4p?=\r\n',
        "Content-Disposition: attachment; filename*0*=utf-8''%zz; filename*1=y\r\n",
        'Content-Type: application/ms-tnef\r\n',
        'begin 644 x\n#86)C\nend\n',
        '<div><blockquote>',
        '> quoted\r\n',
      ),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const raw = Buffer.from(pieces.join(''), 'latin1');
        try {
          const mail = parseMail(raw, ENVELOPE, HOUSE);
          const told = JSON.stringify({ ...mail, files: mail.files.map(({ content: _content, ...file }) => file) });
          // What PostgreSQL refuses in a text, and what breaks a header's line.
          expect(told).not.toMatch(/\\u0000|\\ud[89a-f]/);
          expect(mail.subject).not.toMatch(/[\r\n]/);
          for (const { filename } of mail.files) expect(filename).toMatch(/^[^/\\\r\n]+$/);
        } catch (error) {
          if (!(error instanceof UnreadableMail)) throw error;
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('undoes base64 and quoted-printable', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        const raw = Buffer.from(bytes);
        const base64 = raw.toString('base64').replace(/(.{76})/g, '$1\r\n');
        expect(decodeBase64(base64).equals(raw)).toBe(true);
        const coded = [...raw]
          .map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
          .join('')
          .replace(/(.{72})/g, '$1=\r\n');
        expect(decodeQuotedPrintable(Buffer.from(coded)).equals(raw)).toBe(true);
      }),
    );
  });

  it('undoes base64 of any length and shape: foreign characters, no padding, padding in the midst', () => {
    // As one regular expression has it; for large files that takes too much memory.
    const plainly = (text: string): Buffer =>
      Buffer.concat(
        text
          .replace(/[^A-Za-z0-9+/=]/g, '')
          .split(/=+/)
          .map((piece) => Buffer.from(piece, 'base64')),
      );
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64')),
      fc.stringMatching(/^[A-Za-z0-9+/=\-_ \r\n\xe9]{0,12}$/),
      fc.integer({ min: 64_000, max: 67_000 }).map((length) => 'QUJD'.repeat(Math.ceil(length / 4)).slice(0, length)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const text = pieces.join('\r\n');
        expect(decodeBase64(text).equals(plainly(text))).toBe(true);
        expect(decodeBase64(Buffer.from(text, 'latin1')).equals(plainly(text))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['more than 256 KB of header', `X-Long: ${'x'.repeat(300_000)}\r\n\r\nx`, 'longer than 256 KB'],
    ['mails in mails in mails', 'Content-Type: message/rfc822\r\n\r\n'.repeat(100), 'nested deeper'],
  ])('gives up on %s', (_what, raw, reason) => {
    expect(() => readMime(Buffer.from(raw))).toThrow(reason);
  });

  it.each([
    ['spaces in the header', (times: number) => `Subject: ${' '.repeat(12_500 * times)}x\r\n\r\nx`],
    ['brackets in the header', (times: number) => `Content-Type: ${'('.repeat(12_500 * times)}\r\n\r\nx`],
    ['addresses', (times: number) => `To: ${'a@b.c, '.repeat(1_875 * times)}\r\n\r\nx`],
    ['broken addresses', (times: number) => `From: ${'<"('.repeat(3_750 * times)}\r\n\r\nx`],
    ['encoded words', (times: number) => `Subject: ${'=?utf-8?q?x'.repeat(1_250 * times)}\r\n\r\nx`],
    ['Message-IDs', (times: number) => `References: ${'<x'.repeat(6_250 * times)}\r\n\r\nx`],
    ['parameters', (times: number) => `Content-Type: text/plain${'; a'.repeat(3_750 * times)}\r\n\r\nx`],
    [
      'empty lines in a quote',
      (times: number) => `Content-Type: text/html\r\n\r\n<blockquote>${'<br>'.repeat(6_250 * times)}x</blockquote>`,
    ],
    [
      'spaces in the text',
      (times: number) =>
        `From: MAILER-DAEMON@x.test\r\nSubject: Undeliverable\r\n\r\ncould not be delivered ${' '.repeat(31_250 * times)}x`,
    ],
    [
      'boundaries that are none',
      (times: number) => `Content-Type: multipart/mixed; boundary=x\r\n\r\n${'--xx\r\n'.repeat(6_250 * times)}`,
    ],
    ['begin without end', (times: number) => 'From: a@b.c\r\n\r\n' + 'begin 644 x\r\nM'.repeat(1_250 * times)],
  ])('is work that grows with a mail and not with its square: %s', (_what, raw) => {
    const reading = (times: number) => {
      const bytes = Buffer.from(raw(times));
      return () => parseMail(bytes, { envelopeFrom: null, envelopeTo: [] }, HOUSE);
    };
    expect(tooMuchGrowth(reading)).toBeNull();
  });
});

interface Made {
  readonly name: string;
  readonly subject: string;
  readonly text: string;
  readonly files: readonly { name: string; content: Uint8Array }[];
  readonly html: boolean;
}

function wellMade({ name, subject, text, files, html }: Made): Buffer {
  const encoded = (value: string): string => `=?utf-8?B?${Buffer.from(value).toString('base64')}?=`;
  const body = (type: string, content: string): string =>
    `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(content).toString('base64')}\r\n`;
  const words = html
    ? `Content-Type: multipart/alternative; boundary=alt\r\n\r\n--alt\r\n${body('text/plain', text)}--alt\r\n${body('text/html', `<p>${text.replace(/"/g, '&quot;')}</p>`)}--alt--\r\n`
    : body('text/plain', text);
  const parts = files.map(
    (file) =>
      `--mix\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="${encoded(file.name)}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(file.content).toString('base64')}\r\n`,
  );
  return Buffer.from(
    `From: ${encoded(name)} <carl@example.com>\r\nTo: support@desk.test\r\nSubject: ${encoded(subject)}\r\nMessage-ID: <x@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=mix\r\n\r\n--mix\r\n${words}${parts.join('')}--mix--\r\n`,
  );
}

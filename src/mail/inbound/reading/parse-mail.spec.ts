import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Bounce, ForwardedMail, MailAddress } from '../../received-mail.js';
import { parseMail, type ParsedMail } from './parse-mail.js';
import { UnreadableMail } from './unreadable-mail.js';

/** test/mails: messages named for what is odd in them, each with what must be made of it beside it. */
const FOLDER = path.resolve(__dirname, '../../../../test/mails');
const HOUSE = { addresses: ['support@desk.test'], domains: ['desk.test'] };

interface ExpectedFile {
  readonly filename: string;
  readonly contentType?: string;
  readonly inline?: boolean;
  readonly contentId?: string;
  readonly size?: number;
  /** The content as UTF-8. */
  readonly text?: string;
}

interface Expected {
  readonly subject?: string;
  readonly messageId?: string | null;
  readonly from?: MailAddress;
  readonly inReplyTo?: string[];
  readonly references?: string[];
  readonly text?: string;
  readonly textIncludes?: string;
  readonly newText?: string;
  readonly newTextIncludes?: string;
  readonly files?: ExpectedFile[];
  readonly automatic?: string | null;
  readonly mayBeAcknowledged?: boolean;
  readonly bounces?: (Partial<Bounce> & { reasonIncludes?: string })[];
  readonly forwarded?: ForwardedMail;
  readonly unreadable?: string;
}

interface Case {
  readonly envelopeFrom: string | null;
  readonly envelopeTo: string[];
  readonly expect: Expected;
}

const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.eml'))
  .map((file) => file.slice(0, -'.eml'.length));

describe('a mail of the corpus', () => {
  it.each(names)('%s', (name) => {
    const raw = readFileSync(path.join(FOLDER, `${name}.eml`));
    const { expect: expected, ...envelope } = JSON.parse(
      readFileSync(path.join(FOLDER, `${name}.json`), 'utf8'),
    ) as Case;
    if (expected.unreadable !== undefined) {
      expect(() => parseMail(raw, envelope, HOUSE)).toThrow(UnreadableMail);
      expect(() => parseMail(raw, envelope, HOUSE)).toThrow(expected.unreadable);
      return;
    }
    const mail = parseMail(raw, envelope, HOUSE);
    expect(seen(mail, expected)).toEqual(wanted(expected));
  });

  it('is there in good number', () => {
    expect(names.length).toBeGreaterThanOrEqual(290);
  });
});

/** Of the mail, just what the case speaks of. */
function seen(mail: ParsedMail, expected: Expected): Record<string, unknown> {
  const all: Record<string, unknown> = {
    subject: mail.subject,
    messageId: mail.messageId,
    from: mail.from,
    inReplyTo: mail.inReplyTo,
    references: mail.references,
    text: mail.text,
    textIncludes: mail.text.includes(expected.textIncludes ?? '') ? expected.textIncludes : mail.text,
    newText: mail.newText,
    newTextIncludes: mail.newText.includes(expected.newTextIncludes ?? '') ? expected.newTextIncludes : mail.newText,
    automatic: mail.automatic,
    mayBeAcknowledged: mail.noAcknowledgementBecause === null,
    forwarded: mail.forwarded,
    files: mail.files.map((file, index) => {
      const told: Record<string, unknown> = {
        ...file,
        size: file.content.length,
        text: Buffer.from(file.content).toString('utf8'),
      };
      return Object.fromEntries(
        Object.keys(expected.files?.[index] ?? { filename: '' }).map((key) => [key, told[key]]),
      );
    }),
    bounces: mail.bounces.map((bounce, index) => {
      const want = expected.bounces?.[index] ?? {};
      const told: Record<string, unknown> = {
        ...bounce,
        reasonIncludes: bounce.reason.includes(want.reasonIncludes ?? '') ? want.reasonIncludes : bounce.reason,
      };
      return Object.fromEntries(Object.keys(want).map((key) => [key, told[key]]));
    }),
  };
  return Object.fromEntries(Object.keys(expected).map((key) => [key, all[key]]));
}

function wanted(expected: Expected): Record<string, unknown> {
  return { ...expected };
}

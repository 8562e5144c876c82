import type { SendMailOptions } from 'nodemailer';
import type { MailAddress } from '../received-mail.js';
import type { OutgoingMailRow } from './outgoing-mail.entity.js';

/** The letter's files with their bytes. */
export interface ComposedFile {
  readonly filename: string;
  readonly contentType: string;
  readonly contentId?: string;
  readonly content: Buffer;
}

/** A queued letter to what the mail library sends. Pure: the same row gives the same letter, Message-ID and date included. */
export function compose(row: OutgoingMailRow, files: readonly ComposedFile[]): SendMailOptions {
  return {
    from: address(row.sender),
    to: row.recipients.map(address),
    cc: row.cc.map(address),
    ...(row.replyTo === null ? {} : { replyTo: { name: row.sender.name, address: row.replyTo } }),
    subject: oneLine(row.subject),
    text: row.text,
    ...(row.html === null ? {} : { html: row.html }),
    messageId: oneLine(row.messageId),
    date: row.createdAt,
    headers: Object.entries(row.headers).map(([key, value]) => ({ key: oneLine(key), value: oneLine(value) })),
    attachments: files.map(({ filename, contentType, contentId, content }) => ({
      filename: oneLine(filename),
      contentType: oneLine(contentType),
      content,
      ...(contentId === undefined
        ? { contentDisposition: 'attachment' as const }
        : { cid: oneLine(contentId), contentDisposition: 'inline' as const }),
    })),
    envelope: { from: row.envelopeFrom, to: goesTo(row) },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Whom the letter goes to: everybody it names, or the one whose copy it is. */
export function goesTo({ copyFor, recipients, cc }: Pick<OutgoingMailRow, 'copyFor' | 'recipients' | 'cc'>): string[] {
  return copyFor === null ? [...recipients, ...cc].map(({ email }) => email) : [copyFor];
}

function address({ email, name }: MailAddress): { name: string; address: string } {
  return { name: oneLine(name), address: oneLine(email) };
}

/** The last guard before the wire: no value of a field can begin another field. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0\u0085\u2028\u2029]+/g, ' ').trim();
}

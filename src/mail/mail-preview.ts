import { Injectable } from '@nestjs/common';
import { Problem } from '../platform/problems/problem.js';
import { MailReader } from './inbound/mail-reader.js';
import { mailboxOf } from './inbound/read-mail.job.js';
import { UnreadableMail } from './inbound/reading/unreadable-mail.js';
import { Mailboxes } from './mailboxes.js';
import type { MailAddress } from './received-mail.js';

/** A file within such a mail. */
export interface PreviewedFile {
  readonly filename: string;
  readonly contentType: string;
  readonly contentId: string | null;
  readonly content: Buffer;
}

/** A mail as it would be read if it came in now. */
export interface PreviewedMail {
  readonly from: MailAddress | null;
  /** The one of our addresses that it would come to; null if it names none. */
  readonly mailbox: string | null;
  readonly subject: string;
  readonly text: string;
  /** As it came; to be shown through `shownHtml` only. */
  readonly html: string | null;
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly files: readonly PreviewedFile[];
  /** Without quoted history and signature. */
  readonly newText: string;
  readonly date: Date | null;
}

/** Reads a mail as the intake would, and keeps nothing of it. */
@Injectable()
export class MailPreview {
  constructor(
    private readonly reader: MailReader,
    private readonly mailboxes: Mailboxes,
  ) {}

  async read(raw: Buffer): Promise<PreviewedMail> {
    const ours = await this.mailboxes.ours();
    const envelope = { envelopeFrom: null, envelopeTo: [] };
    try {
      const mail = await this.reader.read(raw, envelope, { addresses: ours.addresses, domains: ours.domains });
      const { from, to, cc, subject, text, newText, html, date } = mail;
      const files = mail.files.map(({ filename, contentType, contentId, content }) => ({
        ...{ filename, contentType, contentId },
        content: Buffer.from(content),
      }));
      return { from, to, cc, mailbox: mailboxOf(envelope, mail, ours), subject, text, newText, html, date, files };
    } catch (error) {
      if (!(error instanceof UnreadableMail)) throw error;
      throw Problem.invalid(`This mail cannot be read: ${error.message}`, [{ field: 'mail', detail: error.message }]);
    }
  }
}

import { Injectable } from '@nestjs/common';
import { Problem } from '../platform/problems/problem.js';
import { MailReader } from './inbound/mail-reader.js';
import { mailboxOf } from './inbound/read-mail.job.js';
import { UnreadableMail } from './inbound/reading/unreadable-mail.js';
import { Mailboxes } from './mailboxes.js';
import type { MailAddress } from './received-mail.js';

/** A mail as it would be read if it came in now. */
export interface PreviewedMail {
  readonly from: MailAddress | null;
  /** The one of our addresses that it would come to; null if it names none. */
  readonly mailbox: string | null;
  readonly subject: string;
  readonly text: string;
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
      const { from, subject, text, newText, date } = mail;
      return { from, mailbox: mailboxOf(envelope, mail, ours), subject, text, newText, date };
    } catch (error) {
      if (!(error instanceof UnreadableMail)) throw error;
      throw Problem.invalid(`This mail cannot be read: ${error.message}`, [{ field: 'mail', detail: error.message }]);
    }
  }
}

import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import { reachOf } from '../../../platform/outgoing/network-address.js';
import type { Mailbox } from '../../mailboxes.js';
import type { Authentication, MailChannel } from '../../received-mail.js';
import { fieldsOf, headerEnd, readMime } from '../reading/mime.js';
import { trustedVerdict } from './authentication-results.js';
import type { SmtpClient } from './check-sender.js';
import { SenderChecks } from './sender-checks.js';

const NOT_CHECKED: Authentication = { spf: null, dkim: null, dmarc: null };

export interface ArrivedMail {
  readonly raw: Buffer;
  readonly channel: MailChannel;
  readonly envelopeFrom: string | null;
  readonly clientAddress: string | null;
  readonly clientName: string | null;
}

/**
 * Whether a mail is from whom it says. Where the sender's server came to us itself, we look for ourselves. Where others handed the mail on
 * (an IMAP server, a pipe, HTTP, a relay in our own network), they saw the sender and we did not: then their word counts if the mailbox
 * trusts it, and else no more than a good signature does.
 */
@Injectable()
export class SenderVerdicts {
  constructor(private readonly checks: SenderChecks) {}

  async of(mail: ArrivedMail, from: string | null, mailbox: Mailbox | undefined): Promise<Authentication> {
    if (mailbox?.verifySenders === false) return NOT_CHECKED;

    const client = clientOf(mail);
    const header = readMime(mail.raw.subarray(0, headerEnd(mail.raw)));
    if (client === null && mailbox?.trustedAuthservId !== undefined) {
      const fields = fieldsOf(header, 'authentication-results');
      const domain = from === null ? null : from.slice(from.lastIndexOf('@') + 1);
      const told = trustedVerdict(fields, mailbox.trustedAuthservId, domain);
      // It speaks of one author. Of several, or of none, we might take another one for the sender than it did.
      const isClear = fieldsOf(header, 'from').length === 1;
      if (told !== null) return told.dmarc === 'pass' && !isClear ? { ...told, dmarc: 'permerror' } : told;
    }
    // Most mail that comes through others is unsigned here or was signed elsewhere: no thread is needed to see that.
    if (client === null && fieldsOf(header, 'dkim-signature').length === 0) return { ...NOT_CHECKED, dkim: 'none' };
    return this.checks.check({ raw: mail.raw, from, client });
  }
}

function clientOf({ channel, envelopeFrom, clientAddress, clientName }: ArrivedMail): SmtpClient | null {
  if (channel !== 'smtp' || clientAddress === null) return null;

  const address = clientAddress.replace(/^::ffff:(?=\d+\.)/i, '');
  const isTheirs = isIP(address) !== 0 && reachOf(address) === 'public';
  return isTheirs ? { address, name: clientName ?? '', envelopeFrom } : null;
}

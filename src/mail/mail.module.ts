import { Global, Module } from '@nestjs/common';
import { DkimKeys } from './dkim-keys.js';
import { Dns } from './dns.js';
import { ImapAccounts } from './imap-accounts.js';
import { ImapIntake } from './inbound/imap-intake.js';
import { LargeMails } from './inbound/large-mails.js';
import { MailReader } from './inbound/mail-reader.js';
import { ReadMailJob } from './inbound/read-mail.job.js';
import { SenderChecks } from './inbound/senders/sender-checks.js';
import { SenderVerdicts } from './inbound/senders/sender-verdicts.js';
import { SmtpIntake } from './inbound/smtp-intake.js';
import { LetterWriter } from './letter-writer.js';
import { MailIntake } from './mail-intake.js';
import { MailLog } from './mail-log.js';
import { MailPreview } from './mail-preview.js';
import { Mailboxes } from './mailboxes.js';
import { BounceAddresses } from './outbound/bounce-addresses.js';
import { DeliverMailJob } from './outbound/deliver-mail.job.js';
import { Pace } from './outbound/pace.js';
import { SmtpRelay } from './outbound/smtp.js';
import { Outbox } from './outbox.js';
import { Postman } from './postman.js';

/**
 * Owns: mailbox, imap_account, imap_message, inbound_mail, outgoing_mail, dkim_key, sending_allowance.
 * Announces: MailReceived, MailBounced, LetterHandedOver, LetterGivenUp.
 * Follows: nothing.
 */
@Global()
@Module({
  providers: [
    Dns,
    BounceAddresses,
    SenderChecks,
    SenderVerdicts,
    ImapAccounts,
    LargeMails,
    MailReader,
    SmtpRelay,
    Pace,
    DkimKeys,
    Mailboxes,
    MailIntake,
    SmtpIntake,
    ImapIntake,
    ReadMailJob,
    DeliverMailJob,
    MailLog,
    MailPreview,
    LetterWriter,
    Postman,
    Outbox,
  ],
  exports: [
    LetterWriter,
    Dns,
    DkimKeys,
    ImapAccounts,
    Mailboxes,
    MailIntake,
    SmtpIntake,
    ImapIntake,
    ReadMailJob,
    DeliverMailJob,
    MailLog,
    MailPreview,
    Postman,
    Outbox,
  ],
})
export class MailModule {}

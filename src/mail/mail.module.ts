import { Global, Module } from '@nestjs/common';
import { MailReader } from './inbound/mail-reader.js';
import { ReadMailJob } from './inbound/read-mail.job.js';
import { SmtpIntake } from './inbound/smtp-intake.js';
import { MailIntake } from './mail-intake.js';
import { MailLog } from './mail-log.js';
import { Mailboxes } from './mailboxes.js';
import { BounceAddresses } from './outbound/bounce-addresses.js';
import { DeliverMailJob } from './outbound/deliver-mail.job.js';
import { SmtpRelay } from './outbound/smtp.js';
import { Outbox } from './outbox.js';
import { Postman } from './postman.js';

/**
 * Owns: mailbox, inbound_mail, outgoing_mail.
 * Announces: MailReceived, MailBounced, LetterHandedOver, LetterGivenUp.
 * Follows: nothing.
 */
@Global()
@Module({
  providers: [
    BounceAddresses,
    MailReader,
    SmtpRelay,
    Mailboxes,
    MailIntake,
    SmtpIntake,
    ReadMailJob,
    DeliverMailJob,
    MailLog,
    Postman,
    Outbox,
  ],
  exports: [Mailboxes, MailIntake, SmtpIntake, ReadMailJob, DeliverMailJob, MailLog, Postman, Outbox],
})
export class MailModule {}

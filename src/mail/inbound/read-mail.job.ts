import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { BlobStore } from '../../platform/blobs/blob-store.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { Log } from '../../platform/log/logger.js';
import { JobQueue } from '../../platform/queue/job-queue.js';
import type { Job } from '../../platform/queue/job.js';
import { Now } from '../../platform/time/now.js';
import { READ_MAIL } from '../mail-intake.js';
import { MailBounced, MailReceived } from '../mail-events.js';
import { MailLog } from '../mail-log.js';
import { Mailboxes, type OurAddresses } from '../mailboxes.js';
import { BounceAddresses } from '../outbound/bounce-addresses.js';
import type { Authentication, Bounce, MailChannel, ReceivedFile, ReceivedMail } from '../received-mail.js';
import { MailReader } from './mail-reader.js';
import type { ParsedMail } from './reading/parse-mail.js';
import { UnreadableMail } from './reading/unreadable-mail.js';
import { SenderVerdicts } from './senders/sender-verdicts.js';

/** Longer than the longest reading, so that nobody reads a mail that is still being read. */
const LEASE_SECONDS = 60;
/** After a failed try; then the mail waits in the quarantine for a person. */
const WAIT_SECONDS = [2, 15, 60, 300, 1_800];
const MOST_ATTEMPTS = WAIT_SECONDS.length + 1;
/** Claimed by one sweep at a time. */
const BATCH = 4;
/** Larger ones are fetched when their turn has come. */
const AT_ONCE = 250_000;

interface Claimed {
  readonly id: string;
  readonly attempts: number;
  readonly receivedAt: Date;
  readonly channel: MailChannel;
  readonly envelopeFrom: string | null;
  readonly envelopeTo: string[];
  readonly raw: Buffer | null;
  readonly clientAddress: string | null;
  readonly clientName: string | null;
}

interface Original {
  readonly id: string;
  readonly ticket: number | null;
}

interface OutgoingLetter {
  readonly id: string;
  readonly messageId: string;
  readonly recipients: readonly string[];
}

/**
 * Reads what was accepted: takes the mail apart in a thread, then, in one transaction, checks whether it has been here before and
 * tells the house. A mail that cannot be read goes to the quarantine with its reason.
 */
@Injectable()
export class ReadMailJob implements Job {
  readonly name = READ_MAIL;
  readonly concurrency = 4;
  private readonly log: Log;

  constructor(
    private readonly database: Database,
    private readonly reader: MailReader,
    private readonly senders: SenderVerdicts,
    private readonly blobs: BlobStore,
    private readonly mailboxes: Mailboxes,
    private readonly bounceAddresses: BounceAddresses,
    private readonly mailLog: MailLog,
    private readonly events: EventBus,
    private readonly now: Now,
    jobs: JobQueue,
    log: Log,
  ) {
    this.log = log.child({ job: this.name });
    jobs.register(this);
  }

  async run(id: string): Promise<void> {
    const itAndItsTwins = 'and sha256 = (select sha256 from inbound_mail where id = $3)';
    for (;;) {
      const [claimed] = await this.claim(itAndItsTwins, [id]);
      if (claimed === undefined) return;
      await this.read(claimed);
    }
  }

  async sweep(): Promise<number> {
    let handled = 0;
    for (;;) {
      const batch = await this.claim(`order by received_at limit ${BATCH}`, []);
      if (batch.length === 0) return handled;
      await Promise.all(batch.map((claimed) => this.read(claimed)));
      handled += batch.length;
    }
  }

  /** Of mails with the same bytes the one that came first is read first: the others are its duplicates. */
  private async claim(which: string, parameters: readonly unknown[]): Promise<Claimed[]> {
    const now = this.now.read();
    return this.database.query<Claimed>(
      `update inbound_mail set leased_until = $2, attempts = attempts + 1
       where id in (
         select id from inbound_mail
         where state = 'pending' and (next_try_at is null or next_try_at <= $1) and (leased_until is null or leased_until <= $1)
           and not exists (
             select from inbound_mail as earlier
             where earlier.sha256 = inbound_mail.sha256 and earlier.state = 'pending' and earlier.number < inbound_mail.number) ${which}
         for update skip locked)
       returning id, attempts, received_at as "receivedAt", channel, envelope_from as "envelopeFrom", envelope_to as "envelopeTo",
         client_address as "clientAddress", client_name as "clientName", case when size <= ${AT_ONCE} then raw end as raw`,
      [now, new Date(now.getTime() + LEASE_SECONDS * 1_000), ...parameters],
    );
  }

  private async read(claimed: Claimed): Promise<void> {
    if (claimed.attempts > MOST_ATTEMPTS) {
      await this.quarantine(claimed.id, `Whoever read it stopped before it was done, ${MOST_ATTEMPTS} times.`);
      return;
    }
    try {
      const raw = claimed.raw ?? (await this.rawOf(claimed.id));
      const ours = await this.mailboxes.ours();
      const parsed = await this.reader.read(raw, claimed, { addresses: ours.addresses, domains: ours.domains });
      const box = ours.named(mailboxOf(claimed, parsed, ours));
      const authentication = await this.senders.of({ ...claimed, raw }, parsed.from?.email ?? null, box);
      await this.database.transaction((tx) => this.file(tx, claimed, parsed, { ours, authentication }));
    } catch (error) {
      if (error instanceof UnreadableMail) await this.quarantine(claimed.id, error.message);
      else await this.tryLater(claimed, error);
    }
  }

  private async rawOf(id: string): Promise<Buffer> {
    const [row] = await this.database.query<{ raw: Buffer }>('select raw from inbound_mail where id = $1', [id]);
    if (row === undefined) throw new Error(`Mail ${id} is gone while it is being read.`);
    return row.raw;
  }

  /** The one transaction: either the mail has its effect and its outcome, or neither. */
  private async file(
    tx: Transaction,
    claimed: Claimed,
    parsed: ParsedMail,
    { ours, authentication }: { ours: OurAddresses; authentication: Authentication },
  ): Promise<void> {
    const mailbox = mailboxOf(claimed, parsed, ours);
    const identity = `${parsed.identity} ${mailbox ?? ''}`;
    // Two equal mails at the same moment: the second waits here and then finds the first.
    const [row] = await tx.query<{ state: string }>(
      'select state, pg_advisory_xact_lock(hashtextextended($2, 0)) from inbound_mail where id = $1 for update',
      [claimed.id, identity],
    );
    if (row?.state !== 'pending') return;

    const files = await this.keepFiles(tx, parsed);
    const aboutLetter = await this.letterOf(tx, claimed, parsed);
    const { original, sameIdAs, isOwnLetter } = await this.before(tx, claimed.id, identity, parsed);
    const known = { mailbox, ours, files, aboutLetter, authentication, sameIdAs };
    const mail = this.describe(claimed, parsed, known);
    await this.note(tx, mail, identity);

    if (original !== null) {
      await this.close(tx, mail.id, 'duplicate', `The same mail came before.`, original);
    } else if (isOwnLetter) {
      await this.close(tx, mail.id, 'dropped', 'It is a letter of our own that came back.', null);
    } else {
      await this.tell(tx, mail, aboutLetter);
    }
  }

  private async keepFiles(tx: Transaction, { files }: ParsedMail): Promise<ReceivedFile[]> {
    const kept: ReceivedFile[] = [];
    for (const { content, ...file } of files) {
      const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
      kept.push({ ...file, size: bytes.length, sha256: await this.blobs.put(tx, bytes) });
    }
    return kept;
  }

  private describe(
    claimed: Claimed,
    parsed: ParsedMail,
    known: {
      mailbox: string | null;
      ours: OurAddresses;
      files: ReceivedFile[];
      aboutLetter: OutgoingLetter | null;
      authentication: Authentication;
      sameIdAs: string | null;
    },
  ): ReceivedMail {
    const { ours, mailbox, files, aboutLetter, authentication, sameIdAs } = known;
    const addressed = [
      ...claimed.envelopeTo,
      ...parsed.deliveredTo,
      ...parsed.to.map(({ email }) => email),
      ...parsed.cc.map(({ email }) => email),
    ];
    return {
      id: claimed.id,
      channel: claimed.channel,
      receivedAt: claimed.receivedAt,
      envelopeFrom: claimed.envelopeFrom,
      envelopeTo: claimed.envelopeTo,
      mailbox,
      replyTokens: [...new Set(addressed.flatMap((address) => ours.tokenIn(address) ?? []))],
      messageId: parsed.messageId,
      // An answer to our bounce address answers the letter whose address it is, though it may not say so.
      inReplyTo: parsed.inReplyTo.length === 0 && aboutLetter !== null ? [aboutLetter.messageId] : parsed.inReplyTo,
      references: parsed.references,
      date: parsed.date,
      from: parsed.from,
      replyTo: parsed.replyTo,
      to: parsed.to,
      cc: parsed.cc,
      subject: parsed.subject,
      text: parsed.text,
      newText: parsed.newText,
      html: parsed.html,
      files,
      automatic: parsed.automatic,
      noAcknowledgementBecause: parsed.noAcknowledgementBecause,
      bounces: parsed.bounces.map((bounce) => withRecipient(bounce, aboutLetter)),
      forwarded: parsed.forwarded,
      sameIdAs,
      authentication,
    };
  }

  private async note(tx: Transaction, mail: ReceivedMail, identity: string): Promise<void> {
    await tx.query(
      `update inbound_mail set identity = $2, mailbox = $3, message_id = $4, subject = $5, from_email = $6, from_name = $7, parsed = $8, read_at = $9
       where id = $1`,
      [
        mail.id,
        identity,
        mail.mailbox,
        mail.messageId,
        mail.subject,
        mail.from?.email ?? null,
        mail.from?.name ?? null,
        JSON.stringify(mail),
        this.now.read(),
      ],
    );
  }

  /**
   * What has been here before: the same mail, an earlier mail that claims the same Message-ID and is another one, and a letter of our own
   * that came back, told by its Message-ID or, where a server changed that, by its mark.
   */
  private async before(
    tx: Transaction,
    id: string,
    identity: string,
    parsed: ParsedMail,
  ): Promise<{ original: Original | null; sameIdAs: string | null; isOwnLetter: boolean }> {
    const [found] = await tx.query<{ original: Original | null; sameIdAs: string | null; sent: boolean }>(
      `select
         (select jsonb_build_object('id', id, 'ticket', ticket_number) from inbound_mail
          where identity = $2 and outcome <> 'duplicate' and id <> $1 limit 1) as original,
         (select id from inbound_mail
          where message_id = $3 and id <> $1 and state = 'filed' and left(identity, 64) <> $4
          order by received_at limit 1) as "sameIdAs",
         exists (select from outgoing_mail where message_id = $3) as sent`,
      [id, identity, parsed.messageId, parsed.identity],
    );
    const marked = parsed.letterMark !== null && this.bounceAddresses.openToken(parsed.letterMark) !== null;
    return {
      original: found?.original ?? null,
      sameIdAs: found?.sameIdAs ?? null,
      isOwnLetter: marked || found?.sent === true,
    };
  }

  /** The letter that this mail is about, proven by our bounce address, or for a bounce by a stored Message-ID. */
  private async letterOf(tx: Transaction, { envelopeTo }: Claimed, parsed: ParsedMail): Promise<OutgoingLetter | null> {
    const addresses = [...envelopeTo, ...parsed.deliveredTo, ...parsed.to.map(({ email }) => email)];
    const [number] = addresses.flatMap((address) => this.bounceAddresses.open(address) ?? []);
    const ids = parsed.bounces.flatMap(({ originalMessageId }) => originalMessageId ?? []);
    if (number === undefined && ids.length === 0) return null;

    const [letter] = await tx.query<OutgoingLetter>(
      `select id, message_id as "messageId", case when copy_for is not null then array[copy_for]
         else array(select address ->> 'email' from jsonb_array_elements(recipients || cc) address) end as recipients
       from outgoing_mail where number = $1::bigint or message_id = any($2)
       order by number = $1::bigint desc nulls last, copy_for = any($3) desc nulls last, number limit 1`,
      [number ?? null, ids, parsed.bounces.flatMap(({ recipient }) => recipient?.toLowerCase() ?? [])],
    );
    return letter ?? null;
  }

  private async tell(tx: Transaction, mail: ReceivedMail, aboutLetter: OutgoingLetter | null): Promise<void> {
    if (mail.bounces.length > 0) {
      if (aboutLetter !== null) await this.markBounced(tx, aboutLetter, mail.bounces);
      const outgoing = aboutLetter === null ? null : { id: aboutLetter.id, messageId: aboutLetter.messageId };
      await this.events.publish(tx, [new MailBounced(mail, mail.bounces, outgoing)]);
      if (!this.mailLog.isFiled(tx, mail.id)) {
        const reason = outgoing === null ? 'A bounce of mail that did not leave from here; it has no effect.' : null;
        await this.close(tx, mail.id, 'bounce', reason, null);
      }
      return;
    }
    await this.events.publish(tx, [new MailReceived(mail)]);
    if (!this.mailLog.isFiled(tx, mail.id)) throw new Error('Nobody in the house took the mail.');
  }

  /** A delay is no bounce: the letter may still arrive. */
  private async markBounced(tx: Transaction, letter: OutgoingLetter, bounces: readonly Bounce[]): Promise<void> {
    const failed = bounces.find(({ status }) => status.startsWith('5.'));
    if (failed === undefined) return;
    await tx.query(
      `update outgoing_mail set state = 'bounced', bounced_at = $2, last_error = $3, next_try_at = null where id = $1`,
      [letter.id, this.now.read(), `${failed.recipient ?? 'The recipient'}: ${failed.reason}`],
    );
  }

  private async close(
    tx: Transaction,
    id: string,
    outcome: 'duplicate' | 'dropped' | 'bounce',
    reason: string | null,
    original: Original | null,
  ): Promise<void> {
    await tx.query(
      `update inbound_mail set state = 'filed', outcome = $2, reason = $3, duplicate_of = $4, ticket_number = $5, leased_until = null where id = $1`,
      [id, outcome, reason, original?.id ?? null, original?.ticket ?? null],
    );
  }

  private async quarantine(id: string, reason: string): Promise<void> {
    await this.database.query(
      `update inbound_mail set state = 'quarantined', reason = $2, leased_until = null, next_try_at = null where id = $1 and state = 'pending'`,
      [id, reason],
    );
    this.log.warn({ mail: id, reason }, 'A mail is in the quarantine.');
  }

  private async tryLater({ id, attempts }: Claimed, error: unknown): Promise<void> {
    this.log.error({ mail: id, attempts, err: error }, 'A mail could not be filed.');
    const wait = WAIT_SECONDS[attempts - 1];
    if (wait === undefined) {
      await this.quarantine(id, `It could not be filed: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const next = new Date(this.now.read().getTime() + wait * 1_000);
    await this.database.query(
      `update inbound_mail set leased_until = null, next_try_at = $2 where id = $1 and state = 'pending'`,
      [id, next],
    );
  }
}

/** The mailbox that the envelope names, else the fields. */
export function mailboxOf(
  { envelopeTo }: Pick<Claimed, 'envelopeTo'>,
  { deliveredTo, to, cc }: ParsedMail,
  ours: OurAddresses,
): string | null {
  for (const address of [
    ...envelopeTo,
    ...deliveredTo,
    ...to.map(({ email }) => email),
    ...cc.map(({ email }) => email),
  ]) {
    const mailbox = ours.mailboxOf(address);
    if (mailbox !== null) return mailbox;
  }
  return null;
}

/** A report that names nobody can only mean the one person the letter went to. */
function withRecipient(bounce: Bounce, letter: OutgoingLetter | null): Bounce {
  const [only, ...others] = letter?.recipients ?? [];
  return bounce.recipient === null && only !== undefined && others.length === 0
    ? { ...bounce, recipient: only }
    : bounce;
}

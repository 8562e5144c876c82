import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { storedBytes } from '../../platform/database/stored-bytes.js';
import { storableJson } from '../../platform/database/storable-json.js';
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
import { LargeMails } from './large-mails.js';
import { MailReader } from './mail-reader.js';
import { glanceAt } from './reading/glance.js';
import { headerEnd } from './reading/mime.js';
import type { ParsedMail } from './reading/parse-mail.js';
import { UnreadableMail } from './reading/unreadable-mail.js';
import { SenderVerdicts } from './senders/sender-verdicts.js';

/** Longer than the longest reading (mail-reader.ts), so that nobody reads a mail that is still being read. */
const LEASE_SECONDS = 60;
/** After a failed try; then the mail waits in the quarantine for a person. */
const WAIT_SECONDS = [2, 15, 60, 300, 1_800];
const MOST_ATTEMPTS = WAIT_SECONDS.length + 1;
/** Claimed at a time, and filed in one transaction: what they have in common is then done once. */
const BATCH = 8;
/** Batches under way at a time: while one is read, another is filed. */
const LANES = 3;
/** Larger ones are fetched when their turn has come, one at a time. */
const AT_ONCE = 250_000;

interface Claimed {
  readonly id: string;
  readonly number: string;
  readonly attempts: number;
  readonly receivedAt: Date;
  readonly channel: MailChannel;
  readonly envelopeFrom: string | null;
  readonly envelopeTo: string[];
  readonly raw: Buffer | null;
  readonly clientAddress: string | null;
  readonly clientName: string | null;
}

/** A mail that has been read, and is to be filed. */
interface Read {
  readonly claimed: Claimed;
  readonly parsed: ParsedMail;
  readonly ours: OurAddresses;
  readonly mailbox: string | null;
  readonly authentication: Authentication;
  /** Of two mails with the same one, the second is a duplicate. */
  readonly identity: string;
}

/** What the rows say of a mail that has been read. */
interface Before {
  readonly id: string;
  readonly original: Original | null;
  readonly sameIdAs: string | null;
  readonly sent: boolean;
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
 * Reads what was accepted: takes mails apart in threads, then, in one transaction, checks whether they have been here before and tells the
 * house. A mail that cannot be read goes to the quarantine with its reason, and one that cannot be filed is in nobody's way.
 */
@Injectable()
export class ReadMailJob implements Job {
  readonly name = READ_MAIL;
  readonly concurrency = LANES;
  private readonly log: Log;

  constructor(
    private readonly database: Database,
    private readonly reader: MailReader,
    private readonly largeMails: LargeMails,
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

  /** Whichever mail rang: all that wait are read. */
  async run(): Promise<void> {
    await this.lane();
  }

  async sweep(): Promise<number> {
    const handled = await Promise.all(Array.from({ length: LANES }, () => this.lane()));
    return handled.reduce((sum, count) => sum + count, 0);
  }

  /** Batch after batch, until nothing is left that nobody else is at. */
  private async lane(): Promise<number> {
    let handled = 0;
    for (;;) {
      const batch = await this.claim();
      if (batch.length === 0) return handled;
      await this.readAndFile(batch);
      handled += batch.length;
    }
  }

  /** Of mails with the same bytes the one that came first is read first: the others are its duplicates. */
  private async claim(): Promise<Claimed[]> {
    const now = this.now.read();
    const claimed = await this.database.query<Claimed>(
      `update inbound_mail set leased_until = $2, attempts = attempts + 1
       where id in (
         select id from inbound_mail
         where state = 'pending' and (next_try_at is null or next_try_at <= $1) and (leased_until is null or leased_until <= $1)
           and not exists (
             select from inbound_mail as earlier
             where earlier.sha256 = inbound_mail.sha256 and earlier.state = 'pending' and earlier.number < inbound_mail.number)
         order by received_at limit ${BATCH} for update skip locked)
       returning id, number, attempts, received_at as "receivedAt", channel, envelope_from as "envelopeFrom", envelope_to as "envelopeTo",
         client_address as "clientAddress", client_name as "clientName", case when size <= ${AT_ONCE} then raw end as raw`,
      [now, new Date(now.getTime() + LEASE_SECONDS * 1_000)],
    );
    return claimed.sort(
      (a, b) => a.receivedAt.getTime() - b.receivedAt.getTime() || Number(BigInt(a.number) - BigInt(b.number)),
    );
  }

  private async readAndFile(batch: readonly Claimed[]): Promise<void> {
    const small = batch.filter(({ raw }) => raw !== null);
    const read = await Promise.all(small.map((claimed) => this.read(claimed)));
    for (const together of strangers(read.filter((mail) => mail !== null))) await this.file(together);
    for (const claimed of batch.filter(({ raw }) => raw === null)) {
      await this.largeMails.read(async () => {
        const mail = await this.read(claimed);
        if (mail !== null) await this.file([mail]);
      });
    }
  }

  /** Null where it could not be read, which is noted with the mail. */
  private async read(claimed: Claimed): Promise<Read | null> {
    if (claimed.attempts > MOST_ATTEMPTS) {
      await this.quarantine(claimed.id, `Whoever read it stopped before it was done, ${MOST_ATTEMPTS} times.`);
      return null;
    }
    let raw = claimed.raw;
    try {
      raw ??= await this.rawOf(claimed.id);
      const ours = await this.mailboxes.ours();
      const parsed = await this.reader.read(raw, claimed, { addresses: ours.addresses, domains: ours.domains });
      const mailbox = mailboxOf(claimed, parsed, ours);
      const box = ours.named(mailbox);
      const authentication = await this.senders.of({ ...claimed, raw }, parsed.from?.email ?? null, box);
      return { claimed, parsed, ours, mailbox, authentication, identity: `${parsed.identity} ${mailbox ?? ''}` };
    } catch (error) {
      if (error instanceof UnreadableMail) await this.quarantine(claimed.id, error.message, raw);
      else await this.tryLater(claimed, error);
      return null;
    }
  }

  /** All of them in one transaction; where that fails, each in its own, so that only the one that cannot be filed waits. */
  private async file(mails: readonly Read[]): Promise<void> {
    try {
      await this.database.transaction((tx) => this.fileIn(tx, mails), { leavesSettings: true });
    } catch (error) {
      const [only, ...others] = mails;
      if (only !== undefined && others.length === 0) {
        await this.tryLater(only.claimed, error);
        return;
      }
      this.log.warn({ err: error, mails: mails.length }, 'Mails could not be filed together; each is filed by itself.');
      for (const mail of mails) await this.file([mail]);
    }
  }

  private async rawOf(id: string): Promise<Buffer> {
    const raw = await storedBytes(this.database, { table: 'inbound_mail', column: 'raw', where: 'id = $1' }, id);
    if (raw === null) throw new Error(`Mail ${id} is gone while it is being read.`);
    return raw;
  }

  /** Either each mail has its effect and its outcome, or none has. */
  private async fileIn(tx: Transaction, all: readonly Read[]): Promise<void> {
    // Two equal mails at the same moment: the second waits here and then finds the first.
    await tx.lock(...all.map(({ identity }) => `mail ${identity}`));
    const pending = await tx.query<{ id: string }>(
      `select id from inbound_mail where id = any($1) and state = 'pending' order by id for update`,
      [all.map(({ claimed }) => claimed.id)],
    );
    const mails = all.filter(({ claimed }) => pending.some(({ id }) => id === claimed.id));
    if (mails.length === 0) return;

    const before = await this.before(tx, mails);
    const described: (Before & { mail: ReceivedMail; identity: string; letter: OutgoingLetter | null })[] = [];
    for (const read of mails) {
      const found = before.find(({ id }) => id === read.claimed.id);
      if (found === undefined) throw new Error(`Mail ${read.claimed.id} is gone while it is being filed.`);
      const files = await this.keepFiles(tx, read.parsed);
      const letter = await this.letterOf(tx, read.claimed, read.parsed);
      const mail = describe(read, { files, letter, sameIdAs: found.sameIdAs });
      described.push({ ...found, sent: found.sent || this.bearsOurMark(read), mail, identity: read.identity, letter });
    }
    await this.note(tx, described);

    const received: ReceivedMail[] = [];
    for (const { mail, original, sent, letter } of described) {
      if (original !== null) await this.close(tx, mail.id, 'duplicate', 'The same mail came before.', original);
      else if (sent) await this.close(tx, mail.id, 'dropped', 'It is a letter of our own that came back.', null);
      else if (mail.bounces.length > 0) await this.tellOfBounces(tx, mail, letter);
      else received.push(mail);
    }
    if (received.length === 0) return;
    await this.events.publish(
      tx,
      received.map((mail) => new MailReceived(mail)),
    );
    if (received.some(({ id }) => !this.mailLog.isFiled(tx, id))) throw new Error('Nobody in the house took the mail.');
  }

  private async keepFiles(tx: Transaction, { files }: ParsedMail): Promise<ReceivedFile[]> {
    const kept: ReceivedFile[] = [];
    for (const { content, ...file } of files) {
      const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
      kept.push({ ...file, size: bytes.length, sha256: await this.blobs.put(tx, bytes) });
    }
    return kept;
  }

  private async note(tx: Transaction, read: readonly { mail: ReceivedMail; identity: string }[]): Promise<void> {
    await tx.query(
      `update inbound_mail set identity = read.identity, mailbox = read.mailbox, message_id = read.message_id, subject = read.subject,
         from_email = read.from_email, from_name = read.from_name, parsed = read.parsed, read_at = $1
       from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::jsonb[])
         as read (id, identity, mailbox, message_id, subject, from_email, from_name, parsed)
       where inbound_mail.id = read.id`,
      [
        this.now.read(),
        read.map(({ mail }) => mail.id),
        read.map(({ identity }) => identity),
        read.map(({ mail }) => mail.mailbox),
        read.map(({ mail }) => mail.messageId),
        read.map(({ mail }) => mail.subject),
        read.map(({ mail }) => mail.from?.email ?? null),
        read.map(({ mail }) => mail.from?.name ?? null),
        read.map(({ mail }) => storableJson(mail)),
      ],
    );
  }

  /**
   * What has been here before: the same mail, an earlier mail that claims the same Message-ID and is another one, and a letter of our own
   * that came back, told by its Message-ID.
   */
  private async before(tx: Transaction, mails: readonly Read[]): Promise<Before[]> {
    return tx.query<Before>(
      `select read.id,
         (select jsonb_build_object('id', id, 'ticket', ticket_number) from inbound_mail
          where identity = read.identity and outcome <> 'duplicate' and id <> read.id limit 1) as original,
         (select id from inbound_mail
          where message_id = read.message_id and id <> read.id and state = 'filed' and left(identity, 64) <> read.content
          order by received_at limit 1) as "sameIdAs",
         exists (select from outgoing_mail where message_id = read.message_id) as sent
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as read (id, identity, message_id, content)`,
      [
        mails.map(({ claimed }) => claimed.id),
        mails.map(({ identity }) => identity),
        mails.map(({ parsed }) => parsed.messageId),
        mails.map(({ parsed }) => parsed.identity),
      ],
    );
  }

  /** Where a server has changed the Message-ID of our letter, its mark still tells it. */
  private bearsOurMark({ parsed: { letterMark } }: Read): boolean {
    return letterMark !== null && this.bounceAddresses.openToken(letterMark) !== null;
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

  private async tellOfBounces(tx: Transaction, mail: ReceivedMail, letter: OutgoingLetter | null): Promise<void> {
    if (letter !== null) await this.markBounced(tx, letter, mail.bounces);
    const outgoing = letter === null ? null : { id: letter.id, messageId: letter.messageId };
    await this.events.publish(tx, [new MailBounced(mail, mail.bounces, outgoing)]);
    if (this.mailLog.isFiled(tx, mail.id)) return;
    const reason = outgoing === null ? 'A bounce of mail that did not leave from here; it has no effect.' : null;
    await this.close(tx, mail.id, 'bounce', reason, null);
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

  /** With what its header says, so that people know it again. */
  private async quarantine(id: string, reason: string, raw: Buffer | null = null): Promise<void> {
    const seen = raw === null ? null : glanceAt(raw.subarray(0, headerEnd(raw)));
    await this.database.query(
      `update inbound_mail set state = 'quarantined', reason = $2, leased_until = null, next_try_at = null,
         subject = coalesce($3, subject), from_email = coalesce($4, from_email), from_name = coalesce($5, from_name)
       where id = $1 and state = 'pending'`,
      [id, reason, seen?.subject ?? null, seen?.from?.email ?? null, seen?.from?.name ?? null],
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

/**
 * Mails that have nothing to do with each other may be filed together: of one sender, and of what may be the same mail, each batch has one.
 * The order in which each sender's came stays.
 */
export function strangers<
  Mail extends Pick<Read, 'identity'> & { readonly parsed: Pick<ParsedMail, 'from' | 'messageId'> },
>(mails: readonly Mail[]): Mail[][] {
  const batches: { mails: Mail[]; marks: Set<string> }[] = [];
  for (const mail of mails) {
    const { from, messageId } = mail.parsed;
    const marks = [
      `identity ${mail.identity}`,
      `id ${messageId ?? mail.identity}`,
      `from ${from?.email.toLowerCase() ?? ''}`,
    ];
    const last = batches.findLastIndex((batch) => marks.some((mark) => batch.marks.has(mark)));
    const batch = batches[last + 1] ?? { mails: [], marks: new Set() };
    if (batch.mails.length === 0) batches.push(batch);
    batch.mails.push(mail);
    for (const mark of marks) batch.marks.add(mark);
  }
  return batches.map((batch) => batch.mails);
}

function describe(
  { claimed, parsed, ours, mailbox, authentication }: Read,
  { files, letter, sameIdAs }: { files: ReceivedFile[]; letter: OutgoingLetter | null; sameIdAs: string | null },
): ReceivedMail {
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
    inReplyTo: parsed.inReplyTo.length === 0 && letter !== null ? [letter.messageId] : parsed.inReplyTo,
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
    bounces: parsed.bounces.map((bounce) => withRecipient(bounce, letter)),
    forwarded: parsed.forwarded,
    sameIdAs,
    authentication,
  };
}

/** A report that names nobody can only mean the one person the letter went to. */
function withRecipient(bounce: Bounce, letter: OutgoingLetter | null): Bounce {
  const [only, ...others] = letter?.recipients ?? [];
  return bounce.recipient === null && only !== undefined && others.length === 0
    ? { ...bounce, recipient: only }
    : bounce;
}

import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DeskStore, type Desk } from '../desk/desk.store.js';
import { storableJson } from '../platform/database/storable-json.js';
import type { Transaction } from '../platform/database/transaction.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Now } from '../platform/time/now.js';
import { readEmail } from './inbound/reading/addresses.js';
import { cleanLine } from './inbound/reading/header-text.js';
import { LetterWriter } from './letter-writer.js';
import type { Letter, LetterWords } from './letter.js';
import { domainOf, Mailboxes, type OurAddresses } from './mailboxes.js';
import { BounceAddresses } from './outbound/bounce-addresses.js';
import { DELIVER_MAIL } from './outbound/deliver-mail.js';
import type { MailAddress } from './received-mail.js';

export interface PostedLetter {
  readonly id: string;
  /** With angle brackets. */
  readonly messageId: string;
}

/** Takes letters: written out, complete and queued in the caller's transaction, sent after its commit. */
@Injectable()
export class Postman {
  constructor(
    private readonly desk: DeskStore,
    private readonly mailboxes: Mailboxes,
    private readonly writer: LetterWriter,
    private readonly bounceAddresses: BounceAddresses,
    private readonly jobs: JobQueue,
    private readonly now: Now,
  ) {}

  async post(tx: Transaction, letter: Letter): Promise<PostedLetter> {
    const [posted] = await this.postAll(tx, [letter]);
    if (posted === undefined) throw new Error('PostgreSQL took a letter without giving it an id.');
    return posted;
  }

  /** The same for many at once; answers them in their order. */
  async postAll(tx: Transaction, letters: readonly Letter[]): Promise<PostedLetter[]> {
    if (letters.length === 0) return [];
    const drawn = await tx.query<{ number: string }>(
      `select nextval(pg_get_serial_sequence('outgoing_mail', 'number')) as number from generate_series(1, $1)`,
      [letters.length],
    );
    const house = { ours: await this.mailboxes.oursIn(tx), desk: await this.desk.readIn(tx) };
    const numbers = drawn.map(({ number }) => number);
    const rows = letters.map((letter, index) => this.rowOf(letter, numbers[index] ?? '', house));
    const inserted = await tx.query<PostedLetter & { number: string; queued: boolean }>(
      `insert into outgoing_mail (number, message_id, sender, recipients, cc, reply_to, subject, text, html, headers, attachments, envelope_from,
         created_at, state, next_try_at, last_error, urgent, copy_for)
       overriding system value
       select number, message_id, sender, recipients, cc, reply_to, subject, text, html, headers, attachments, envelope_from,
         created_at, state, next_try_at, last_error, urgent, copy_for
       from jsonb_populate_recordset(null::outgoing_mail, $1)
       returning id, number, message_id as "messageId", state = 'queued' as queued`,
      [storableJson(rows)],
    );
    return numbers.map((number) => {
      const letter = inserted.find((row) => row.number === number);
      if (letter === undefined) throw new Error('PostgreSQL took a letter without giving it an id.');
      if (letter.queued) this.jobs.ring(tx, DELIVER_MAIL, letter.id);
      return { id: letter.id, messageId: letter.messageId };
    });
  }

  /** A letter as the outbox keeps it, written out. */
  private rowOf(letter: Letter, number: string, { ours, desk }: { ours: OurAddresses; desk: Desk }): object {
    const mailbox = ours.mailboxOf(letter.mailbox ?? '') ?? ours.addresses[0] ?? desk.supportAddress;
    const domain = domainOf(mailbox);
    const box = ours.named(mailbox);
    const to = recipients(letter.to, ours);
    const cc = recipients(letter.cc ?? [], ours).filter(({ email }) => !to.some((other) => other.email === email));
    const copyFor = letter.only === undefined ? null : readEmail(letter.only);
    const goesTo = [...to, ...cc].filter(({ email }) => copyFor === null || email === copyFor);
    const keptBack =
      letter.heldBackBecause ??
      (goesTo.length > 0 ? null : 'It names nobody outside the desk whom it could be sent to.');
    const words = this.write(letter.words, letter.language ?? desk.language);
    const createdAt = this.now.read();
    const sender = letter.senderName ?? (box !== undefined && box.name !== '' ? box.name : desk.name);
    return {
      number,
      message_id: letter.copyOf ?? newMessageId(domain),
      sender: { email: mailbox, name: cleanLine(sender, 200) },
      recipients: to,
      cc,
      reply_to: letter.replyToken === undefined ? null : mailbox.replace('@', `+${letter.replyToken}@`),
      subject: cleanLine(words.subject, 400),
      text: words.text,
      html: words.html,
      headers: this.headersOf(letter, mailbox, number),
      attachments: (letter.files ?? []).map((file) => ({ ...file, filename: cleanLine(file.filename, 200) })),
      envelope_from: box?.ownReturnPath === false ? mailbox : this.bounceAddresses.addressFor(number, domain),
      created_at: createdAt,
      state: keptBack === null ? 'queued' : 'failed',
      next_try_at: keptBack === null ? createdAt : null,
      last_error: keptBack,
      urgent: letter.urgent === true,
      copy_for: copyFor,
    };
  }

  /** Takes back letters that have become pointless; those already on their way go out. Answers the ids of those taken back. */
  async takeBack(tx: Transaction, ids: readonly string[], why: string): Promise<string[]> {
    const rows = await tx.query<{ id: string }>(
      `update outgoing_mail set state = 'failed', next_try_at = null, last_error = $2
       where id in (select id from outgoing_mail where id = any($1) and state = 'queued' and leased_until is null for update skip locked)
       returning id`,
      [ids, why],
    );
    return rows.map(({ id }) => id);
  }

  private write(words: LetterWords, language: string): { subject: string; text: string; html: string | null } {
    if (!('template' in words)) return { subject: words.subject, text: words.text, html: words.html ?? null };
    return this.writer.write(words.template, words.data, language);
  }

  /** Everything but the common fields. The letter's mark tells our own letters when they come back under another Message-ID. */
  private headersOf(
    { inReplyTo: answered, references = [], automatic, unsubscribeUrl }: Letter,
    mailbox: string,
    number: string,
  ): Record<string, string> {
    const inReplyTo = cleanLine(answered ?? '', 990);
    const thread = [...new Set([...references.map((id) => cleanLine(id, 990)), inReplyTo])].filter((id) => id !== '');
    const headers: Record<string, string> = { 'X-Punctual-Letter': this.bounceAddresses.tokenFor(number) };
    if (inReplyTo !== '') headers['In-Reply-To'] = inReplyTo;
    if (thread.length > 0) headers['References'] = shortened(thread).join(' ');
    if (automatic !== undefined) {
      headers['Auto-Submitted'] = automatic === 'reply' ? 'auto-replied' : 'auto-generated';
      headers['X-Auto-Response-Suppress'] = 'All';
      headers['X-Loop'] = mailbox;
    }
    if (unsubscribeUrl !== undefined) {
      headers['List-Unsubscribe'] = `<${cleanLine(unsubscribeUrl, 900)}>`;
      headers['List-Unsubscribe-Post'] = 'List-Unsubscribe=One-Click';
    }
    return headers;
  }
}

/** The first, which begins the conversation, and the newest (RFC 5322 §3.6.4 lets the middle go). */
function shortened(ids: readonly string[]): readonly string[] {
  return ids.length <= 30 ? ids : [...ids.slice(0, 1), ...ids.slice(-29)];
}

/** Real addresses outside the desk, each once: a letter to ourselves would come back in. */
function recipients(given: readonly MailAddress[], ours: OurAddresses): MailAddress[] {
  const found = new Map<string, MailAddress>();
  for (const { email, name } of given) {
    const address = readEmail(email);
    if (address !== null && ours.mailboxOf(address) === null && !found.has(address))
      found.set(address, { email: address, name: cleanLine(name, 200) });
  }
  return [...found.values()];
}

/** Nobody can guess it, so an answer that names it has seen the letter. */
function newMessageId(domain: string): string {
  return `<punctual.${letters(16)}.${letters(16)}@${domain}>`;
}

function letters(count: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  return Array.from(randomBytes(count), (byte) => alphabet.charAt(byte & 31)).join('');
}

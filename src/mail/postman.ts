import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DeskStore } from '../desk/desk.store.js';
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
    const ours = await this.mailboxes.oursIn(tx);
    const mailbox = await this.mailboxFor(letter, ours);
    const domain = domainOf(mailbox);
    const [numbered] = await tx.query<{ number: string }>(
      `select nextval(pg_get_serial_sequence('outgoing_mail', 'number')) as number`,
    );
    if (numbered === undefined) throw new Error('PostgreSQL gave no number for a letter.');

    const to = recipients(letter.to, ours);
    const cc = recipients(letter.cc ?? [], ours).filter(({ email }) => !to.some((other) => other.email === email));
    const copyFor = letter.only === undefined ? null : readEmail(letter.only);
    const goesTo = [...to, ...cc].filter(({ email }) => copyFor === null || email === copyFor);
    const keptBack =
      letter.heldBackBecause ??
      (goesTo.length > 0 ? null : 'It names nobody outside the desk whom it could be sent to.');
    const desk = await this.desk.readIn(tx);
    const words = this.write(letter.words, letter.language ?? desk.language);
    const messageId = letter.copyOf ?? newMessageId(domain);
    const createdAt = this.now.read();
    const box = ours.named(mailbox);
    const sender = letter.senderName ?? (box !== undefined && box.name !== '' ? box.name : desk.name);
    const [row] = await tx.query<{ id: string }>(
      `insert into outgoing_mail (number, message_id, sender, recipients, cc, reply_to, subject, text, html, headers, attachments, envelope_from,
         created_at, state, next_try_at, last_error, urgent, copy_for)
       overriding system value
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) returning id`,
      [
        numbered.number,
        messageId,
        JSON.stringify({ email: mailbox, name: cleanLine(sender, 200) }),
        JSON.stringify(to),
        JSON.stringify(cc),
        letter.replyToken === undefined ? null : mailbox.replace('@', `+${letter.replyToken}@`),
        cleanLine(words.subject, 400),
        words.text,
        words.html,
        JSON.stringify(this.headersOf(letter, mailbox, numbered.number)),
        JSON.stringify((letter.files ?? []).map((file) => ({ ...file, filename: cleanLine(file.filename, 200) }))),
        box?.ownReturnPath === false ? mailbox : this.bounceAddresses.addressFor(numbered.number, domain),
        createdAt,
        keptBack === null ? 'queued' : 'failed',
        keptBack === null ? createdAt : null,
        keptBack,
        letter.urgent === true,
        copyFor,
      ],
    );
    if (row === undefined) throw new Error('PostgreSQL took a letter without giving it an id.');
    if (keptBack === null) this.jobs.ring(tx, DELIVER_MAIL, row.id);
    return { id: row.id, messageId };
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

  private async mailboxFor({ mailbox }: Letter, ours: OurAddresses): Promise<string> {
    const known = mailbox === undefined ? null : ours.mailboxOf(mailbox);
    return known ?? ours.addresses[0] ?? (await this.desk.read()).supportAddress;
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

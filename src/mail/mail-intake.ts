import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Problem } from '../platform/problems/problem.js';
import { readAddresses, readEmail } from './inbound/reading/addresses.js';
import { glanceAt } from './inbound/reading/glance.js';
import { cleanLine } from './inbound/reading/header-text.js';
import { fieldOf, headerEnd, readMime } from './inbound/reading/mime.js';
import { UnreadableMail } from './inbound/reading/unreadable-mail.js';
import type { MailChannel } from './received-mail.js';

/** The largest mail that we take. */
export const LARGEST_MAIL = 35 * 1024 * 1024;
const MOST_RECIPIENTS = 100;

export interface AcceptedMail {
  readonly raw: Buffer;
  readonly channel: MailChannel;
  /** Null or empty for the null return path. */
  readonly envelopeFrom: string | null;
  readonly envelopeTo: readonly string[];
  /** When we became answerable for it. */
  readonly receivedAt: Date;
  /** Who handed it over by SMTP: the address, and what it called itself. */
  readonly client?: { readonly address: string; readonly name: string };
}

/** A mail of which no more than its header fields is taken. */
export interface MailTooLarge extends Omit<AcceptedMail, 'raw'> {
  readonly header: Buffer;
  readonly size: number;
  /** What happened, and where it still is. */
  readonly reason: string;
}

/**
 * The one durable store that all ways in share. Once `accept` has answered, the mail's bytes are committed, as they came; whoever
 * sent it may forget it. Reading it comes later.
 */
@Injectable()
export class MailIntake {
  constructor(
    private readonly database: Database,
    private readonly jobs: JobQueue,
  ) {}

  async accept(mail: AcceptedMail): Promise<{ id: string; sha256: string }> {
    return this.database.transaction((tx) => this.acceptIn(tx, mail));
  }

  /** The same in a transaction of somebody else's: the mail is accepted when that is committed, not before. */
  async acceptIn(
    tx: Transaction,
    { raw, channel, envelopeFrom, envelopeTo, receivedAt, client }: AcceptedMail,
  ): Promise<{ id: string; sha256: string }> {
    if (raw.length > LARGEST_MAIL)
      throw Problem.tooLarge(`A mail may have ${LARGEST_MAIL / 1024 / 1024} MB at the most.`);

    const sha256 = createHash('sha256').update(raw).digest('hex');
    const [row] = await tx.query<{ id: string }>(
      `insert into inbound_mail (sha256, raw, size, received_at, channel, envelope_from, envelope_to, client_address, client_name)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
      [
        sha256,
        raw,
        raw.length,
        receivedAt,
        channel,
        senderOf(envelopeFrom),
        envelopeTo.slice(0, MOST_RECIPIENTS).map(addressOf),
        client?.address ?? null,
        client === undefined ? null : cleanLine(client.name, 255),
      ],
    );
    if (row === undefined) throw new Error('PostgreSQL took a mail without giving it an id.');
    this.jobs.ring(tx, READ_MAIL, row.id);
    return { id: row.id, sha256 };
  }

  /** Notes a mail that is larger than what we take, in the quarantine, with its header: nobody's mail vanishes without a word. */
  async noteTooLarge(
    tx: Transaction,
    { header, size, reason, channel, envelopeFrom, envelopeTo, receivedAt }: MailTooLarge,
  ): Promise<void> {
    const { subject, from } = glanceAt(header);
    await tx.query(
      `insert into inbound_mail (sha256, raw, size, received_at, channel, envelope_from, envelope_to, incomplete, state, reason,
         subject, from_email, from_name)
       values ($1, $2, $3, $4, $5, $6, $7, true, 'quarantined', $8, $9, $10, $11)`,
      [
        ...[
          createHash('sha256').update(header).digest('hex'),
          header,
          Math.min(size, 2 ** 31 - 1),
          receivedAt,
          channel,
        ],
        ...[senderOf(envelopeFrom), envelopeTo.map(addressOf), reason],
        ...[subject, from?.email ?? null, from?.name ?? null],
      ],
    );
  }
}

/** Name of the job that reads what was accepted. */
export const READ_MAIL = 'read-mail';

/** The envelope's sender where nobody tells it: what the last server noted in Return-Path, else the writer. */
export function returnPathOf(raw: Buffer): string | null {
  try {
    const header = readMime(raw.subarray(0, headerEnd(raw)));
    const path = fieldOf(header, 'return-path');
    return path === null ? (readAddresses(fieldOf(header, 'from'))[0]?.email ?? null) : readEmail(path);
  } catch (error) {
    // Such a mail goes to the quarantine when it is read; its sender is the least of its faults.
    if (error instanceof UnreadableMail) return null;
    throw error;
  }
}

function senderOf(envelopeFrom: string | null): string | null {
  const address = addressOf(envelopeFrom ?? '');
  return address === '' ? null : address;
}

function addressOf(given: string): string {
  return readEmail(given) ?? cleanLine(given, 320).replace(/^<|>$/g, '').toLowerCase();
}

import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Problem } from '../platform/problems/problem.js';
import { readAddresses, readEmail } from './inbound/reading/addresses.js';
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
    { raw, channel, envelopeFrom, envelopeTo, receivedAt }: AcceptedMail,
  ): Promise<{ id: string; sha256: string }> {
    if (raw.length > LARGEST_MAIL)
      throw Problem.tooLarge(`A mail may have ${LARGEST_MAIL / 1024 / 1024} MB at the most.`);

    const sha256 = createHash('sha256').update(raw).digest('hex');
    const [row] = await tx.query<{ id: string }>(
      `insert into inbound_mail (sha256, raw, size, received_at, channel, envelope_from, envelope_to)
       values ($1, $2, $3, $4, $5, $6, $7) returning id`,
      [
        sha256,
        raw,
        raw.length,
        receivedAt,
        channel,
        senderOf(envelopeFrom),
        envelopeTo.slice(0, MOST_RECIPIENTS).map(addressOf),
      ],
    );
    if (row === undefined) throw new Error('PostgreSQL took a mail without giving it an id.');
    this.jobs.ring(tx, READ_MAIL, row.id);
    return { id: row.id, sha256 };
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

import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import type { LetterFile } from './letter.js';
import type { MailAddress } from './received-mail.js';

export type DeliveryState = 'queued' | 'sent' | 'bounced' | 'failed';

/** How far a letter has come, as `delivery` of a message tells. */
export interface Delivery {
  readonly state: DeliveryState;
  /** Kept for reading only: the desk has no relay. */
  readonly captured: boolean;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly nextTryAt: Date | null;
  readonly sentAt: Date | null;
  readonly bouncedAt: Date | null;
}

/** A letter in a list. */
export interface OutgoingLetter extends Delivery {
  readonly id: string;
  readonly messageId: string;
  readonly sender: MailAddress;
  readonly recipients: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  /** The one of them whom this copy goes to; null: everybody. */
  readonly copyFor: string | null;
  readonly subject: string;
  readonly createdAt: Date;
}

/** A letter to read. */
export interface OutgoingLetterInFull extends OutgoingLetter {
  readonly replyTo: string | null;
  readonly envelopeFrom: string;
  readonly text: string;
  readonly html: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly files: readonly LetterFile[];
}

/** Letters that are late: how many, a thousand at the most, and since when the oldest of them waits. */
export interface Late {
  readonly letters: number;
  readonly since: Date;
}

const MOST_LATE = 1_000;
const DELIVERY = `state, captured, attempts, last_error as "lastError", next_try_at as "nextTryAt", sent_at as "sentAt", bounced_at as "bouncedAt"`;
const LETTER = `id, message_id as "messageId", sender, recipients, cc, copy_for as "copyFor", subject, created_at as "createdAt", ${DELIVERY}`;

/** What the desk has sent and is about to send. */
@Injectable()
export class Outbox {
  constructor(private readonly database: Database) {}

  /** The newest first, page by page. */
  async list({ limit = 50, cursor, state }: { limit?: number; cursor?: string; state?: DeliveryState } = {}): Promise<{
    items: OutgoingLetter[];
    nextCursor: string | null;
  }> {
    const after = cursor === undefined ? null : readCursor(cursor);
    const rows = await this.database.query<OutgoingLetter & { number: string }>(
      `select ${LETTER}, number from outgoing_mail
       where ($1::text is null or state = $1) and ($2::timestamptz is null or (created_at, number) < ($2, $3::bigint))
       order by created_at desc, number desc limit $4`,
      [state ?? null, after?.at ?? null, after?.number ?? null, limit + 1],
    );
    const last = rows[limit - 1];
    const nextCursor =
      rows.length > limit && last !== undefined
        ? Buffer.from(`${last.createdAt.toISOString()} ${last.number}`).toString('base64url')
        : null;
    return { items: rows.slice(0, limit).map(({ number: _, ...letter }) => letter), nextCursor };
  }

  async find(id: string): Promise<OutgoingLetterInFull | null> {
    if (!IS_ID.test(id)) return null;
    const [row] = await this.database.query<OutgoingLetterInFull>(
      `select ${LETTER}, reply_to as "replyTo", envelope_from as "envelopeFrom", text, html, headers, attachments as files from outgoing_mail where id = $1`,
      [id],
    );
    return row ?? null;
  }

  /** How far each of these letters has come. */
  async deliveries(ids: readonly string[]): Promise<Map<string, Delivery>> {
    const rows = await this.database.query<Delivery & { id: string }>(
      `select id, ${DELIVERY} from outgoing_mail where id = any($1)`,
      [ids],
    );
    return new Map(rows.map(({ id, ...delivery }) => [id, delivery]));
  }

  /** Letters that should have left: those whose turn came before `turn` and nobody took them, and those older than `age` that the relay does not take. */
  async late(tx: Transaction, turn: Date, age: Date): Promise<{ untouched: Late | null; atTheRelay: Late | null }> {
    const asked = async (which: string, before: Date): Promise<Late | null> => {
      const [row] = await tx.query<{ letters: number; since: Date | null }>(
        `select count(*)::integer as letters, min(created_at) as since from (
           select created_at from outgoing_mail where state = 'queued' and ${which} limit ${MOST_LATE}) as late`,
        [before],
      );
      return row === undefined || row.since === null ? null : { letters: row.letters, since: row.since };
    };
    return {
      untouched: await asked(`next_try_at < $1 and (leased_until is null or leased_until < $1)`, turn),
      atTheRelay: await asked(`waits_for_relay and created_at < $1`, age),
    };
  }

  /** The first of these Message-IDs that a letter of ours has, by its first copy: evidence that the writer has seen it. */
  async firstKnown(tx: Transaction, messageIds: readonly string[]): Promise<{ id: string; messageId: string } | null> {
    if (messageIds.length === 0) return null;
    const [row] = await tx.query<{ id: string; messageId: string }>(
      `select id, message_id as "messageId" from outgoing_mail where message_id = any($1) order by array_position($1, message_id), number limit 1`,
      [messageIds],
    );
    return row ?? null;
  }
}

const IS_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function readCursor(cursor: string): { at: Date; number: string } {
  const [given = '', number = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  const at = new Date(given);
  if (Number.isNaN(at.getTime()) || !/^\d{1,18}$/.test(number))
    throw Problem.malformed('The cursor is not one that this list gave.');
  return { at, number };
}

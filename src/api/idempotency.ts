import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Now } from '../platform/time/now.js';
import { Answer, type ApiRequest } from './exchange.js';

const REMEMBERED_MS = 24 * 60 * 60 * 1000;

/** Headers besides Idempotency-Key that are part of what is asked. */
const MEANINGFUL_HEADERS = ['x-envelope-from', 'x-envelope-to'];

interface FirstAnswer {
  readonly fingerprint: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

/**
 * A POST that is sent again because its answer was lost must not be done twice. The key and the answer are rows of the very
 * transaction that does the work: either all of it is there, or nothing, and then trying again does it. What was refused has
 * changed nothing, so it is not remembered.
 */
@Injectable()
export class Idempotency implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly now: Now,
  ) {}

  /** Does `work` in a transaction, once for each key; every later request with the key gets the first answer. */
  async once(request: ApiRequest, work: (tx: Transaction) => Promise<Answer>): Promise<Answer> {
    const key = request.headers['idempotency-key'];
    return this.database.transaction(async (tx) =>
      typeof key === 'string' ? this.underKey(tx, key, request, work) : work(tx),
    );
  }

  /** Forgets the keys that have had their time. */
  async sweep(): Promise<number> {
    const forgotten = await this.database.query(`delete from idempotency_key where created_at <= $1 returning 1`, [
      this.expiry(),
    ]);
    return forgotten.length;
  }

  private async underKey(
    tx: Transaction,
    key: string,
    request: ApiRequest,
    work: (tx: Transaction) => Promise<Answer>,
  ): Promise<Answer> {
    const user = request.caller?.id;
    const fingerprint = fingerprintOf(request);
    await tx.query(`delete from idempotency_key where user_id = $1 and key = $2 and created_at <= $3`, [
      user,
      key,
      this.expiry(),
    ]);
    // Where the same key is under way in another transaction, this waits for its end.
    const claimed = await tx.query(
      `insert into idempotency_key (user_id, key, fingerprint, status, headers, created_at)
       values ($1, $2, $3, 0, '{}', $4) on conflict do nothing returning 1`,
      [user, key, fingerprint, this.now.read()],
    );
    if (claimed.length === 0) return this.again(tx, user, key, fingerprint);

    const answer = await work(tx);
    const body = answer.body === undefined ? null : JSON.stringify(answer.body);
    await tx.query(`update idempotency_key set status = $3, headers = $4, body = $5 where user_id = $1 and key = $2`, [
      user,
      key,
      answer.status,
      JSON.stringify(answer.headers),
      body,
    ]);
    return answer;
  }

  private async again(tx: Transaction, user: string | undefined, key: string, fingerprint: string): Promise<Answer> {
    const [first] = await tx.query<FirstAnswer>(
      `select fingerprint, status, headers, body from idempotency_key where user_id = $1 and key = $2`,
      [user, key],
    );
    if (first === undefined)
      throw Problem.conflict('The first request with this Idempotency-Key is just being forgotten. Try again.');
    if (first.fingerprint !== fingerprint) {
      throw Problem.conflict(
        'This Idempotency-Key was used for another request. Use a new one for each thing to be done.',
      );
    }
    return new Answer(first.status, first.body ?? undefined, {
      ...first.headers,
      ...(first.body === null ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      'idempotency-replayed': 'true',
    });
  }

  private expiry(): Date {
    return new Date(this.now.read().getTime() - REMEMBERED_MS);
  }
}

function fingerprintOf({ method, url, headers, body }: ApiRequest): string {
  const hash = createHash('sha256').update(`${method} ${url}\n`);
  for (const name of MEANINGFUL_HEADERS) hash.update(`${name}: ${JSON.stringify(headers[name] ?? null)}\n`);
  return hash.update(Buffer.isBuffer(body) ? body : canonical(body)).digest('hex');
}

/** The same JSON in one way of writing: the order of an object's keys has no meaning. No body at all is null. */
function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_, entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : entry,
  );
}

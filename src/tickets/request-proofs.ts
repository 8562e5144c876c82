import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { networkOf } from '../identity/network.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Signer } from '../platform/secrets/signer.js';
import { Now } from '../platform/time/now.js';

const PURPOSE = 'request-proof';
const HOUR_MS = 3_600_000;
/** Somebody may leave the form open over lunch, and over the night. */
const GOOD_FOR_MS = 24 * HOUR_MS;
/** About 16,000 tries: unfelt by one person, a few hours of a processor for a flood of a hundred thousand. */
export const PROOF_BITS = 14;
const UNPROVEN_BY_NETWORK = 20;
const UNPROVEN_IN_ALL = 100;

/**
 * Proof of work for the public form, in place of a puzzle: a browser finds a number whose hash with our task begins with zeros. Who runs
 * no scripts cannot, and is heard all the same; but of such requests only so many are taken in an hour, so that a flood is not free.
 */
@Injectable()
export class RequestProofs implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly signer: Signer,
    private readonly now: Now,
  ) {}

  /** A task for one form. */
  task(): string {
    return this.signer.token(PURPOSE, `${this.now.read().getTime()} ${randomBytes(9).toString('base64url')}`);
  }

  /** Takes note of a request; throws where there are too many without a proof. */
  async take(
    tx: Transaction,
    { task, answer, address }: { task: string; answer: string; address: string },
  ): Promise<'proven' | 'unproven'> {
    const now = this.now.read();
    const network = networkOf(address);
    if (this.isProof(task, answer, now)) {
      const [first] = await tx.query(
        `insert into request_proof (network, proof, at) values ($1, $2, $3)
         on conflict on constraint request_proof_once do nothing returning id`,
        [network, task, now],
      );
      if (first !== undefined) return 'proven';
    }
    await this.takeUnproven(tx, network, now);
    return 'unproven';
  }

  async sweep(): Promise<number> {
    const gone = await this.database.query(`delete from request_proof where at < $1 returning id`, [
      new Date(this.now.read().getTime() - GOOD_FOR_MS),
    ]);
    return gone.length;
  }

  private isProof(task: string, answer: string, now: Date): boolean {
    const payload = this.signer.open(PURPOSE, task);
    const issuedAt = Number(payload?.split(' ')[0]);
    if (payload === null || now.getTime() - issuedAt > GOOD_FOR_MS || !/^\d{1,12}$/.test(answer)) return false;

    return zerosBefore(createHash('sha256').update(`${task} ${answer}`).digest()) >= PROOF_BITS;
  }

  private async takeUnproven(tx: Transaction, network: string, now: Date): Promise<void> {
    const [row] = await tx.query<{ all: number; theirs: number }>(
      `select count(*)::integer as all, (count(*) filter (where network = $1))::integer as theirs
       from request_proof where proof is null and at > $2`,
      [network, new Date(now.getTime() - HOUR_MS)],
    );
    if ((row?.theirs ?? 0) >= UNPROVEN_BY_NETWORK || (row?.all ?? 0) >= UNPROVEN_IN_ALL) {
      throw new Problem(
        'too-many-requests',
        'Too many requests have come in without scripts in the last hour. Allow scripts for this page, write us an e-mail, or try again later.',
        [],
        HOUR_MS / 1_000,
      );
    }
    await tx.query(`insert into request_proof (network, proof, at) values ($1, null, $2)`, [network, now]);
  }
}

function zerosBefore(hash: Buffer): number {
  let zeros = 0;
  for (const byte of hash) {
    if (byte !== 0) return zeros + Math.clz32(byte) - 24;
    zeros += 8;
  }
  return zeros;
}

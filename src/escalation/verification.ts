import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Audit, theDeskItself, type AuditedBy } from '../identity/audit.js';
import { Config } from '../platform/config/config.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Signer } from '../platform/secrets/signer.js';
import { Now } from '../platform/time/now.js';
import type { MethodKind } from './methods.js';
import { destinationsOf, Responders, type Destination, type Responder } from './responders.js';

const PURPOSE = 'verify-method';
const GOOD_FOR_MS = 24 * 3_600_000;
const MOST_GUESSES = 5;
/** Of tests and codes for one method: nobody's phone is made to ring all day. */
const MOST_AN_HOUR = 10;
const HOUR_MS = 3_600_000;

export type VerificationOutcome = 'verified' | 'wrong' | 'expired';

interface Verification {
  readonly id: string;
  readonly responderId: string;
  readonly method: MethodKind;
  readonly address: string;
  readonly sentAt: Date | null;
  readonly expiresAt: Date | null;
  readonly attempts: number;
  readonly verifiedAt: Date | null;
}

const SELECT = `select id, responder_id as "responderId", method, address, sent_at as "sentAt", expires_at as "expiresAt", attempts,
  verified_at as "verifiedAt" from method_verification`;

/**
 * Proof that a responder is really reached by a method: a code and a link go out by it, and come back. It holds for that address; another
 * one must be proven anew. And the test button, which sends without asking for an answer.
 */
@Injectable()
export class MethodVerification {
  constructor(
    private readonly responders: Responders,
    private readonly signer: Signer,
    private readonly config: Config,
    private readonly audit: Audit,
    private readonly jobs: JobQueue,
    private readonly now: Now,
  ) {}

  /** Sends the code and the link. */
  async begin(tx: Transaction, responder: string, position: number): Promise<Destination> {
    const { id, destination } = await this.find(tx, responder, position);
    await this.restrain(tx, id, destination);
    const at = this.now.read();
    await tx.query(
      `insert into method_verification (responder_id, method, address, sent_at, expires_at) values ($1, $2, $3, $4, $5)
       on conflict on constraint method_verification_once do update set sent_at = $4, expires_at = $5, attempts = 0`,
      [id, destination.method, destination.address, at, new Date(at.getTime() + GOOD_FOR_MS)],
    );
    await this.send(tx, 'verification', id, responder, destination);
    return destination;
  }

  /** Sends a test. */
  async test(tx: Transaction, responder: string, position: number): Promise<Destination> {
    const { id, destination } = await this.find(tx, responder, position);
    await this.restrain(tx, id, destination);
    await this.send(tx, 'test', id, responder, destination);
    return destination;
  }

  /** Sends a test by every method of these people; answers how many went out. */
  async testAll(tx: Transaction, responders: readonly string[]): Promise<number> {
    const all = (await this.responders.list(tx)).filter(({ name }) => responders.includes(name));
    let sent = 0;
    for (const responder of all) {
      for (const destination of destinationsOf(responder)) {
        await this.restrain(tx, responder.id, destination);
        await this.send(tx, 'test', responder.id, responder.name, destination);
        sent++;
      }
    }
    return sent;
  }

  /** The code that came, entered beside the method. */
  async byCode(
    tx: Transaction,
    responder: string,
    position: number,
    code: string,
    by: AuditedBy,
  ): Promise<VerificationOutcome> {
    const { id, destination } = await this.find(tx, responder, position);
    const [verification] = await tx.query<Verification>(
      `${SELECT} where responder_id = $1 and method = $2 and address = $3 for update`,
      [id, destination.method, destination.address],
    );
    if (verification === undefined || !this.isGood(verification)) return 'expired';
    await tx.query(`update method_verification set attempts = attempts + 1 where id = $1`, [verification.id]);
    if (!equal(code.replaceAll(/\D/g, ''), this.codeOf(verification))) return 'wrong';

    await this.confirm(tx, verification, responder, by);
    return 'verified';
  }

  /** What a link is for; null where it was forged, is too old, or the method has changed since. */
  async read(
    tx: Transaction,
    token: string,
  ): Promise<{ responder: string; method: MethodKind; address: string; verified: boolean } | null> {
    const found = await this.open(tx, token);
    if (found === null) return null;
    const { verification, responder } = found;
    return {
      ...{ responder: responder.name, method: verification.method, address: verification.address },
      verified: verification.verifiedAt !== null,
    };
  }

  /** By the button on the page behind the link. */
  async byLink(tx: Transaction, token: string): Promise<VerificationOutcome> {
    const found = await this.open(tx, token);
    if (found === null) return 'expired';
    await this.confirm(tx, found.verification, found.responder.name, { name: found.responder.name });
    return 'verified';
  }

  /** Takes a method for proven without asking, where something else has proven it. */
  async trust(tx: Transaction, responder: string, by: AuditedBy = theDeskItself): Promise<void> {
    const found = (await this.responders.list(tx)).find(({ name }) => name === responder);
    for (const { method, address } of found === undefined ? [] : destinationsOf(found)) {
      await tx.query(
        `insert into method_verification (responder_id, method, address, verified_at) values ($1, $2, $3, $4)
         on conflict on constraint method_verification_once do update set verified_at = coalesce(method_verification.verified_at, $4)`,
        [found?.id, method, address, this.now.read()],
      );
      const data = { method, address };
      await this.audit.record(tx, { by, action: 'responder.method-trusted', subject: `responder ${responder}`, data });
    }
  }

  /** What is sent for a verification that is under way. */
  async proofFor(
    asked: Pick<Transaction, 'query'>,
    responder: string,
    method: MethodKind,
    address: string,
  ): Promise<{ code: string; url: string } | null> {
    const [verification] = await asked.query<Verification>(
      `${SELECT} where responder_id = $1 and method = $2 and address = $3`,
      [responder, method, address],
    );
    const sentAt = verification?.sentAt ?? null;
    if (verification === undefined || sentAt === null) return null;
    const token = this.signer.token(PURPOSE, `${verification.id} ${sentAt.getTime()}`);
    return { code: this.codeOf(verification), url: `${this.config.publicUrl}/verifications/${token}` };
  }

  private async open(
    tx: Transaction,
    token: string,
  ): Promise<{ verification: Verification; responder: Responder } | null> {
    const [id = '', sentAt] = this.signer.open(PURPOSE, token)?.split(' ') ?? [];
    const [verification] = id === '' ? [] : await tx.query<Verification>(`${SELECT} where id = $1 for update`, [id]);
    if (verification === undefined || String(verification.sentAt?.getTime()) !== sentAt) return null;
    if (verification.verifiedAt === null && !this.isGood(verification)) return null;

    const responder = await this.responders.byId(tx, verification.responderId);
    const still = responder === null ? [] : destinationsOf(responder);
    const leads = still.some(
      ({ method, address }) => method === verification.method && address === verification.address,
    );
    return responder === null || !leads ? null : { verification, responder };
  }

  private async confirm(
    tx: Transaction,
    { id, method, address }: Verification,
    name: string,
    by: AuditedBy,
  ): Promise<void> {
    const confirmed = await tx.query(
      `update method_verification set verified_at = $2 where id = $1 and verified_at is null returning id`,
      [id, this.now.read()],
    );
    if (confirmed.length === 0) return;
    const data = { method, address };
    await this.audit.record(tx, { by, action: 'responder.method-verified', subject: `responder ${name}`, data });
  }

  private isGood({ expiresAt, attempts }: Verification): boolean {
    return expiresAt !== null && expiresAt > this.now.read() && attempts < MOST_GUESSES;
  }

  private codeOf({ id, sentAt }: Verification): string {
    const number = this.signer.hmac(PURPOSE, `${id} ${sentAt?.getTime() ?? 0}`).readUInt32BE(0) % 1_000_000;
    return String(number).padStart(6, '0');
  }

  private async find(
    tx: Transaction,
    name: string,
    position: number,
  ): Promise<{ id: string; destination: Destination }> {
    const responder = (await this.responders.list(tx)).find((one) => one.name === name);
    if (responder === undefined) throw Problem.notFound(`There is no responder named ${name}.`);
    const destination = destinationsOf(responder).find((one) => one.position === position);
    if (destination === undefined) {
      throw Problem.conflict('This method leads nowhere yet: it lacks an address, a phone number or its secret.');
    }
    return { id: responder.id, destination };
  }

  private async restrain(tx: Transaction, responder: string, { method, address }: Destination): Promise<void> {
    const [sent] = await tx.query<{ count: number }>(
      `select count(*)::integer as count from notification
       where responder_id = $1 and method = $2 and address = $3 and kind in ('test', 'verification') and created_at > $4`,
      [responder, method, address, new Date(this.now.read().getTime() - HOUR_MS)],
    );
    if ((sent?.count ?? 0) >= MOST_AN_HOUR) {
      throw Problem.tooManyRequests(`${address} was tested ${MOST_AN_HOUR} times within an hour. Wait a little.`, 3600);
    }
  }

  private async send(
    tx: Transaction,
    kind: 'test' | 'verification',
    id: string,
    name: string,
    { position, method, address }: Destination,
  ): Promise<void> {
    const [row] = await tx.query<{ id: string }>(
      `insert into notification
         (kind, step, round, responder_id, responder_name, position, method, address, state, created_at, next_try_at)
       values ($1, 0, 0, $2, $3, $4, $5, $6, 'queued', $7::timestamptz, $7) returning id`,
      [kind, id, name, position, method, address, this.now.read()],
    );
    if (row !== undefined) this.jobs.ring(tx, 'send-notification', row.id);
  }
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

import { isIPv6 } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Log } from '../platform/log/logger.js';
import { Now } from '../platform/time/now.js';
import { Audit } from './audit.js';
import type { CurrentUser } from './current-user.js';
import { Passwords } from './passwords.js';
import { Sessions, type Visitor } from './sessions.js';
import { currentUserColumns } from './users.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** How many may fail within the window: for one account, and from one address, behind which a whole office may sit. */
const WINDOW_MS = 15 * MINUTE_MS;
const FAILURES_PER_ACCOUNT = 10;
const FAILURES_PER_ADDRESS = 40;
/** An address from which this account was signed in so lately is not locked out by what others try elsewhere. */
const FAMILIAR_MS = 30 * DAY_MS;
const FORGOTTEN_MS = 60 * DAY_MS;

export interface SignInForm extends Visitor {
  readonly email: string;
  readonly password: string;
  /** The session cookie that the browser sent, if any; it is ended, so that nobody can have planted it. */
  readonly previousToken?: string;
}

export type SignInOutcome =
  | { readonly outcome: 'signed-in'; readonly user: CurrentUser; readonly token: string; readonly expiresAt: Date }
  /** No such account, disabled, no password, or the wrong one: nobody is told which. */
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'too-many'; readonly retryAfterSeconds: number };

/**
 * Coming in with a password. An attempt is written down and counted before the password is looked at, in a transaction
 * of its own, so that many guesses at once do not slip through together.
 */
@Injectable()
export class SignIn {
  constructor(
    private readonly database: Database,
    private readonly passwords: Passwords,
    private readonly sessions: Sessions,
    private readonly audit: Audit,
    private readonly now: Now,
    private readonly log: Log,
  ) {}

  async attempt(form: SignInForm): Promise<SignInOutcome> {
    const email = form.email.trim().toLowerCase().slice(0, 320);
    const address = networkOf(form.address);
    const attempt = await this.database.transaction((tx) => this.admit(tx, email, address));
    if ('retryAfterSeconds' in attempt) {
      this.log.warn({ address }, 'Too many failed sign-ins.');
      return { outcome: 'too-many', retryAfterSeconds: attempt.retryAfterSeconds };
    }

    const account = await this.accountOf(email);
    const right = await this.passwords.match(account?.passwordHash ?? null, form.password);
    if (account === null || !right) return { outcome: 'refused' };
    return this.letIn(attempt.id, account.user, form);
  }

  /** Deletes attempts that count for nothing any more; answers how many. */
  async forgetOld(tx: Transaction): Promise<number> {
    const old = new Date(this.now.read().getTime() - FORGOTTEN_MS);
    return (await tx.query(`delete from sign_in_attempt where at < $1 returning id`, [old])).length;
  }

  /** Writes the attempt down as failed, unless there were too many before it. */
  private async admit(
    tx: Transaction,
    email: string,
    address: string,
  ): Promise<{ id: string } | { retryAfterSeconds: number }> {
    const now = this.now.read();
    const since = new Date(now.getTime() - WINDOW_MS);
    // One after the other, always in the same order: by account, then by address.
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('sign-in account ' || $1, 0))`, [email]);
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('sign-in address ' || $1, 0))`, [address]);

    const [familiar] = await tx.query(
      `select id from sign_in_attempt where email = $1 and address = $2 and succeeded and at > $3 limit 1`,
      [email, address, new Date(now.getTime() - FAMILIAR_MS)],
    );
    const free = [
      await this.freeAgainAt(tx, 'email', email, familiar === undefined ? null : address, since, FAILURES_PER_ACCOUNT),
      await this.freeAgainAt(tx, 'address', address, null, since, FAILURES_PER_ADDRESS),
    ];
    const wait = Math.max(...free.map((at) => (at === null ? 0 : at.getTime() - now.getTime())));
    if (wait > 0) return { retryAfterSeconds: Math.ceil(wait / 1000) };

    const [row] = await tx.query<{ id: string }>(
      `insert into sign_in_attempt (email, address, at, succeeded) values ($1, $2, $3, false) returning id`,
      [email, address, now],
    );
    return { id: row?.id ?? '' };
  }

  /** When the limit lets the next one through, or null if it does so now. Failures before the last success are void. */
  private async freeAgainAt(
    tx: Transaction,
    column: 'email' | 'address',
    value: string,
    onlyFrom: string | null,
    since: Date,
    limit: number,
  ): Promise<Date | null> {
    const cleared = column === 'email' ? `and a.id > coalesce((${LAST_SUCCESS}), 0)` : '';
    const [oldest] = await tx.query<{ at: Date }>(
      `select a.at from sign_in_attempt a
       where a.${column} = $1 and not a.succeeded and a.at > $2 and ($3::text is null or a.address = $3) ${cleared}
       order by a.at desc, a.id desc offset $4 limit 1`,
      [value, since, onlyFrom, limit - 1],
    );
    return oldest === undefined ? null : new Date(oldest.at.getTime() + WINDOW_MS);
  }

  private async accountOf(email: string): Promise<{ user: CurrentUser; passwordHash: string | null } | null> {
    const [row] = await this.database.query<CurrentUser & { passwordHash: string | null }>(
      `select ${currentUserColumns}, u.password_hash as "passwordHash" from app_user u
       where u.email = $1 and u.disabled_at is null and not u.service`,
      [email],
    );
    if (row === undefined) return null;

    const { passwordHash, ...user } = row;
    return { user, passwordHash };
  }

  private async letIn(attempt: string, user: CurrentUser, form: SignInForm): Promise<SignInOutcome> {
    return this.database.transaction(async (tx) => {
      await tx.query(`update sign_in_attempt set succeeded = true where id = $1`, [attempt]);
      if (form.previousToken !== undefined) await this.sessions.end(tx, form.previousToken);
      const { token, expiresAt } = await this.sessions.start(tx, user.id, form);
      await this.audit.record(tx, {
        by: user,
        action: 'session.started',
        subject: `user ${user.email}`,
        data: { address: form.address },
      });
      return { outcome: 'signed-in', user, token, expiresAt };
    });
  }
}

const LAST_SUCCESS = `select max(s.id) from sign_in_attempt s where s.email = $1 and s.succeeded and s.at > $2`;

/** What counts as one address: with IPv6 a customer gets a whole /64 and could change within it at will. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;

  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const all = tail === undefined ? groups : [...groups, ...zeros(8 - groups.length - after.length), ...after];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

function zeros(count: number): string[] {
  return Array.from({ length: Math.max(0, count) }, () => '0');
}

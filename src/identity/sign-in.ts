import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Log } from '../platform/log/logger.js';
import { Now } from '../platform/time/now.js';
import { Audit } from './audit.js';
import type { CurrentUser } from './current-user.js';
import { KnownDevices } from './known-devices.js';
import { networkOf } from './network.js';
import { Passwords } from './passwords.js';
import { Sessions, type Visitor } from './sessions.js';
import { currentUserColumns } from './users.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/**
 * How many may fail within the window. A device in which the account was signed in before answers for itself alone.
 * Everybody else is counted by account and address, by address, behind which a whole office may sit, and by account.
 */
const WINDOW_MS = 15 * MINUTE_MS;
const FAILURES_PER_DEVICE = 10;
const FAILURES_PER_ACCOUNT_AND_ADDRESS = 10;
const FAILURES_PER_ADDRESS = 40;
const FAILURES_PER_ACCOUNT = 50;
/** An address from which this account was signed in so lately is not locked out by what others try elsewhere. */
const FAMILIAR_MS = 30 * DAY_MS;
const FORGOTTEN_MS = 60 * DAY_MS;

export interface SignInForm extends Visitor {
  readonly email: string;
  readonly password: string;
  /** The session cookie that the browser sent, if any; it is ended, so that nobody can have planted it. */
  readonly previousToken?: string;
  /** The cookie by which a browser shows that the account was signed in there before, if it has one. */
  readonly deviceCookie?: string;
}

export type SignInOutcome =
  | {
      readonly outcome: 'signed-in';
      readonly user: CurrentUser;
      readonly token: string;
      readonly expiresAt: Date;
      /** Makes the browser a known one; it takes the place of the one it had. */
      readonly device: { readonly value: string; readonly expiresAt: Date };
    }
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
    private readonly devices: KnownDevices,
    private readonly audit: Audit,
    private readonly now: Now,
    private readonly log: Log,
  ) {}

  async attempt(form: SignInForm): Promise<SignInOutcome> {
    const attempt = await this.begin(form);
    if ('retryAfterSeconds' in attempt) return attempt;

    const account = await this.accountOf(attempt.email);
    const right = await this.passwords.match(account?.passwordHash ?? null, form.password);
    if (account === null || !right) return { outcome: 'refused' };
    return this.letIn(attempt.id, account.user, form);
  }

  /** Whether somebody who is signed in knows their password; guesses are counted as those at the door are. */
  async confirm(
    user: CurrentUser,
    form: Omit<SignInForm, 'email'>,
  ): Promise<'right' | Exclude<SignInOutcome, { outcome: 'signed-in' }>> {
    const attempt = await this.begin({ ...form, email: user.email });
    if ('retryAfterSeconds' in attempt) return attempt;

    const account = await this.accountOf(user.email);
    if (!(await this.passwords.match(account?.passwordHash ?? null, form.password))) return { outcome: 'refused' };
    await this.database.query(`update sign_in_attempt set succeeded = true where id = $1`, [attempt.id]);
    return 'right';
  }

  /** Deletes attempts that count for nothing any more; answers how many. */
  async forgetOld(tx: Transaction): Promise<number> {
    const old = new Date(this.now.read().getTime() - FORGOTTEN_MS);
    return (await tx.query(`delete from sign_in_attempt where at < $1 returning id`, [old])).length;
  }

  private async begin(
    form: SignInForm,
  ): Promise<{ id: string; email: string } | { outcome: 'too-many'; retryAfterSeconds: number }> {
    const email = form.email.trim().toLowerCase().slice(0, 320);
    const address = networkOf(form.address);
    const device = this.devices.deviceOf(form.deviceCookie, email);
    const attempt = await this.database.transaction((tx) => this.admit(tx, { email, address, device }));
    if ('id' in attempt) return { ...attempt, email };

    this.log.warn({ address }, 'Too many failed sign-ins.');
    return { outcome: 'too-many', retryAfterSeconds: attempt.retryAfterSeconds };
  }

  /** Writes the attempt down as failed, unless there were too many before it. */
  private async admit(tx: Transaction, from: Door): Promise<{ id: string } | { retryAfterSeconds: number }> {
    const now = this.now.read();
    const { email, address, device } = from;
    // One after the other, always in the same order: by account, then by address.
    await tx.lock(`sign-in account ${email}`, `sign-in address ${address}`);

    const since = new Date(now.getTime() - WINDOW_MS);
    const free: (Date | null)[] = [];
    for (const limit of await this.limitsFor(tx, from, now)) free.push(await this.freeAgainAt(tx, limit, since));
    const wait = Math.max(...free.map((at) => (at === null ? 0 : at.getTime() - now.getTime())));
    if (wait > 0) return { retryAfterSeconds: Math.ceil(wait / 1000) };

    const [row] = await tx.query<{ id: string }>(
      `insert into sign_in_attempt (email, address, at, succeeded, device) values ($1, $2, $3, false, $4) returning id`,
      [email, address, now, device],
    );
    return { id: row?.id ?? '' };
  }

  private async limitsFor(tx: Transaction, { email, address, device }: Door, now: Date): Promise<Limit[]> {
    if (device !== null) return [{ counted: { email, device }, most: FAILURES_PER_DEVICE, forgives: true }];

    const [familiar] = await tx.query(
      `select id from sign_in_attempt where email = $1 and address = $2 and succeeded and at > $3 limit 1`,
      [email, address, new Date(now.getTime() - FAMILIAR_MS)],
    );
    return [
      { counted: { email, address }, most: FAILURES_PER_ACCOUNT_AND_ADDRESS, forgives: true },
      { counted: { address }, most: FAILURES_PER_ADDRESS, forgives: false },
      ...(familiar === undefined ? [{ counted: { email }, most: FAILURES_PER_ACCOUNT, forgives: false }] : []),
    ];
  }

  /** When the limit lets the next one through, or null if it does so now. */
  private async freeAgainAt(tx: Transaction, { counted, most, forgives }: Limit, since: Date): Promise<Date | null> {
    const columns = Object.keys(counted).map((column, index) => `${column} = $${index + 4}`);
    const strange = counted.device === undefined ? ['device is null'] : [];
    const [oldest] = await tx.query<{ at: Date }>(
      `with attempt as (
         select id, at, succeeded from sign_in_attempt where ${[...columns, ...strange, 'at > $1'].join(' and ')})
       select at from attempt where not succeeded
         and (not $2::boolean or id > coalesce((select max(id) from attempt where succeeded), 0))
       order by at desc, id desc offset $3 limit 1`,
      [since, forgives, most - 1, ...Object.values(counted)],
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
      const device = this.devices.cookieFor(user.email, this.now.read());
      return { outcome: 'signed-in', user, token, expiresAt, device };
    });
  }
}

/** Where an attempt comes from. */
interface Door {
  readonly email: string;
  /** Of the network. */
  readonly address: string;
  /** Of a known device of this account. */
  readonly device: string | null;
}

interface Limit {
  /** Which attempts count; those of known devices only where a device is named. */
  readonly counted: { readonly email?: string; readonly address?: string; readonly device?: string };
  readonly most: number;
  /** Whether failures before the last success among those counted are void. */
  readonly forgives: boolean;
}

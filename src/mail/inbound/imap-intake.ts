import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { Log } from '../../platform/log/logger.js';
import { Now } from '../../platform/time/now.js';
import { ACCOUNT_COLUMNS, ImapAccounts, type ImapAccount } from '../imap-accounts.js';
import { MailIntake } from '../mail-intake.js';
import { ImapSession, inWords, type Credentials, type Surroundings } from './imap-session.js';
import { accessToken } from './oauth-token.js';

/** How often accounts are looked for that nobody holds, and what this process holds is renewed. */
const LOOK_EVERY_MS = 5_000;
/** A process that died lets go of its accounts after this. */
const LEASE_SECONDS = 60;
/** After each failed connection; the last one repeats. */
const WAIT_SECONDS = [5, 15, 60, 300, 900];
const JITTER = 0.2;

interface Held {
  readonly changedAt: Date;
  session: ImapSession | undefined;
  stopping: boolean;
  ended: Promise<void>;
}

/**
 * Fetches mail from the IMAP accounts. Each is held by one process at a time, by a lease in its row; the connection stays open and the
 * server says what comes (IDLE). A connection that breaks is made again, later each time.
 */
@Injectable()
export class ImapIntake implements OnApplicationShutdown {
  private readonly me = randomUUID();
  private readonly held = new Map<number, Held>();
  private readonly house: Surroundings;
  private readonly log: Log;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private lastInTurn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly accounts: ImapAccounts,
    private readonly now: Now,
    intake: MailIntake,
    log: Log,
  ) {
    this.log = log.child({ part: 'imap-intake' });
    this.house = { database, intake, now, log: this.log, inTurn: (work) => this.inTurn(work) };
  }

  /** Called by the process that has the role `mail`. */
  start(everyMs = LOOK_EVERY_MS): void {
    this.timer = setInterval(() => void this.look(), everyMs);
    this.timer.unref();
    void this.look();
  }

  /** Renews what it holds, lets go of what is not its own any more, and takes what nobody holds. */
  async look(): Promise<void> {
    this.looking ??= this.lookOnce()
      .catch((error: unknown) => {
        this.log.error({ err: error }, 'The IMAP accounts could not be looked after; tried again in a moment.');
      })
      .finally(() => {
        this.looking = undefined;
      });
    return this.looking;
  }

  /** What is being stored is stored, and the accounts are free for others. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.looking;
    for (const held of this.held.values()) end(held);
    await Promise.all([...this.held.values()].map(({ ended }) => ended));
  }

  private async lookOnce(): Promise<void> {
    const mine = new Map((await this.renew()).map(({ mailboxId, changedAt }) => [mailboxId, changedAt]));
    for (const [mailboxId, held] of this.held) {
      if (mine.get(mailboxId)?.getTime() !== held.changedAt.getTime()) end(held);
    }
    for (const account of await this.claim()) {
      if (this.held.has(account.mailboxId)) continue;
      const held: Held = {
        changedAt: account.changedAt,
        session: undefined,
        stopping: false,
        ended: Promise.resolve(),
      };
      this.held.set(account.mailboxId, held);
      held.ended = this.hold(account, held);
    }
  }

  private async renew(): Promise<{ mailboxId: number; changedAt: Date }[]> {
    return this.database.query(
      `update imap_account set leased_until = $2 where leased_by = $1 and mailbox_id = any($3)
       returning mailbox_id as "mailboxId", changed_at as "changedAt"`,
      [this.me, this.leaseEnd(), [...this.held.keys()]],
    );
  }

  private async claim(): Promise<ImapAccount[]> {
    return this.database.query<ImapAccount>(
      `update imap_account account set leased_by = $1, leased_until = $2, connected_since = null
       from mailbox where mailbox.id = account.mailbox_id and account.mailbox_id in (
         select mailbox_id from imap_account
         where sealed_secret is not null and (next_try_at is null or next_try_at <= $3) and (leased_until is null or leased_until <= $3)
         for update skip locked)
       returning ${ACCOUNT_COLUMNS}`,
      [this.me, this.leaseEnd(), this.now.read()],
    );
  }

  /** One account from the connection to its end, however it ends. */
  private async hold(account: ImapAccount, held: Held): Promise<void> {
    try {
      held.session = await ImapSession.open(account, await this.credentialsOf(account), this.house);
      await this.database.query(
        `update imap_account set connected_since = $2, last_error = null, failing_since = null, failures = 0, next_try_at = null
         where mailbox_id = $1 and leased_by = $3`,
        [account.mailboxId, this.now.read(), this.me],
      );
      if (held.stopping) held.session.stop();
      await held.session.take();
      await this.letGo(account);
    } catch (error) {
      await this.failed(account, error);
    } finally {
      this.held.delete(account.mailboxId);
    }
  }

  private async credentialsOf(account: ImapAccount): Promise<Credentials> {
    const secret = this.accounts.secretOf(account);
    if (secret === null)
      throw new Error('What is kept of the password was encrypted by another SECRET_KEY. Give the password again.');
    if (account.oauth === null) {
      if (secret.password === undefined) throw new Error('The account has no password yet.');
      return { pass: secret.password };
    }
    const token = await accessToken(account.oauth, secret);
    if (token.refreshToken !== null) await this.accounts.renewRefreshToken(account, token.refreshToken);
    return { accessToken: token.accessToken };
  }

  private async letGo({ mailboxId }: ImapAccount): Promise<void> {
    await this.quietly(
      'update imap_account set leased_by = null, leased_until = null, connected_since = null where mailbox_id = $1 and leased_by = $2',
      [mailboxId, this.me],
    );
  }

  private async failed(account: ImapAccount, error: unknown): Promise<void> {
    const { mailboxId, mailbox, host } = account;
    const at = this.now.read();
    const words = inWords(error);
    this.log.warn({ mailbox, host, err: error }, `The IMAP account of ${mailbox} is not connected: ${words}`);
    const jitter = 1 - JITTER + 2 * JITTER * Math.random();
    const waits = WAIT_SECONDS.map((seconds) => seconds * jitter);
    // Account that was changed meanwhile is tried at once, as it now is.
    await this.quietly(
      `update imap_account set leased_by = null, leased_until = null, connected_since = null,
         last_error = $4, failing_since = coalesce(failing_since, $3), failures = failures + 1,
         next_try_at = case when changed_at = $7 then $3 + make_interval(secs => ($5::float8[])[least(failures + 1, $6)]) end
       where mailbox_id = $1 and leased_by = $2`,
      [mailboxId, this.me, at, words, waits, waits.length, account.changedAt],
    );
  }

  /** If the database is away, the lease runs out by itself. */
  private async quietly(sql: string, parameters: readonly unknown[]): Promise<void> {
    try {
      await this.database.query(sql, parameters);
    } catch (error) {
      this.log.warn({ err: error }, 'An IMAP account could not be let go; its lease runs out.');
    }
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.lastInTurn.then(work);
    this.lastInTurn = mine.catch(() => undefined);
    return mine;
  }

  private leaseEnd(): Date {
    return new Date(this.now.read().getTime() + LEASE_SECONDS * 1_000);
  }
}

function end(held: Held): void {
  held.stopping = true;
  held.session?.stop();
}

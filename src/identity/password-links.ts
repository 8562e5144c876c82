import { Injectable } from '@nestjs/common';
import { DeskStore } from '../desk/desk.store.js';
import { Postman } from '../mail/postman.js';
import { Config } from '../platform/config/config.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Log } from '../platform/log/logger.js';
import { Problem } from '../platform/problems/problem.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Now } from '../platform/time/now.js';
import { ANSWER_PASSWORD_REQUEST } from './answer-password-request.js';
import { Audit, type AuditedBy } from './audit.js';
import { networkOf } from './network.js';
import type { PasswordLinkRow } from './password-link.entity.js';
import { digestOf, newSecret } from './secret-token.js';
import { currentUserColumns, Users } from './users.js';
import type { CurrentUser } from './current-user.js';

const HOUR_MS = 3_600_000;
const GOOD_FOR_MS = { invitation: 7 * 24 * HOUR_MS, forgotten: HOUR_MS };
/** Within an hour: letters to one account, and questions from one address, behind which a whole office may sit. */
const LETTERS_AN_HOUR = 3;
const QUESTIONS_AN_HOUR = 20;

type Purpose = PasswordLinkRow['purpose'];

export type AskOutcome =
  { readonly outcome: 'taken' } | { readonly outcome: 'too-many'; readonly retryAfterSeconds: number };

/** Whom a link lets choose a password, and why they were sent one. */
export interface OpenLink {
  readonly user: CurrentUser;
  readonly purpose: Purpose;
}

/** How people come by a password: by a link in a letter that works once. */
@Injectable()
export class PasswordLinks {
  private readonly log: Log;

  constructor(
    private readonly database: Database,
    private readonly users: Users,
    private readonly desk: DeskStore,
    private readonly postman: Postman,
    private readonly config: Config,
    private readonly audit: Audit,
    private readonly jobs: JobQueue,
    private readonly now: Now,
    log: Log,
  ) {
    this.log = log.child({ part: 'password-links' });
  }

  /** Sends an enabled user an invitation to choose a password. An invitation sent before becomes void. */
  async invite(tx: Transaction, email: string, by: AuditedBy): Promise<void> {
    const user = await this.enabled(tx, email);
    if (user === null) throw Problem.notFound(`There is no enabled user ${email}.`);

    await tx.query(`delete from password_link where user_id = $1 and purpose = 'invitation'`, [user.id]);
    await this.send(tx, user, 'invitation', by.name);
    await this.audit.record(tx, { by, action: 'user.invited', subject: `user ${user.email}` });
  }

  /** Somebody has forgotten a password. The answer, and the time it takes, are the same whether the account exists or not. */
  async ask({ email, address }: { email: string; address: string }): Promise<AskOutcome> {
    const network = networkOf(address);
    const now = this.now.read();
    const account = email.trim().toLowerCase().slice(0, 320);
    return this.database.transaction(async (tx) => {
      await tx.lock(`password request ${network}`);
      const [oldest] = await tx.query<{ at: Date }>(
        `select at from password_request where address = $1 and at > $2 order by at desc, id desc offset $3 limit 1`,
        [network, new Date(now.getTime() - HOUR_MS), QUESTIONS_AN_HOUR - 1],
      );
      if (oldest !== undefined) {
        this.log.warn({ address: network }, 'Too many requests for passwords.');
        const wait = oldest.at.getTime() + HOUR_MS - now.getTime();
        return { outcome: 'too-many', retryAfterSeconds: Math.max(1, Math.ceil(wait / 1000)) };
      }
      const [asked] = await tx.query<{ id: string }>(
        `insert into password_request (email, address, at) values ($1, $2, $3) returning id`,
        [account, network, now],
      );
      if (asked !== undefined) this.jobs.ring(tx, ANSWER_PASSWORD_REQUEST, asked.id);
      return { outcome: 'taken' };
    });
  }

  /** Writes the letter for a request, where there is somebody to write to. Who asks over and over gets no more than a few. */
  async answer(tx: Transaction, request: string): Promise<void> {
    const now = this.now.read();
    const [asked] = await tx.query<{ email: string }>(
      `update password_request set answered_at = $2 where id = $1 and answered_at is null returning email`,
      [request, now],
    );
    const user = asked === undefined ? null : await this.enabled(tx, asked.email);
    if (user === null) return;

    await tx.lock(`password link ${user.id}`);
    const sent = await tx.query(
      `select from password_link where user_id = $1 and purpose = 'forgotten' and created_at > $2`,
      [user.id, new Date(now.getTime() - HOUR_MS)],
    );
    if (sent.length < LETTERS_AN_HOUR) await this.send(tx, user, 'forgotten');
  }

  /** What this link is for, or null when it opens nothing (any more). Looking spends nothing. */
  async find(token: string): Promise<OpenLink | null> {
    const [row] = await this.database.query<CurrentUser & { purpose: Purpose }>(
      `select l.purpose, ${currentUserColumns} from password_link l join app_user u on u.id = l.user_id
       where l.token_hash = $1 and l.expires_at > $2 and u.disabled_at is null`,
      [digestOf(token), this.now.read()],
    );
    if (row === undefined) return null;

    const { purpose, ...user } = row;
    return { user, purpose };
  }

  /**
   * Spends the link: the password is set, every session of the user ends, and so does every other link. Of two that come at
   * once the second waits here and is refused.
   */
  async spend(tx: Transaction, token: string, password: string): Promise<CurrentUser> {
    const [link] = await tx.query<{ userId: string; purpose: Purpose }>(
      `delete from password_link where token_hash = $1 and expires_at > $2 returning user_id as "userId", purpose`,
      [digestOf(token), this.now.read()],
    );
    const [user] =
      link === undefined
        ? []
        : await tx.query<CurrentUser>(
            `select ${currentUserColumns} from app_user u where u.id = $1 and u.disabled_at is null`,
            [link.userId],
          );
    if (user === undefined) throw Problem.notFound('This link has been used already, or it is too old.');

    await this.users.setPassword(tx, user.id, password, user);
    if (link?.purpose === 'forgotten') await this.tellOfChange(tx, user);
    return user;
  }

  /** By letter, so that whoever did not do it learns of it. */
  async tellOfChange(tx: Transaction, user: CurrentUser): Promise<void> {
    const { name: deskName } = await this.desk.readIn(tx);
    await this.postman.post(tx, {
      to: [user],
      words: {
        template: 'password-changed',
        data: {
          ...{ deskName, name: user.name, email: user.email, timezone: user.timezone },
          at: this.now.read(),
          link: `${this.config.publicUrl}/forgotten-password`,
        },
      },
      automatic: 'notice',
    });
  }

  /** Deletes what opens nothing any more; answers how many. */
  async forgetExpired(tx: Transaction): Promise<number> {
    const now = this.now.read();
    const links = await tx.query(`delete from password_link where expires_at <= $1 returning 1`, [now]);
    const old = new Date(now.getTime() - 24 * HOUR_MS);
    const requests = await tx.query(
      `delete from password_request where answered_at is not null and at <= $1 returning 1`,
      [old],
    );
    return links.length + requests.length;
  }

  private async send(tx: Transaction, user: CurrentUser, purpose: Purpose, invitedBy = ''): Promise<void> {
    const token = newSecret();
    const now = this.now.read();
    const expiresAt = new Date(now.getTime() + GOOD_FOR_MS[purpose]);
    await tx.query(
      `insert into password_link (token_hash, user_id, purpose, created_at, expires_at) values ($1, $2, $3, $4, $5)`,
      [digestOf(token), user.id, purpose, now, expiresAt],
    );
    const { name: deskName } = await this.desk.readIn(tx);
    const { name, email, timezone } = user;
    const link = `${this.config.publicUrl}/password-links/${token}`;
    await this.postman.post(tx, {
      to: [user],
      words: {
        template: purpose === 'invitation' ? 'invitation' : 'forgotten-password',
        data: { deskName, name, email, timezone, expiresAt, link, ...(purpose === 'invitation' && { invitedBy }) },
      },
      automatic: 'notice',
    });
  }

  private async enabled(tx: Transaction, email: string): Promise<CurrentUser | null> {
    const [user] = await tx.query<CurrentUser>(
      `select ${currentUserColumns} from app_user u where u.email = $1 and u.disabled_at is null and not u.service`,
      [email.trim().toLowerCase()],
    );
    return user ?? null;
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';
import type { CurrentUser } from './current-user.js';
import { digestOf, newSecret } from './secret-token.js';
import { currentUserColumns } from './users.js';

const HOUR_MS = 3_600_000;
/** A browser that is not used for so long has to sign in again. */
const IDLE_MS = 12 * HOUR_MS;
/** And every browser after so long, used or not. */
const LONGEST_MS = 7 * 24 * HOUR_MS;
/** That somebody is here is written down once a minute, not at each request. */
const SEEN_EVERY_MS = 60_000;

/** Where somebody signed in from, for them to recognise in the list of their sessions. */
export interface Visitor {
  readonly address: string;
  readonly userAgent: string;
}

export interface OpenSession {
  readonly id: string;
  readonly user: CurrentUser;
}

export interface SessionInfo extends Visitor {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
}

/**
 * Who is signed in. The cookie's secret is opaque; role, and whether the user may come in at all, are read from the
 * user's row each time, so that what is taken away is away at the next request.
 */
@Injectable()
export class Sessions {
  constructor(
    private readonly database: Database,
    private readonly now: Now,
  ) {}

  /** Opens a session; the token goes into the cookie and is not kept here. */
  async start(tx: Transaction, userId: string, from: Visitor): Promise<{ token: string; expiresAt: Date }> {
    const token = newSecret();
    const now = this.now.read();
    const expiresAt = new Date(now.getTime() + LONGEST_MS);
    await tx.query(
      `insert into session (token_hash, user_id, created_at, last_seen_at, expires_at, address, user_agent)
       values ($1, $2, $3, $3, $4, $5, $6)`,
      [digestOf(token), userId, now, expiresAt, from.address, from.userAgent.slice(0, 400)],
    );
    return { token, expiresAt };
  }

  /** The session that this cookie opens, or null when it opens none (any more). */
  async find(token: string): Promise<OpenSession | null> {
    const now = this.now.read();
    const [row] = await this.database.query<CurrentUser & { sessionId: string; lastSeenAt: Date }>(
      `select s.id as "sessionId", s.last_seen_at as "lastSeenAt", ${currentUserColumns}
       from session s join app_user u on u.id = s.user_id
       where s.token_hash = $1 and s.expires_at > $2 and s.last_seen_at > $3 and u.disabled_at is null`,
      [digestOf(token), now, before(now, IDLE_MS)],
    );
    if (row === undefined) return null;

    const { sessionId, lastSeenAt, ...user } = row;
    if (now.getTime() - lastSeenAt.getTime() > SEEN_EVERY_MS) {
      await this.database.query(`update session set last_seen_at = $2 where id = $1`, [sessionId, now]);
    }
    return { id: sessionId, user };
  }

  /** Signs out: this cookie opens nothing from now on. */
  async end(tx: Transaction, token: string): Promise<void> {
    await tx.query(`delete from session where token_hash = $1`, [digestOf(token)]);
  }

  /** A user's open sessions, the one used last first. */
  async list(userId: string): Promise<SessionInfo[]> {
    const now = this.now.read();
    return this.database.query<SessionInfo>(
      `select id, address, user_agent as "userAgent", created_at as "createdAt", last_seen_at as "lastSeenAt",
         expires_at as "expiresAt"
       from session where user_id = $1 and expires_at > $2 and last_seen_at > $3 order by last_seen_at desc, id`,
      [userId, now, before(now, IDLE_MS)],
    );
  }

  /** Ends one session of this user by its id; answers whether there was one. */
  async revoke(tx: Transaction, userId: string, sessionId: string): Promise<boolean> {
    const ended = await tx.query(`delete from session where user_id = $1 and id = $2 returning id`, [
      userId,
      sessionId,
    ]);
    return ended.length > 0;
  }

  /** Ends all sessions of this user but one. */
  async revokeOthers(tx: Transaction, userId: string, keep: string): Promise<number> {
    const ended = await tx.query(`delete from session where user_id = $1 and id <> $2 returning id`, [userId, keep]);
    return ended.length;
  }

  /** Deletes what opens nothing any more; answers how many. */
  async forgetExpired(tx: Transaction): Promise<number> {
    const now = this.now.read();
    const gone = await tx.query(`delete from session where expires_at <= $1 or last_seen_at <= $2 returning id`, [
      now,
      before(now, IDLE_MS),
    ]);
    return gone.length;
  }
}

function before(instant: Date, milliseconds: number): Date {
  return new Date(instant.getTime() - milliseconds);
}

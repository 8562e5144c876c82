import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { Audit, type AuditedBy } from './audit.js';
import type { CurrentUser } from './current-user.js';
import { digestOf, newSecret } from './secret-token.js';
import { currentUserColumns } from './users.js';

/** So that scanners of repositories recognise a leaked one. */
const PREFIX = 'punctual_';
const USED_EVERY_MS = 60_000;

export interface ApiTokenInfo {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** Keys for programs. A token acts as its user, with that user's role of this moment; it is shown once. */
@Injectable()
export class ApiTokens {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly audit: Audit,
    private readonly now: Now,
  ) {}

  /** Whom this token stands for, or null. */
  async authenticate(token: string): Promise<CurrentUser | null> {
    return this.isAdminToken(token) ? this.adminProgram() : this.ownerOf(token);
  }

  /** Makes a token for a user, found by address. What is answered cannot be read again. */
  async issue(
    tx: Transaction,
    { email, name }: { email: string; name: string },
    by: AuditedBy,
  ): Promise<{ id: string; token: string }> {
    const token = `${PREFIX}${newSecret()}`;
    const [row] = await tx.query<{ id: string; email: string }>(
      `insert into api_token (user_id, name, token_hash, created_at)
       select id, $2, $3, $4 from app_user where email = $1 and disabled_at is null and not service returning id`,
      [email.trim().toLowerCase(), name.trim(), digestOf(token), this.now.read()],
    );
    if (row === undefined) throw Problem.notFound(`There is no enabled user ${email}.`);

    await this.audit.record(tx, {
      by,
      action: 'token.issued',
      subject: `user ${email}`,
      data: { token: row.id, name },
    });
    return { id: row.id, token };
  }

  /** All tokens, or those of one user; never the secrets. */
  async list(userId: string | null = null): Promise<ApiTokenInfo[]> {
    return this.database.query<ApiTokenInfo>(
      `select t.id, t.name, u.email as "user", t.created_at as "createdAt", t.last_used_at as "lastUsedAt"
       from api_token t join app_user u on u.id = t.user_id
       where $1::uuid is null or t.user_id = $1 order by t.created_at, t.id`,
      [userId],
    );
  }

  /** Takes a token back; of `owner` only, where given. */
  async revoke(tx: Transaction, id: string, by: AuditedBy, owner: string | null = null): Promise<void> {
    const [row] = await tx.query<{ name: string; email: string }>(
      `delete from api_token t using app_user u where t.id = $1 and u.id = t.user_id and ($2::uuid is null or u.id = $2)
       returning t.name, u.email`,
      [id, owner],
    );
    if (row === undefined) throw Problem.notFound('There is no such token.');

    const data = { token: id, name: row.name };
    await this.audit.record(tx, { by, action: 'token.revoked', subject: `user ${row.email}`, data });
  }

  private isAdminToken(token: string): boolean {
    const { adminApiToken } = this.config;
    if (adminApiToken === undefined) return false;
    return timingSafeEqual(Buffer.from(digestOf(token)), Buffer.from(digestOf(adminApiToken)));
  }

  /** The program that holds ADMIN_API_TOKEN acts as an account of its own, with which nobody can sign in. */
  private async adminProgram(): Promise<CurrentUser> {
    const find = (): Promise<CurrentUser[]> =>
      this.database.query<CurrentUser>(`select ${currentUserColumns} from app_user u where u.service limit 1`);
    const [known] = await find();
    if (known !== undefined) return known;

    await this.database.query(
      `insert into app_user (email, name, role, service, created_at) values ($1, 'API', 'admin', true, $2)
       on conflict (email) do nothing`,
      [`api-token@${this.config.mail.domain}`, this.now.read()],
    );
    const [made] = await find();
    if (made === undefined) throw new Error('The account of ADMIN_API_TOKEN cannot be made: its address is taken.');
    return made;
  }

  private async ownerOf(token: string): Promise<CurrentUser | null> {
    const now = this.now.read();
    const [row] = await this.database.query<CurrentUser & { tokenId: string; lastUsedAt: Date | null }>(
      `select t.id as "tokenId", t.last_used_at as "lastUsedAt", ${currentUserColumns}
       from api_token t join app_user u on u.id = t.user_id where t.token_hash = $1 and u.disabled_at is null`,
      [digestOf(token)],
    );
    if (row === undefined) return null;

    const { tokenId, lastUsedAt, ...user } = row;
    if (lastUsedAt === null || now.getTime() - lastUsedAt.getTime() > USED_EVERY_MS) {
      await this.database.query(`update api_token set last_used_at = $2 where id = $1`, [tokenId, now]);
    }
    return user;
  }
}

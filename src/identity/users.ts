import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { EMAIL_ADDRESS } from '../platform/config/email-address.js';
import { brokenConstraint, Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { Audit, type AuditedBy } from './audit.js';
import { ROLES, type CurrentUser, type Role } from './current-user.js';
import { Passwords } from './passwords.js';

/** A user as the desk file and the API say it; the e-mail address is the name. */
export interface UserEntry {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** Absent: the desk's. */
  readonly timezone?: string;
  readonly disabled?: true;
}

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly timezone?: string;
  /** Without one, nobody can sign in as this user until one is set. */
  readonly password?: string;
}

export type Saved = 'added' | 'changed' | 'unchanged';

/** SQL for a CurrentUser; `u` is app_user. */
export const currentUserColumns = `u.id, u.email, u.name, u.role, u.single_keys as "singleKeys",
  coalesce(u.timezone, (select d.timezone from desk d limit 1), 'UTC') as timezone`;

const userEntry = z.strictObject({
  email: z
    .string()
    .trim()
    .toLowerCase()
    .pipe(z.email({ pattern: EMAIL_ADDRESS, error: 'must be an e-mail address' })),
  name: z.string().trim().min(1, 'must not be empty').max(200, 'may have 200 characters at the most'),
  role: z.enum(ROLES, `must be one of ${ROLES.join(', ')}`),
  timezone: z.string().refine(isTimezone, 'must be an IANA time zone, such as Europe/Berlin').optional(),
  disabled: z.literal(true).optional(),
});

interface StoredUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly timezone: string | null;
  readonly disabled: boolean;
}

/** Who may come in. */
@Injectable()
export class Users {
  constructor(
    private readonly database: Database,
    private readonly passwords: Passwords,
    private readonly audit: Audit,
    private readonly now: Now,
  ) {}

  /** All people, in the desk file's shape. */
  async all(tx: Transaction): Promise<UserEntry[]> {
    const rows = await tx.query<StoredUser>(`${SELECT} where not service order by email collate "und-x-icu"`);
    return rows.map(toEntry);
  }

  /** One, in the desk file's shape. */
  async entry(tx: Transaction, email: string): Promise<UserEntry | null> {
    const [row] = await tx.query<StoredUser>(`${SELECT} where email = $1 and not service`, [
      email.trim().toLowerCase(),
    ]);
    return row === undefined ? null : toEntry(row);
  }

  /** Everybody's own choice; it is nobody's business, so it stands in no log. */
  async setSingleKeys(tx: Transaction, id: string, on: boolean): Promise<void> {
    await tx.query(`update app_user set single_keys = $2 where id = $1`, [id, on]);
  }

  /** Adds the user or makes the stored one equal to `entry`. Passwords are set elsewhere. */
  async save(tx: Transaction, entry: UserEntry, by: AuditedBy): Promise<Saved> {
    const wanted = checked(entry);
    // Those who stop being admins do so one after the other, so that the last two cannot leave together.
    if (wanted.role !== 'admin' || wanted.disabled === true) await tx.lock('app_user admins');
    const stored = await this.lockByEmail(tx, wanted.email);
    if (stored === null) {
      await this.insert(tx, wanted, null, by);
      return 'added';
    }
    if (sameEntry(toEntry(stored), wanted)) return 'unchanged';

    await this.change(tx, stored, wanted, by);
    return 'changed';
  }

  /** Adds a new user; answers the id. */
  async add(tx: Transaction, { password, ...user }: NewUser, by: AuditedBy): Promise<string> {
    const wanted = checked(user);
    if ((await this.lockByEmail(tx, wanted.email)) !== null) {
      const detail = `There is a user ${wanted.email} already.`;
      throw new Problem('conflict', detail, [{ field: 'email', detail }]);
    }
    return this.insert(tx, wanted, password === undefined ? null : await this.passwords.hash(password), by);
  }

  /** Removes somebody who has left no trace. Who has stays, disabled: the history names them. */
  async remove(tx: Transaction, email: string, by: AuditedBy): Promise<void> {
    await tx.lock('app_user admins');
    const stored = await this.lockByEmail(tx, email.trim().toLowerCase());
    if (stored === null) throw Problem.notFound(`There is no user ${email}.`);
    if (stored.role === 'admin' && !stored.disabled) await this.keepAnAdmin(tx, stored.id);

    try {
      await tx.query(`delete from app_user where id = $1`, [stored.id]);
    } catch (error) {
      if (brokenConstraint(error) === undefined) throw error;
      throw Problem.conflict(
        `${stored.email} has tickets or messages, so the account stays. Disable it instead: nobody can sign in with it then, and history keeps the name.`,
      );
    }
    await this.audit.record(tx, {
      by,
      action: 'user.removed',
      subject: `user ${stored.email}`,
      data: { from: toEntry(stored) },
    });
  }

  /** Sets a password and ends every session of this user but `keepSession`. */
  async setPassword(
    tx: Transaction,
    id: string,
    password: string,
    by: AuditedBy,
    keepSession: string | null = null,
  ): Promise<void> {
    const hashed = await this.passwords.hash(password);
    const [user] = await tx.query<{ email: string }>(
      `update app_user set password_hash = $2 where id = $1 and not service returning email`,
      [id, hashed],
    );
    if (user === undefined) throw Problem.notFound('There is no such user.');

    await tx.query(`delete from session where user_id = $1 and id is distinct from $2`, [id, keepSession]);
    await tx.query(`delete from password_link where user_id = $1`, [id]);
    await this.audit.record(tx, { by, action: 'user.password-set', subject: `user ${user.email}` });
  }

  /** An enabled person by address, as they are at present; programs and the disabled are nobody. */
  async byEmail(email: string, within: Pick<Transaction, 'query'> = this.database): Promise<CurrentUser | null> {
    const [user] = await within.query<CurrentUser>(
      `select ${currentUserColumns} from app_user u where u.email = $1 and u.disabled_at is null and not u.service`,
      [email.trim().toLowerCase()],
    );
    return user ?? null;
  }

  /** Enabled members of staff, for choosing an assignee. */
  async staff(): Promise<CurrentUser[]> {
    return this.database.query<CurrentUser>(
      `select ${currentUserColumns} from app_user u
       where u.role <> 'customer' and u.disabled_at is null and not u.service order by u.name collate "und-x-icu"`,
    );
  }

  private async lockByEmail(tx: Transaction, email: string): Promise<StoredUser | null> {
    // Two that save the same new address at once: the second waits here and then finds the first one's row.
    await tx.lock(`app_user ${email}`);
    const [row] = await tx.query<StoredUser & { service: boolean }>(`${SELECT} where email = $1 for update`, [email]);
    if (row?.service === true) throw Problem.conflict(`${email} is the desk's own account for API access.`);
    return row ?? null;
  }

  private async insert(tx: Transaction, user: UserEntry, passwordHash: string | null, by: AuditedBy): Promise<string> {
    const now = this.now.read();
    const [row] = await tx.query<{ id: string }>(
      `insert into app_user (email, name, role, timezone, password_hash, disabled_at, created_at)
       values ($1, $2, $3, $4, $5, $6, $7) returning id`,
      [user.email, user.name, user.role, user.timezone ?? null, passwordHash, user.disabled === true ? now : null, now],
    );
    await this.audit.record(tx, {
      by,
      action: 'user.added',
      subject: `user ${user.email}`,
      data: { name: user.name, role: user.role },
    });
    return row?.id ?? '';
  }

  private async change(tx: Transaction, stored: StoredUser, wanted: UserEntry, by: AuditedBy): Promise<void> {
    const disabled = wanted.disabled === true;
    if (stored.role === 'admin' && !stored.disabled && (wanted.role !== 'admin' || disabled)) {
      await this.keepAnAdmin(tx, stored.id);
    }
    await tx.query(
      `update app_user set name = $2, role = $3, timezone = $4,
         disabled_at = case when $5 then coalesce(disabled_at, $6) end where id = $1`,
      [stored.id, wanted.name, wanted.role, wanted.timezone ?? null, disabled, this.now.read()],
    );
    if (disabled && !stored.disabled) {
      await tx.query(`delete from session where user_id = $1`, [stored.id]);
      await tx.query(`delete from api_token where user_id = $1`, [stored.id]);
      await tx.query(`delete from password_link where user_id = $1`, [stored.id]);
    }
    await this.audit.record(tx, {
      by,
      action: disabled && !stored.disabled ? 'user.disabled' : 'user.changed',
      subject: `user ${stored.email}`,
      data: { from: toEntry(stored), to: wanted },
    });
  }

  /** Locks out no desk: at least one other admin who can sign in must remain. */
  private async keepAnAdmin(tx: Transaction, leaving: string): Promise<void> {
    const others = await tx.query<{ id: string }>(
      `select id from app_user
       where role = 'admin' and disabled_at is null and password_hash is not null and not service`,
    );
    if (!others.some(({ id }) => id !== leaving)) {
      throw Problem.conflict('This is the last admin who can sign in. Make somebody else an admin first.');
    }
  }
}

const SELECT = `select id, email, name, role, timezone, service, disabled_at is not null as disabled from app_user`;

function checked(entry: UserEntry): UserEntry {
  const { data, error } = userEntry.safeParse(entry);
  if (data !== undefined) return stripped(data);

  const faults = error.issues.map(({ path, message }) => ({ field: path.join('.'), detail: message }));
  throw Problem.invalid(`The user ${JSON.stringify(entry.email)} cannot be saved.`, faults);
}

function stripped({ email, name, role, timezone, disabled }: z.output<typeof userEntry>): UserEntry {
  return {
    email,
    name,
    role,
    ...(timezone !== undefined && { timezone }),
    ...(disabled === true && { disabled }),
  };
}

function toEntry({ email, name, role, timezone, disabled }: StoredUser): UserEntry {
  return stripped({ email, name, role, timezone: timezone ?? undefined, disabled: disabled ? true : undefined });
}

function sameEntry(one: UserEntry, other: UserEntry): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

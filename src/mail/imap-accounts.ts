import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Metrics } from '../platform/health/metrics.js';
import { faultOfOutgoingUrl, namesPrivateAddress } from '../platform/outgoing/outgoing-address.js';
import { Problem } from '../platform/problems/problem.js';
import { Vault } from '../platform/secrets/vault.js';
import { Now } from '../platform/time/now.js';

/** An OAuth2 sign-in; the two secrets are never shown again. */
export interface ImapOAuth {
  /** Tells the token endpoint and the scope; with `other`, `tokenUrl` does. */
  readonly provider: 'google' | 'microsoft' | 'other';
  readonly tokenUrl?: string;
  readonly scope?: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly refreshToken?: string;
}

/** Where a mailbox's mail is fetched, as the desk file and the API say it. */
export interface ImapEntry {
  readonly host: string;
  /** Absent: 993, or 143 with STARTTLS or without TLS. */
  readonly port?: number;
  /** Absent: `tls`. Without TLS only within one's own network. */
  readonly security?: 'tls' | 'starttls' | 'none';
  readonly user: string;
  /** Absent: as it was. Never shown. */
  readonly password?: string;
  readonly oauth?: ImapOAuth;
  /** Absent: INBOX. */
  readonly folder?: string;
  /** What becomes of a mail there once it is stored here: marked as read, moved to a folder, or deleted. Absent: `flag`. */
  readonly afterwards?: 'flag' | 'move' | 'delete';
  readonly moveTo?: string;
  /** The host's name may lead into a private network. */
  readonly allowPrivate?: boolean;
}

/** How the fetching goes, for people to see. */
export interface ImapAccountState {
  readonly mailbox: string;
  readonly host: string;
  readonly user: string;
  readonly folder: string;
  readonly state: 'connected' | 'failing' | 'waiting' | 'without password';
  readonly connectedSince: Date | null;
  /** Also of a connection that stands: what was wrong with a single mail. */
  readonly lastError: string | null;
  readonly failingSince: Date | null;
  readonly nextTryAt: Date | null;
  readonly lastMailAt: Date | null;
}

/** An account as whoever connects needs it. */
export interface ImapAccount {
  readonly mailboxId: number;
  readonly mailbox: string;
  readonly host: string;
  readonly port: number;
  readonly security: 'tls' | 'starttls' | 'none';
  readonly user: string;
  readonly oauth: Pick<ImapOAuth, 'provider' | 'tokenUrl' | 'scope' | 'clientId'> | null;
  readonly sealedSecret: string | null;
  readonly folder: string;
  readonly afterwards: 'flag' | 'move' | 'delete';
  readonly moveTo: string | null;
  readonly allowPrivate: boolean;
  readonly changedAt: Date;
}

export interface ImapSecret {
  readonly password?: string;
  readonly clientSecret?: string;
  readonly refreshToken?: string;
}

/** Columns of an ImapAccount; `account` is imap_account, `mailbox` its mailbox. */
export const ACCOUNT_COLUMNS = `account.mailbox_id as "mailboxId", mailbox.address as mailbox, account.host, account.port, account.security,
  account.username as user, account.oauth, account.sealed_secret as "sealedSecret", account.folder, account.afterwards,
  account.move_to as "moveTo", account.allow_private as "allowPrivate", account.changed_at as "changedAt"`;

const PURPOSE = 'imap account';
const oneLine = (most: number): z.ZodString =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(most, `may have ${most} characters at the most`)

    .regex(/^[^\x00-\x1f\x7f]*$/, 'must be a single line');
const secret = z.string().min(1, 'must not be empty').max(10_000, 'is too long');

const imapEntry = z
  .strictObject({
    host: z
      .string()
      .trim()
      .toLowerCase()
      .regex(
        /^(?:[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?|[0-9a-f:]*:[0-9a-f:.]*)$/,
        'must be the name or the address of a mail server',
      ),
    port: z.number().int().min(1).max(65535, 'must be a port number').optional(),
    security: z.enum(['tls', 'starttls', 'none'], 'must be tls, starttls or none').default('tls'),
    user: oneLine(320),
    password: secret.optional(),
    oauth: z
      .strictObject({
        provider: z.enum(['google', 'microsoft', 'other'], 'must be google, microsoft or other'),
        tokenUrl: z.string().max(2_000, 'is too long').optional(),
        scope: oneLine(2_000).optional(),
        clientId: oneLine(500),
        clientSecret: secret.optional(),
        refreshToken: secret.optional(),
      })
      .optional(),
    folder: oneLine(500).default('INBOX'),
    afterwards: z.enum(['flag', 'move', 'delete'], 'must be flag, move or delete').default('flag'),
    moveTo: oneLine(500).optional(),
    allowPrivate: z.boolean().default(false),
  })
  .superRefine(({ host, security, password, oauth, folder, afterwards, moveTo, allowPrivate }, context) => {
    const fault = (path: string[], message: string): void => {
      context.addIssue({ code: 'custom', path, message });
    };
    const hostFault = faultOfOutgoingUrl(urlOf(host));
    if (hostFault !== null) fault(['host'], hostFault);
    else if (security === 'none' && !allowPrivate && !namesPrivateAddress(urlOf(host)))
      fault(
        ['security'],
        'may be none only within your own network: the password would cross the internet in the open',
      );
    if (password !== undefined && oauth !== undefined) fault(['password'], 'is not needed besides OAuth2');
    if (oauth?.provider === 'other' && oauth.tokenUrl === undefined) fault(['oauth', 'tokenUrl'], 'is missing');
    const tokenFault = oauth?.tokenUrl === undefined ? null : faultOfTokenUrl(oauth.tokenUrl);
    if (tokenFault !== null) fault(['oauth', 'tokenUrl'], tokenFault);
    if (afterwards === 'move' && moveTo === undefined) fault(['moveTo'], 'is missing: which folder?');
    if (afterwards !== 'move' && moveTo !== undefined) fault(['moveTo'], 'is of use only where mail is moved');
    if (afterwards === 'move' && moveTo === folder)
      fault(['moveTo'], 'must be another folder than the one that is read');
  });

type Checked = z.output<typeof imapEntry>;

/** The accounts from which mail is fetched. Their secrets are sealed, and shown to nobody. */
@Injectable()
export class ImapAccounts {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly now: Now,
    metrics: Metrics,
  ) {
    const count = async (state: ImapAccountState['state']): Promise<number> =>
      (await this.states()).filter((account) => account.state === state).length;
    metrics.gauge('punctual_imap_accounts_connected', 'IMAP accounts that mail is fetched from at present.', () =>
      count('connected'),
    );
    metrics.gauge('punctual_imap_accounts_failing', 'IMAP accounts that cannot be connected to.', () =>
      count('failing'),
    );
  }

  /** Makes a mailbox's account equal to `entry`. A secret that is not given stays, while it goes to the same server as before. */
  async save(tx: Transaction, mailbox: { id: number; address: string }, entry: ImapEntry | null): Promise<void> {
    if (entry === null) {
      await tx.query('delete from imap_account where mailbox_id = $1', [mailbox.id]);
      return;
    }
    const wanted = checked(entry);
    const [before] = await tx.query<ImapAccount>(
      `select ${ACCOUNT_COLUMNS} from imap_account account join mailbox on mailbox.id = account.mailbox_id
       where mailbox_id = $1 for update of account`,
      [mailbox.id],
    );
    const after = this.toStored(wanted, mailbox, before);
    if (before !== undefined && this.isSame(before, after)) return;

    await tx.query(
      `insert into imap_account (mailbox_id, host, port, security, username, oauth, sealed_secret, folder, afterwards, move_to, allow_private, changed_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
       on conflict on constraint imap_account_pk do update set host = excluded.host, port = excluded.port, security = excluded.security,
         username = excluded.username, oauth = excluded.oauth, sealed_secret = excluded.sealed_secret, folder = excluded.folder,
         afterwards = excluded.afterwards, move_to = excluded.move_to, allow_private = excluded.allow_private,
         changed_at = excluded.changed_at, last_error = null, failing_since = null, failures = 0, next_try_at = null`,
      [
        mailbox.id,
        ...[after.host, after.port, after.security, after.user],
        after.oauth === null ? null : JSON.stringify(after.oauth),
        ...[after.sealedSecret, after.folder, after.afterwards, after.moveTo, after.allowPrivate, this.now.read()],
      ],
    );
    if (before === undefined || !isSamePlace(before, after)) {
      await tx.query('update imap_account set uid_validity = null, last_uid = null where mailbox_id = $1', [
        mailbox.id,
      ]);
      await tx.query('delete from imap_message where mailbox_id = $1', [mailbox.id]);
    }
  }

  /** How the fetching goes, by mailbox. */
  async states(): Promise<ImapAccountState[]> {
    const rows = await this.database.query<Omit<ImapAccountState, 'state'> & { sealed: boolean; leased: boolean }>(
      `select mailbox.address as mailbox, host, username as user, folder, connected_since as "connectedSince", last_error as "lastError",
         failing_since as "failingSince", next_try_at as "nextTryAt", last_mail_at as "lastMailAt", sealed_secret is not null as sealed,
         coalesce(leased_until > $1, false) as leased
       from imap_account join mailbox on mailbox.id = mailbox_id order by mailbox.address`,
      [this.now.read()],
    );
    return rows.map(({ sealed, leased, ...row }) => ({
      ...row,
      // A process that was killed leaves its mark behind; what holds is the lease.
      connectedSince: leased ? row.connectedSince : null,
      state: stateOf({ ...row, sealed, leased }),
    }));
  }

  /** The account's secrets; null where there are none, or where they were sealed by another SECRET_KEY. */
  secretOf({ mailbox, sealedSecret }: Pick<ImapAccount, 'mailbox' | 'sealedSecret'>): ImapSecret | null {
    const opened = sealedSecret === null ? null : this.vault.open(PURPOSE, mailbox, sealedSecret);
    return opened === null ? null : (JSON.parse(opened) as ImapSecret);
  }

  /** Providers may give a new refresh token for the old one. */
  async renewRefreshToken(account: ImapAccount, refreshToken: string): Promise<void> {
    const secret = this.secretOf(account);
    if (secret === null || secret.refreshToken === refreshToken) return;

    await this.database.query(
      'update imap_account set sealed_secret = $3 where mailbox_id = $1 and sealed_secret = $2',
      [account.mailboxId, account.sealedSecret, this.seal(account.mailbox, { ...secret, refreshToken })],
    );
  }

  private toStored(
    wanted: Checked,
    { id, address }: { id: number; address: string },
    before?: ImapAccount,
  ): ImapAccount {
    const { password, oauth } = wanted;
    const given: ImapSecret = {
      ...(password !== undefined && { password }),
      ...(oauth?.clientSecret !== undefined && { clientSecret: oauth.clientSecret }),
      ...(oauth?.refreshToken !== undefined && { refreshToken: oauth.refreshToken }),
    };
    const { security, user, folder, afterwards, moveTo = null, allowPrivate } = wanted;
    const after: ImapAccount = {
      ...{
        mailboxId: id,
        mailbox: address,
        host: wanted.host,
        security,
        user,
        folder,
        afterwards,
        moveTo,
        allowPrivate,
      },
      port: wanted.port ?? (security === 'tls' ? 993 : 143),
      oauth: oauth === undefined ? null : publicPartOf(oauth),
      sealedSecret: null,
      changedAt: before?.changedAt ?? this.now.read(),
    };
    const known = before === undefined || before.sealedSecret === null ? null : (this.secretOf(before) ?? {});
    const secret =
      known !== null && before !== undefined && isSameLogin(before, after) ? { ...known, ...given } : given;
    if (Object.keys(given).length === 0 && known !== null && !isDeepStrictEqual(secret, known)) {
      const field = oauth === undefined ? 'imap.password' : 'imap.oauth.refreshToken';
      const detail = 'must be given again: the one that is known is sent to nobody but the server it was given for';
      throw Problem.invalid(`${field} ${detail}.`, [{ field, detail }]);
    }
    if (Object.keys(secret).length === 0) return after;
    const isKept = before !== undefined && isDeepStrictEqual(secret, known);
    return { ...after, sealedSecret: isKept ? before.sealedSecret : this.seal(address, secret) };
  }

  private isSame({ changedAt: _, ...before }: ImapAccount, { changedAt: __, ...after }: ImapAccount): boolean {
    return isDeepStrictEqual(before, after);
  }

  private seal(address: string, secret: ImapSecret): string {
    return this.vault.seal(PURPOSE, address, JSON.stringify(secret));
  }
}

/** The account as the desk file shows it: everything but the secrets. */
export function shownAccount(
  account: Omit<ImapAccount, 'mailboxId' | 'mailbox' | 'sealedSecret' | 'changedAt'>,
): ImapEntry {
  const { host, port, security, user, oauth, folder, afterwards, moveTo, allowPrivate } = account;
  return {
    ...{ host, port, security, user },
    ...(oauth !== null && { oauth }),
    ...{ folder, afterwards },
    ...(moveTo !== null && { moveTo }),
    ...(allowPrivate && { allowPrivate }),
  };
}

/** A URL of nothing but the host, for the rules on outgoing requests. */
export function urlOf(host: string): string {
  return `https://${host.includes(':') ? `[${host}]` : host}/`;
}

function checked(entry: ImapEntry): Checked {
  const { data, error } = imapEntry.safeParse(entry);
  if (data !== undefined) return data;

  const faults = error.issues.map(({ path, message }) => ({ field: ['imap', ...path].join('.'), detail: message }));
  const words = faults.map(({ field, detail }) => `${field} ${detail}`).join('; ');
  throw Problem.invalid(`The IMAP account cannot be saved: ${words}.`, faults);
}

function faultOfTokenUrl(url: string): string | null {
  const fault = faultOfOutgoingUrl(url);
  if (fault !== null) return fault;
  return url.startsWith('https:') || namesPrivateAddress(url) ? null : 'must begin with https://';
}

function publicPartOf({
  provider,
  tokenUrl,
  scope,
  clientId,
}: NonNullable<Checked['oauth']>): NonNullable<ImapAccount['oauth']> {
  return {
    provider,
    ...(tokenUrl !== undefined && { tokenUrl }),
    ...(scope !== undefined && { scope }),
    clientId,
  };
}

/** Whether a secret that was given for one goes nowhere else with the other. */
function isSameLogin(one: ImapAccount, other: ImapAccount): boolean {
  const login = ({ host, port, security, user, oauth }: ImapAccount): unknown => [host, port, security, user, oauth];
  return isDeepStrictEqual(login(one), login(other));
}

/** Whether the numbers of messages mean the same in both. */
function isSamePlace(one: ImapAccount, other: ImapAccount): boolean {
  return one.host === other.host && one.user === other.user && one.folder === other.folder;
}

function stateOf(
  row: Pick<ImapAccountState, 'connectedSince' | 'failingSince'> & { sealed: boolean; leased: boolean },
): ImapAccountState['state'] {
  if (!row.sealed) return 'without password';
  if (row.leased && row.connectedSince !== null) return 'connected';
  return row.failingSince === null ? 'waiting' : 'failing';
}

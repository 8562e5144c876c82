import { isIP } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { ImapFlow, type FetchMessageObject, type MailboxObject } from 'imapflow';
import type { Database } from '../../platform/database/database.js';
import type { Log } from '../../platform/log/logger.js';
import { reachOf } from '../../platform/outgoing/network-address.js';
import { locate } from '../../platform/outgoing/guarded-request.js';
import { namesPrivateAddress } from '../../platform/outgoing/outgoing-address.js';
import type { Now } from '../../platform/time/now.js';
import { urlOf, type ImapAccount } from '../imap-accounts.js';
import { LARGEST_MAIL, returnPathOf, type MailIntake } from '../mail-intake.js';

/** Looked through even where no server says that something has come. */
const LOOK_EVERY_MS = 120_000;
/** Shorter than what any server or router in between takes for dead. */
const IDLE_MS = 4 * 60_000;
const CONNECT_MS = 20_000;
const SILENCE_MS = 120_000;
const GOODBYE_MS = 2_000;
const BATCH = 200;
/** Mails larger than this are taken one at a time, whatever the number of accounts. */
const LARGE = 1024 * 1024;

/** How it signs in. */
export type Credentials = { readonly pass: string } | { readonly accessToken: string };

/** What a session needs of the house. */
export interface Surroundings {
  readonly database: Database;
  readonly intake: MailIntake;
  readonly now: Now;
  readonly log: Log;
  /** Runs one large piece of work at a time. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

type Announced = Pick<FetchMessageObject, 'uid' | 'size' | 'internalDate'>;

/**
 * One connection to an IMAP account. For each mail, in this order: its bytes are committed, together with the note that this message of
 * the account is stored; only then the server is told; then the note says that it was. A crash in between is found by the note.
 */
export class ImapSession {
  private stopped = false;
  private failure: Error | undefined;
  private news = true;
  private wake: () => void = () => undefined;

  private constructor(
    private readonly account: ImapAccount,
    private readonly client: ImapFlow,
    private readonly house: Surroundings,
  ) {
    client.on('error', (error) => {
      this.failure ??= error;
    });
    for (const event of ['exists', 'close'] as const) {
      client.on(event, () => {
        this.news = true;
        this.wake();
      });
    }
  }

  /** Signs in and opens the folder. */
  static async open(account: ImapAccount, credentials: Credentials, house: Surroundings): Promise<ImapSession> {
    const url = urlOf(account.host);
    const place = await locate(new URL(url), { allowPrivate: account.allowPrivate || namesPrivateAddress(url) });
    if (account.security === 'none' && reachOf(place.address) !== 'private')
      throw new Error(`${account.host} is not in a private network, so nothing is sent there without TLS.`);

    const client = new ImapFlow({
      host: place.address,
      ...(isIP(account.host) === 0 && { servername: account.host }),
      port: account.port,
      secure: account.security === 'tls',
      doSTARTTLS: account.security === 'starttls',
      auth: { user: account.user, ...credentials },
      clientInfo: { name: 'Punctual' },
      logger: false,
      autoIdleDelay: 250,
      maxIdleTime: IDLE_MS,
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: IDLE_MS + SILENCE_MS,
      maxLiteralSize: LARGEST_MAIL + 1024,
      maxResponseSize: LARGEST_MAIL + 1024 * 1024,
    });
    const session = new ImapSession(account, client, house);
    try {
      await client.connect();
      await session.openFolder();
    } catch (error) {
      client.close();
      throw error;
    }
    return session;
  }

  /** Takes what there is and what comes, until it is stopped. Throws when the connection breaks. */
  async take(): Promise<void> {
    try {
      while (!this.stopped) {
        if (!this.client.usable) throw this.failure ?? new Error('The server has closed the connection.');
        this.news = false;
        await this.takeAll();
        await this.waitForNews();
      }
    } catch (error) {
      if (!this.stopped) throw this.failure ?? error;
    } finally {
      await this.goodbye();
    }
  }

  /** Everything that is there now; answers how many were new. */
  async takeAll(): Promise<number> {
    const folder = await this.openFolder();
    const since = await this.lastUid(folder);
    const uids = await this.untaken(since);
    let taken = 0;
    // Not beyond a mail that could not be taken: it is looked for again.
    let reached = since;
    let complete = true;
    for (let at = 0; at < uids.length && !this.stopped; at += BATCH) {
      const known = await this.known(folder, uids.slice(at, at + BATCH));
      for (const message of await this.announced(uids.slice(at, at + BATCH))) {
        if (this.isStopped()) return taken;
        const done = await this.takeOne(folder, message, known.get(message.uid));
        complete &&= done !== 'failed';
        if (complete && message.uid > reached) reached = message.uid;
        if (done === 'taken') taken++;
      }
    }
    if (reached > since) await this.save('last_uid = greatest(last_uid, $2)', [reached]);
    return taken;
  }

  /** Ends as soon as what is being stored is stored. */
  stop(): void {
    this.stopped = true;
    this.wake();
  }

  /** Others stop it while it waits for the server. */
  private isStopped(): boolean {
    return this.stopped;
  }

  private async openFolder(): Promise<MailboxObject> {
    const { mailbox } = this.client;
    return mailbox === false ? this.client.mailboxOpen(this.account.folder) : mailbox;
  }

  /**
   * Up to which message all has been looked at. At the very first look these are all that lie there: of old mail only what is unread is
   * taken. Later on everything new is, whoever has read it meanwhile.
   */
  private async lastUid({ uidValidity, uidNext }: MailboxObject): Promise<number> {
    const validity = String(uidValidity);
    const [row] = await this.house.database.query<{ validity: string | null; lastUid: string | null }>(
      'select uid_validity as validity, last_uid as "lastUid" from imap_account where mailbox_id = $1',
      [this.account.mailboxId],
    );
    if (row?.validity === validity && row.lastUid !== null) return Number(row.lastUid);

    await this.save('uid_validity = $2, last_uid = $3', [validity, uidNext - 1]);
    await this.house.database.query('delete from imap_message where mailbox_id = $1 and uid_validity <> $2', [
      this.account.mailboxId,
      validity,
    ]);
    return uidNext - 1;
  }

  private async untaken(since: number): Promise<number[]> {
    const search = async (query: object): Promise<number[]> => {
      const found = await this.client.search({ deleted: false, ...query }, { uid: true });
      if (!Array.isArray(found)) throw new Error(`The server cannot search the folder ${this.account.folder}.`);
      return found;
    };
    const found =
      this.account.afterwards === 'flag'
        ? // "n:*" always names the last message, also where it is older than n (RFC 3501 §6.4.8).
          [
            ...(await search({ seen: false })),
            ...(await search({ uid: `${since + 1}:*` })).filter((uid) => uid > since),
          ]
        : await search({});
    return [...new Set(found)].sort((one, other) => one - other);
  }

  /** Which of them are stored already, and whether the server knows. */
  private async known({ uidValidity }: MailboxObject, uids: readonly number[]): Promise<Map<number, boolean>> {
    const rows = await this.house.database.query<{ uid: string; settled: boolean }>(
      'select uid, settled from imap_message where mailbox_id = $1 and uid_validity = $2 and uid = any($3::bigint[])',
      [this.account.mailboxId, String(uidValidity), uids],
    );
    return new Map(rows.map(({ uid, settled }) => [Number(uid), settled]));
  }

  private async announced(uids: readonly number[]): Promise<Announced[]> {
    const asked = { uid: true, size: true, internalDate: true };
    return this.client.fetchAll(uids.join(','), asked, { uid: true });
  }

  private async takeOne(
    folder: MailboxObject,
    message: Announced,
    settled: boolean | undefined,
  ): Promise<'taken' | 'known' | 'failed'> {
    if (settled === true) return 'known';
    try {
      if (settled === undefined && !(await this.store(folder, message))) return 'known';
      await this.settle(folder, message.uid);
      return settled === undefined ? 'taken' : 'known';
    } catch (error) {
      if (!this.client.usable) throw error;
      const words = `Message ${message.uid} of ${folder.path} could not be taken: ${inWords(error)}`;
      this.house.log.error({ err: error, uid: message.uid }, words);
      await this.save('last_error = $2', [words]);
      return 'failed';
    }
  }

  /** Commits the bytes. False: there is nothing left to do with it. */
  private async store(folder: MailboxObject, message: Announced): Promise<boolean> {
    const size = message.size ?? 0;
    if (size > LARGEST_MAIL) return this.noteTooLarge(folder, message, size);
    return size > LARGE ? this.house.inTurn(() => this.fetch(folder, message)) : this.fetch(folder, message);
  }

  private async fetch(folder: MailboxObject, { uid, internalDate }: Announced): Promise<boolean> {
    const fetched = await this.client.fetchOne(String(uid), { source: true }, { uid: true });
    // Somebody has deleted it meanwhile.
    if (fetched === false) return false;
    const raw = fetched.source;
    if (raw === undefined) throw new Error('the server gives no content for it');

    const { database, intake } = this.house;
    return database.transaction(async (tx) => {
      const [mine] = await tx.query(NOTE, [this.account.mailboxId, String(folder.uidValidity), uid, false]);
      if (mine === undefined) return true;
      await intake.acceptIn(tx, {
        raw,
        channel: 'imap',
        envelopeFrom: returnPathOf(raw),
        envelopeTo: [this.account.mailbox],
        receivedAt: this.receivedAt(internalDate),
      });
      return true;
    });
  }

  private async noteTooLarge(folder: MailboxObject, { uid, internalDate }: Announced, size: number): Promise<false> {
    const fetched = await this.client.fetchOne(String(uid), { headers: true }, { uid: true });
    const header = fetched === false ? undefined : fetched.headers;
    if (header === undefined) return false;

    const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`;
    await this.house.database.transaction(async (tx) => {
      const [mine] = await tx.query(NOTE, [this.account.mailboxId, String(folder.uidValidity), uid, true]);
      if (mine === undefined) return;
      await this.house.intake.noteTooLarge(tx, {
        ...{ header, size, channel: 'imap', envelopeFrom: returnPathOf(header), envelopeTo: [this.account.mailbox] },
        receivedAt: this.receivedAt(internalDate),
        reason: `It has ${megabytes(size)}; ${megabytes(LARGEST_MAIL)} are taken at the most. It lies untouched in ${folder.path} of ${this.account.user}.`,
      });
    });
    return false;
  }

  /** Tells the server that the mail is taken. */
  private async settle({ uidValidity }: MailboxObject, uid: number): Promise<void> {
    const { afterwards, moveTo, mailboxId } = this.account;
    const done =
      afterwards === 'flag'
        ? await this.client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true })
        : afterwards === 'delete'
          ? await this.client.messageDelete(String(uid), { uid: true })
          : await this.move(uid, moveTo ?? '');
    if (!done) throw new Error(`it is stored here, but the server did not ${afterwards} it`);

    await this.house.database.query(
      'update imap_message set settled = true where mailbox_id = $1 and uid_validity = $2 and uid = $3',
      [mailboxId, String(uidValidity), uid],
    );
    await this.save('last_mail_at = $2', [this.house.now.read()]);
  }

  private async move(uid: number, folder: string): Promise<boolean> {
    // A folder that is there already is as good as one that is made.
    const { path } = await this.client.mailboxCreate(folder);
    return (await this.client.messageMove(String(uid), path, { uid: true })) !== false;
  }

  /** When the server got it. A server whose clock is ahead must not make it arrive tomorrow. */
  private receivedAt(internalDate: Date | string | undefined): Date {
    const now = this.house.now.read();
    const at = new Date(internalDate ?? now);
    return Number.isNaN(at.getTime()) || at > now ? now : at;
  }

  private async save(what: string, values: readonly unknown[]): Promise<void> {
    await this.house.database.query(`update imap_account set ${what} where mailbox_id = $1`, [
      this.account.mailboxId,
      ...values,
    ]);
  }

  private async waitForNews(): Promise<void> {
    if (this.news || this.stopped) return;
    await new Promise<void>((woken) => {
      const timer = setTimeout(woken, LOOK_EVERY_MS);
      this.wake = () => {
        clearTimeout(timer);
        woken();
      };
    });
    this.wake = () => undefined;
  }

  private async goodbye(): Promise<void> {
    // Whether the server hears it makes no difference any more.
    await Promise.race([this.client.logout().catch(() => undefined), wait(GOODBYE_MS, undefined, { ref: false })]);
    this.client.close();
  }
}

const NOTE = `insert into imap_message (mailbox_id, uid_validity, uid, settled) values ($1, $2, $3, $4)
  on conflict on constraint imap_message_pk do nothing returning uid`;

/** What went wrong, for whoever looks after the account. */
export function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { authenticationFailed, responseText, code } = error as Error & Partial<Record<string, unknown>>;
  const said = typeof responseText === 'string' && responseText !== '' ? responseText : error.message;
  if (authenticationFailed === true) return `The server refused the sign-in: ${said}`;
  if (code === 'ECONNREFUSED') return `No mail server listens there: ${said}`;
  if (code === 'CONNECT_TIMEOUT' || code === 'GREETING_TIMEOUT') return 'The server does not answer.';
  return said;
}

import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { storedBytes } from '../platform/database/stored-bytes.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { READ_MAIL } from './mail-intake.js';
import type { Authentication, Bounce, MailAddress, ReceivedMail } from './received-mail.js';

export type MailOutcome =
  'pending' | 'opened' | 'appended' | 'bounce' | 'automatic' | 'duplicate' | 'dropped' | 'quarantined';
export type ThreadedBy = 'token' | 'reference' | 'subject';

/** What a follower did with a mail. */
export interface Filing {
  readonly outcome: 'opened' | 'appended' | 'automatic' | 'bounce' | 'dropped';
  readonly reason?: string | null;
  readonly ticket?: number | null;
  readonly threadedBy?: ThreadedBy | null;
  /** The Message-ID it joined by. */
  readonly threadedTo?: string | null;
  readonly acknowledged?: boolean;
}

/** A mail in the log, in the shape of `GET /api/v1/mail/{id}`. */
export interface LoggedMail {
  readonly id: string;
  readonly sha256: string;
  readonly size: number;
  readonly receivedAt: string;
  readonly outcome: MailOutcome;
  readonly reason: string | null;
  readonly ticket: number | null;
  readonly subject: string | null;
  readonly from: MailAddress | null;
  readonly replyTo: readonly MailAddress[];
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly text: string | null;
  readonly newText: string | null;
  readonly attachments: readonly {
    filename: string;
    contentType: string;
    size: number;
    sha256: string;
    inline: boolean;
  }[];
  readonly automatic: boolean;
  readonly bounces: readonly Bounce[];
  readonly threadedTo: string | null;
  readonly threadedBy: ThreadedBy | null;
  readonly originalSender: MailAddress | null;
  readonly acknowledged: boolean;
  readonly authentication: Authentication;
}

export interface MailQuery {
  readonly sha256?: string;
  readonly outcome?: MailOutcome;
  readonly ticket?: number;
  readonly limit?: number;
  readonly cursor?: string;
}

interface MailSql {
  readonly id: string;
  readonly number: string;
  readonly sha256: string;
  readonly size: number;
  readonly receivedAt: Date;
  readonly outcome: MailOutcome;
  readonly reason: string | null;
  readonly ticket: number | null;
  readonly threadedTo: string | null;
  readonly threadedBy: ThreadedBy | null;
  readonly acknowledged: boolean;
  readonly parsed: ReceivedMail | null;
  readonly subject: string | null;
  readonly fromEmail: string | null;
  readonly fromName: string | null;
}

const COLUMNS = `id, number, sha256, size, received_at as "receivedAt", case state when 'filed' then outcome else state end as outcome, reason,
  ticket_number as ticket, threaded_to as "threadedTo", threaded_by as "threadedBy", acknowledged, parsed,
  subject, from_email as "fromEmail", from_name as "fromName"`;

/** What came in by mail, and what was made of it and why. */
@Injectable()
export class MailLog {
  /** What has been filed in transactions that are under way. */
  private readonly filedIn = new WeakMap<Transaction, Set<string>>();

  constructor(
    private readonly database: Database,
    private readonly jobs: JobQueue,
  ) {}

  async find(id: string, asked: Pick<Transaction, 'query'> = this.database): Promise<LoggedMail | null> {
    if (!isId(id)) return null;
    const [row] = await asked.query<MailSql>(`select ${COLUMNS} from inbound_mail where id = $1`, [id]);
    return row === undefined ? null : logged(row);
  }

  /** Every mail with these bytes, the first first. */
  async findBySha256(sha256: string): Promise<LoggedMail[]> {
    const rows = await this.database.query<MailSql>(
      `select ${COLUMNS} from inbound_mail where sha256 = $1 order by number`,
      [sha256],
    );
    return rows.map(logged);
  }

  /** The newest first, page by page. */
  async list({
    sha256,
    outcome,
    ticket,
    limit = 50,
    cursor,
  }: MailQuery): Promise<{ items: LoggedMail[]; nextCursor: string | null }> {
    const after = cursor === undefined ? null : readCursor(cursor);
    const rows = await this.database.query<MailSql>(
      `select ${COLUMNS} from inbound_mail
       where ($1::text is null or sha256 = $1) and ($2::text is null or case state when 'filed' then outcome else state end = $2)
         and ($3::integer is null or ticket_number = $3) and ($4::timestamptz is null or (received_at, number) < ($4, $5::bigint))
       order by received_at desc, number desc limit $6`,
      [sha256 ?? null, outcome ?? null, ticket ?? null, after?.receivedAt ?? null, after?.number ?? null, limit + 1],
    );
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return {
      items: items.map(logged),
      nextCursor: rows.length > limit && last !== undefined ? writeCursor(last) : null,
    };
  }

  /** The bytes as they came. */
  async raw(id: string): Promise<Buffer | null> {
    if (!isId(id)) return null;
    return storedBytes(this.database, { table: 'inbound_mail', column: 'raw', where: 'id = $1' }, id);
  }

  /** What the mail was read as; null while it has not been. */
  async received(id: string): Promise<ReceivedMail | null> {
    if (!isId(id)) return null;
    const [row] = await this.database.query<{ parsed: ReceivedMail | null }>(
      'select parsed from inbound_mail where id = $1',
      [id],
    );
    return row === undefined || row.parsed === null ? null : revived(row.parsed);
  }

  /** Lets a mail out of the quarantine, to be read once more. */
  async retry(tx: Transaction, id: string): Promise<void> {
    if (!isId(id)) throw Problem.notFound('There is no such mail.');
    const [row] = await tx.query<{ state: string; incomplete: boolean; reason: string }>(
      'select state, incomplete, reason from inbound_mail where id = $1 for update',
      [id],
    );
    if (row === undefined) throw Problem.notFound('There is no such mail.');
    if (row.incomplete) throw Problem.conflict(`Only its header is here, so it cannot be read again. ${row.reason}`);
    if (row.state !== 'quarantined') throw Problem.conflict('Only a mail in the quarantine can be read again.');

    await tx.query(
      `update inbound_mail set state = 'pending', reason = null, attempts = 0, next_try_at = null where id = $1`,
      [id],
    );
    this.jobs.ring(tx, READ_MAIL, id);
  }

  /** For those who follow MailReceived and MailBounced: what became of the mail, in the transaction that did it. */
  async filed(tx: Transaction, mailId: string, filing: Filing): Promise<void> {
    await this.allFiled(tx, new Map([[mailId, filing]]));
  }

  /** The same for many mails, by one statement. */
  async allFiled(tx: Transaction, filings: ReadonlyMap<string, Filing>): Promise<void> {
    if (filings.size === 0) return;
    const all = [...filings.values()];
    await tx.query(
      `update inbound_mail set state = 'filed', outcome = filed.outcome, reason = filed.reason, ticket_number = filed.ticket,
         threaded_by = filed.threaded_by, threaded_to = filed.threaded_to, acknowledged = filed.acknowledged, leased_until = null
       from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::boolean[])
         as filed (id, outcome, reason, ticket, threaded_by, threaded_to, acknowledged)
       where inbound_mail.id = filed.id`,
      [
        [...filings.keys()],
        all.map(({ outcome }) => outcome),
        all.map(({ reason }) => reason ?? null),
        all.map(({ ticket }) => ticket ?? null),
        all.map(({ threadedBy }) => threadedBy ?? null),
        all.map(({ threadedTo }) => threadedTo ?? null),
        all.map(({ acknowledged }) => acknowledged ?? false),
      ],
    );
    const filed = this.filedIn.get(tx) ?? new Set();
    this.filedIn.set(tx, filed);
    for (const id of filings.keys()) filed.add(id);
  }

  /** Whether a follower has taken the mail in this transaction, which holds its row. */
  isFiled(tx: Transaction, mailId: string): boolean {
    return this.filedIn.get(tx)?.has(mailId) === true;
  }

  /** How many mails of a sender were taken since then: what the caps on floods count. */
  async countFrom(tx: Transaction, email: string, since: Date): Promise<number> {
    const [row] = await tx.query<{ count: number }>(
      'select count(*)::integer as count from inbound_mail where from_email = $1 and received_at >= $2',
      [email.toLowerCase(), since],
    );
    return row?.count ?? 0;
  }
}

function logged(row: MailSql): LoggedMail {
  const mail = row.parsed;
  return {
    id: row.id,
    sha256: row.sha256,
    size: row.size,
    receivedAt: row.receivedAt.toISOString(),
    outcome: row.outcome,
    reason: row.reason ?? (row.outcome === 'pending' ? null : (mail?.noAcknowledgementBecause ?? null)),
    ticket: row.ticket,
    subject: row.subject,
    from: mail?.from ?? (row.fromEmail === null ? null : { email: row.fromEmail, name: row.fromName ?? '' }),
    replyTo: mail?.replyTo ?? [],
    to: mail?.to ?? [],
    cc: mail?.cc ?? [],
    text: mail?.text ?? null,
    newText: mail?.newText ?? null,
    attachments: (mail?.files ?? []).map(({ filename, contentType, size, sha256, inline }) => ({
      filename,
      contentType,
      size,
      sha256,
      inline,
    })),
    automatic: mail !== null && (mail.automatic !== null || mail.bounces.length > 0),
    bounces: mail?.bounces ?? [],
    threadedTo: row.threadedTo,
    threadedBy: row.threadedBy,
    originalSender: mail?.forwarded?.originalSender ?? null,
    acknowledged: row.acknowledged,
    authentication: mail?.authentication ?? { spf: null, dkim: null, dmarc: null },
  };
}

function revived(mail: ReceivedMail): ReceivedMail {
  return { ...mail, receivedAt: new Date(mail.receivedAt), date: mail.date === null ? null : new Date(mail.date) };
}

function isId(id: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
}

function writeCursor({ receivedAt, number }: MailSql): string {
  return Buffer.from(`${receivedAt.toISOString()} ${number}`).toString('base64url');
}

function readCursor(cursor: string): { receivedAt: Date; number: string } {
  const [at = '', number = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  const receivedAt = new Date(at);
  if (Number.isNaN(receivedAt.getTime()) || !/^\d{1,18}$/.test(number))
    throw Problem.malformed('The cursor is not one that this list gave.');
  return { receivedAt, number };
}

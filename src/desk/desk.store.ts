import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';

export interface Desk {
  readonly name: string;
  /** An IANA zone, such as Europe/Berlin. */
  readonly timezone: string;
  /** Of letters to people of whom nothing else is known, such as `de`. */
  readonly language: string;
  /** Where customers write to, lower case. */
  readonly supportAddress: string;
  /** Name of the calendar that counts where nobody else says which. */
  readonly defaultCalendar: string;
  /** Null until somebody has gone through the set-up. */
  readonly setUpAt: Date | null;
}

type DeskSql = Omit<Desk, 'supportAddress'> & { readonly supportAddress: string | null };

const SELECT = `select name, timezone, language, support_address as "supportAddress", default_calendar as "defaultCalendar",
  set_up_at as "setUpAt" from desk`;

/** How long another process's change may go unseen. */
const REMEMBERED_MS = 2_000;

/** Reads and saves what the desk is. It is asked for all the time and changes once in a year, so it is remembered for a moment. */
@Injectable()
export class DeskStore {
  private remembered: { readonly desk: Desk; readonly at: number } | undefined;

  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly now: Now,
  ) {}

  async read(): Promise<Desk> {
    const at = this.now.read().getTime();
    if (this.remembered !== undefined && Math.abs(at - this.remembered.at) < REMEMBERED_MS) return this.remembered.desk;

    const [row] = await this.database.query<DeskSql>(SELECT);
    const desk = this.deskOf(row);
    this.remembered = { desk, at };
    return desk;
  }

  /** The desk as this transaction sees it, with what it has changed itself. */
  async readIn(tx: Transaction): Promise<Desk> {
    const [row] = await tx.setting('desk', () => tx.query<DeskSql>(SELECT));
    return this.deskOf(row);
  }

  /** Changes what is given and leaves the rest. */
  async save(tx: Transaction, changes: Partial<Desk>): Promise<Desk> {
    const desk = { ...(await this.readIn(tx)), ...changes };
    const supportAddress = desk.supportAddress.toLowerCase();
    await tx.query(
      `update desk set name = $1, timezone = $2, support_address = $3, default_calendar = $4, set_up_at = $5, language = $6`,
      [desk.name, desk.timezone, supportAddress, desk.defaultCalendar, desk.setUpAt, desk.language],
    );
    tx.afterCommit(() => {
      this.remembered = undefined;
    });
    return { ...desk, supportAddress };
  }

  private deskOf(row: DeskSql | undefined): Desk {
    if (row === undefined) throw new Error('The row of the desk is missing; the database has not been migrated.');
    return { ...row, supportAddress: row.supportAddress ?? `support@${this.config.mail.domain}` };
  }
}

import { Injectable } from '@nestjs/common';
import { Audit, type AuditedBy } from '../identity/audit.js';
import { Database } from '../platform/database/database.js';
import { RecomputeClocks } from './recompute-clocks.job.js';
import { Uncounted, type UncountedTicket } from './keeping/uncounted.js';
import { StrikeDueClocks, type ClockAside } from './strike-due-clocks.job.js';

/** What could not be judged or counted and waits for a person, though it is tried again by itself. */
@Injectable()
export class SetAside {
  constructor(
    private readonly database: Database,
    private readonly strikes: StrikeDueClocks,
    private readonly recomputations: RecomputeClocks,
    private readonly uncounted: Uncounted,
    private readonly audit: Audit,
  ) {}

  /** Clocks whose moment came and could not be dealt with, and tickets whose clocks could not be counted anew; the oldest first. */
  async read(): Promise<{ clocks: readonly ClockAside[]; tickets: readonly UncountedTicket[] }> {
    return { clocks: await this.strikes.setAside(), tickets: await this.uncounted.all(this.database) };
  }

  /** Answers whether it works now; if not, it stays set aside with the reason of this time. */
  async tryClock(clock: string, by: AuditedBy): Promise<boolean> {
    const works = await this.strikes.tryAgain(clock);
    await this.remember(`clock ${clock}`, works, by);
    return works;
  }

  async tryTicket(ticket: number, by: AuditedBy): Promise<boolean> {
    const works = await this.recomputations.tryAgain(ticket);
    await this.remember(`ticket ${ticket}`, works, by);
    return works;
  }

  private async remember(subject: string, works: boolean, by: AuditedBy): Promise<void> {
    await this.database.transaction((tx) =>
      this.audit.record(tx, { by, action: 'clocks.triedAgain', subject, data: { works } }),
    );
  }
}

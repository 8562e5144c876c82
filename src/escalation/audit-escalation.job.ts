import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Now } from '../platform/time/now.js';
import { Alarms, type Alarm } from './alarms.js';

const OVERDUE_MS = 30_000;
const UNHEARD_MS = 60_000;

/** Watches the watchers, from what is in the database and nothing else. It mends nothing; it raises and clears alarms. */
@Injectable()
export class AuditEscalation implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly alarms: Alarms,
    private readonly now: Now,
  ) {}

  /** Answers how much is wrong. */
  async sweep(): Promise<number> {
    return this.database.transaction(async (tx) => {
      const found = [...(await this.overdueClocks(tx)), ...(await this.unheardIncidents(tx))];
      for (const kind of ['clock-overdue', 'unheard'] as const) {
        const subjects = found.filter((alarm) => alarm.kind === kind).map(({ subject }) => subject);
        await this.alarms.clearAllBut(tx, kind, subjects);
      }
      await this.alarms.raise(tx, found);
      return found.length;
    });
  }

  /** Clocks that should have been struck: the workers are down, or this one is sick. */
  private async overdueClocks(tx: Transaction): Promise<Alarm[]> {
    const clocks = await tx.query<{ id: string; metric: string; ticket: number }>(
      `select id, metric, ticket_number as ticket from clock
       where state = 'running' and breached_at is null and withdrawn_at is null and due_at < $1 order by due_at limit 1000`,
      [this.ago(OVERDUE_MS)],
    );
    return clocks.map(({ id, metric, ticket }) => ({
      kind: 'clock-overdue',
      subject: id,
      detail: `A clock of ticket #${ticket} (${metric}) is past its due instant and has not been struck.`,
    }));
  }

  /** Incidents of which nobody has been told although somebody should have been a minute ago. */
  private async unheardIncidents(tx: Transaction): Promise<Alarm[]> {
    const incidents = await tx.query<{ id: string; ticket: number }>(
      `select id, ticket_number as ticket from incident
       where state = 'open'
         and opened_at + coalesce((chain#>>'{steps,0,afterMinutes}')::float8, 0) * interval '1 minute' < $1
         and not exists (
           select from notification where incident_id = incident.id and kind = 'alert' and state = 'handedOver')
       order by opened_at limit 1000`,
      [this.ago(UNHEARD_MS)],
    );
    return incidents.map(({ id, ticket }) => ({
      kind: 'unheard',
      subject: id,
      detail: `An incident of ticket #${ticket} is open for more than a minute and nobody has been notified of it.`,
    }));
  }

  private ago(milliseconds: number): Date {
    return new Date(this.now.read().getTime() - milliseconds);
  }
}

import { Injectable } from '@nestjs/common';
import { Outbox, type Late } from '../mail/outbox.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Now } from '../platform/time/now.js';
import { Alarms, type Alarm } from './alarms.js';

const OVERDUE_MS = 30_000;
const UNHEARD_MS = 60_000;
const SILENT_MS = 60_000;
/** A letter whose turn it is leaves at once, where there are workers. */
const UNTOUCHED_MS = 60_000;
/** The relay may be busy for a moment. */
const RELAY_AWAY_MS = 5 * 60_000;
const MOST_SKEW_MS = 2_000;
/** Repetitions behind the last step. */
const MANY_ROUNDS = 3;

const AUDITED = ['clock-overdue', 'unheard', 'unacknowledged', 'worker-silent', 'clock-skew', 'outbox-late'] as const;

/** Watches the watchers, from what is in the database and nothing else. It mends nothing; it raises and clears alarms. */
@Injectable()
export class AuditEscalation implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly alarms: Alarms,
    private readonly outbox: Outbox,
    private readonly now: Now,
  ) {}

  /** Answers how much is wrong. */
  async sweep(): Promise<number> {
    return this.database.transaction(async (tx) => {
      const found = [
        ...(await this.overdueClocks(tx)),
        ...(await this.unheardIncidents(tx)),
        ...(await this.unacknowledgedIncidents(tx)),
        ...(await this.workers(tx)),
        ...(await this.lateLetters(tx)),
      ];
      for (const kind of AUDITED) {
        const subjects = found.filter((alarm) => alarm.kind === kind).map(({ subject }) => subject);
        await this.alarms.clearAllBut(tx, kind, subjects);
      }
      await this.alarms.raise(tx, found);
      return found.length;
    });
  }

  /** Clocks that should have been struck: the workers are down, or this one is sick. */
  private async overdueClocks(tx: Transaction): Promise<Alarm[]> {
    const overdue = `state = 'running' and breached_at is null and withdrawn_at is null and due_at < $1`;
    // The next moment of a clock that was not struck is not behind its due instant.
    const clocks = await tx.query<{ id: string; metric: string; ticket: number }>(
      `select id, metric, ticket from (
         select id, metric, ticket_number as ticket, due_at from clock
         where next_moment_at < $1 and set_aside_at is null and ${overdue}
         union all
         select id, metric, ticket_number, due_at from clock where set_aside_at is not null and ${overdue}) as late
       order by due_at limit 1000`,
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

  /** Incidents for which everybody has been called again and again. */
  private async unacknowledgedIncidents(tx: Transaction): Promise<Alarm[]> {
    const incidents = await tx.query<{ id: string; ticket: number }>(
      `select id, ticket_number as ticket from incident where state = 'open' and round >= $1 order by opened_at limit 1000`,
      [MANY_ROUNDS],
    );
    return incidents.map(({ id, ticket }) => ({
      kind: 'unacknowledged',
      subject: id,
      detail: `An incident of ticket #${ticket}: everybody was called ${MANY_ROUNDS} times and nobody has acknowledged.`,
    }));
  }

  /** Workers that are silent, and machines whose clocks are wrong. */
  private async workers(tx: Transaction): Promise<Alarm[]> {
    const workers = await tx.query<{ worker: string; host: string; beatAt: Date; behindMs: number }>(
      `select worker, host, beat_at as "beatAt", behind_ms as "behindMs" from worker_heartbeat order by host`,
    );
    const silent = workers.filter(({ beatAt }) => beatAt < this.ago(SILENT_MS));
    const skewed = workers.filter(({ behindMs }) => Math.abs(behindMs) > MOST_SKEW_MS);
    return [
      ...silent.map(({ worker, host }): Alarm => ({
        kind: 'worker-silent',
        subject: worker,
        detail: `A worker on ${host} has not been heard of for more than a minute.`,
      })),
      ...skewed.map(({ worker, host, behindMs }): Alarm => ({
        kind: 'clock-skew',
        subject: worker,
        detail: `The clock of ${host} differs from the database’s by ${(Math.abs(behindMs) / 1000).toFixed(1)} seconds.`,
      })),
    ];
  }

  /** Letters that stay: nobody sends, or the relay takes nothing. */
  private async lateLetters(tx: Transaction): Promise<Alarm[]> {
    const { untouched, atTheRelay } = await this.outbox.late(tx, this.ago(UNTOUCHED_MS), this.ago(RELAY_AWAY_MS));
    const found: Alarm[] = [];
    if (untouched !== null) {
      const detail = `No worker sends mail: ${many(untouched)} for more than a minute; see the outbox.`;
      found.push({ kind: 'outbox-late', subject: 'workers', detail });
    }
    if (atTheRelay !== null) {
      const detail = `The mail relay takes nothing: ${many(atTheRelay)} for more than five minutes; see the outbox.`;
      found.push({ kind: 'outbox-late', subject: 'relay', detail });
    }
    return found;
  }

  private ago(milliseconds: number): Date {
    return new Date(this.now.read().getTime() - milliseconds);
  }
}

function many({ letters }: Late): string {
  return letters === 1 ? 'a letter waits' : `${letters} letters wait`;
}

import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Log } from '../platform/log/logger.js';
import { Now } from '../platform/time/now.js';

/**
 * What can be wrong with the alarm system itself. The subject is an incident's id, but where it says otherwise.
 * - `chain-empty`: nobody of the chain can be notified, the emergency contact stands in
 * - `nobody`: not even the emergency contact can be notified
 * - `undelivered`: every notification of a step failed
 * - `unheard`: a minute has passed and nothing was handed over
 * - `stuck`: an incident could not be taken a step further
 * - `unacknowledged`: everybody was called several times and nobody has acknowledged
 * - `worker-silent`: a worker has not said for a minute that it lives
 * - `clock-skew`: the clock of a machine differs from the database's by more than two seconds
 * - `clock-overdue`: a clock runs past its due instant and was not struck; the subject is its id
 * - `outbox-late`: letters stay, for want of workers or of the relay; the subject says of which
 * - `mail-storm`: one sender, the subject, floods the desk with mail
 */
export type AlarmKind =
  | 'chain-empty'
  | 'nobody'
  | 'undelivered'
  | 'unheard'
  | 'stuck'
  | 'unacknowledged'
  | 'worker-silent'
  | 'clock-skew'
  | 'clock-overdue'
  | 'outbox-late'
  | 'mail-storm';

export interface Alarm {
  readonly kind: AlarmKind;
  readonly subject: string;
  /** A sentence for a person. */
  readonly detail: string;
}

export interface StandingAlarm extends Alarm {
  readonly raisedAt: Date;
}

/** Whoever watches over incidents must be watched too: alarms stand until what is wrong is right again. */
@Injectable()
export class Alarms {
  constructor(
    private readonly database: Database,
    private readonly now: Now,
    private readonly log: Log,
  ) {}

  /** Raises what does not stand already; of the same thing there is one alarm. */
  async raise(tx: Transaction, alarms: readonly Alarm[]): Promise<void> {
    if (alarms.length === 0) return;

    const raised = await tx.query<Alarm>(
      `insert into alarm (kind, subject, detail, raised_at)
       select kind, subject, detail, $2 from jsonb_to_recordset($1::jsonb) as alarm (kind text, subject text, detail text)
       on conflict (kind, subject) where cleared_at is null do nothing returning kind, subject, detail`,
      [JSON.stringify(alarms), this.now.read()],
    );
    tx.afterCommit(() => {
      for (const { kind, subject, detail } of raised) this.log.error({ alarm: kind, subject }, detail);
    });
  }

  /** What was wrong with these is right again, or matters no more. */
  async clear(tx: Transaction, subjects: readonly string[], kinds: readonly AlarmKind[] | null = null): Promise<void> {
    await tx.query(
      `update alarm set cleared_at = $3
       where cleared_at is null and subject = any($1) and ($2::text[] is null or kind = any($2))`,
      [subjects, kinds, this.now.read()],
    );
  }

  /** Clears every standing alarm of a kind but those about these subjects. */
  async clearAllBut(tx: Transaction, kind: AlarmKind, subjects: readonly string[]): Promise<void> {
    await tx.query(`update alarm set cleared_at = $3 where cleared_at is null and kind = $1 and subject <> all($2)`, [
      kind,
      subjects,
      this.now.read(),
    ]);
  }

  /** What is wrong now, the oldest first. */
  async standing(): Promise<StandingAlarm[]> {
    return this.database.query<StandingAlarm>(
      `select kind, subject, detail, raised_at as "raisedAt" from alarm where cleared_at is null order by id`,
    );
  }
}

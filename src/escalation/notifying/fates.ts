import { Injectable } from '@nestjs/common';
import { LetterGivenUp, LetterHandedOver, MailBounced } from '../../mail/mail-events.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { EventBus } from '../../platform/events/event-bus.js';
import type { RequestError } from '../../platform/outgoing/guarded-request.js';
import { JobQueue } from '../../platform/queue/job-queue.js';
import { Now } from '../../platform/time/now.js';
import { Alarms } from '../alarms.js';
import type { MethodKind } from '../methods.js';
import type { NotificationKind } from '../notification.entity.js';
import { Timeline, type IncidentEventType, type TimelineEntry } from '../timeline.js';
import { ChannelError, NotSetUp, type Handed } from './channel.js';

/** Seconds before each further attempt; after the last one a notification has failed. The chain goes on meanwhile. */
const RETRY_AFTER = [1, 2, 4, 8, 15, 30, 60] as const;
const RECEIPT_WITHIN_MS = 60_000;

/** A notification whose fate is told; `attempts` proves that it is still the teller's. */
export interface Sent {
  readonly id: string;
  /** Null for a test, a verification and the like. */
  readonly incidentId: string | null;
  readonly kind: NotificationKind;
  readonly step: number;
  readonly round: number;
  readonly responderName: string;
  readonly position: number;
  readonly method: MethodKind;
  readonly attempts: number;
}

export const sentColumns = `notification.id, notification.incident_id as "incidentId", notification.kind, notification.step,
  notification.round, notification.responder_name as "responderName", notification.position, notification.method,
  notification.attempts`;

/**
 * What becomes of notifications, and what follows from it. In each transaction the incident is locked before its
 * notifications, as everywhere.
 */
@Injectable()
export class Fates {
  constructor(
    events: EventBus,
    private readonly timeline: Timeline,
    private readonly alarms: Alarms,
    private readonly jobs: JobQueue,
    private readonly now: Now,
  ) {
    events.follow(LetterHandedOver, (tx, facts) => this.lettersArrived(tx, facts));
    events.follow(LetterGivenUp, (tx, facts) => this.lettersLost(tx, facts));
    events.follow(MailBounced, (tx, facts) => this.lettersBounced(tx, facts));
  }

  /** All that went out as one message were taken; what was promised about it must come within a minute. */
  async handedOver(tx: Transaction, all: readonly Sent[], { receipt, promised }: Handed): Promise<void> {
    const at = this.now.read();
    await keepOpen(tx, all);
    const mine = await tx.query<{ id: string }>(
      `update notification set state = 'handedOver', handed_over_at = $2, next_try_at = null, leased_until = null, last_error = null,
         receipt = $3, receipt_due_at = $4
       from jsonb_to_recordset($1::jsonb) as sent (id uuid, attempts integer)
       where notification.id = sent.id and notification.attempts = sent.attempts and state = 'queued' returning notification.id`,
      [JSON.stringify(all), at, receipt, promised ? new Date(at.getTime() + RECEIPT_WITHIN_MS) : null],
    );
    const ids = new Set(mine.map(({ id }) => id));
    const arrived = all.filter(({ id }) => ids.has(id));
    await this.arrived(tx, arrived, at, { receipt, together: all.length });
  }

  /** They failed together: each is tried again, unless that cannot help or was done often enough. */
  async failed(tx: Transaction, all: readonly Sent[], error: RequestError): Promise<void> {
    const at = this.now.read();
    const asked = error instanceof ChannelError ? (error.retryAfter ?? 0) : 0;
    const end = error.mayHaveArrived ? 'unknown' : 'failed';
    const fates = all.map(({ id, attempts }) => {
      const pause = error.permanent ? undefined : RETRY_AFTER[attempts - 1];
      const next = pause === undefined ? null : new Date(at.getTime() + Math.max(pause, asked) * 1000);
      return { id, attempts, next, state: next === null ? end : 'queued' };
    });
    await lock(tx, all);
    const mine = await tx.query<{ id: string; over: boolean }>(
      `update notification set state = fate.state, last_error = $2, leased_until = null, next_try_at = fate.next, captured = $3
       from jsonb_to_recordset($1::jsonb) as fate (id uuid, attempts integer, next timestamptz, state text)
       where notification.id = fate.id and notification.attempts = fate.attempts and notification.state = 'queued'
       returning notification.id, fate.next is null as over`,
      [JSON.stringify(fates), error.message, error instanceof NotSetUp ? error.text : null],
    );
    const over = new Set(mine.filter((one) => one.over).map(({ id }) => id));
    for (const sent of all.filter(({ id }) => over.has(id))) await this.lost(tx, sent, at, error.message);
    const next = new Map(fates.map((fate) => [fate.id, fate.next]));
    const again = all.filter(({ id }) => mine.some((one) => one.id === id && !one.over));
    await this.timeline.write(
      tx,
      entriesOf(again, at, 'retried', (one) => ({
        ...told(one),
        error: error.message,
        again: next.get(one.id)?.toISOString(),
      })),
    );
  }

  /** What a provider says later about what it took: that it was delivered, or that it could not be. */
  async receipt(
    tx: Transaction,
    notification: string,
    { delivered, reason }: { delivered: boolean; reason?: string },
  ): Promise<void> {
    const at = this.now.read();
    const all = await this.lockTogether(tx, notification);
    if (delivered) {
      const arrived = await tx.query<Sent>(
        `update notification set state = 'handedOver', delivered_at = $2, receipt_due_at = null
         where id = any($1) and delivered_at is null and state in ('handedOver', 'unknown') returning ${sentColumns}`,
        [all.map(({ id }) => id), at],
      );
      await this.tell(tx, arrived, at, 'delivered');
    } else {
      const lost = await tx.query<Sent>(
        `update notification set state = 'failed', receipt_due_at = null, last_error = $2
         where id = any($1) and delivered_at is null and state in ('handedOver', 'unknown') returning ${sentColumns}`,
        [all.map(({ id }) => id), reason ?? 'It could not be delivered.'],
      );
      for (const sent of lost) await this.lost(tx, sent, at, reason ?? 'It could not be delivered.');
    }
  }

  /** Receipts that were promised and did not come: nobody knows, so the next method is sent beside. Answers how many. */
  async missReceipts(tx: Transaction): Promise<number> {
    const at = this.now.read();
    const due = await tx.query<Sent>(
      `select ${sentColumns} from notification where receipt_due_at <= $1 and delivered_at is null and state = 'handedOver' limit 200`,
      [at],
    );
    if (due.length === 0) return 0;
    await lock(tx, due);
    const missed = await tx.query<Sent>(
      `update notification set state = 'unknown', receipt_due_at = null, last_error = 'The provider has not said what became of it.'
       where id = any($1) and receipt_due_at <= $2 and delivered_at is null and state = 'handedOver' returning ${sentColumns}`,
      [due.map(({ id }) => id), at],
    );
    await this.tell(tx, missed, at, 'uncertain');
    for (const sent of missed) if (sent.kind === 'alert') await this.takeNextMethod(tx, sent, at);
    return missed.length;
  }

  /** Those that went out in one message with this one, with their incidents locked. */
  async lockTogether(tx: Transaction, notification: string): Promise<Sent[]> {
    const all = await tx.query<Sent>(
      `select ${sentColumns} from notification
       where id = $1 or (kind, responder_name, method, address, receipt) in (
         select kind, responder_name, method, address, receipt from notification where id = $1 and receipt is not null)`,
      [notification],
    );
    await lock(tx, all);
    return all;
  }

  /** They are not needed any more: somebody acknowledged, or the incident is closed. */
  async withdrawn(tx: Transaction, all: readonly Sent[]): Promise<void> {
    if (all.length === 0) return;

    await keepOpen(tx, all);
    const mine = await tx.query<{ id: string }>(
      `update notification set state = 'failed', last_error = 'No longer needed.', leased_until = null, next_try_at = null
       from jsonb_to_recordset($1::jsonb) as sent (id uuid, attempts integer)
       where notification.id = sent.id and notification.attempts = sent.attempts and state = 'queued' returning notification.id`,
      [JSON.stringify(all)],
    );
    const ids = new Set(mine.map(({ id }) => id));
    await this.timeline.write(
      tx,
      entriesOf(
        all.filter(({ id }) => ids.has(id)),
        this.now.read(),
        'withdrawn',
        ({ id: notification, responderName: responder, method }) => ({ notification, responder, method }),
      ),
    );
  }

  private async lettersArrived(tx: Transaction, facts: readonly LetterHandedOver[]): Promise<void> {
    const sent = await byLetter(
      tx,
      facts.map(({ outgoing }) => outgoing),
    );
    await keepOpen(tx, sent);
    for (const { outgoing, at, captured } of facts) {
      const arrived = await tx.query<Sent>(
        `update notification set state = 'handedOver', handed_over_at = $2, last_error = null
         where outgoing_mail_id = $1 and state = 'queued' and id = any($3) returning ${sentColumns}`,
        [outgoing, at, sent.map(({ id }) => id)],
      );
      await this.arrived(tx, arrived, at, { together: arrived.length, ...(captured && { captured }) });
    }
  }

  private async lettersLost(tx: Transaction, facts: readonly LetterGivenUp[]): Promise<void> {
    for (const { outgoing, at, reason } of facts) await this.letterLost(tx, outgoing, at, reason);
  }

  private async lettersBounced(tx: Transaction, facts: readonly MailBounced[]): Promise<void> {
    for (const { outgoing, bounces } of facts) {
      const hard = bounces.find((bounce) => bounce.hard);
      if (outgoing !== null && hard !== undefined) await this.letterLost(tx, outgoing.id, this.now.read(), hard.reason);
    }
  }

  private async letterLost(tx: Transaction, outgoing: string, at: Date, reason: string): Promise<void> {
    const all = await byLetter(tx, [outgoing]);
    await lock(tx, all);
    for (const sent of all) {
      const [mine] = await tx.query(
        `update notification set state = 'failed', handed_over_at = null, last_error = $2
         where id = $1 and state <> 'failed' returning id`,
        [sent.id, reason],
      );
      if (mine !== undefined) await this.lost(tx, sent, at, reason);
    }
  }

  private async arrived(
    tx: Transaction,
    all: readonly Sent[],
    at: Date,
    how: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.tell(tx, all, at, 'notified', how);
    const heard = all.filter(({ kind }) => kind === 'alert').flatMap(({ incidentId }) => incidentId ?? []);
    if (heard.length > 0) await this.alarms.clear(tx, heard, ['unheard', 'undelivered', 'nobody']);
  }

  private async tell(
    tx: Transaction,
    all: readonly Sent[],
    at: Date,
    type: IncidentEventType,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    await this.timeline.write(
      tx,
      entriesOf(all, at, type, (one) => ({ ...told(one), ...more })),
    );
  }

  private async lost(tx: Transaction, sent: Sent, at: Date, error: string): Promise<void> {
    const entries = entriesOf([sent], at, 'notificationFailed', (one) => ({ ...told(one), error }));
    await this.timeline.write(tx, entries);
    if (sent.kind !== 'alert') return;

    await this.takeNextMethod(tx, sent, at);
    await this.noticeUndelivered(tx, sent, at);
  }

  /** The responder's next method goes out now instead of at its own time. */
  private async takeNextMethod(tx: Transaction, sent: Sent, at: Date): Promise<void> {
    const pulled = await tx.query<{ id: string }>(
      `update notification set next_try_at = $6 where id = (
         select id from notification
         where incident_id = $1 and step = $2 and round = $3 and responder_name = $4 and kind = 'alert'
           and position > $5 and state = 'queued' and attempts = 0 and next_try_at > $6
         order by position limit 1)
       returning id`,
      [sent.incidentId, sent.step, sent.round, sent.responderName, sent.position, at],
    );
    for (const { id } of pulled) this.jobs.ring(tx, 'send-notification', id);
  }

  /** Where every notification of a step failed, an alarm is raised and the next step is taken at once. */
  private async noticeUndelivered(tx: Transaction, { incidentId, step, round }: Sent, at: Date): Promise<void> {
    if (incidentId === null) return;

    const [left] = await tx.query(
      `select id from notification
       where incident_id = $1 and step = $2 and round = $3 and kind = 'alert' and state <> 'failed' limit 1`,
      [incidentId, step, round],
    );
    if (left !== undefined) return;

    const [incident] = await tx.query<{ ticket: number }>(
      `select ticket_number as ticket from incident where id = $1 and state = 'open'`,
      [incidentId],
    );
    if (incident === undefined) return;

    const detail = `An incident of ticket #${incident.ticket}: every notification of a step failed; nobody was reached by it.`;
    await this.timeline.write(tx, [
      { incident: incidentId, at, type: 'alarm', data: { alarm: 'undelivered', detail } },
    ]);
    await this.alarms.raise(tx, [{ kind: 'undelivered', subject: incidentId, detail }]);
    // Only from a step of the chain to the one behind it: the repetition keeps its pace, or it would run in circles.
    await tx.query(
      `update incident set next_step_at = $4
       where id = $1 and step = $2 + 1 and round = $3 and next_step_at > $4`,
      [incidentId, step, round, at],
    );
  }
}

/** The notifications that went out as these letters. */
async function byLetter(tx: Transaction, letters: readonly string[]): Promise<Sent[]> {
  return tx.query<Sent>(`select ${sentColumns} from notification where outgoing_mail_id = any($1::uuid[])`, [letters]);
}

/** For what may change the incidents, too. */
async function lock(tx: Transaction, all: readonly Sent[]): Promise<void> {
  await tx.query(`select id from incident where id = any($1) order by id for no key update`, [incidentsOf(all)]);
}

/**
 * Nobody acknowledges or closes these incidents until this transaction is over. Any number may say so at a time: in a storm all
 * messages are about the same incidents, and none shall wait for the others.
 */
export async function keepOpen(tx: Transaction, all: readonly Pick<Sent, 'incidentId'>[]): Promise<void> {
  await tx.query(`select id from incident where id = any($1) order by id for share`, [incidentsOf(all)]);
}

function incidentsOf(all: readonly Pick<Sent, 'incidentId'>[]): string[] {
  return [...new Set(all.flatMap(({ incidentId }) => incidentId ?? []))];
}

function told({ id, kind, responderName, method, attempts }: Sent): Record<string, unknown> {
  return { notification: id, kind, responder: responderName, method, attempts };
}

/** What is about no incident stands in no timeline. */
function entriesOf(
  all: readonly Sent[],
  at: Date,
  type: IncidentEventType,
  data: (sent: Sent) => Record<string, unknown>,
): TimelineEntry[] {
  return all.flatMap((sent) =>
    sent.incidentId === null ? [] : [{ incident: sent.incidentId, at, type, data: data(sent) }],
  );
}

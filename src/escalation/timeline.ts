import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';

/**
 * What can be read in an incident's timeline:
 * - `opened {chain}`
 * - `stepTaken {step, round, notify, onCall}`: who is called now; `onCall` says of which rotas they have the turn
 * - `stepEmpty {step}`: nobody of a step could be notified, the next one was taken at once
 * - `alarm {alarm, detail}`: the chain itself failed; see Alarms
 * - `notified {notification, kind, responder, method, receipt, together, captured}`: taken by the next in line; `together`: that many in
 *   one message; `captured`: kept in the outbox for want of a provider
 * - `retried {…, error, again}`: an attempt failed, the next one is at `again`
 * - `notificationFailed {…, error}`
 * - `delivered` and `uncertain {…}`: what the provider said later, or did not say
 * - `withdrawn {notification, …}`: acknowledged or closed before it was sent
 * - `acknowledged {by, via}`
 * - `answerIgnored {responder, method, because}`: what came back and acknowledges nothing
 * - `offered {by, to}`, then `accepted` or `declined {by, from}` or, in the end, `unanswered {to}`: handed to a colleague, who must accept
 * - `restarted {after}`: acknowledged, but not done in time
 * - `closed {because}`
 */
export type IncidentEventType =
  | 'opened'
  | 'stepTaken'
  | 'stepEmpty'
  | 'alarm'
  | 'notified'
  | 'retried'
  | 'notificationFailed'
  | 'delivered'
  | 'uncertain'
  | 'withdrawn'
  | 'acknowledged'
  | 'answerIgnored'
  | 'offered'
  | 'accepted'
  | 'declined'
  | 'unanswered'
  | 'restarted'
  | 'closed';

export interface TimelineEntry {
  readonly incident: string;
  readonly at: Date;
  readonly type: IncidentEventType;
  readonly data: Record<string, unknown>;
}

/** Every decision and sending of an incident, in the order in which they happened. */
@Injectable()
export class Timeline {
  async write(tx: Transaction, entries: readonly TimelineEntry[]): Promise<void> {
    if (entries.length === 0) return;

    await tx.query(
      `insert into incident_event (incident_id, at, type, data)
       select incident, at, type, data from jsonb_to_recordset($1::jsonb)
         as entry (incident uuid, at timestamptz, type text, data jsonb)`,
      [JSON.stringify(entries)],
    );
  }
}

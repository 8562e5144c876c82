import { Injectable } from '@nestjs/common';
import { Postman } from '../mail/postman.js';
import type { Transaction } from '../platform/database/transaction.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Now } from '../platform/time/now.js';
import { Timeline } from './timeline.js';

/** What happens to notifications when an incident is acknowledged or closed: the unsent are withdrawn, the others told. */
@Injectable()
export class Notices {
  constructor(
    private readonly postman: Postman,
    private readonly timeline: Timeline,
    private readonly jobs: JobQueue,
    private readonly now: Now,
  ) {}

  /**
   * Takes back the alerts of incidents (whose rows are locked) that nobody is sending at this moment. Who is, looks at
   * the incident once more right before the send.
   */
  async withdrawAlerts(tx: Transaction, incidents: readonly string[]): Promise<void> {
    const at = this.now.read();
    const untried = await tx.query<Withdrawn>(
      `delete from notification
       where incident_id = any($1) and kind = 'alert' and state = 'queued' and attempts = 0 and outgoing_mail_id is null
       returning incident_id as incident, responder_name as responder, method`,
      [incidents],
    );
    // What was tried in vain is part of the history; it is not tried again.
    const tried = await tx.query<Withdrawn>(
      `update notification set state = 'failed', next_try_at = null
       where incident_id = any($1) and kind = 'alert' and state = 'queued' and leased_until is null and outgoing_mail_id is null
       returning incident_id as incident, responder_name as responder, method`,
      [incidents],
    );
    const inTheOutbox = await this.takeBackLetters(tx, incidents);
    await this.timeline.write(
      tx,
      [...untried, ...tried, ...inTheOutbox].map(({ incident, ...data }) => ({
        incident,
        at,
        type: 'withdrawn',
        data,
      })),
    );
  }

  private async takeBackLetters(tx: Transaction, incidents: readonly string[]): Promise<Withdrawn[]> {
    const waiting = await tx.query<{ letter: string }>(
      `select distinct outgoing_mail_id as letter from notification
       where incident_id = any($1) and kind = 'alert' and state = 'queued' and outgoing_mail_id is not null
         and not exists (
           select from notification other where other.outgoing_mail_id = notification.outgoing_mail_id
             and other.state = 'queued' and other.incident_id <> all($1))`,
      [incidents],
    );
    if (waiting.length === 0) return [];

    const why = 'No longer needed: the incident was acknowledged or closed before it was sent.';
    const taken = await this.postman.takeBack(
      tx,
      waiting.map(({ letter }) => letter),
      why,
    );
    return tx.query<Withdrawn>(
      `update notification set state = 'failed', last_error = $2 where outgoing_mail_id = any($1::uuid[]) and state = 'queued'
       returning incident_id as incident, responder_name as responder, method`,
      [taken, why],
    );
  }

  /**
   * Tells all those who were notified, by the same ways, except the one who acknowledged it, that it is acknowledged or closed. Nobody's
   * phone rings at night to say that they may sleep, unless a call is the only way by which they were told.
   */
  async tellEverybody(
    tx: Transaction,
    incidents: readonly string[],
    kind: 'acknowledged' | 'closed',
    butResponder: string | null = null,
  ): Promise<void> {
    const rows = await tx.query<{ id: string }>(
      `with told as (
         select distinct on (incident_id, responder_name, method, address)
           incident_id, step, round, responder_id, responder_name, position, method, address
         from notification
         where incident_id = any($1) and kind = 'alert' and responder_id is distinct from $3
           and (state in ('handedOver', 'unknown') or leased_until is not null or (state = 'queued' and outgoing_mail_id is not null))
         order by incident_id, responder_name, method, address, created_at desc)
       insert into notification
         (incident_id, kind, step, round, responder_id, responder_name, position, method, address, state, created_at, next_try_at)
       select incident_id, $2, step, round, responder_id, responder_name, position, method, address, 'queued', $4::timestamptz, $4
       from told
       where method <> 'voice' or not exists (
         select from told other where other.incident_id = told.incident_id and other.responder_name = told.responder_name
           and other.method <> 'voice')
       returning id`,
      [incidents, kind, butResponder, this.now.read()],
    );
    for (const { id } of rows) this.jobs.ring(tx, 'send-notification', id);
  }
}

interface Withdrawn {
  readonly incident: string;
  readonly responder: string;
  readonly method: string;
}

import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { Log } from '../platform/log/logger.js';
import type { Job } from '../platform/queue/job.js';
import { RequestError } from '../platform/outgoing/guarded-request.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Now } from '../platform/time/now.js';
import { AcknowledgementLinks } from './acknowledgement-links.js';
import type { WebhookMethod } from './methods.js';
import { Briefings } from './notifying/briefings.js';
import { ChannelError, type Order } from './notifying/channel.js';
import { EmailChannel } from './notifying/email.channel.js';
import { Fates, sentColumns, type Sent } from './notifying/fates.js';
import { WebhookChannel } from './notifying/webhook.channel.js';

/** Longer than any channel may take; after it another worker tries again, under the same key. */
const LEASE_MS = 30_000;
const BATCH = 50;
/** A method that has not been handed over for so long is joined by the responder's next one. */
const PATIENCE_MS = 10_000;

type Claimed = Sent & {
  readonly repetition: number;
  readonly responderId: string | null;
  readonly address: string;
};

/**
 * Sends what is due, under a lease; the hand-over is noted after it has happened. A worker that dies in between leaves a
 * lease that runs out, so that a notification is sent at least once, always under its own key.
 */
@Injectable()
export class SendNotification implements Job {
  readonly name = 'send-notification';
  readonly concurrency = 20;

  constructor(
    private readonly database: Database,
    private readonly briefings: Briefings,
    private readonly links: AcknowledgementLinks,
    private readonly email: EmailChannel,
    private readonly webhook: WebhookChannel,
    private readonly fates: Fates,
    private readonly now: Now,
    private readonly log: Log,
    jobs: JobQueue,
  ) {
    jobs.register(this);
  }

  async run(id: string): Promise<void> {
    await this.send(await this.claim(id));
  }

  async sweep(): Promise<number> {
    let handled = await this.bringNextMethods();
    for (;;) {
      const claimed = await this.claim();
      await this.send(claimed);
      handled += claimed.length;
      if (claimed.length < BATCH) return handled;
    }
  }

  /** New incidents before repetitions, and both before the news that somebody takes care. */
  private async claim(id: string | null = null): Promise<Claimed[]> {
    const now = this.now.read();
    return this.database.transaction((tx) =>
      tx.query<Claimed>(
        `with due as (
           select id from notification
           where next_try_at <= $1 and (leased_until is null or leased_until <= $1) and ($3::uuid is null or id = $3)
           order by case when kind <> 'alert' then 2 when round > 1 then 1 else 0 end, next_try_at
           limit ${BATCH} for update skip locked)
         update notification
         set leased_until = $2, attempts = attempts + 1, first_tried_at = coalesce(first_tried_at, $1)
         from due where notification.id = due.id
         returning ${sentColumns}, notification.responder_id as "responderId", notification.address,
           (select count(distinct (before.step, before.round))::integer from notification before
            where before.incident_id = notification.incident_id and before.responder_name = notification.responder_name
              and before.kind = 'alert' and before.created_at < notification.created_at) as repetition`,
        [now, new Date(now.getTime() + LEASE_MS), id],
      ),
    );
  }

  private async send(claimed: readonly Claimed[]): Promise<void> {
    if (claimed.length === 0) return;

    const briefings = await this.briefings.of([...new Set(claimed.map(({ incidentId }) => incidentId))]);
    await Promise.all(
      claimed.map(async (notification) => {
        const briefing = briefings.get(notification.incidentId);
        if (briefing === undefined) return;
        const { id: key, incidentId, kind, address, repetition, responderId, responderName: responder } = notification;
        const acknowledgeUrl =
          kind === 'alert' && responderId !== null ? this.links.make(incidentId, responderId) : null;
        await this.deliver(notification, { key, kind, address, responder, briefing, repetition, acknowledgeUrl });
      }),
    );
  }

  private async deliver(notification: Claimed, order: Order): Promise<void> {
    try {
      await (notification.method === 'email' ? this.posted(notification, order) : this.handOver(notification, order));
    } catch (error) {
      const known = error instanceof RequestError;
      // What is not the channel's is ours to mend; the notification is tried again all the same.
      if (!known) this.log.error({ err: error, notification: notification.id }, 'A notification could not be sent.');
      const failure = known ? error : new ChannelError('The desk itself failed while sending.');
      await this.database.transaction((tx) => this.fates.failed(tx, notification, failure));
    }
  }

  /** By our own post: the letter is written in the transaction that looks at the incident, so exactly once. */
  private async posted(notification: Claimed, order: Order): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.query(`select id from incident where id = $1 for no key update`, [notification.incidentId]);
      if (!(await this.isWanted(tx, notification))) {
        await this.fates.withdrawn(tx, notification);
        return;
      }
      const letter = await this.email.post(tx, order);
      await tx.query(
        `update notification set outgoing_mail_id = $3, next_try_at = null, leased_until = null where id = $1 and attempts = $2`,
        [notification.id, notification.attempts, letter],
      );
    });
  }

  private async handOver(notification: Claimed, order: Order): Promise<void> {
    const send = await this.webhook.prepare(order, await this.methodOf(notification));
    // The last look before the send: whoever acknowledged meanwhile is not disturbed.
    if (!(await this.isWanted(this.database, notification))) {
      await this.database.transaction((tx) => this.fates.withdrawn(tx, notification));
      return;
    }
    await send();
    await this.database.transaction((tx) => this.fates.handedOver(tx, notification));
  }

  /** Whether it is still ours to send, and an alert still an alert. */
  private async isWanted(asked: Pick<Database, 'query'>, { id, attempts, kind }: Claimed): Promise<boolean> {
    const [row] = await asked.query<{ state: string }>(
      `select incident.state from notification join incident on incident.id = notification.incident_id
       where notification.id = $1 and notification.attempts = $2 and notification.state = 'queued'`,
      [id, attempts],
    );
    return row !== undefined && (kind !== 'alert' || row.state === 'open');
  }

  private async methodOf({ responderId, address }: Claimed): Promise<WebhookMethod> {
    const [row] = await this.database.query<{ method: WebhookMethod }>(
      `select method from responder, jsonb_array_elements(methods) as method
       where responder.id = $1 and method->>'kind' = 'webhook' and method->>'url' = $2`,
      [responderId, address],
    );
    if (row === undefined) throw new ChannelError('The responder no longer has this webhook.', { permanent: true });
    return row.method;
  }

  /** Where a method stalls, the responder's next one is sent beside it. */
  private async bringNextMethods(): Promise<number> {
    const now = this.now.read();
    const brought = await this.database.query(
      `update notification set next_try_at = $1 where id in (
         select distinct on (later.incident_id, later.responder_name, later.step, later.round) later.id
         from notification later
         where later.next_try_at > $1 and later.attempts = 0 and later.kind = 'alert' and (
           select bool_and(earlier.state <> 'handedOver' and earlier.first_tried_at <= $2) from notification earlier
           where earlier.incident_id = later.incident_id and earlier.responder_name = later.responder_name
             and earlier.step = later.step and earlier.round = later.round and earlier.kind = 'alert'
             and earlier.position < later.position)
         order by later.incident_id, later.responder_name, later.step, later.round, later.position)
       returning id`,
      [now, new Date(now.getTime() - PATIENCE_MS)],
    );
    return brought.length;
  }
}

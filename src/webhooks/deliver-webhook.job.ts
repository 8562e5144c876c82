import { Injectable } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { Database } from '../platform/database/database.js';
import { Log } from '../platform/log/logger.js';
import { ask, locate, RequestError } from '../platform/outgoing/guarded-request.js';
import { namesPrivateAddress } from '../platform/outgoing/outgoing-address.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import type { Job } from '../platform/queue/job.js';
import { Now } from '../platform/time/now.js';
import { DELIVER_WEBHOOK } from './delivering/deliver-webhook.js';
import { bodyOf, signedBy, type Message } from './delivering/message.js';
import { nextTry } from './delivering/retry-schedule.js';
import { WebhookSecrets } from './webhook-secrets.js';

/** So long the other side may take to answer. */
const ANSWER_MS = 15_000;
/** Longer than an answer may take; a process that died in between lets go after it. */
const LEASE_SECONDS = 60;
/** At the same time to one webhook; to one that does not answer, a single one to see whether it is back. */
const AT_ONCE = 4;
const GONE = 410;

interface Claimed extends Message {
  readonly webhook: string;
  readonly url: string;
  readonly allowPrivate: boolean;
  readonly secret: string;
  readonly previousSecret: string | null;
  readonly attempts: number;
}

/** What came of a try. */
interface Outcome {
  readonly status: number | null;
  /** Null: it was taken. */
  readonly error: string | null;
  readonly retryAfter: number | null;
}

/**
 * Tells other programs what happened, signed as the Standard Webhooks say (https://www.standardwebhooks.com), at least once each:
 * whoever hears the same `webhook-id` twice has heard it before.
 */
@Injectable()
export class DeliverWebhookJob implements Job {
  readonly name = DELIVER_WEBHOOK;
  readonly concurrency = 8;
  private readonly log: Log;

  constructor(
    private readonly database: Database,
    private readonly secrets: WebhookSecrets,
    private readonly now: Now,
    jobs: JobQueue,
    log: Log,
  ) {
    this.log = log.child({ job: this.name });
    jobs.register(this);
  }

  async run(id: string): Promise<void> {
    for (const claimed of await this.claim(`delivery.id = $3`, [id])) await this.deliver(claimed);
  }

  /** Each webhook by itself, so that one which does not answer holds up nobody else. */
  async sweep(): Promise<number> {
    const waiting = await this.database.query<{ id: string }>(
      `select distinct webhook.id from webhook join webhook_delivery as delivery on delivery.webhook_id = webhook.id
       where webhook.enabled and delivery.state = 'queued' and delivery.next_try_at <= $1
         and (delivery.leased_until is null or delivery.leased_until <= $1)`,
      [this.now.read()],
    );
    const counts = await Promise.all(waiting.map(({ id }) => this.drain(id)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  private async drain(webhook: string): Promise<number> {
    let handled = 0;
    for (;;) {
      const batch = await this.claim(
        `delivery.id in (
           select one.id from webhook_delivery as one where one.webhook_id = $3 and one.state = 'queued' and one.next_try_at <= $1
             and (one.leased_until is null or one.leased_until <= $1)
           order by one.next_try_at, one.created_at
           limit (select case when failing_since is null then ${AT_ONCE} else 1 end from webhook where id = $3))`,
        [webhook],
      );
      if (batch.length === 0) return handled;
      await Promise.all(batch.map((claimed) => this.deliver(claimed)));
      handled += batch.length;
    }
  }

  private async claim(which: string, parameters: readonly unknown[]): Promise<Claimed[]> {
    const now = this.now.read();
    return this.database.query<Claimed>(
      `with claimed as (
         update webhook_delivery set leased_until = $2, attempts = attempts + 1
         where id in (
           select delivery.id from webhook_delivery as delivery join webhook on webhook.id = delivery.webhook_id
           where delivery.state = 'queued' and delivery.next_try_at <= $1
             and (delivery.leased_until is null or delivery.leased_until <= $1) and webhook.enabled and ${which}
           for update of delivery skip locked)
         returning id, webhook_id, event_id, attempts)
       select claimed.id, claimed.webhook_id as webhook, claimed.attempts, event.type, event.at, event.data, webhook.url,
         webhook.allow_private as "allowPrivate", webhook.secret,
         case when webhook.previous_secret_until > $1 then webhook.previous_secret end as "previousSecret"
       from claimed join webhook on webhook.id = claimed.webhook_id join webhook_event as event on event.id = claimed.event_id`,
      [now, new Date(now.getTime() + LEASE_SECONDS * 1_000), ...parameters],
    );
  }

  private async deliver(claimed: Claimed): Promise<void> {
    const at = this.now.read();
    const began = performance.now();
    const outcome = await this.send(claimed, at);
    await this.note(claimed, at, Math.round(performance.now() - began), outcome);
  }

  private async send(claimed: Claimed, at: Date): Promise<Outcome> {
    const signers = this.signersOf(claimed);
    if (signers.length === 0) {
      return failed('Its signing secret cannot be read with this SECRET_KEY; make a new one.');
    }
    const body = bodyOf(claimed);
    try {
      const url = new URL(claimed.url);
      const allowPrivate = claimed.allowPrivate || namesPrivateAddress(claimed.url);
      const place = await locate(url, { allowPrivate });
      const { status, headers } = await ask(url, place, {
        method: 'POST',
        headers: {
          'user-agent': 'Punctual',
          'content-type': 'application/json',
          ...signedBy(signers, claimed, at, body),
        },
        body,
        withinMs: ANSWER_MS,
        onlyStatus: true,
      });
      if (status >= 200 && status < 300) return { status, error: null, retryAfter: null };
      const redirected = status >= 300 && status < 400 ? '; redirects are not followed' : '';
      return {
        ...failed(`${url.host} answered ${status}${redirected}`, status),
        retryAfter: secondsIn(headers['retry-after']),
      };
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return failed(error.message);
    }
  }

  private signersOf({ webhook, secret, previousSecret }: Claimed): Webhook[] {
    return [secret, previousSecret].flatMap((sealed) => {
      const opened = sealed === null ? null : this.secrets.open(webhook, sealed);
      return opened === null ? [] : [new Webhook(opened)];
    });
  }

  private async note(claimed: Claimed, at: Date, milliseconds: number, outcome: Outcome): Promise<void> {
    const { id, webhook, attempts } = claimed;
    const { status, error, retryAfter } = outcome;
    const isGone = status === GONE;
    const after = this.now.read();
    const next = error === null || isGone ? null : nextTry({ attempts, at: after, retryAfter, chance: Math.random() });
    if (error !== null) {
      this.log.warn(
        { webhook, delivery: id, attempts, status, nextTryAt: next },
        `A webhook did not take it: ${error}`,
      );
    }
    const state = error === null ? 'delivered' : next === null ? 'failed' : 'queued';
    await this.database.transaction(async (tx) => {
      // Locked in this order by whoever changes the webhook as well.
      await tx.query(
        `update webhook set failing_since = case when $2 then null else coalesce(failing_since, $3) end,
           enabled = enabled and not $4, disabled_because = case when $4 then $5 else disabled_because end
         where id = $1 and ($4 or $2 = (failing_since is not null))`,
        [
          webhook,
          error === null,
          at,
          isGone,
          isGone ? `${new URL(claimed.url).host} answered that it is gone for good (410).` : null,
        ],
      );
      await tx.query(
        `update webhook_delivery set state = $2, next_try_at = $3, delivered_at = $4, last_status = $5, last_error = $6, leased_until = null
         where id = $1`,
        [id, state, next, error === null ? after : null, status, error],
      );
      await tx.query(
        `insert into webhook_attempt (delivery_id, at, milliseconds, status, error) select id, $2, $3, $4, $5 from webhook_delivery where id = $1`,
        [id, at, milliseconds, status, error],
      );
    });
  }
}

function failed(error: string, status: number | null = null): Outcome {
  return { status, error, retryAfter: null };
}

/** `Retry-After` as a number of seconds, RFC 9110 §10.2.3; dates are rare there, and then our own schedule holds. */
function secondsIn(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) : null;
}

import { Injectable } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { ask, locate } from '../../platform/outgoing/guarded-request.js';
import { Now } from '../../platform/time/now.js';
import type { WebhookMethod } from '../methods.js';
import { ChannelError, type DirectChannel, type Order } from './channel.js';

const TYPE = { alert: 'incident.opened', acknowledged: 'incident.acknowledged', closed: 'incident.closed' } as const;
/** Answers that another attempt may change: timeouts, conflicts with an attempt under way, too many requests. */
const WORTH_ANOTHER_TRY = new Set([408, 409, 421, 423, 425, 429]);

/** Posts JSON, signed as Standard Webhooks say (https://www.standardwebhooks.com). */
@Injectable()
export class WebhookChannel implements DirectChannel {
  constructor(private readonly now: Now) {}

  async prepare(order: Order, { secret, allowPrivate }: WebhookMethod): Promise<() => Promise<void>> {
    const url = new URL(order.address);
    const place = await locate(url, { allowPrivate });
    const signer = new Webhook(secret);
    return async () => {
      const at = this.now.read();
      const body = bodyOf(order, at);
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Punctual',
        'webhook-id': order.key,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': signer.sign(order.key, at, body),
      };
      const { status } = await ask(url, place, { method: 'POST', headers, body, onlyStatus: true });
      judge(status, url.host);
    };
  }
}

function bodyOf({ kind, responder, briefing, repetition, acknowledgeUrl }: Order, at: Date): string {
  const { incident, ticket, metric, dueAt, openedAt, acknowledgedBy, closedBecause } = briefing;
  const data = {
    incident: { id: incident, metric, dueAt, openedAt, repetition, acknowledgedBy, closedBecause },
    ticket,
    responder,
    acknowledgeUrl,
  };
  return JSON.stringify({ type: TYPE[kind], timestamp: at.toISOString(), data });
}

function judge(status: number, host: string): void {
  if (status >= 200 && status < 300) return;

  const redirects = status >= 300 && status < 400;
  const words = redirects ? `${host} answered ${status}; redirects are not followed` : `${host} answered ${status}`;
  throw new ChannelError(words, { permanent: status < 500 && !WORTH_ANOTHER_TRY.has(status) });
}

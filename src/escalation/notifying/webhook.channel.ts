import { Injectable } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { Now } from '../../platform/time/now.js';
import { MethodSecrets } from '../method-secrets.js';
import type { WebhookMethod } from '../methods.js';
import type { NotificationKind } from '../notification.entity.js';
import { ChannelError, TAKEN, type DirectChannel, type Handed, type Order } from './channel.js';
import { demandTaken, wayTo } from './post.js';

const TYPE: Record<NotificationKind, string> = {
  alert: 'incident.opened',
  acknowledged: 'incident.acknowledged',
  closed: 'incident.closed',
  offered: 'incident.offered',
  answered: 'incident.answered',
  test: 'notification.test',
  verification: 'notification.verification',
  synthetic: 'notification.synthetic',
};

/** Posts JSON, signed as Standard Webhooks say (https://www.standardwebhooks.com). */
@Injectable()
export class WebhookChannel implements DirectChannel<WebhookMethod> {
  constructor(
    private readonly secrets: MethodSecrets,
    private readonly now: Now,
  ) {}

  async prepare(order: Order, method: WebhookMethod, owner: string): Promise<() => Promise<Handed>> {
    const url = new URL(order.address);
    const send = await wayTo(url, method.allowPrivate);
    const secret = this.secrets.open(owner, method.secret);
    if (secret === null) {
      throw new ChannelError('Its signing secret cannot be read with this SECRET_KEY; make a new one.', {
        permanent: true,
      });
    }
    const signer = new Webhook(secret);
    return async () => {
      const at = this.now.read();
      const body = bodyOf(order, at);
      const headers = {
        'content-type': 'application/json',
        'webhook-id': order.key,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': signer.sign(order.key, at, body),
      };
      demandTaken(await send({ headers, body, onlyStatus: true }), url.host);
      return TAKEN;
    };
  }
}

function bodyOf(order: Order, at: Date): string {
  return JSON.stringify({ type: TYPE[order.kind], timestamp: at.toISOString(), data: dataOf(order) });
}

function dataOf({ responder, briefing, repetition, acknowledgeUrl, verification }: Order): object {
  if (briefing === null) return { responder, ...(verification !== null && { verification }) };

  const { incident, ticket, metric, dueAt, openedAt, acknowledgedBy, closedBecause, offer } = briefing;
  return {
    incident: { id: incident, metric, dueAt, openedAt, repetition, acknowledgedBy, closedBecause, offer },
    ticket,
    responder,
    acknowledgeUrl,
  };
}

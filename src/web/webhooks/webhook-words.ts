import type { WebhookEntry, WebhookStanding } from '../../webhooks/webhooks.js';
import type { DeliveryState } from '../../webhooks/webhook-delivery.entity.js';

export const WEBHOOKS = '/admin/webhooks';

export interface Mark {
  readonly tone: 'green' | 'amber' | 'red' | 'outline';
  readonly symbol: string;
  readonly label: string;
}

export const pathOfWebhook = (name: string): string => `${WEBHOOKS}/${encodeURIComponent(name)}`;

export const deliveriesOf = (name: string): string => `${pathOfWebhook(name)}/deliveries`;

/** How it stands with a webhook, at a glance. */
export function standingMark({ enabled = true }: WebhookEntry, standing: WebhookStanding | undefined): Mark {
  const { disabledBecause = null, failingSince = null } = standing ?? {};
  if (!enabled) {
    return disabledBecause === null
      ? { tone: 'outline', symbol: 'circle-off', label: 'switched off' }
      : { tone: 'red', symbol: 'circle-off', label: 'switched off by the desk' };
  }
  return failingSince === null
    ? { tone: 'green', symbol: 'check', label: 'works' }
    : { tone: 'red', symbol: 'circle-alert', label: 'does not answer' };
}

export const DELIVERY_STATES: readonly { readonly name: DeliveryState; readonly label: string; readonly mark: Mark }[] =
  [
    { name: 'queued', label: 'Queued', mark: { tone: 'amber', symbol: 'clock', label: 'queued' } },
    { name: 'delivered', label: 'Delivered', mark: { tone: 'green', symbol: 'check', label: 'delivered' } },
    { name: 'failed', label: 'Given up', mark: { tone: 'red', symbol: 'circle-alert', label: 'given up' } },
  ];

export function deliveryMark(state: DeliveryState): Mark {
  const known = DELIVERY_STATES.find(({ name }) => name === state);
  if (known === undefined) throw new Error(`A delivery cannot be “${state}”.`);
  return known.mark;
}

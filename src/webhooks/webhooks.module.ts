import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { SlaModule } from '../sla/sla.module.js';
import { DeliverWebhookJob } from './deliver-webhook.job.js';
import { DeliveryLog } from './delivery-log.js';
import { Descriptions } from './describing/descriptions.js';
import { ForgetDeliveries } from './forget-deliveries.job.js';
import { WebhookRecorder } from './recorder.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { Webhooks } from './webhooks.js';

const doorstep = [Webhooks, DeliveryLog];

/**
 * Owns: webhook, webhook_event, webhook_delivery, webhook_attempt.
 * Announces: nothing.
 * Follows: every fact about tickets, clocks and incidents.
 */
@Module({
  imports: [IdentityModule, SlaModule],
  providers: [...doorstep, DeliverWebhookJob, Descriptions, ForgetDeliveries, WebhookRecorder, WebhookSecrets],
  exports: doorstep,
})
export class WebhooksModule {}

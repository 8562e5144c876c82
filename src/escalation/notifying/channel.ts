import type { Transaction } from '../../platform/database/transaction.js';
import { RequestError } from '../../platform/outgoing/guarded-request.js';
import type { WebhookMethod } from '../methods.js';
import type { NotificationKind } from '../notification.entity.js';
import type { Briefing } from './briefings.js';

/** One sending, with all that a channel needs for it. */
export interface Order {
  /** The notification's id: the idempotency key, the same at every attempt. */
  readonly key: string;
  readonly kind: NotificationKind;
  readonly address: string;
  readonly responder: string;
  readonly briefing: Briefing;
  /** How often this responder was called for this incident before. */
  readonly repetition: number;
  /** Where the responder acknowledges; null where there is nothing (more) to acknowledge. */
  readonly acknowledgeUrl: string | null;
}

/** Hands over to another program at once, and knows at once how that went. */
export interface DirectChannel {
  /**
   * Prepares all that takes time; the sending begins when the answer is called. Throws a ChannelError, in both halves.
   */
  prepare(order: Order, method: WebhookMethod): Promise<() => Promise<void>>;
}

/** Hands over to our own post office; what becomes of the letter is told later, as a fact. */
export interface PostalChannel {
  /** Posts in this transaction, so that it happens exactly once; answers the letter's id. */
  post(tx: Transaction, order: Order): Promise<string>;
}

/** It was not handed over. Says whether trying again can help, and whether it may have arrived all the same. */
export class ChannelError extends RequestError {
  override readonly name = 'ChannelError';
}

import type { Transaction } from '../../platform/database/transaction.js';
import { RequestError } from '../../platform/outgoing/guarded-request.js';
import type { StoredMethod } from '../methods.js';
import type { NotificationKind } from '../notification.entity.js';
import type { Briefing } from './briefings.js';

/** One sending, with all that a channel needs for it. */
export interface Order {
  /** The notification's id: the idempotency key, the same at every attempt. */
  readonly key: string;
  readonly kind: NotificationKind;
  readonly address: string;
  readonly responder: string;
  readonly deskName: string;
  readonly timezone: string;
  /** The incident it is about; null for a test or a verification. */
  readonly briefing: Briefing | null;
  /** Several at once: every incident that this responder has been called for and that is open. Else nothing. */
  readonly bundle: readonly Briefing[];
  /** How many of them are left out for want of room. */
  readonly more: number;
  /** How often this responder was called for this incident before. */
  readonly repetition: number;
  /** Where the responder acknowledges; null where there is nothing (more) to acknowledge. */
  readonly acknowledgeUrl: string | null;
  /** The same for a text message. */
  readonly shortUrl: string | null;
  /** What they answer to an SMS to acknowledge. */
  readonly code: string | null;
  /** Stands behind the + of our address, where the answer acknowledges. */
  readonly replyToken: string | null;
  /** What proves that a method works. */
  readonly verification: { readonly code: string; readonly url: string } | null;
}

/** It was taken. What becomes of it is told later where the provider has promised so. */
export interface Handed {
  readonly receipt: string | null;
  readonly promised: boolean;
}

export const TAKEN: Handed = { receipt: null, promised: false };

/** Hands over to another program at once, and knows at once how that went. */
export interface DirectChannel<Method extends StoredMethod> {
  /**
   * Prepares all that takes time; the sending begins when the answer is called. Throws a ChannelError, in both halves.
   */
  prepare(order: Order, method: Method, owner: string): Promise<() => Promise<Handed>>;
}

/** Hands over to our own post office; what becomes of the letter is told later, as a fact. */
export interface PostalChannel {
  /** Posts in this transaction, so that it happens exactly once; answers the letter's id. */
  post(tx: Transaction, order: Order): Promise<string>;
}

interface Fault {
  readonly permanent?: boolean;
  readonly mayHaveArrived?: boolean;
  /** Seconds that the other asked us to wait. */
  readonly retryAfter?: number | null;
}

/** It was not handed over. Says whether trying again can help, and whether it may have arrived all the same. */
export class ChannelError extends RequestError {
  override readonly name: string = 'ChannelError';
  readonly retryAfter: number | null;

  constructor(message: string, { retryAfter = null, ...fault }: Fault = {}) {
    super(message, fault);
    this.retryAfter = retryAfter;
  }
}

/** There is no provider that could carry it. What it would have said is kept, so that one can see how it would be. */
export class NotSetUp extends ChannelError {
  override readonly name = 'NotSetUp';

  constructor(
    provider: string,
    readonly text: string,
  ) {
    super(`No account with ${provider} is set up, so it has reached nobody. It is kept in the outbox.`, {
      permanent: true,
    });
  }
}

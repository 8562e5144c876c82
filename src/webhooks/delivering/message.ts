import type { Webhook } from 'standardwebhooks';

/** What is told to one webhook. */
export interface Message {
  /** Of the delivery: the same at every try, so that it can be told apart from a new one. */
  readonly id: string;
  readonly type: string;
  readonly at: Date;
  readonly data: object;
}

/** The body, the same to the byte at every try. */
export function bodyOf({ type, at, data }: Message): string {
  return JSON.stringify({ type, timestamp: at.toISOString(), data });
}

export function messageIdOf({ id }: Pick<Message, 'id'>): string {
  return `msg_${id.replaceAll('-', '')}`;
}

/** The headers that prove where it is from; several signatures while a secret is being changed. */
export function signedBy(
  signers: readonly Webhook[],
  message: Pick<Message, 'id'>,
  at: Date,
  body: string,
): Record<string, string> {
  const id = messageIdOf(message);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signers.map((signer) => signer.sign(id, at, body)).join(' '),
  };
}

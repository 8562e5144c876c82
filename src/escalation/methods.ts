import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { faultOfOutgoingUrl, namesPrivateAddress } from '../platform/outgoing/outgoing-address.js';

const METHOD_KINDS = ['email', 'webhook'] as const;
export type MethodKind = (typeof METHOD_KINDS)[number];

/** A way to notify a responder, as the desk file and the API say it. */
export type MethodEntry =
  | { readonly kind: 'email'; readonly afterSeconds?: number }
  | {
      readonly kind: 'webhook';
      readonly url: string;
      readonly afterSeconds?: number;
      /** `whsec_…`, as Standard Webhooks say. Never handed out again; without one the desk makes one. */
      readonly secret?: string;
      /** The name in the URL may resolve to an address of a private network. */
      readonly allowPrivate?: boolean;
    };

export type StoredMethod = { readonly kind: 'email'; readonly afterSeconds: number } | WebhookMethod;

export interface WebhookMethod {
  readonly kind: 'webhook';
  readonly afterSeconds: number;
  readonly url: string;
  readonly secret: string;
  readonly allowPrivate: boolean;
}

const SECRET_PREFIX = 'whsec_';
const wholeSeconds = 'must be a whole number of seconds from 0 to 3600';
const afterSeconds = z.int(wholeSeconds).min(0, wholeSeconds).max(3600, wholeSeconds).optional();

/** What the input must be; the faults are words for the person who wrote it. */
export const methodEntry = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('email'), afterSeconds }),
    z.strictObject({
      kind: z.literal('webhook'),
      url: z.string().superRefine((url, context) => {
        const message = faultOfOutgoingUrl(url);
        if (message !== null) context.addIssue({ code: 'custom', message });
      }),
      afterSeconds,
      secret: z
        .string()
        .refine(isSecret, `must be ${SECRET_PREFIX} followed by 16 to 64 bytes in base64 (Standard Webhooks)`)
        .optional(),
      allowPrivate: z.boolean().optional(),
    }),
  ],
  { error: `is not a method that this desk can use; these are: ${METHOD_KINDS.join(', ')}` },
);

/** The method as it is kept; a webhook that was there before keeps its secret unless a new one is given. */
export function stored(entry: MethodEntry, before: readonly StoredMethod[]): StoredMethod {
  const seconds = entry.afterSeconds ?? 0;
  if (entry.kind === 'email') return { kind: 'email', afterSeconds: seconds };

  const known = before.find((method) => method.kind === 'webhook' && method.url === entry.url) as
    WebhookMethod | undefined;
  return {
    kind: 'webhook',
    afterSeconds: seconds,
    url: entry.url,
    secret: entry.secret ?? known?.secret ?? `${SECRET_PREFIX}${randomBytes(32).toString('base64')}`,
    allowPrivate: entry.allowPrivate ?? namesPrivateAddress(entry.url),
  };
}

/** What may be shown of it: all but the secret, and no more words than needed to say it again. */
export function shown(method: StoredMethod): MethodEntry {
  const seconds = method.afterSeconds === 0 ? {} : { afterSeconds: method.afterSeconds };
  if (method.kind === 'email') return { kind: 'email', ...seconds };

  const { url, allowPrivate } = method;
  return { kind: 'webhook', url, ...seconds, ...(allowPrivate !== namesPrivateAddress(url) && { allowPrivate }) };
}

function isSecret(text: string): boolean {
  const base64 = text.startsWith(SECRET_PREFIX) ? text.slice(SECRET_PREFIX.length) : text;
  const bytes = Buffer.from(base64, 'base64');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) && base64.length % 4 === 0 && bytes.length >= 16 && bytes.length <= 64;
}

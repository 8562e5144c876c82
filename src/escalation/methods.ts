import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { faultOfOutgoingUrl, namesPrivateAddress } from '../platform/outgoing/outgoing-address.js';
import { fingerprint } from './method-secrets.js';

export const METHOD_KINDS = [
  ...(['email', 'sms', 'voice', 'webhook'] as const),
  ...(['slack', 'teams', 'mattermost', 'ntfy', 'pushover'] as const),
] as const;
export type MethodKind = (typeof METHOD_KINDS)[number];

export type ChatKind = 'slack' | 'teams' | 'mattermost';

/** A way to notify a responder, as the desk file and the API say it. What is secret goes in and never comes out again. */
export type MethodEntry = { readonly afterSeconds?: number } & (
  | { readonly kind: 'email' }
  | {
      readonly kind: 'sms' | 'voice';
      /** Absent: the responder's. */
      readonly phone?: string;
    }
  | {
      readonly kind: 'webhook';
      readonly url: string;
      /** `whsec_…`, as Standard Webhooks say. Never handed out again; without one the desk makes one. */
      readonly secret?: string;
      /** The name in the URL may resolve to an address of a private network. */
      readonly allowPrivate?: boolean;
    }
  | {
      readonly kind: ChatKind;
      /** Where it leads, such as `#outages`; tells several of a kind apart. */
      readonly label?: string;
      /** The address that the chat program gave out. Whoever knows it can post, so it is secret. */
      readonly url?: string;
      readonly allowPrivate?: boolean;
    }
  | {
      readonly kind: 'ntfy';
      /** Of the topic. */
      readonly url: string;
      readonly token?: string;
      readonly allowPrivate?: boolean;
    }
  | { readonly kind: 'pushover'; readonly label?: string; readonly userKey?: string }
);

export interface WebhookMethod {
  readonly kind: 'webhook';
  readonly afterSeconds: number;
  readonly url: string;
  /** Sealed. */
  readonly secret: string;
  readonly allowPrivate: boolean;
}

export interface PhoneMethod {
  readonly kind: 'sms' | 'voice';
  readonly afterSeconds: number;
  readonly phone: string | null;
}

export interface ChatMethod {
  readonly kind: ChatKind;
  readonly afterSeconds: number;
  readonly label: string;
  /** The URL, sealed; null: it must be given once more, as after an import. */
  readonly secret: string | null;
  /** Says which URL it is to those who know it. */
  readonly hint: string;
  readonly allowPrivate: boolean;
}

export interface NtfyMethod {
  readonly kind: 'ntfy';
  readonly afterSeconds: number;
  readonly url: string;
  /** The token, sealed. */
  readonly secret: string | null;
  readonly allowPrivate: boolean;
}

export interface PushoverMethod {
  readonly kind: 'pushover';
  readonly afterSeconds: number;
  readonly label: string;
  /** The user key, sealed. */
  readonly secret: string | null;
  readonly hint: string;
}

export type StoredMethod =
  | { readonly kind: 'email'; readonly afterSeconds: number }
  | PhoneMethod
  | WebhookMethod
  | ChatMethod
  | NtfyMethod
  | PushoverMethod;

const SECRET_PREFIX = 'whsec_';
const wholeSeconds = 'must be a whole number of seconds from 0 to 3600';
const afterSeconds = z.int(wholeSeconds).min(0, wholeSeconds).max(3600, wholeSeconds).optional();
const allowPrivate = z.boolean().optional();
const label = z.string().trim().max(60, 'may have 60 characters at the most').optional();
const outgoingUrl = z.string().superRefine((url, context) => {
  const message = faultOfOutgoingUrl(url);
  if (message !== null) context.addIssue({ code: 'custom', message });
});
export const phoneNumber = z
  .string()
  .trim()
  .regex(/^\+?[\d ()/.-]{3,30}$/, 'must be a phone number, such as +49 30 1234567');

const callable = phoneNumber
  .refine((phone) => isCallable(phone), 'must begin with + and the code of the country, such as +49 30 1234567')
  .optional();
const chat = <Kind extends ChatKind>(kind: Kind) =>
  z.strictObject({ kind: z.literal(kind), afterSeconds, label, url: outgoingUrl.optional(), allowPrivate });

/** What the input must be; the faults are words for the person who wrote it. */
export const methodEntry = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('email'), afterSeconds }),
    z.strictObject({ kind: z.literal('sms'), afterSeconds, phone: callable }),
    z.strictObject({ kind: z.literal('voice'), afterSeconds, phone: callable }),
    z.strictObject({
      kind: z.literal('webhook'),
      url: outgoingUrl,
      afterSeconds,
      secret: z
        .string()
        .refine(isSecret, `must be ${SECRET_PREFIX} followed by 16 to 64 bytes in base64 (Standard Webhooks)`)
        .optional(),
      allowPrivate,
    }),
    chat('slack'),
    chat('teams'),
    chat('mattermost'),
    z.strictObject({
      kind: z.literal('ntfy'),
      url: outgoingUrl.refine(
        (url) => topicOf(url) !== null,
        'must end with a topic, such as https://ntfy.sh/my-topic',
      ),
      afterSeconds,
      token: z
        .string()
        .trim()
        .regex(/^[\x21-\x7e]{1,200}$/, 'must be a token without blanks')
        .optional(),
      allowPrivate,
    }),
    z.strictObject({
      kind: z.literal('pushover'),
      afterSeconds,
      label,
      userKey: z
        .string()
        .trim()
        .regex(/^[A-Za-z0-9]{30}$/, 'must be the 30 letters and digits that Pushover shows as your user key')
        .optional(),
    }),
  ],
  { error: `is not a method that this desk can use; these are: ${METHOD_KINDS.join(', ')}` },
);

/** The method as it is kept; what was there before keeps its secret unless a new one is given. */
export function stored(
  entry: MethodEntry,
  before: readonly StoredMethod[],
  seal: (secret: string) => string,
): StoredMethod {
  const seconds = { afterSeconds: entry.afterSeconds ?? 0 };
  const known = before.find((method) => nameOf(method) === nameOf(entry));
  switch (entry.kind) {
    case 'email':
      return { kind: 'email', ...seconds };
    case 'sms':
    case 'voice':
      return { kind: entry.kind, ...seconds, phone: entry.phone ?? null };
    case 'webhook': {
      const { url } = entry;
      const given = entry.secret === undefined ? null : seal(entry.secret);
      const kept = known?.kind === 'webhook' ? known.secret : null;
      const secret = given ?? kept ?? seal(newSecret());
      return { kind: 'webhook', ...seconds, url, secret, allowPrivate: entry.allowPrivate ?? namesPrivateAddress(url) };
    }
    case 'slack':
    case 'teams':
    case 'mattermost':
      return chatMethod(entry, known as ChatMethod | undefined, seal);
    case 'ntfy': {
      const { url, token } = entry;
      const kept = known?.kind === 'ntfy' ? known.secret : null;
      const secret = token === undefined ? kept : seal(token);
      return { kind: 'ntfy', ...seconds, url, secret, allowPrivate: entry.allowPrivate ?? namesPrivateAddress(url) };
    }
    case 'pushover': {
      const { userKey } = entry;
      const kept = known?.kind === 'pushover' ? known : undefined;
      return {
        ...{ kind: 'pushover', ...seconds, label: entry.label ?? '' },
        secret: userKey === undefined ? (kept?.secret ?? null) : seal(userKey),
        hint: userKey === undefined ? (kept?.hint ?? '') : fingerprint(userKey),
      };
    }
  }
}

/** What may be shown of it: all but the secrets, and no more words than needed to say it again. */
export function shown(method: StoredMethod): MethodEntry {
  const seconds = method.afterSeconds === 0 ? {} : { afterSeconds: method.afterSeconds };
  switch (method.kind) {
    case 'email':
      return { kind: 'email', ...seconds };
    case 'sms':
    case 'voice':
      return { kind: method.kind, ...(method.phone !== null && { phone: method.phone }), ...seconds };
    case 'webhook':
    case 'ntfy': {
      const { kind, url } = method;
      return {
        ...{ kind, url, ...seconds },
        ...(method.allowPrivate !== namesPrivateAddress(url) && { allowPrivate: method.allowPrivate }),
      };
    }
    case 'slack':
    case 'teams':
    case 'mattermost': {
      const { kind, label: name } = method;
      return {
        kind,
        ...(name !== '' && { label: name }),
        ...seconds,
        ...(method.allowPrivate && { allowPrivate: true }),
      };
    }
    case 'pushover':
      return { kind: 'pushover', ...(method.label !== '' && { label: method.label }), ...seconds };
  }
}

/** Where it leads, in words that give no secret away; null: nowhere yet. */
export function addressOf(
  method: StoredMethod,
  { email, phone }: { email: string | null; phone: string | null },
): string | null {
  switch (method.kind) {
    case 'email':
      return email;
    case 'sms':
    case 'voice': {
      const number = method.phone ?? phone;
      return number !== null && isCallable(number) ? dialled(number) : null;
    }
    case 'webhook':
    case 'ntfy':
      return method.url;
    case 'slack':
    case 'teams':
    case 'mattermost':
    case 'pushover':
      return method.secret === null ? null : `${method.label} (${method.hint})`.trimStart();
  }
}

/** By what one is told from others of the same responder. */
export function nameOf(method: MethodEntry | StoredMethod): string {
  switch (method.kind) {
    case 'email':
      return 'email';
    case 'sms':
    case 'voice':
      return `${method.kind} ${dialled(method.phone ?? '')}`;
    case 'webhook':
    case 'ntfy':
      return `${method.kind} ${method.url}`;
    case 'slack':
    case 'teams':
    case 'mattermost':
    case 'pushover':
      return `${method.kind} ${method.label ?? ''}`;
  }
}

/** `+49 (30) 123-4567` as one dials it: `+49301234567`. */
export function dialled(phone: string): string {
  return phone.replaceAll(/[^\d+]/g, '');
}

/** A secret for a webhook, as Standard Webhooks say. */
export function newSecret(): string {
  return `${SECRET_PREFIX}${randomBytes(32).toString('base64')}`;
}

/** The topic that an ntfy URL ends with. */
export function topicOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  return /\/([-_A-Za-z0-9]{1,64})$/.exec(new URL(url).pathname)?.[1] ?? null;
}

function chatMethod(
  { kind, label: name = '', url, ...entry }: Extract<MethodEntry, { kind: ChatKind }>,
  known: ChatMethod | undefined,
  seal: (secret: string) => string,
): ChatMethod {
  const mayBePrivate = url === undefined ? known?.allowPrivate : namesPrivateAddress(url);
  return {
    ...{ kind, afterSeconds: entry.afterSeconds ?? 0, label: name },
    secret: url === undefined ? (known?.secret ?? null) : seal(url),
    hint: url === undefined ? (known?.hint ?? '') : `${new URL(url).host} ${fingerprint(url)}`,
    allowPrivate: entry.allowPrivate ?? mayBePrivate ?? false,
  };
}

/** Providers dial numbers with the code of a country and nothing else (E.164). */
export function isCallable(phone: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(dialled(phone));
}

function isSecret(text: string): boolean {
  const base64 = text.startsWith(SECRET_PREFIX) ? text.slice(SECRET_PREFIX.length) : text;
  const bytes = Buffer.from(base64, 'base64');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) && base64.length % 4 === 0 && bytes.length >= 16 && bytes.length <= 64;
}

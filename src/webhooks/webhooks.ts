import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Audit, theDeskItself, type AuditedBy } from '../identity/audit.js';
import type { Transaction } from '../platform/database/transaction.js';
import { faultOfOutgoingUrl } from '../platform/outgoing/outgoing-address.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { SUBSCRIPTIONS } from './event-types.js';
import { isSecret, newSecret, WebhookSecrets } from './webhook-secrets.js';

/** So long the secret before signs as well, in hours. */
const BOTH_SIGN_HOURS = 24;

/** Another program that is told what happens, as the desk file says it. Its secret goes in and never comes out again. */
export interface WebhookEntry {
  readonly name: string;
  readonly url: string;
  /** Such as `clock.breached` or `incident.*`; absent: everything. */
  readonly events?: readonly string[];
  /** False: it is told nothing for now. */
  readonly enabled?: boolean;
  /** Its name may lead into a private network. */
  readonly allowPrivate?: boolean;
  /** `whsec_…`; without one the desk makes one. */
  readonly secret?: string;
}

/** How it stands with a webhook. */
export interface WebhookStanding {
  /** Since when nothing has got through. */
  readonly failingSince: Date | null;
  /** Why the desk itself has switched it off. */
  readonly disabledBecause: string | null;
}

interface Stored {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[] | null;
  readonly enabled: boolean;
  readonly allowPrivate: boolean;
  readonly secret: string;
}

const webhookEntry = z.strictObject({
  name: z.string().trim().min(1, 'must not be empty').max(100, 'may have 100 characters at the most'),
  url: z.string().superRefine((url, context) => {
    const message = faultOfOutgoingUrl(url);
    if (message !== null) context.addIssue({ code: 'custom', message });
  }),
  events: z
    .array(
      z
        .string()
        .refine(
          (type) => SUBSCRIPTIONS.includes(type),
          'is not something that happens here; see the list in the API’s pages',
        ),
    )
    .min(1, 'must name something; without it everything is told')
    .optional(),
  enabled: z.boolean().optional(),
  allowPrivate: z.boolean().optional(),
  secret: z.string().refine(isSecret, 'must be whsec_ followed by the base64 of 24 to 64 bytes').optional(),
});

const SELECT = `select id, name, url, events, enabled, allow_private as "allowPrivate", secret from webhook`;

/** The programs that are told what happens here. */
@Injectable()
export class Webhooks {
  constructor(
    private readonly secrets: WebhookSecrets,
    private readonly audit: Audit,
    private readonly now: Now,
  ) {}

  /** All, in the desk file's shape and without secrets. */
  async all(tx: Transaction): Promise<WebhookEntry[]> {
    const rows = await tx.query<Stored>(`${SELECT} order by name collate "und-x-icu", name`);
    return rows.map(toEntry);
  }

  async standing(tx: Transaction): Promise<Map<string, WebhookStanding>> {
    const rows = await tx.query<WebhookStanding & { name: string }>(
      `select name, failing_since as "failingSince", disabled_because as "disabledBecause" from webhook`,
    );
    return new Map(rows.map(({ name, ...standing }) => [name, standing]));
  }

  /** Adds the webhook or makes the stored one equal to `entry`; a secret that is not given stays. */
  async save(
    tx: Transaction,
    entry: WebhookEntry,
    by: AuditedBy = theDeskItself,
  ): Promise<'added' | 'changed' | 'unchanged'> {
    const { secret, ...wanted } = checked(entry);
    await tx.lock('webhook');
    const before = await this.find(tx, wanted.name);
    const id = before?.id ?? randomUUID();
    const given = secret ?? (before === null ? newSecret() : null);
    const isNewSecret = given !== null && (before === null || this.secrets.open(id, before.secret) !== given);
    const after = {
      ...{ id, name: wanted.name, url: wanted.url, events: wanted.events ?? null },
      ...{ enabled: wanted.enabled ?? true, allowPrivate: wanted.allowPrivate ?? false },
      secret: given !== null && isNewSecret ? this.secrets.seal(id, given) : (before?.secret ?? ''),
    };
    const isSame = before !== null && JSON.stringify(toEntry(before)) === JSON.stringify(toEntry(after));
    if (isSame && !isNewSecret) return 'unchanged';

    // Whoever switches it on again has mended it: what was said against it is over.
    await tx.query(
      `insert into webhook (id, name, url, events, enabled, allow_private, secret) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict on constraint webhook_pk do update set url = excluded.url, events = excluded.events,
         enabled = excluded.enabled, allow_private = excluded.allow_private,
         failing_since = case when webhook.url = excluded.url then webhook.failing_since end,
         disabled_because = case when excluded.enabled then null else webhook.disabled_because end`,
      [id, after.name, after.url, after.events, after.enabled, after.allowPrivate, after.secret],
    );
    if (before !== null && isNewSecret) await this.changeSecret(tx, before, after.secret);
    await this.audit.record(tx, {
      by,
      action: before === null ? 'webhook.added' : 'webhook.changed',
      subject: `webhook ${after.name}`,
      data: { from: before === null ? null : toEntry(before), to: toEntry(after), newSecret: isNewSecret },
    });
    return before === null ? 'added' : 'changed';
  }

  /** It and the log of its deliveries are gone; what waits is not told any more. */
  async remove(tx: Transaction, name: string, by: AuditedBy = theDeskItself): Promise<void> {
    const webhook = await this.demand(tx, name);
    await tx.query(`delete from webhook where id = $1`, [webhook.id]);
    await this.audit.record(tx, {
      by,
      action: 'webhook.removed',
      subject: `webhook ${name}`,
      data: { from: toEntry(webhook) },
    });
  }

  /** Makes a new secret, which is answered this once. For a day the one before signs as well. */
  async renewSecret(tx: Transaction, name: string, by: AuditedBy): Promise<string> {
    const webhook = await this.demand(tx, name);
    const secret = newSecret();
    await this.changeSecret(tx, webhook, this.secrets.seal(webhook.id, secret));
    await this.audit.record(tx, { by, action: 'webhook.secret-renewed', subject: `webhook ${name}`, data: {} });
    return secret;
  }

  private async changeSecret(tx: Transaction, { id, secret: before }: Stored, sealed: string): Promise<void> {
    const until = new Date(this.now.read().getTime() + BOTH_SIGN_HOURS * 3_600_000);
    await tx.query(`update webhook set secret = $2, previous_secret = $3, previous_secret_until = $4 where id = $1`, [
      ...[id, sealed, before],
      until,
    ]);
  }

  private async demand(tx: Transaction, name: string): Promise<Stored> {
    const webhook = await this.find(tx, name);
    if (webhook === null) throw Problem.notFound(`There is no webhook named ${name}.`);
    return webhook;
  }

  private async find(tx: Transaction, name: string): Promise<Stored | null> {
    const [row] = await tx.query<Stored>(`${SELECT} where name = $1 for update`, [name]);
    return row ?? null;
  }
}

function checked(entry: WebhookEntry): z.output<typeof webhookEntry> {
  const { data, error } = webhookEntry.safeParse(entry);
  if (data !== undefined) return data;

  const faults = error.issues.map(({ path, message }) => ({ field: path.join('.'), detail: message }));
  const detail = faults.map(({ field, detail: fault }) => `${field} ${fault}`).join('; ');
  throw Problem.invalid(`The webhook ${JSON.stringify(entry.name)} cannot be saved: ${detail}.`, faults);
}

function toEntry({ name, url, events, enabled, allowPrivate }: Stored): WebhookEntry {
  return {
    ...{ name, url },
    ...(events !== null && { events }),
    ...(!enabled && { enabled }),
    ...(allowPrivate && { allowPrivate }),
  };
}

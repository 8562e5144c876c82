import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Audit, theDeskItself, type AuditedBy } from '../identity/audit.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { faultOfOutgoingUrl } from '../platform/outgoing/outgoing-address.js';
import { Problem } from '../platform/problems/problem.js';
import { MethodSecrets } from './method-secrets.js';
import { phoneNumber, type MethodKind } from './methods.js';

/** An account with somebody who carries notifications, as the desk file says it. Its secret goes in and never comes out again. */
export type ProviderEntry =
  | {
      readonly name: 'twilio';
      readonly accountSid: string;
      readonly authToken?: string;
      /** A phone number, or for messages a messaging service (`MG…`). */
      readonly from: string;
      /** Who calls; absent: `from`. */
      readonly voiceFrom?: string;
      /** Another address of the API, such as a regional one. */
      readonly apiUrl?: string;
    }
  | { readonly name: 'pushover'; readonly appToken?: string; readonly apiUrl?: string };

export type ProviderName = ProviderEntry['name'];

export interface Twilio {
  readonly accountSid: string;
  readonly authToken: string;
  readonly from: string;
  readonly voiceFrom: string;
  readonly apiUrl: string;
}

export interface Pushover {
  readonly appToken: string;
  readonly apiUrl: string;
}

/** Which provider a method needs; the others need none. */
export const PROVIDER_OF: Partial<Record<MethodKind, ProviderName>> = {
  sms: 'twilio',
  voice: 'twilio',
  pushover: 'pushover',
};

const TWILIO = 'https://api.twilio.com';
const PUSHOVER = 'https://api.pushover.net';

const apiUrl = z
  .string()
  .superRefine((url, context) => {
    const message = faultOfOutgoingUrl(url);
    if (message !== null) context.addIssue({ code: 'custom', message });
  })
  .transform((url) => url.replace(/\/+$/, ''))
  .optional();
const caller = z
  .string()
  .trim()
  .refine(
    (from) => /^MG[0-9a-f]{32}$/i.test(from) || phoneNumber.safeParse(from).success,
    'must be a phone number, such as +49 30 1234567, or a messaging service (MG…)',
  );

const providerEntry = z.discriminatedUnion(
  'name',
  [
    z.strictObject({
      name: z.literal('twilio'),
      accountSid: z.string().regex(/^AC[0-9a-f]{32}$/i, 'must be AC followed by 32 hexadecimal digits'),
      authToken: z
        .string()
        .regex(/^[0-9a-zA-Z]{16,64}$/, 'must be the token that Twilio shows beside the account SID')
        .optional(),
      from: caller,
      voiceFrom: phoneNumber.optional(),
      apiUrl,
    }),
    z.strictObject({
      name: z.literal('pushover'),
      appToken: z
        .string()
        .regex(/^[A-Za-z0-9]{30}$/, 'must be the 30 letters and digits of your application’s token')
        .optional(),
      apiUrl,
    }),
  ],
  { error: 'is not a provider that this desk knows; these are: twilio, pushover' },
);

interface Row {
  readonly name: ProviderName;
  readonly definition: Omit<Extract<ProviderEntry, { name: 'twilio' }>, 'name' | 'authToken'>;
  readonly secret: string | null;
}

/** The accounts by which SMS, calls and pushes leave the house. */
@Injectable()
export class Providers {
  constructor(
    private readonly database: Database,
    private readonly secrets: MethodSecrets,
    private readonly audit: Audit,
  ) {}

  /** All, in the desk file's shape and without secrets. */
  async all(tx: Transaction): Promise<ProviderEntry[]> {
    return (await this.rows(tx)).map(toEntry);
  }

  /** Adds the account or makes the stored one equal to `entry`; a secret that is not given stays. */
  async save(
    tx: Transaction,
    entry: ProviderEntry,
    by: AuditedBy = theDeskItself,
  ): Promise<'added' | 'changed' | 'unchanged'> {
    const { name, definition, secret: given } = parted(entry);
    await tx.lock('provider');
    const before = (await this.rows(tx)).find((row) => row.name === name);
    const kept = before?.secret ?? null;
    const isNewSecret = given !== null && (kept === null || this.secrets.open(name, kept) !== given);
    const after = { name, definition, secret: kept } as Row;
    const isSame = before !== undefined && JSON.stringify(toEntry(before)) === JSON.stringify(toEntry(after));
    if (isSame && !isNewSecret) return 'unchanged';

    await tx.query(
      `insert into provider (name, definition, secret) values ($1, $2, $3)
       on conflict on constraint provider_pk do update set definition = excluded.definition, secret = excluded.secret`,
      [name, JSON.stringify(definition), isNewSecret ? this.secrets.seal(name, given) : kept],
    );
    const action = before === undefined ? 'provider.added' : 'provider.changed';
    const data = { from: before === undefined ? null : toEntry(before), to: toEntry(after), newSecret: isNewSecret };
    await this.audit.record(tx, { by, action, subject: `provider ${name}`, data });
    return before === undefined ? 'added' : 'changed';
  }

  async remove(tx: Transaction, name: string, by: AuditedBy = theDeskItself): Promise<void> {
    const [row] = await tx.query<Row>(`delete from provider where name = $1 returning name, definition, secret`, [
      name,
    ]);
    if (row === undefined) throw Problem.notFound(`There is no provider named ${name}.`);
    const data = { from: toEntry(row) };
    await this.audit.record(tx, { by, action: 'provider.removed', subject: `provider ${name}`, data });
  }

  /** The account with Twilio; null: there is none that could be used. */
  async twilio(): Promise<Twilio | null> {
    const found = await this.usable('twilio');
    if (found === null) return null;
    const { accountSid, from, voiceFrom = from, apiUrl: url = TWILIO } = found.definition;
    return { accountSid, authToken: found.secret, from, voiceFrom, apiUrl: url };
  }

  async pushover(): Promise<Pushover | null> {
    const found = await this.usable('pushover');
    return found === null ? null : { appToken: found.secret, apiUrl: found.definition.apiUrl ?? PUSHOVER };
  }

  /** The names of those that can be used. */
  async usableOnes(asked: Pick<Transaction, 'query'>): Promise<Set<ProviderName>> {
    const rows = await this.rows(asked);
    return new Set(rows.filter(({ secret }) => secret !== null).map(({ name }) => name));
  }

  private async usable(name: ProviderName): Promise<{ definition: Row['definition']; secret: string } | null> {
    const row = (await this.rows(this.database)).find((one) => one.name === name);
    const sealed = row?.secret ?? null;
    const secret = sealed === null ? null : this.secrets.open(name, sealed);
    return row === undefined || secret === null ? null : { definition: row.definition, secret };
  }

  private async rows(asked: Pick<Transaction, 'query'>): Promise<Row[]> {
    return asked.query<Row>(`select name, definition, secret from provider order by name`);
  }
}

function parted(entry: ProviderEntry): { name: ProviderName; definition: object; secret: string | null } {
  const { data, error } = providerEntry.safeParse(entry);
  if (data === undefined) {
    const faults = error.issues.map(({ path, message }) => ({ field: path.join('.'), detail: message }));
    const detail = faults.map(({ field, detail: fault }) => `${field} ${fault}`).join('; ');
    throw Problem.invalid(`The provider ${JSON.stringify(entry.name)} cannot be saved: ${detail}.`, faults);
  }
  if (data.name === 'twilio') {
    const { name, authToken = null, ...definition } = data;
    return { name, definition, secret: authToken };
  }
  const { name, appToken = null, ...definition } = data;
  return { name, definition, secret: appToken };
}

function toEntry({ name, definition }: Row): ProviderEntry {
  const { accountSid, from, voiceFrom, apiUrl: url } = definition;
  const address = url !== undefined && { apiUrl: url };
  if (name === 'pushover') return { name, ...address };
  return { name, accountSid, from, ...(voiceFrom !== undefined && { voiceFrom }), ...address };
}

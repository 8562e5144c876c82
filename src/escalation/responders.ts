import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Audit, theDeskItself, type AuditedBy } from '../identity/audit.js';
import { isTimeZone } from '../calendar/local-time.js';
import { minutesOf } from '../calendar/opening-hours.js';
import { EMAIL_ADDRESS } from '../platform/config/email-address.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import type { Rest } from './chain/rest.js';
import { instantOf } from './chain/rota.js';
import { ROTA_WITH } from './rotas.js';
import { MethodSecrets } from './method-secrets.js';
import {
  addressOf,
  isCallable,
  methodEntry,
  nameOf,
  newSecret,
  phoneNumber,
  shown,
  stored,
  type MethodEntry,
  type MethodKind,
  type StoredMethod,
} from './methods.js';

/** Somebody who can be called, as the desk file and the API say it. */
export interface ResponderEntry {
  readonly name: string;
  readonly email?: string;
  readonly phone?: string;
  /** In the order in which they are tried. Absent: by e-mail, where there is an address. */
  readonly methods?: readonly MethodEntry[];
  /** The 24x7 contact. There is one: who becomes it takes the place of the one before. Absent: as it was. */
  readonly emergency?: boolean;
  /** Of the quiet hours and absences. Absent: the desk's. */
  readonly timezone?: string;
  /** Each day from a time until another they are not called: `["22:00", "07:00"]`. The emergency contact is all the same. */
  readonly quietHours?: readonly (readonly [string, string])[];
  /** From a wall-clock time until another they are not called: `2026-12-24T18:00`. The emergency contact is all the same. */
  readonly away?: readonly { readonly from: string; readonly to: string }[];
}

/** Somebody who can be called, with all the ways to do so. */
export interface Responder {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly methods: readonly StoredMethod[];
  readonly emergency: boolean;
  /** When they are not called, unless they are the emergency contact; null: they always are. */
  readonly rest: Rest | null;
}

/** Where one of a responder's methods leads. */
export interface Destination {
  readonly position: number;
  readonly method: MethodKind;
  readonly address: string;
  readonly afterSeconds: number;
}

const timeOfDay = z
  .string()
  .refine((at) => (minutesOf(at) ?? 1440) < 1440, 'must be a time of day from 00:00 to 23:59');

const responderEntry = z
  .strictObject({
    name: z.string().trim().min(1, 'must not be empty').max(100, 'may have 100 characters at the most'),
    email: z
      .string()
      .trim()
      .pipe(z.email({ pattern: EMAIL_ADDRESS, error: 'must be an e-mail address' }))
      .optional(),
    phone: phoneNumber.optional(),
    methods: z.array(methodEntry).max(20, 'may be 20 at the most').optional(),
    emergency: z.boolean().optional(),
    timezone: z.string().refine(isTimeZone, 'must be the name of a time zone, such as Europe/Berlin').optional(),
    quietHours: z
      .array(z.tuple([timeOfDay, timeOfDay]))
      .max(10, 'may be 10 at the most')
      .optional(),
    away: z
      .array(z.strictObject({ from: z.string(), to: z.string() }))
      .max(200, 'may be 200 at the most')
      .optional(),
  })
  .superRefine(({ away = [], quietHours = [] }, context) => {
    quietHours.forEach(([from, to], index) => {
      if (from !== to) return;
      context.addIssue({ code: 'custom', path: ['quietHours', index, 1], message: 'must differ from the beginning' });
    });
    away.forEach(({ from, to }, index) => {
      const fault = (field: string, message: string): void => {
        context.addIssue({ code: 'custom', path: ['away', index, field], message });
      };
      const [start, end] = [instantOf('UTC', from), instantOf('UTC', to)];
      if (start === null) fault('from', 'must be a local time such as 2026-12-24T18:00');
      if (end === null) fault('to', 'must be a local time such as 2027-01-02T08:00');
      if (start !== null && end !== null && start >= end) fault('to', 'must be later than from');
    });
  })
  .superRefine(({ email, phone, methods = [] }, context) => {
    const mailed = methods.findIndex(({ kind }) => kind === 'email');
    if (mailed !== -1 && email === undefined) {
      const message = 'needs the e-mail address of this responder';
      context.addIssue({ code: 'custom', path: ['methods', mailed, 'kind'], message });
    }
    methods.forEach((method, index) => {
      if (method.kind !== 'sms' && method.kind !== 'voice') return;
      if (isCallable(method.phone ?? phone ?? '')) return;
      const message = 'needs a phone number that begins with + and the code of the country';
      context.addIssue({ code: 'custom', path: ['methods', index, 'phone'], message });
    });
    const places = methods.map((method) => nameOf(method as MethodEntry));
    const twice = places.findIndex((place, index) => places.indexOf(place) !== index);
    if (twice !== -1) context.addIssue({ code: 'custom', path: ['methods', twice], message: 'is there twice' });
  });

const SELECT = `select id, name, email, phone, methods, emergency, rest from responder`;

/** Who can be called, and by which methods. */
@Injectable()
export class Responders {
  constructor(
    private readonly audit: Audit,
    private readonly secrets: MethodSecrets,
  ) {}

  /** All, in the desk file's shape and without secrets. */
  async all(tx: Transaction): Promise<ResponderEntry[]> {
    return (await this.list(tx)).map(toEntry);
  }

  /** All, with all that is needed to reach them. */
  async list(asked: Pick<Transaction, 'query'>): Promise<Responder[]> {
    return asked.query<Responder>(`${SELECT} order by name collate "und-x-icu"`);
  }

  async byId(asked: Pick<Transaction, 'query'>, id: string): Promise<Responder | null> {
    const [responder] = await asked.query<Responder>(`${SELECT} where id = $1`, [id]);
    return responder ?? null;
  }

  /** The 24x7 contact. */
  async emergency(asked: Pick<Transaction, 'query'>): Promise<Responder | null> {
    const [responder] = await asked.query<Responder>(`${SELECT} where emergency`);
    return responder ?? null;
  }

  /** Adds the responder or makes the stored one equal to `entry`. */
  async save(
    tx: Transaction,
    entry: ResponderEntry,
    by: AuditedBy = theDeskItself,
  ): Promise<'added' | 'changed' | 'unchanged'> {
    const wanted = checked(entry);
    await tx.lock('responder');
    await refuseNameOfRota(tx, wanted.name);
    const [before] = await tx.query<Responder>(`${SELECT} where name = $1`, [wanted.name]);
    const after = {
      email: wanted.email ?? null,
      phone: wanted.phone ?? null,
      methods: methodsOf(wanted).map((method) =>
        stored(method, before?.methods ?? [], (secret) => this.secrets.seal(wanted.name, secret)),
      ),
      emergency: wanted.emergency ?? before?.emergency ?? false,
      rest: await restOf(tx, wanted, before?.rest ?? null),
    };
    if (before !== undefined && this.same(before, after)) return 'unchanged';

    if (after.emergency)
      await tx.query(`update responder set emergency = false where emergency and name <> $1`, [wanted.name]);
    await tx.query(
      `insert into responder (name, email, phone, methods, emergency, rest) values ($1, $2, $3, $4, $5, $6)
       on conflict on constraint responder_name_is_unique do update set email = excluded.email, phone = excluded.phone,
         methods = excluded.methods, emergency = excluded.emergency, rest = excluded.rest`,
      [
        ...[wanted.name, after.email, after.phone, JSON.stringify(after.methods), after.emergency],
        after.rest === null ? null : JSON.stringify(after.rest),
      ],
    );
    const data = {
      from: before === undefined ? null : toEntry(before),
      to: toEntry({ name: wanted.name, ...after }),
    };
    const action = before === undefined ? 'responder.added' : 'responder.changed';
    await this.audit.record(tx, { by, action, subject: `responder ${wanted.name}`, data });
    return before === undefined ? 'added' : 'changed';
  }

  /** A webhook gets a new signing secret, which is answered this once and never again. */
  async renewSecret(tx: Transaction, name: string, url: string, by: AuditedBy): Promise<string> {
    const [responder] = await tx.query<Responder>(`${SELECT} where name = $1 for update`, [name]);
    const index = (responder?.methods ?? []).findIndex((method) => method.kind === 'webhook' && method.url === url);
    if (responder === undefined || index === -1) throw Problem.notFound(`${name} has no webhook at this address.`);

    const secret = newSecret();
    const methods = responder.methods.map((method, position) =>
      position === index ? { ...method, secret: this.secrets.seal(name, secret) } : method,
    );
    await tx.query(`update responder set methods = $2 where id = $1`, [responder.id, JSON.stringify(methods)]);
    await this.audit.record(tx, {
      by,
      action: 'responder.secret-renewed',
      subject: `responder ${name}`,
      data: { url },
    });
    return secret;
  }

  /** Sealed texts differ each time they are sealed, so what they hold is compared. */
  private same(before: Responder, after: Omit<Responder, 'id' | 'name'>): boolean {
    const essence = ({ email, phone, methods, emergency, rest }: typeof after): string =>
      JSON.stringify([
        ...[email, phone, emergency],
        rest === null ? null : [rest.timezone, rest.quietHours, rest.away?.map(({ from, to }) => [from, to])],
        methods.map((method) => {
          const secret =
            'secret' in method && method.secret !== null ? this.secrets.open(before.name, method.secret) : '';
          return Object.entries({ ...method, secret }).sort();
        }),
      ]);
    return essence(before) === essence(after);
  }

  /** Removes a responder whom no chain notifies and who is in no rota. What they were told before stays on record. */
  async remove(tx: Transaction, name: string, by: AuditedBy = theDeskItself): Promise<void> {
    const [responder] = await tx.query<Responder>(`${SELECT} where name = $1 for update`, [name]);
    if (responder === undefined) throw Problem.notFound(`There is no responder named ${name}.`);
    if (responder.emergency) {
      throw Problem.conflict(`${name} is the emergency contact. Make somebody else that before you remove them.`);
    }
    const [chain] = await tx.query<{ name: string }>(
      `select name from chain, jsonb_array_elements(definition -> 'steps') as step where step -> 'notify' ? $1 limit 1`,
      [name],
    );
    if (chain !== undefined) {
      throw Problem.conflict(`The chain ${chain.name} notifies ${name}, so they cannot be removed.`);
    }
    const [rota] = await tx.query<{ name: string }>(ROTA_WITH, [name]);
    if (rota !== undefined) throw Problem.conflict(`The rota ${rota.name} names ${name}, so they cannot be removed.`);

    await tx.query(`delete from responder where id = $1`, [responder.id]);
    const data = { from: toEntry(responder) };
    await this.audit.record(tx, { by, action: 'responder.removed', subject: `responder ${name}`, data });
  }
}

/** Where this responder's methods lead, in their order; a method without an address leads nowhere. */
export function destinationsOf(responder: Pick<Responder, 'email' | 'phone' | 'methods'>): Destination[] {
  return responder.methods.flatMap((method, position) => {
    const address = addressOf(method, responder);
    return address === null ? [] : [{ position, method: method.kind, address, afterSeconds: method.afterSeconds }];
  });
}

function checked(entry: ResponderEntry): z.output<typeof responderEntry> {
  const { data, error } = responderEntry.safeParse(entry);
  if (data !== undefined) return data;

  const faults = error.issues.map(({ path, message }) => ({ field: path.join('.'), detail: message }));
  const detail = faults.map(({ field, detail: fault }) => `${field} ${fault}`).join('; ');
  throw Problem.invalid(`The responder ${JSON.stringify(entry.name)} cannot be saved: ${detail}.`, faults);
}

function methodsOf({ email, methods }: z.output<typeof responderEntry>): readonly MethodEntry[] {
  if (methods !== undefined) return methods as readonly MethodEntry[];
  return email === undefined ? [] : [{ kind: 'email' }];
}

async function refuseNameOfRota(tx: Transaction, name: string): Promise<void> {
  if ((await tx.query(`select 1 from rota where name = $1`, [name])).length === 0) return;

  const detail = 'is the name of a rota; chains could not tell them apart';
  const fault = { field: 'name', detail };
  throw Problem.invalid(`The responder ${JSON.stringify(name)} cannot be saved: name ${detail}.`, [fault]);
}

/** Without quiet hours and absences a zone alone says nothing. Where none is named, the one from before stays, or it is the desk's. */
async function restOf(
  tx: Transaction,
  { timezone: named, quietHours = [], away = [] }: z.output<typeof responderEntry>,
  before: Rest | null,
): Promise<Rest | null> {
  if (quietHours.length === 0 && away.length === 0) return null;
  const timezone = named ?? before?.timezone;
  const [desk] = timezone === undefined ? await tx.query<{ timezone: string }>(`select timezone from desk`) : [];
  return {
    timezone: timezone ?? desk?.timezone ?? 'UTC',
    ...(quietHours.length > 0 && { quietHours }),
    ...(away.length > 0 && { away }),
  };
}

function toEntry({ name, email, phone, methods, emergency, rest }: Omit<Responder, 'id'>): ResponderEntry {
  return {
    name,
    ...(email !== null && { email }),
    ...(phone !== null && { phone }),
    methods: methods.map(shown),
    ...(emergency && { emergency }),
    ...rest,
  };
}

import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../platform/database/transaction.js';
import { EventBus } from '../../platform/events/event-bus.js';
import type { ClockFact, ClockKey } from '../clock-events.js';
import type { ClockEventType } from '../clock-event.entity.js';
import type { ClockRow } from '../clock.entity.js';
import { changesAnything, happenings, type Change } from './clock-changes.js';
import type { ClockValues } from './clock-rows.js';

/** The channel on which workers are told of a moment that comes before their next look. */
export const MOMENT_CHANNEL = 'clock_moment';
/** Whoever sweeps each second finds all others by himself. */
const SOON_MS = 2_000;

interface EventToWrite {
  readonly key: ClockKey;
  readonly type: ClockEventType;
  readonly at: Date;
  readonly data: Record<string, unknown>;
}

/** Saves what became of clocks, one statement a table, writes it down and announces it. */
@Injectable()
export class ClockJournal {
  constructor(private readonly events: EventBus) {}

  /** Answers how many clocks are another than before. `why` is for the history: what made them so. */
  async save(tx: Transaction, changes: readonly Change[], now: Date, why: (ticket: number) => string): Promise<number> {
    const real = changes.filter(changesAnything);
    if (real.length === 0) return 0;

    const ids = await this.store(tx, real);
    const told = real.flatMap((one) => {
      const { ticketNumber: ticket, metric, cycle, judgement } = one.after;
      const key = { clock: ids.get(`${ticket} ${metric} ${cycle}`) ?? '', ticket, metric, cycle, judgement };
      return happenings(one, now, why(ticket)).map((happening) => ({ ...happening, key }));
    });
    await this.write(tx, told, now);
    const facts = told.flatMap(({ fact, key }) => (fact === undefined ? [] : [fact(key)]));
    await this.announce(tx, facts);
    await tellOfMoments(tx, real, now);
    return real.length;
  }

  async write(tx: Transaction, events: readonly EventToWrite[], now: Date): Promise<void> {
    if (events.length === 0) return;

    const rows = events.map(({ key: { clock, ticket }, at, type, data }, position) => ({
      position,
      clock,
      ticket,
      at,
      type,
      data,
    }));
    await tx.query(
      `insert into clock_event (clock_id, ticket_number, at, recorded_at, type, data)
       select clock, ticket, at, $2, type, data
       from jsonb_to_recordset($1::jsonb)
         as event (position integer, clock bigint, ticket integer, at timestamptz, type text, data jsonb)
       order by position`,
      [JSON.stringify(rows), now],
    );
  }

  async announce(tx: Transaction, facts: readonly ClockFact[]): Promise<void> {
    if (facts.length > 0) await this.events.publish(tx, facts);
  }

  /** Answers the ids of the rows. */
  private async store(tx: Transaction, changes: readonly Change[]): Promise<Map<string, string>> {
    const recounted = changes.filter(isRecounted);
    const others = changes.filter((one) => !isRecounted(one));
    if (recounted.length > 0) await saveRecounted(tx, recounted);
    const ids = others.length > 0 ? await this.upsert(tx, others) : new Map<string, string>();
    for (const { before } of recounted) ids.set(`${before.ticketNumber} ${before.metric} ${before.cycle}`, before.id);
    return ids;
  }

  private async upsert(tx: Transaction, changes: readonly Change[]): Promise<Map<string, string>> {
    const rows = await tx.query<{ id: string; key: string }>(
      `insert into clock as stored (${COLUMNS})
       select ${COLUMNS} from jsonb_to_recordset($1::jsonb) as value (${TYPED_COLUMNS})
       on conflict on constraint clock_once_a_cycle do update set ${ASSIGNMENTS}, set_aside_at = null, set_aside_because = null
       returning id, ticket_number || ' ' || metric || ' ' || cycle as key`,
      [JSON.stringify(changes.map(({ after }) => inColumns(after)))],
    );
    return new Map(rows.map(({ id, key }) => [key, id]));
  }
}

type Recounted = Change & { readonly before: ClockRow };

/** Whether only what counting gives has changed, which is so for all clocks at once when hours change. */
const isRecounted = (one: Change): one is Recounted =>
  one.before !== null && AS_BEFORE.every((name) => sameValue(one.before?.[name], one.after[name]));

const AS_BEFORE = [
  'state',
  'policyId',
  'policyVersion',
  'countingSince',
  'startedAt',
  'manualDueAt',
  'stoppedAt',
  'stoppedBy',
  'cancelledBecause',
  'withdrawnAt',
  'level',
  'queueId',
  'assigneeId',
  'organisationId',
] as const satisfies readonly (keyof ClockValues)[];

const sameValue = (one: unknown, other: unknown): boolean =>
  one instanceof Date && other instanceof Date ? one.getTime() === other.getTime() : one === other;

/** Most of the time the run and the warnings that were given are as before; then they are not sent. */
async function saveRecounted(tx: Transaction, changes: readonly Recounted[]): Promise<void> {
  const rows = changes.map(({ before, after }) => ({
    id: before.id,
    j: after.judgement,
    c: after.calendarId,
    v: after.calendarVersion,
    t: after.targetSeconds,
    e: after.elapsedSeconds,
    d: after.dueAt,
    b: after.breachedAt,
    w: after.breachedBy,
    n: after.nextMomentAt,
    m: before.nextMomentAt,
    a: after.ahead,
    ...(isDeepStrictEqual(before.run, after.run) ? {} : { r: after.run }),
    ...(isDeepStrictEqual(before.warnings, after.warnings) ? {} : { g: after.warnings }),
  }));
  const [saved] = await tx.query<{ count: number }>(
    `with saved as (
       update clock set judgement = j, calendar_id = c, calendar_version = v, target_seconds = t, elapsed_seconds = e, due_at = d,
       breached_at = b, breached_by = w, next_moment_at = n, ahead = a, run = coalesce(r, run), warnings = coalesce(g, warnings),
       set_aside_at = null, set_aside_because = null
     from jsonb_to_recordset($1::jsonb) as value
       (id bigint, j integer, c uuid, v integer, t double precision, e double precision, d timestamptz, b timestamptz, w text,
        n timestamptz, m timestamptz, a jsonb, r jsonb, g jsonb)
       where clock.id = value.id and date_trunc('milliseconds', clock.next_moment_at) is not distinct from m returning 1)
     select count(*)::integer as count from saved`,
    [JSON.stringify(rows)],
  );
  if (saved?.count !== changes.length) throw new Error('A clock was struck while it was being counted anew.');
}

const TYPES = {
  ticket_number: 'integer',
  metric: 'text',
  cycle: 'integer',
  state: 'text',
  judgement: 'integer',
  policy_id: 'uuid',
  policy_version: 'integer',
  calendar_id: 'uuid',
  calendar_version: 'integer',
  target_seconds: 'double precision',
  elapsed_seconds: 'double precision',
  counting_since: 'timestamptz',
  started_at: 'timestamptz',
  due_at: 'timestamptz',
  manual_due_at: 'timestamptz',
  stopped_at: 'timestamptz',
  stopped_by: 'uuid',
  breached_at: 'timestamptz',
  breached_by: 'text',
  cancelled_because: 'text',
  run: 'jsonb',
  warnings: 'jsonb',
  ahead: 'jsonb',
  next_moment_at: 'timestamptz',
  withdrawn_at: 'timestamptz',
  level: 'text',
  queue_id: 'uuid',
  assignee_id: 'uuid',
  organisation_id: 'uuid',
};
const KEY = ['ticket_number', 'metric', 'cycle'];
const COLUMNS = Object.keys(TYPES).join(', ');
const TYPED_COLUMNS = Object.entries(TYPES)
  .map(([column, type]) => `${column} ${type}`)
  .join(', ');
const ASSIGNMENTS = Object.keys(TYPES)
  .filter((column) => !KEY.includes(column))
  .map((column) => `${column} = excluded.${column}`)
  .join(', ');

/** `dueAt` → `due_at`. */
const inColumns = (values: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );

async function tellOfMoments(tx: Transaction, changes: readonly Change[], now: Date): Promise<void> {
  const moments = changes.flatMap(({ after }) => after.nextMomentAt?.getTime() ?? []);
  const earliest = Math.min(...moments);
  if (earliest - now.getTime() > SOON_MS) return;

  await tx.query(`select pg_notify('${MOMENT_CHANNEL}', $1)`, [new Date(earliest).toISOString()]);
}

import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Audit, theDeskItself, type AuditedBy } from '../identity/audit.js';
import { Config } from '../platform/config/config.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Signer } from '../platform/secrets/signer.js';

const PURPOSE = 'heartbeat-monitor';

/** A program outside that must be heard of now and then, as the desk file and the API say it. */
export interface HeartbeatEntry {
  readonly name: string;
  /** How often it asks the address that it is given. */
  readonly everyMinutes: number;
  /** How much later it may be; absent: a tenth of that, at least one minute. */
  readonly graceMinutes?: number;
  /** Of the ticket that its silence opens; absent: the most urgent. */
  readonly level?: string;
  /** Absent: the rules choose. */
  readonly queue?: string;
}

export interface HeartbeatMonitor extends Required<Omit<HeartbeatEntry, 'queue'>> {
  readonly id: string;
  readonly queue: string | null;
  readonly link: number;
  readonly heardAt: Date | null;
  /** When it counts as silent; null while nothing was ever heard of it, and while it is silent. */
  readonly dueAt: Date | null;
  readonly silentSince: Date | null;
  readonly ticket: number | null;
}

const minutes = (from: number): z.ZodNumber => {
  const words = `must be a whole number of minutes from ${from} to 100000`;
  return z.int(words).min(from, words).max(100_000, words);
};
const heartbeatEntry = z.strictObject({
  name: z.string().trim().min(1, 'must not be empty').max(100, 'may have 100 characters at the most'),
  everyMinutes: minutes(1),
  graceMinutes: minutes(0).optional(),
  level: z.string().trim().min(1, 'must name a level').optional(),
  queue: z.string().trim().min(1, 'must name a queue').optional(),
});

/** SQL for HeartbeatMonitor. */
export const monitorColumns = `heartbeat_monitor.id, heartbeat_monitor.name, every_minutes as "everyMinutes", grace_minutes as "graceMinutes",
  heartbeat_monitor.level, (select queue.name from queue where queue.id = queue_id) as queue, link, heard_at as "heardAt", due_at as "dueAt",
  silent_since as "silentSince", ticket_number as ticket`;

/** Which programs outside must be heard of, and the addresses by which they are. */
@Injectable()
export class HeartbeatMonitors {
  constructor(
    private readonly audit: Audit,
    private readonly signer: Signer,
    private readonly config: Config,
  ) {}

  /** All, in the desk file's shape. */
  async all(tx: Transaction): Promise<HeartbeatEntry[]> {
    return (await this.list(tx)).map(toEntry);
  }

  async list(asked: Pick<Transaction, 'query'>): Promise<HeartbeatMonitor[]> {
    return asked.query<HeartbeatMonitor>(
      `select ${monitorColumns} from heartbeat_monitor order by heartbeat_monitor.name collate "und-x-icu"`,
    );
  }

  /** The address that the program outside asks. Whoever knows it can pretend to be alive, so it is signed and can be renewed. */
  addressOf({ id, link }: Pick<HeartbeatMonitor, 'id' | 'link'>): string {
    return `${this.config.publicUrl}/heartbeats/${this.signer.token(PURPOSE, `${id}.${link}`)}`;
  }

  /** Which one an address is for, with its row locked; null where it was forged, has been replaced, or is gone. */
  async behind(tx: Transaction, token: string): Promise<HeartbeatMonitor | null> {
    const [id = '', link] = this.signer.open(PURPOSE, token)?.split('.') ?? [];
    if (id === '') return null;
    const [monitor] = await tx.query<HeartbeatMonitor>(
      `select ${monitorColumns} from heartbeat_monitor where id = $1 and link = $2 for update of heartbeat_monitor`,
      [id, Number(link)],
    );
    return monitor ?? null;
  }

  /** Adds it or makes the stored one equal to `entry`. Where it is awaited, the new distance counts from when it was last heard. */
  async save(
    tx: Transaction,
    entry: HeartbeatEntry,
    by: AuditedBy = theDeskItself,
  ): Promise<'added' | 'changed' | 'unchanged'> {
    const { name, everyMinutes, queue, ...given } = checked(entry);
    await tx.lock('heartbeat monitor');
    const before = (await this.list(tx)).find((one) => one.name === name);
    const level = await this.levelOf(tx, name, given.level);
    const queueId = await this.queueOf(tx, name, queue);
    const graceMinutes = given.graceMinutes ?? Math.max(1, Math.round(everyMinutes / 10));
    const after = toEntry({ name, everyMinutes, graceMinutes, level, queue: queue ?? null });
    if (before !== undefined && JSON.stringify(toEntry(before)) === JSON.stringify(after)) return 'unchanged';

    await tx.query(
      `insert into heartbeat_monitor (name, every_minutes, grace_minutes, level, queue_id) values ($1, $2, $3, $4, $5)
       on conflict on constraint heartbeat_monitor_name_is_unique do update set every_minutes = excluded.every_minutes,
         grace_minutes = excluded.grace_minutes, level = excluded.level, queue_id = excluded.queue_id,
         due_at = case when heartbeat_monitor.due_at is not null
           then heartbeat_monitor.heard_at + (excluded.every_minutes + excluded.grace_minutes) * interval '1 minute' end`,
      [name, everyMinutes, graceMinutes, level, queueId],
    );
    const data = { from: before === undefined ? null : toEntry(before), to: after };
    await this.note(tx, by, before === undefined ? 'added' : 'changed', name, data);
    return before === undefined ? 'added' : 'changed';
  }

  /** It is awaited no more; a ticket that its silence has opened stays. */
  async remove(tx: Transaction, name: string, by: AuditedBy = theDeskItself): Promise<void> {
    const before = (await this.list(tx)).find((one) => one.name === name);
    if (before === undefined) throw unknown(name);
    await tx.query(`delete from heartbeat_monitor where id = $1`, [before.id]);
    await this.note(tx, by, 'removed', name, { from: toEntry(before) });
  }

  /** It gets another address; what asks the old one is not heard any more. */
  async renewLink(tx: Transaction, name: string, by: AuditedBy): Promise<void> {
    const renewed = await tx.query(`update heartbeat_monitor set link = link + 1 where name = $1 returning 1`, [name]);
    if (renewed.length === 0) throw unknown(name);
    await this.note(tx, by, 'link-renewed', name, {});
  }

  private async levelOf(tx: Transaction, heartbeat: string, wanted: string | undefined): Promise<string> {
    const levels = await tx.query<{ name: string }>(`select name from level order by position`);
    const level = levels.find(({ name }) => wanted === undefined || name === wanted);
    if (level === undefined) throw unnamed(heartbeat, 'level', wanted ?? '');
    return level.name;
  }

  private async queueOf(tx: Transaction, heartbeat: string, wanted: string | undefined): Promise<string | null> {
    if (wanted === undefined) return null;
    const [queue] = await tx.query<{ id: string }>(`select id from queue where name = $1`, [wanted]);
    if (queue === undefined) throw unnamed(heartbeat, 'queue', wanted);
    return queue.id;
  }

  private async note(tx: Transaction, by: AuditedBy, what: string, name: string, data: object): Promise<void> {
    const action = `heartbeat.${what}`;
    await this.audit.record(tx, { by, action, subject: `heartbeat ${name}`, data: { ...data } });
  }
}

function checked(entry: HeartbeatEntry): z.output<typeof heartbeatEntry> {
  const { data, error } = heartbeatEntry.safeParse(entry);
  if (data !== undefined) return data;

  const faults = error.issues.map(({ path, message }) => ({ field: path.join('.'), detail: message }));
  const detail = faults.map(({ field, detail: fault }) => `${field} ${fault}`).join('; ');
  throw Problem.invalid(`The heartbeat ${JSON.stringify(entry.name)} cannot be saved: ${detail}.`, faults);
}

function unnamed(heartbeat: string, field: 'level' | 'queue', name: string): Problem {
  const detail = `There is no ${field} ${JSON.stringify(name)}.`;
  return Problem.invalid(`The heartbeat ${JSON.stringify(heartbeat)} cannot be saved. ${detail}`, [{ field, detail }]);
}

function unknown(name: string): Problem {
  return Problem.notFound(`There is no heartbeat named ${name}.`);
}

function toEntry({
  name,
  everyMinutes,
  graceMinutes,
  level,
  queue,
}: Pick<HeartbeatMonitor, 'name' | 'everyMinutes' | 'graceMinutes' | 'level' | 'queue'>): HeartbeatEntry {
  return { name, everyMinutes, graceMinutes, level, ...(queue !== null && { queue }) };
}

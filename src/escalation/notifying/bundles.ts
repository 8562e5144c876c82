import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Now } from '../../platform/time/now.js';
import type { MethodKind } from '../methods.js';
import { sentColumns, type Sent } from './fates.js';

/** Longer than any channel may take; after it another worker tries again, under the same key. */
const LEASE_MS = 30_000;
/** How long later calls by one way wait for company, the longer the storm lasts. */
const WINDOWS_MS = [30_000, 30_000, 60_000, 60_000, 120_000] as const;
const LONGEST_WINDOW_MS = 120_000;
const STORM_MS = 600_000;

/** One responder by one method. */
export interface Way {
  readonly responder: string;
  readonly method: MethodKind;
  readonly address: string;
}

/** A notification that is ours to send now. */
export type Claimed = Sent & {
  readonly number: string;
  readonly repetition: number;
  readonly responderId: string | null;
  readonly address: string;
};

const CLAIMED = `${sentColumns}, notification.number, notification.responder_id as "responderId", notification.address,
  (select count(distinct (before.step, before.round))::integer from notification before
   where before.incident_id = notification.incident_id and before.responder_name = notification.responder_name
     and before.kind = 'alert' and before.created_at < notification.created_at) as repetition`;

/** People are spared in a storm; programs are told of every incident by itself, and of what is no call for help everybody is. */
const BUNDLED = `kind = 'alert' and method <> 'webhook'`;

/** Whether calls by this method are sent together in a storm. */
export function goesTogether(method: string): boolean {
  return method !== 'webhook';
}

/**
 * Which notifications go out now, and which together. The first call to a responder is never held back; those that come within the
 * window after it wait for its end and then go out as one message. New incidents are held back by calls for new incidents only, so
 * that repetitions never stand in their way.
 */
@Injectable()
export class Bundles {
  constructor(
    private readonly database: Database,
    private readonly now: Now,
  ) {}

  /** The way by which a notification goes together with others; null: it goes by itself. */
  async wayOf(id: string): Promise<Way | null> {
    const [way] = await this.database.query<Way>(
      `select responder_name as responder, method, address from notification where id = $1 and ${BUNDLED}`,
      [id],
    );
    return way ?? null;
  }

  /** Ways by which something is due. */
  async waysDue(most: number): Promise<Way[]> {
    return this.database.query<Way>(
      `select responder_name as responder, method, address from notification
       where ${BUNDLED} and next_try_at <= $1 and (leased_until is null or leased_until <= $1)
       group by responder_name, method, address order by min(case when round > 1 then 1 else 0 end), min(next_try_at) limit $2`,
      [this.now.read(), most],
    );
  }

  /** Claims what goes by itself: calls before all else, what is new before repetitions, and at last the news that somebody takes care. */
  async claim(most: number, id: string | null = null): Promise<Claimed[]> {
    const now = this.now.read();
    return this.database.transaction((tx) =>
      tx.query<Claimed>(
        `with due as (
           select id from notification
           where next_try_at <= $1 and (leased_until is null or leased_until <= $1) and ($3::uuid is null or id = $3)
             and not (${BUNDLED})
           order by case kind when 'alert' then case when round > 1 then 2 else 0 end when 'offered' then 0 when 'synthetic' then 1
             when 'acknowledged' then 4 when 'closed' then 4 else 3 end, next_try_at
           limit $4 for update skip locked)
         update notification set leased_until = $2, attempts = attempts + 1, first_tried_at = coalesce(first_tried_at, $1)
         from due where notification.id = due.id returning ${CLAIMED}`,
        [now, new Date(now.getTime() + LEASE_MS), id, most],
      ),
    );
  }

  /** Claims all that may go out by one way now; what must wait for the end of the window is given its time. */
  async claimBy(way: Way): Promise<Claimed[]> {
    const { responder, method, address } = way;
    return this.database.transaction(async (tx) => {
      await tx.lock(`call ${method} ${address} ${responder}`);
      const now = this.now.read();
      const heldUntil = await this.windows(tx, way, now);
      const due = await tx.query<{ id: string; tried: boolean; isNew: boolean }>(
        `select id, attempts > 0 as tried, round <= 1 as "isNew" from notification
         where ${BUNDLED} and responder_name = $1 and method = $2 and address = $3
           and next_try_at <= $4 and (leased_until is null or leased_until <= $4)
         order by number for update skip locked`,
        [responder, method, address, now],
      );
      // What was tried before has had its turn already; its retries are not calls of their own.
      const free = due.some(({ tried, isNew }) => tried || (isNew ? heldUntil.new : heldUntil.any) <= now);
      if (!free) {
        for (const isNew of [true, false]) {
          const ids = due.filter((one) => one.isNew === isNew).map(({ id }) => id);
          await this.hold(tx, ids, isNew ? heldUntil.new : heldUntil.any);
        }
        return [];
      }
      const claimed = await tx.query<Claimed>(
        `update notification set leased_until = $2, attempts = attempts + 1, first_tried_at = coalesce(first_tried_at, $3)
         where id = any($1) returning ${CLAIMED}`,
        [due.map(({ id }) => id), new Date(now.getTime() + LEASE_MS), now],
      );
      // The same one carries the message at each attempt, so that its key stays the same; what is new comes before repetitions.
      const rank = ({ attempts, repetition }: Claimed): number => (attempts > 1 ? 0 : repetition > 0 ? 2 : 1);
      return claimed.sort((a, b) => rank(a) - rank(b) || Number(BigInt(a.number) - BigInt(b.number)));
    });
  }

  /** Whether even a new incident waits by this way. */
  async isHeld(way: Way): Promise<boolean> {
    const now = this.now.read();
    return (await this.windows(this.database, way, now)).new > now;
  }

  /** Until when calls by this way wait: for new incidents, and for repetitions. */
  private async windows(
    tx: Pick<Transaction, 'query'>,
    { responder, method, address }: Way,
    now: Date,
  ): Promise<{ new: Date; any: Date }> {
    const calls = await tx.query<{ at: Date; isNew: boolean }>(
      `select first_tried_at as at, bool_or(round <= 1) as "isNew" from notification
       where kind = 'alert' and responder_name = $1 and method = $2 and address = $3 and first_tried_at > $4
       group by first_tried_at order by first_tried_at desc limit 20`,
      [responder, method, address, new Date(now.getTime() - STORM_MS)],
    );
    const window = WINDOWS_MS[calls.length - 1] ?? LONGEST_WINDOW_MS;
    const after = (call: { at: Date } | undefined): Date =>
      call === undefined ? new Date(0) : new Date(call.at.getTime() + window);
    return { new: after(calls.find(({ isNew }) => isNew)), any: after(calls[0]) };
  }

  private async hold(tx: Transaction, ids: readonly string[], until: Date): Promise<void> {
    if (ids.length === 0) return;
    await tx.query(`update notification set next_try_at = $2 where id = any($1)`, [ids, until]);
  }
}

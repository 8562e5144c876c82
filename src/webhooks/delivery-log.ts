import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Audit, type AuditedBy } from '../identity/audit.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Now } from '../platform/time/now.js';
import { DELIVER_WEBHOOK } from './delivering/deliver-webhook.js';
import { bodyOf, messageIdOf } from './delivering/message.js';
import { TEST_EVENT } from './event-types.js';
import type { DeliveryState } from './webhook-delivery.entity.js';

type Asked = Pick<Transaction, 'query'>;

/** Something that was told, or is to be told, to one webhook. */
export interface Delivery {
  readonly id: string;
  /** The webhook's name. */
  readonly webhook: string;
  /** What stands in the header `webhook-id`. */
  readonly messageId: string;
  readonly type: string;
  readonly at: Date;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly nextTryAt: Date | null;
  readonly deliveredAt: Date | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
}

/** One try of it. */
export interface Attempt {
  readonly at: Date;
  readonly milliseconds: number;
  readonly status: number | null;
  readonly error: string | null;
}

export interface DeliveryInFull extends Delivery {
  /** As it is sent. */
  readonly body: string;
  /** The newest first. */
  readonly tries: readonly Attempt[];
}

export interface DeliveriesAsked {
  readonly webhook: string;
  readonly state?: DeliveryState;
  readonly limit: number;
  readonly after?: { readonly createdAt: Date; readonly id: string };
}

type Row = Omit<Delivery, 'messageId'>;

const COLUMNS = `delivery.id, webhook.name as webhook, event.type, event.at, delivery.state, delivery.attempts,
  delivery.created_at as "createdAt", delivery.next_try_at as "nextTryAt", delivery.delivered_at as "deliveredAt",
  delivery.last_status as "lastStatus", delivery.last_error as "lastError"`;
const TABLES = `webhook_delivery as delivery join webhook on webhook.id = delivery.webhook_id
  join webhook_event as event on event.id = delivery.event_id`;

/** What was told to whom, how it went, and telling it again. */
@Injectable()
export class DeliveryLog {
  constructor(
    private readonly jobs: JobQueue,
    private readonly audit: Audit,
    private readonly now: Now,
  ) {}

  /** The newest first. */
  async list(asked: Asked, { webhook, state, limit, after }: DeliveriesAsked): Promise<Delivery[]> {
    const rows = await asked.query<Row>(
      `select ${COLUMNS} from ${TABLES}
       where webhook.name = $1 and ($2::text is null or delivery.state = $2)
         and ($3::timestamptz is null or (delivery.created_at, delivery.id) < ($3, $4::uuid))
       order by delivery.created_at desc, delivery.id desc limit $5`,
      [webhook, state ?? null, after?.createdAt ?? null, after?.id ?? null, limit],
    );
    return rows.map((row) => ({ ...row, messageId: messageIdOf(row) }));
  }

  async find(asked: Asked, webhook: string, id: string): Promise<DeliveryInFull | null> {
    const [row] = await asked.query<Row & { data: object }>(
      `select ${COLUMNS}, event.data from ${TABLES} where webhook.name = $1 and delivery.id::text = $2`,
      [webhook, id],
    );
    if (row === undefined) return null;
    const tries = await asked.query<Attempt>(
      `select at, milliseconds, status, error from webhook_attempt where delivery_id = $1 order by id desc`,
      [row.id],
    );
    const { data, ...delivery } = row;
    return { ...delivery, messageId: messageIdOf(row), body: bodyOf(row), tries };
  }

  /** Sends it again, now, whatever became of it before. The other side sees the same `webhook-id`. */
  async replay(tx: Transaction, webhook: string, id: string, by: AuditedBy): Promise<DeliveryInFull> {
    const again = await this.anew(tx, `webhook.name = $2 and delivery.id::text = $3`, [webhook, id]);
    const delivery = await this.find(tx, webhook, id);
    if (again === 0 || delivery === null) throw Problem.notFound('There is no such delivery.');
    await this.audit.record(tx, {
      by,
      action: 'webhook.replayed',
      subject: `webhook ${webhook}`,
      data: { delivery: id, count: 1 },
    });
    return delivery;
  }

  /** Sends again, now, everything that was given up since then; answers how much it is. */
  async replayFailed(tx: Transaction, webhook: string, since: Date, by: AuditedBy): Promise<number> {
    await this.demand(tx, webhook);
    const count = await this.anew(tx, `webhook.name = $2 and delivery.state = 'failed' and delivery.created_at >= $3`, [
      webhook,
      since,
    ]);
    await this.audit.record(tx, {
      by,
      action: 'webhook.replayed',
      subject: `webhook ${webhook}`,
      data: { since: since.toISOString(), count },
    });
    return count;
  }

  /** Tells one webhook that this is a test, whatever it wants to hear otherwise. */
  async test(tx: Transaction, webhook: string, by: AuditedBy): Promise<DeliveryInFull> {
    const at = this.now.read();
    const hook = await this.demand(tx, webhook);
    if (!hook.enabled) throw Problem.conflict(`${webhook} is switched off, so nothing is sent to it.`);
    const event = randomUUID();
    const id = randomUUID();
    await tx.query(`insert into webhook_event (id, type, at, data) values ($1, $2, $3, $4)`, [
      ...[event, TEST_EVENT, at],
      JSON.stringify({ webhook, askedBy: by.name }),
    ]);
    await tx.query(
      `insert into webhook_delivery (id, event_id, webhook_id, state, created_at, round_began_at, next_try_at) values ($1, $2, $3, 'queued', $4, $4, $4)`,
      [id, event, hook.id, at],
    );
    this.jobs.ring(tx, DELIVER_WEBHOOK, id);
    const delivery = await this.find(tx, webhook, id);
    if (delivery === null) throw new Error(`The test delivery ${id} is gone.`);
    return delivery;
  }

  private async demand(tx: Transaction, name: string): Promise<{ id: string; enabled: boolean }> {
    const [webhook] = await tx.query<{ id: string; enabled: boolean }>(
      `select id, enabled from webhook where name = $1 for key share`,
      [name],
    );
    if (webhook === undefined) throw Problem.notFound(`There is no webhook named ${name}.`);
    return webhook;
  }

  /** A new round of tries begins. What is on its way at this moment is left alone. */
  private async anew(tx: Transaction, which: string, parameters: readonly unknown[]): Promise<number> {
    const rows = await tx.query<{ id: string }>(
      `update webhook_delivery as delivery set state = 'queued', attempts = 0, round_began_at = $1, next_try_at = $1,
         delivered_at = null
       from webhook where webhook.id = delivery.webhook_id and ${which} returning delivery.id`,
      [this.now.read(), ...parameters],
    );
    for (const { id } of rows) this.jobs.ring(tx, DELIVER_WEBHOOK, id);
    return rows.length;
  }
}

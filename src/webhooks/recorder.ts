import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Now } from '../platform/time/now.js';
import { IncidentFact } from '../escalation/incident-events.js';
import { ClockFact } from '../sla/clock-events.js';
import { TicketFact } from '../tickets/ticket-events.js';
import { DELIVER_WEBHOOK } from './delivering/deliver-webhook.js';
import { Descriptions, type Told } from './describing/descriptions.js';
import { EVENT_OF, EVENT_TYPES, typeOfFact, wants } from './event-types.js';

/** After the clocks and the incidents have followed: what is told is how things stand then. */
const ORDER = 100;

interface Listener {
  readonly id: string;
  readonly events: readonly string[] | null;
  readonly failing: boolean;
}

/** Writes down what happens for those who want to hear of it, in the transaction in which it happens. */
@Injectable()
export class WebhookRecorder {
  constructor(
    private readonly descriptions: Descriptions,
    private readonly jobs: JobQueue,
    private readonly now: Now,
    events: EventBus,
  ) {
    for (const fact of [TicketFact, ClockFact, IncidentFact]) {
      events.follow<TicketFact | ClockFact | IncidentFact>(fact, (tx, facts) => this.follow(tx, facts), {
        order: ORDER,
      });
    }
  }

  private async follow(tx: Transaction, facts: readonly (TicketFact | ClockFact | IncidentFact)[]): Promise<void> {
    const told = facts.filter((fact) => typeOfFact(fact) !== null);
    if (told.length === 0) return;
    const listeners = await tx.setting('webhooks', () =>
      tx.query<Listener>(
        `select id, events, failing_since is not null as failing from webhook where enabled order by id for key share`,
      ),
    );
    const wanted = EVENT_TYPES.filter((type) => listeners.some(({ events }) => wants(events, type)));
    const heard = told.filter((fact) => wanted.some((type) => fact instanceof EVENT_OF[type]));
    if (heard.length > 0) await this.tell(tx, await this.descriptions.of(tx, heard), listeners);
  }

  private async tell(tx: Transaction, events: readonly Told[], listeners: readonly Listener[]): Promise<void> {
    const rows = events.map((event) => ({ id: randomUUID(), ...event }));
    await tx.query(
      `insert into webhook_event (id, type, at, data)
       select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::jsonb[])`,
      [
        rows.map(({ id }) => id),
        rows.map(({ type }) => type),
        rows.map(({ at }) => at),
        rows.map(({ data }) => JSON.stringify(data)),
      ],
    );
    const deliveries = rows.flatMap((event) =>
      listeners
        .filter(({ events: asked }) => wants(asked, event.type))
        .map((listener) => ({ id: randomUUID(), event: event.id, listener })),
    );
    await tx.query(
      `insert into webhook_delivery (id, event_id, webhook_id, state, created_at, round_began_at, next_try_at)
       select id, event, webhook, 'queued', $4, $4, $4 from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as one (id, event, webhook)`,
      [
        deliveries.map(({ id }) => id),
        deliveries.map(({ event }) => event),
        deliveries.map(({ listener }) => listener.id),
        this.now.read(),
      ],
    );
    // Whoever does not answer is left to the sweep, which is patient; they must not be in the way of the others.
    for (const { id, listener } of deliveries) if (!listener.failing) this.jobs.ring(tx, DELIVER_WEBHOOK, id);
  }
}

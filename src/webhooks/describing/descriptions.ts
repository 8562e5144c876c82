import { Injectable } from '@nestjs/common';
import { IncidentFact } from '../../escalation/incident-events.js';
import { Config } from '../../platform/config/config.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Now } from '../../platform/time/now.js';
import { ClockFact, ClockWarned, type ClockKey } from '../../sla/clock-events.js';
import { Clocks } from '../../sla/clocks.js';
import type { ClockJson } from '../../sla/promises.js';
import type { Actor } from '../../tickets/actor.js';
import { TicketFact } from '../../tickets/ticket-events.js';
import { typeOfFact, type WebhookEventType } from '../event-types.js';

/** An event as it is told. */
export interface Told {
  readonly type: WebhookEventType;
  readonly at: Date;
  readonly data: object;
}

type Fact = TicketFact | ClockFact | IncidentFact;

interface TicketToldRow {
  readonly number: number;
  readonly ticket: object;
}

interface EventRow {
  readonly id: string;
  readonly type: string;
  readonly at: Date;
  readonly by: Actor;
  readonly data: object;
}

interface IncidentRow {
  readonly id: string;
  readonly metric: string;
  readonly cycle: number;
  readonly state: string;
  readonly dueAt: Date;
  readonly openedAt: Date;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: { readonly name: string; readonly email?: string } | null;
  readonly closedAt: Date | null;
  readonly closedBecause: string | null;
}

/** What is told of facts: ids and standings in the shapes of the API, never the words of a message. */
@Injectable()
export class Descriptions {
  constructor(
    private readonly clocks: Clocks,
    private readonly config: Config,
    private readonly now: Now,
  ) {}

  async of(tx: Transaction, facts: readonly Fact[]): Promise<Told[]> {
    const tickets = await this.tickets(tx, [...new Set(facts.map(({ ticket }) => ticket))]);
    const events = await this.events(tx, ofClass(facts, TicketFact));
    const clocks = await this.clocksOf(tx, ofClass(facts, ClockFact));
    const incidents = await this.incidents(tx, ofClass(facts, IncidentFact));
    return facts.flatMap((fact): Told[] => {
      const type = typeOfFact(fact);
      const ticket = tickets.get(fact.ticket);
      if (type === null || ticket === undefined) return [];
      if (fact instanceof TicketFact) {
        return [{ type, at: fact.at, data: { ticket, event: events.get(fact.event) ?? null } }];
      }
      if (fact instanceof ClockFact) {
        const percent = fact instanceof ClockWarned ? { percent: fact.percent } : {};
        return [{ type, at: fact.at, data: { ticket, clock: clocks.get(fact.clock) ?? null, ...percent } }];
      }
      return [{ type, at: fact.at, data: { ticket, incident: incidents.get(fact.incident) ?? null } }];
    });
  }

  private async tickets(tx: Transaction, numbers: readonly number[]): Promise<Map<number, object>> {
    const rows = await tx.query<TicketToldRow>(
      `select ticket.number, json_build_object(
         'number', ticket.number, 'subject', ticket.subject, 'status', ticket.status, 'level', ticket.level,
         'queue', queue.name, 'assignee', app_user.email,
         'requester', json_build_object('email', contact.email, 'name', contact.name),
         'organisation', organisation.name, 'tags', ticket.tags, 'channel', ticket.channel,
         'mergedInto', ticket.merged_into, 'url', $2::text || '/tickets/' || ticket.number) as ticket
       from ticket
       join queue on queue.id = ticket.queue_id
       join contact on contact.id = ticket.requester_id
       left join app_user on app_user.id = ticket.assignee_id
       left join organisation on organisation.id = ticket.organisation_id
       where ticket.number = any($1::integer[])`,
      [numbers, this.config.publicUrl],
    );
    return new Map(rows.map(({ number, ticket }) => [number, ticket]));
  }

  /** The lines of the tickets' history, as the API gives them. */
  private async events(tx: Transaction, facts: readonly TicketFact[]): Promise<Map<string, object>> {
    if (facts.length === 0) return new Map();
    const rows = await tx.query<EventRow>(
      `select id::text, type, at, by, data from ticket_event where id = any($1::bigint[])`,
      [facts.map(({ event }) => event)],
    );
    return new Map(
      rows.map(({ id, type, at, by, data }) => {
        const who = { kind: by.kind, name: by.name, ...('email' in by ? { email: by.email } : {}) };
        return [id, { id, at: at.toISOString(), type, by: who, data }];
      }),
    );
  }

  private async clocksOf(tx: Transaction, facts: readonly ClockKey[]): Promise<Map<string, ClockJson>> {
    if (facts.length === 0) return new Map();
    const at = this.now.read();
    const ofTickets = await this.clocks.of(tx, [...new Set(facts.map(({ ticket }) => ticket))], at);
    const found = new Map<string, ClockJson>();
    for (const { clock, ticket, metric, cycle } of facts) {
      const counted = ofTickets.get(ticket)?.find((one) => one.metric === metric && one.cycle === cycle);
      const json = counted ?? (await this.clocks.byId(tx, clock, at));
      if (json !== null) found.set(clock, json);
    }
    return found;
  }

  private async incidents(tx: Transaction, facts: readonly IncidentFact[]): Promise<Map<string, object>> {
    if (facts.length === 0) return new Map();
    const rows = await tx.query<IncidentRow>(
      `select id, metric, cycle, state, due_at as "dueAt", opened_at as "openedAt", acknowledged_at as "acknowledgedAt",
         acknowledged_by as "acknowledgedBy", closed_at as "closedAt", closed_because as "closedBecause"
       from incident where id = any($1::uuid[])`,
      [facts.map(({ incident }) => incident)],
    );
    return new Map(
      rows.map(({ id, acknowledgedBy, dueAt, openedAt, acknowledgedAt, closedAt, ...rest }) => [
        id,
        {
          ...{ id, ...rest },
          dueAt: dueAt.toISOString(),
          openedAt: openedAt.toISOString(),
          acknowledgedAt: acknowledgedAt?.toISOString() ?? null,
          acknowledgedBy: acknowledgedBy && { name: acknowledgedBy.name, email: acknowledgedBy.email ?? null },
          closedAt: closedAt?.toISOString() ?? null,
        },
      ]),
    );
  }
}

function ofClass<Kind extends Fact>(facts: readonly Fact[], kind: abstract new (...values: never[]) => Kind): Kind[] {
  return facts.filter((fact): fact is Kind => fact instanceof kind);
}

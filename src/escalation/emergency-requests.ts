import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { Now } from '../platform/time/now.js';
import { StatusChanged, TicketMerged } from '../tickets/ticket-events.js';
import { Chains, DESKS_CHAIN } from './chains.js';
import { noChain, type Chain } from './chain/chain.js';
import { IncidentOpened } from './incident-events.js';
import { Incidents, steppingColumns } from './incidents.js';
import { Steps, type SteppingIncident } from './steps.js';
import { Timeline } from './timeline.js';

export const EMERGENCIES = ['service-down', 'data-loss'] as const;
export type Emergency = (typeof EMERGENCIES)[number];

export type EmergencyOutcome =
  { readonly outcome: 'called'; readonly incident: string } | { readonly outcome: 'too-many' };

/** Anybody can press this button, so it cannot be pressed without end: beyond this a request is a ticket of the highest level, and no more. */
const MOST_OF_ONE_PERSON = 2;
const MOST_OF_ALL = 10;
const HOUR_MS = 3_600_000;

/**
 * A customer says that a service is down or that data is being lost: the 24x7 emergency contact is called at once, besides there being a
 * ticket whose clocks run. The incident ends when the ticket is resolved.
 */
@Injectable()
export class EmergencyRequests {
  constructor(
    private readonly chains: Chains,
    private readonly steps: Steps,
    private readonly timeline: Timeline,
    private readonly incidents: Incidents,
    private readonly events: EventBus,
    private readonly now: Now,
  ) {
    const end = async (tx: Transaction, facts: readonly { ticket: number }[]): Promise<void> => {
      await this.incidents.closeEmergencies(
        tx,
        facts.map(({ ticket }) => ticket),
      );
    };
    events.follow(StatusChanged, end);
    events.follow(TicketMerged, end);
  }

  async raise(tx: Transaction, ticket: number, emergency: Emergency): Promise<EmergencyOutcome> {
    const now = this.now.read();
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('emergency request', 0))`);
    const [recent] = await tx.query<{ own: number; all: number }>(
      `select (count(*) filter (where other.requester_id = mine.requester_id))::integer as own, count(*)::integer as all
       from incident join ticket other on other.number = incident.ticket_number cross join ticket mine
       where incident.metric = 'emergency' and incident.opened_at > $2 and mine.number = $1`,
      [ticket, new Date(now.getTime() - HOUR_MS)],
    );
    if ((recent?.own ?? 0) >= MOST_OF_ONE_PERSON || (recent?.all ?? 0) >= MOST_OF_ALL) return { outcome: 'too-many' };

    const known = (await this.chains.list(tx)).find(({ name }) => name === DESKS_CHAIN) ?? noChain;
    const chain = await this.withEmergencyContactFirst(tx, known);
    const [opened] = await tx.query<SteppingIncident>(
      `insert into incident (ticket_number, clock_id, metric, cycle, judgement, due_at, state, chain, step, round, next_step_at, opened_at)
       values ($1, null, 'emergency', 1, 0, $2::timestamptz, 'open', $3, 0, 0, $2, $2)
       on conflict (ticket_number) where clock_id is null do nothing returning ${steppingColumns}`,
      [ticket, now, JSON.stringify(chain)],
    );
    if (opened === undefined) return { outcome: 'too-many' };

    await this.timeline.write(tx, [
      { incident: opened.id, at: now, type: 'opened', data: { chain: chain.name, emergency } },
    ]);
    await this.steps.take(tx, [opened], now);
    await this.events.publish(tx, [new IncidentOpened(opened.id, ticket, now)]);
    return { outcome: 'called', incident: opened.id };
  }

  /** What stands behind every chain stands before this one. */
  private async withEmergencyContactFirst(tx: Transaction, chain: Chain): Promise<Chain> {
    const [contact] = await tx.query<{ name: string }>(
      `select name from rota where emergency union all select name from responder where emergency limit 1`,
    );
    return contact === undefined
      ? chain
      : { ...chain, steps: [{ afterMinutes: 0, notify: [contact.name] }, ...chain.steps] };
  }
}

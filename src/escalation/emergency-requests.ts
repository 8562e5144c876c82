import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { Now } from '../platform/time/now.js';
import { StatusChanged, TicketMerged } from '../tickets/ticket-events.js';
import { Chains, DESKS_CHAIN } from './chains.js';
import { noChain, withFirst, type Chain } from './chain/chain.js';
import { Incidents } from './incidents.js';
import { Steps } from './steps.js';

export const EMERGENCIES = ['service-down', 'data-loss'] as const;
export type Emergency = (typeof EMERGENCIES)[number];

export type EmergencyOutcome =
  { readonly outcome: 'called'; readonly incident: string } | { readonly outcome: 'too-many' };

/**
 * Anybody can press this button, so it cannot be pressed without end: beyond this a request is a ticket of the highest level, and no
 * more. What one person has asked for and is over does not count; of all there may be many, since calls for them are bundled.
 */
const MOST_OF_ONE_PERSON = 2;
const MOST_OF_ALL = 100;
const HOUR_MS = 3_600_000;

/**
 * A customer says that a service is down or that data is being lost: the 24x7 emergency contact is called at once, besides there being a
 * ticket whose clocks run. The incident ends when the ticket is resolved.
 */
@Injectable()
export class EmergencyRequests {
  constructor(
    events: EventBus,
    private readonly chains: Chains,
    private readonly steps: Steps,
    private readonly incidents: Incidents,
    private readonly now: Now,
  ) {
    const end = async (tx: Transaction, facts: readonly { ticket: number }[]): Promise<void> => {
      await this.incidents.closeWithTicket(
        tx,
        facts.map(({ ticket }) => ticket),
      );
    };
    events.follow(StatusChanged, end);
    events.follow(TicketMerged, end);
  }

  async raise(tx: Transaction, ticket: number, emergency: Emergency): Promise<EmergencyOutcome> {
    const now = this.now.read();
    await tx.lock('emergency request');
    const [recent] = await tx.query<{ own: number; all: number }>(
      `select (count(*) filter (where other.requester_id = mine.requester_id and incident.state <> 'closed'))::integer as own,
         count(*)::integer as all
       from incident join ticket other on other.number = incident.ticket_number cross join ticket mine
       where incident.metric = 'emergency' and incident.opened_at > $2 and mine.number = $1`,
      [ticket, new Date(now.getTime() - HOUR_MS)],
    );
    if ((recent?.own ?? 0) >= MOST_OF_ONE_PERSON || (recent?.all ?? 0) >= MOST_OF_ALL) return { outcome: 'too-many' };

    const known = (await this.chains.list(tx)).find(({ name }) => name === DESKS_CHAIN) ?? noChain;
    const chain = await this.withEmergencyContactFirst(tx, known, now);
    const opened = await this.incidents.openWithoutClock(tx, {
      ...{ ticket, metric: 'emergency', dueAt: now, what: emergency },
      chain,
    });
    return opened === null ? { outcome: 'too-many' } : { outcome: 'called', incident: opened.incident };
  }

  /** What stands behind every chain stands before this one. */
  private async withEmergencyContactFirst(tx: Transaction, chain: Chain, now: Date): Promise<Chain> {
    const { emergency } = await this.steps.onDuty(tx, now);
    return emergency === null ? chain : withFirst(chain, emergency);
  }
}

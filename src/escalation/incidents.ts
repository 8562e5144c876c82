import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { Log } from '../platform/log/logger.js';
import { Now } from '../platform/time/now.js';
import { BreachRetracted, ClockBreached, ClockCancelled, ClockStopped } from '../sla/clock-events.js';
import { Alarms } from './alarms.js';
import { Chains, DESKS_CHAIN } from './chains.js';
import { firstStepAt, noChain, type Chain } from './chain/chain.js';
import { IncidentClosed, IncidentOpened } from './incident-events.js';
import type { ClosingReason } from './incident.entity.js';
import { Notices } from './notices.js';
import { Steps, type SteppingIncident } from './steps.js';
import { Timeline } from './timeline.js';

/** Which breaches an incident is about: those of a clock and cycle, and of one judgement where that is known. */
interface Cause {
  readonly clock: string;
  readonly cycle: number;
  readonly judgement: number | null;
}

interface WithoutClock {
  readonly ticket: number;
  readonly metric: 'emergency' | 'heartbeat';
  readonly dueAt: Date;
  /** Which emergency it is, or what is wrong. */
  readonly what: string;
  /** Absent: the queue's, else the desk's. */
  readonly chain?: Chain;
}

/**
 * A breach opens an incident, once for each clock, cycle and judgement, and its first notifications with it, in the
 * transaction of the breach itself. It closes when the clock stops, is cancelled, or turns out not to have breached.
 * Told of again, a breach opens nothing, unless its clock had been cancelled and is back (a merge that was undone).
 */
@Injectable()
export class Incidents {
  constructor(
    private readonly events: EventBus,
    private readonly chains: Chains,
    private readonly steps: Steps,
    private readonly notices: Notices,
    private readonly timeline: Timeline,
    private readonly alarms: Alarms,
    private readonly now: Now,
    private readonly log: Log,
  ) {
    events.follow(ClockBreached, (tx, breaches) => this.open(tx, breaches));
    events.follow(ClockStopped, (tx, facts) => this.close(tx, facts.map(anyJudgement), 'stopped'));
    events.follow(ClockCancelled, (tx, facts) => this.close(tx, facts.map(anyJudgement), 'cancelled'));
    events.follow(BreachRetracted, (tx, facts) => this.close(tx, facts.map(thisJudgement), 'retracted'));
  }

  private async open(tx: Transaction, breaches: readonly ClockBreached[]): Promise<void> {
    const now = this.now.read();
    const chains = await this.chainsFor(
      tx,
      breaches.map(({ clock }) => clock),
    );
    const once = new Map(breaches.map((breach) => [`${breach.clock}.${breach.cycle}.${breach.judgement}`, breach]));
    const wanted = [...once.values()].map(({ clock, ticket, metric, cycle, judgement, dueAt }) => {
      const chain = chains.get(clock) ?? noChain;
      return { clock, ticket, metric, cycle, judgement, dueAt, chain, nextStepAt: firstStepAt(chain, now) };
    });
    const opened = await tx.query<SteppingIncident>(
      `insert into incident
         (ticket_number, clock_id, metric, cycle, judgement, due_at, state, chain, step, round, next_step_at, opened_at)
       select ticket, clock, metric, cycle, judgement, "dueAt", 'open', chain, 0, 0, "nextStepAt", $2
       from jsonb_to_recordset($1::jsonb) as wanted
         (ticket integer, clock bigint, metric text, cycle integer, judgement integer, "dueAt" timestamptz, chain jsonb,
          "nextStepAt" timestamptz)
       on conflict on constraint incident_once do update
         set state = 'open', closed_at = null, closed_because = null, acknowledged_at = null, acknowledged_by = null,
           restart_at = null, chain = excluded.chain, step = 0, round = 0, next_step_at = excluded.next_step_at, opened_at = excluded.opened_at
         where incident.closed_because = 'cancelled'
       returning ${steppingColumns}`,
      [JSON.stringify(wanted), now],
    );
    if (opened.length === 0) return;

    await this.timeline.write(
      tx,
      opened.map(({ id, chain }) => ({ incident: id, at: now, type: 'opened', data: { chain: chain.name } })),
    );
    await this.steps.take(tx, opened, now);
    await this.events.publish(
      tx,
      opened.map(({ id, ticketNumber }) => new IncidentOpened(id, ticketNumber, now)),
    );
  }

  /** For what no clock has caused. Its ticket has one such incident, which opens again; null: it is open already. */
  async openWithoutClock(
    tx: Transaction,
    { ticket, metric, dueAt, what, chain }: WithoutClock,
  ): Promise<{ incident: string } | null> {
    const now = this.now.read();
    const follows = chain ?? (await this.chainOfTicket(tx, ticket));
    const [opened] = await tx.query<SteppingIncident>(
      `insert into incident (ticket_number, clock_id, metric, cycle, judgement, due_at, state, chain, step, round, next_step_at, opened_at)
       values ($1, null, $2, 1, 0, $3, 'open', $4, 0, 0, $5, $6)
       on conflict (ticket_number) where clock_id is null do update
         set state = 'open', metric = excluded.metric, due_at = excluded.due_at, closed_at = null, closed_because = null,
           acknowledged_at = null, acknowledged_by = null, restart_at = null, chain = excluded.chain, step = 0, round = 0,
           next_step_at = excluded.next_step_at, opened_at = excluded.opened_at
         where incident.state = 'closed'
       returning ${steppingColumns}`,
      [ticket, metric, dueAt, JSON.stringify(follows), firstStepAt(follows, now), now],
    );
    if (opened === undefined) return null;

    await this.timeline.write(tx, [
      { incident: opened.id, at: now, type: 'opened', data: { chain: follows.name, [metric]: what } },
    ]);
    await this.steps.take(tx, [opened], now);
    await this.events.publish(tx, [new IncidentOpened(opened.id, ticket, now)]);
    return { incident: opened.id };
  }

  /** Ends what no clock has caused. */
  async closeWithoutClock(tx: Transaction, ticket: number, because: ClosingReason): Promise<void> {
    const over = await tx.query<{ id: string }>(
      `select id from incident where ticket_number = $1 and clock_id is null and state <> 'closed' for no key update`,
      [ticket],
    );
    await this.end(
      tx,
      over.map(({ id }) => id),
      because,
    );
  }

  /** What no clock has caused is over when its ticket is. */
  async closeWithTicket(tx: Transaction, tickets: readonly number[]): Promise<void> {
    const over = await tx.query<{ id: string; cancelled: boolean }>(
      `select incident.id, ticket.status = 'spam' or ticket.merged_into is not null as cancelled
       from incident join ticket on ticket.number = incident.ticket_number
       where ticket.number = any($1) and incident.clock_id is null and incident.state <> 'closed'
         and (ticket.status in ('resolved', 'closed', 'spam') or ticket.merged_into is not null)
       order by incident.id for no key update of incident`,
      [tickets],
    );
    for (const because of ['stopped', 'cancelled'] as const) {
      const ids = over.filter(({ cancelled }) => cancelled === (because === 'cancelled')).map(({ id }) => id);
      await this.end(tx, ids, because);
    }
  }

  private async close(tx: Transaction, causes: readonly Cause[], because: ClosingReason): Promise<void> {
    const ending = await tx.query<{ id: string }>(
      `select incident.id from incident join jsonb_to_recordset($1::jsonb) as cause (clock bigint, cycle integer, judgement integer)
         on cause.clock = clock_id and cause.cycle = incident.cycle
           and (cause.judgement is null or cause.judgement = incident.judgement)
       where state <> 'closed' order by incident.id for no key update of incident`,
      [JSON.stringify(causes)],
    );
    await this.end(
      tx,
      ending.map(({ id }) => id),
      because,
    );
  }

  /** Their rows are locked. */
  private async end(tx: Transaction, incidents: readonly string[], because: ClosingReason): Promise<void> {
    const now = this.now.read();
    const closed = await tx.query<{ id: string; ticketNumber: number }>(
      `update incident set state = 'closed', closed_at = $2, closed_because = $3, next_step_at = null, restart_at = null,
         offered_to = null, offered_at = null
       where id = any($1) and state <> 'closed' returning id, ticket_number as "ticketNumber"`,
      [incidents, now, because],
    );
    if (closed.length === 0) return;

    const ids = closed.map(({ id }) => id);
    await this.notices.withdrawAlerts(tx, ids);
    await this.timeline.write(
      tx,
      ids.map((incident) => ({ incident, at: now, type: 'closed', data: { because } })),
    );
    await this.notices.tellEverybody(tx, ids, 'closed');
    await this.alarms.clear(tx, ids);
    await this.events.publish(
      tx,
      closed.map(({ id, ticketNumber }) => new IncidentClosed(id, ticketNumber, now, because)),
    );
  }

  private async chainOfTicket(tx: Transaction, ticket: number): Promise<Chain> {
    const known = new Map((await this.chains.list(tx)).map((chain) => [chain.name, chain]));
    const [named] = await tx.query<{ chain: string | null }>(
      `select queue.chain from ticket join queue on queue.id = ticket.queue_id where ticket.number = $1`,
      [ticket],
    );
    return known.get(named?.chain ?? null) ?? known.get(DESKS_CHAIN) ?? noChain;
  }

  /** The policy's chain, else the queue's, else the desk's; a name that leads nowhere does not end the search. */
  private async chainsFor(tx: Transaction, clocks: readonly string[]): Promise<Map<string, Chain>> {
    const known = new Map((await this.chains.list(tx)).map((chain) => [chain.name, chain]));
    const named = await tx.query<{ clock: string; policy: string | null; queue: string | null }>(
      `select clock.id as clock, policy_version.definition->>'chain' as policy, queue.chain as queue
       from clock
         join ticket on ticket.number = clock.ticket_number
         join queue on queue.id = ticket.queue_id
         left join policy_version
           on policy_version.policy_id = clock.policy_id and policy_version.version = clock.policy_version
       where clock.id = any($1::bigint[])`,
      [clocks],
    );
    const chains = new Map<string, Chain>();
    for (const { clock, policy, queue } of named) {
      const names = [policy, queue, DESKS_CHAIN].filter((name) => name !== null);
      for (const name of names) {
        const chain = known.get(name);
        if (chain === undefined)
          this.log.warn({ chain: name, clock }, 'There is no chain of this name; the next one applies.');
        else if (!chains.has(clock)) chains.set(clock, chain);
      }
    }
    return chains;
  }
}

/** SQL for a SteppingIncident. */
export const steppingColumns = `incident.id, incident.ticket_number as "ticketNumber", incident.state, incident.chain,
  incident.step, incident.round, incident.next_step_at as "nextStepAt"`;

function anyJudgement({ clock, cycle }: ClockStopped | ClockCancelled): Cause {
  return { clock, cycle, judgement: null };
}

function thisJudgement({ clock, cycle, judgement }: BreachRetracted): Cause {
  return { clock, cycle, judgement };
}

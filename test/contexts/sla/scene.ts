import { EventBus } from '../../../src/platform/events/event-bus.js';
import type { Transaction } from '../../../src/platform/database/transaction.js';
import { ClockFact } from '../../../src/sla/clock-events.js';
import type { ClockJson } from '../../../src/sla/clock/clock-json.js';
import type { Metric } from '../../../src/sla/clock/timeline.js';
import { Clocks } from '../../../src/sla/clocks.js';
import { Policies, type PolicyItem } from '../../../src/sla/policies.js';
import { Replay } from '../../../src/sla/replay.js';
import { House } from '../../support/house.js';
import { furnish } from '../../support/tickets.js';

export const theStory = { name: 'the story' };

export const STANDARD: PolicyItem = { name: 'Standard', targets: { nextResponse: 480 } };

/** A furnished desk that promises something, and an ear for what its clocks announce. */
export class Scene {
  readonly heard: ClockFact[] = [];

  private constructor(readonly house: House) {
    house.get(EventBus).follow(ClockFact, async (_, facts) => {
      this.heard.push(...facts);
    });
  }

  static async open(policies: readonly PolicyItem[] = [STANDARD]): Promise<Scene> {
    const house = await House.open({ env: { EMERGENCY_EMAIL: 'night@desk.test' } });
    await furnish(house);
    await house.transaction(async (tx) => {
      await tx.query(`update desk set default_calendar = 'Office hours'`);
      await house.get(Policies).saveAll(tx, policies, theStory);
    });
    await house.settle();
    return new Scene(house);
  }

  async do<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.house.transaction(work);
  }

  async clocks(ticket: number): Promise<ClockJson[]> {
    const at = this.house.now.read();
    return (await this.house.get(Clocks).of(this.house.database, [ticket], at)).get(ticket) ?? [];
  }

  /** The latest cycle of a metric. */
  async clock(ticket: number, metric: Metric): Promise<ClockJson | undefined> {
    return (await this.clocks(ticket)).findLast((clock) => clock.metric === metric);
  }

  /** What has been written down about the clocks of a ticket. */
  async events(ticket: number, metric: Metric): Promise<{ type: string; at: Date; data: Record<string, unknown> }[]> {
    return this.house.query(
      `select clock_event.type, clock_event.at, clock_event.data from clock_event join clock on clock.id = clock_id
       where clock_event.ticket_number = $1 and clock.metric = $2 order by clock_event.id`,
      [ticket, metric],
    );
  }

  /** What was announced of one metric of a ticket, in words. */
  told(ticket: number, metric: Metric): string[] {
    return this.heard
      .filter((fact) => fact.ticket === ticket && fact.metric === metric)
      .map((fact) => `${fact.constructor.name} ${String(fact.judgement)}`);
  }

  /** Whether everything is stored as the histories say. */
  async differences(): Promise<unknown[]> {
    return this.do(async (tx) => {
      const tickets = await this.house.get(Replay).ticketsAfter(tx, 0, 1000);
      return this.house.get(Replay).checkAll(tx, tickets);
    });
  }
}

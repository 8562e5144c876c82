import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import type { LedgerLine } from './clock/explain.js';
import { explainMeasure, measuresAt, type Measure } from './clock/measures.js';
import { recordedTerms } from './clock/recorded-terms.js';
import { stateAt } from './clock/replay.js';
import { TicketTimelines } from './keeping/ticket-timelines.js';

/** A measure as the REST API and the pages show it. */
export interface MeasureJson {
  /** Working time so far. */
  readonly seconds: number;
  /** Whether it goes on counting in open hours. */
  readonly counting: boolean;
}

export interface HandlingJson extends MeasureJson {
  readonly team: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

/** What is measured of a ticket, targets or none; null and nothing while it is merged or spam. */
export interface MeasuresJson {
  readonly requesterWait: MeasureJson | null;
  readonly agentWork: MeasureJson | null;
  readonly handling: readonly HandlingJson[];
}

export interface MeasureWithLedger extends Pick<Measure, 'metric' | 'cycle' | 'team' | 'counting'> {
  readonly seconds: number;
  readonly calendar: string | null;
  readonly calendarVersion: number | null;
  readonly ledger: readonly LedgerLine[];
}

/** How long requesters wait, how long it is for us to work, and how long each team has a ticket: replayed whenever somebody looks. */
@Injectable()
export class Measures {
  constructor(private readonly timelines: TicketTimelines) {}

  async of(asked: Pick<Transaction, 'query'>, ticket: number, at: Date): Promise<MeasuresJson> {
    const measures = await this.read(asked, ticket, at);
    const lifelong = (metric: Measure['metric']): MeasureJson | null => {
      const found = measures.find((one) => one.metric === metric);
      return found === undefined ? null : measureJson(found);
    };
    return {
      requesterWait: lifelong('requesterWait'),
      agentWork: lifelong('agentWork'),
      handling: measures.flatMap((measure) => (measure.team === null ? [] : [handlingJson(measure, measure.team)])),
    };
  }

  /** The same with the account of each. */
  async explained(asked: Pick<Transaction, 'query'>, ticket: number, at: Date): Promise<MeasureWithLedger[]> {
    const measures = await this.read(asked, ticket, at);
    return measures.map((measure) => ({
      metric: measure.metric,
      cycle: measure.cycle,
      team: measure.team,
      ...measureJson(measure),
      calendar: measure.calendar.name,
      calendarVersion: measure.calendar.version,
      ledger: explainMeasure(measure, at),
    }));
  }

  private async read(asked: Pick<Transaction, 'query'>, ticket: number, at: Date): Promise<Measure[]> {
    const history = (await this.timelines.of(asked, [ticket])).get(ticket);
    return history === undefined ? [] : measuresAt(stateAt(history.timeline, recordedTerms, at), at);
  }
}

const measureJson = ({ countedMs, counting }: Measure): MeasureJson => ({ seconds: countedMs / 1000, counting });

const handlingJson = (measure: Measure, team: string): HandlingJson => ({
  team,
  ...measureJson(measure),
  startedAt: measure.run.startedAt.toISOString(),
  endedAt: measure.endedAt?.toISOString() ?? null,
});

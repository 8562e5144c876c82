import { Injectable } from '@nestjs/common';
import { DeskStore } from '../desk/desk.store.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';
import type { Metric } from '../sla/promises.js';
import { COUNTED, KEYS, MOMENT, type Grouping, type Period } from './compliance.report.js';

export const outcomes = ['met', 'breached', 'running', 'stopped'] as const;
export type Outcome = (typeof outcomes)[number];

/** One number of the compliance report. */
export interface Figure {
  readonly groupBy: Grouping;
  /** Null: of every group. */
  readonly key: string | null;
  readonly metric: Metric | null;
  readonly outcome: Outcome;
}

/** One clock behind a number. */
export interface JudgedClock {
  readonly ticket: number;
  readonly subject: string;
  readonly organisation: string | null;
  readonly agent: string | null;
  readonly level: string;
  readonly metric: Metric;
  readonly cycle: number;
  readonly startedAt: Date;
  readonly dueAt: Date | null;
  readonly stoppedAt: Date | null;
  readonly elapsedSeconds: number;
  readonly targetSeconds: number;
}

const MOST = 500;
const CONDITION: Record<Outcome, string> = {
  met: `measure = 'decided' and not broken`,
  breached: `measure = 'decided' and broken`,
  running: `measure = 'running'`,
  stopped: `measure = 'stopped'`,
};

/**
 * The clocks behind one number of the compliance report, counted in exactly the same way; the first 500, the latest first; where it is a
 * time that was taken, the longest first.
 */
@Injectable()
export class JudgedClocksReport {
  constructor(
    private readonly desk: DeskStore,
    private readonly now: Now,
  ) {}

  async ask(
    asked: Pick<Transaction, 'query'>,
    { from, to }: Period,
    { groupBy, key, metric, outcome }: Figure,
  ): Promise<JudgedClock[]> {
    const { timezone } = await this.desk.read();
    return asked.query<JudgedClock>(
      `select clock.ticket_number as ticket, ticket.subject, organisation.name as organisation, app_user.name as agent, clock.level,
         clock.metric, clock.cycle, clock.started_at as "startedAt", clock.due_at as "dueAt", clock.stopped_at as "stoppedAt",
         clock.elapsed_seconds as "elapsedSeconds", clock.target_seconds as "targetSeconds"
       from ${COUNTED}
         join ticket on ticket.number = clock.ticket_number
         left join organisation on organisation.id = clock.organisation_id
         left join app_user on app_user.id = coalesce(clock.stopped_by, clock.assignee_id)
       where ${CONDITION[outcome]}
         and ($5::text is null or ${KEYS[groupBy]} = $5) and ($6::text is null or clock.metric = $6)
       order by ${outcome === 'stopped' ? 'clock.elapsed_seconds' : MOMENT} desc, clock.id desc limit ${MOST}`,
      [from, to, this.now.read(), timezone, key, metric],
    );
  }
}

import { Injectable } from '@nestjs/common';
import { DeskStore } from '../desk/desk.store.js';
import type { Transaction } from '../platform/database/transaction.js';
import { metrics, type Metric } from '../sla/promises.js';
import type { Grouping, Period } from './compliance.report.js';

/** What was measured without being promised: how long requesters waited for us, how long we worked, how long a team had a ticket. */
export interface MeasureRow {
  /** What the rows are grouped by; empty where there is none. */
  readonly key: string;
  readonly metric: Metric;
  /** How many came to their end in the period. */
  readonly ended: number;
  /** Working time. */
  readonly p50Seconds: number;
  readonly p90Seconds: number;
  readonly p95Seconds: number;
}

const KEYS: Record<Grouping, string> = {
  level: 'measure.level',
  metric: 'measure.metric',
  queue: `coalesce((select name from queue where queue.id = measure.queue_id), '')`,
  agent: `coalesce((select email from app_user where app_user.id = measure.assignee_id), '')`,
  organisation: `coalesce((select name from organisation where organisation.id = measure.organisation_id), '')`,
  week: `to_char(measure.ended_at at time zone reader.zone, 'IYYY-"W"IW')`,
};

/** The measures that ended in a period. Their rows carry what was spent, so no calendar is needed and history does not change. */
@Injectable()
export class MeasuresReport {
  constructor(private readonly desk: DeskStore) {}

  async ask(asked: Pick<Transaction, 'query'>, { from, to }: Period, groupBy: Grouping): Promise<MeasureRow[]> {
    const { timezone } = await this.desk.read();
    return asked.query<MeasureRow>(
      `select named.key, measure.metric, count(*)::integer as ended,
         percentile_cont(0.5) within group (order by elapsed_seconds) as "p50Seconds",
         percentile_cont(0.9) within group (order by elapsed_seconds) as "p90Seconds",
         percentile_cont(0.95) within group (order by elapsed_seconds) as "p95Seconds"
       from (select $3::text as zone) as reader
         cross join measure
         cross join lateral (select ${KEYS[groupBy]} as key) as named
       where ended_at >= $1 and ended_at < $2
       group by named.key, measure.metric
       order by named.key collate "und-x-icu", array_position($4::text[], measure.metric)`,
      [from, to, timezone, metrics],
    );
  }
}

import { Injectable } from '@nestjs/common';
import { stringify } from 'csv-stringify/sync';
import { DeskStore } from '../desk/desk.store.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';
import { metrics, type Metric } from '../sla/promises.js';

export const groupings = ['level', 'metric', 'queue', 'agent', 'organisation', 'week'] as const;
export type Grouping = (typeof groupings)[number];

/** From its first instant to the first instant after it. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

export interface ComplianceRow {
  /** What the rows are grouped by; empty where there is none, such as no organisation. */
  readonly key: string;
  readonly metric: Metric;
  readonly met: number;
  readonly breached: number;
  /** Neither met nor breached by the end of the period. */
  readonly running: number;
  /** Met out of all that were decided, 0 to 1; null where nothing was. */
  readonly attainment: number | null;
  /** Working time used by the clocks that were stopped in the period. */
  readonly p50Seconds: number | null;
  readonly p90Seconds: number | null;
  readonly p95Seconds: number | null;
}

/**
 * The clocks that count in the period from $1 to $2, as of $3, for readers in the zone $4: once as `decided` or `running`, and once more as
 * `stopped` where they were stopped in it; `measure` says as which. One pass over them, without a join: of a million a report is asked, too.
 */
export const COUNTED = `(
         select judged.*, unnest(array_remove(array[
             case when decided_at >= $1 and decided_at < $2 then 'decided' when decided_at is null or decided_at >= $2 then 'running' end,
             case when stopped_at >= $1 and stopped_at < $2 then 'stopped' end], null)) as measure
         from (
           select clock.*, coalesce(breached.at, stopped_at) as decided_at, breached.at is not null as broken
           from clock cross join lateral (
             select coalesce(breached_at, case when state = 'running' and due_at < $3 then due_at end) as at) as breached
           where state <> 'cancelled' and withdrawn_at is null and started_at < $2 and (stopped_at is null or stopped_at >= $1)
         ) as judged
       ) as clock
       cross join (select $4::text as zone) as reader`;

/** In SQL: the moment by which a counted clock belongs to its week. */
export const MOMENT = `(case measure when 'decided' then decided_at when 'stopped' then stopped_at else $2 - interval '1 millisecond' end)`;

/** `key` in SQL: what was stamped on the clock itself, so that history does not change. */
export const KEYS: Record<Grouping, string> = {
  level: 'clock.level',
  metric: 'clock.metric',
  queue: `coalesce((select name from queue where queue.id = clock.queue_id), '')`,
  agent: `coalesce((select email from app_user where app_user.id = coalesce(clock.stopped_by, clock.assignee_id)), '')`,
  organisation: `coalesce((select name from organisation where organisation.id = clock.organisation_id), '')`,
  week: `to_char(${MOMENT} at time zone reader.zone, 'IYYY-"W"IW')`,
};

/**
 * How promises were kept in a period. A clock belongs to the period in which it was decided: when it was stopped, or when
 * it breached, where that came first. What was started before the period's end and had not been decided by then is
 * running; by weeks, it counts in the last one. Cancelled and withdrawn clocks count nowhere. A clock that is overdue has
 * breached at its due instant, whether a worker has been there or not.
 */
@Injectable()
export class ComplianceReport {
  constructor(
    private readonly desk: DeskStore,
    private readonly now: Now,
  ) {}

  async ask(asked: Pick<Transaction, 'query'>, { from, to }: Period, groupBy: Grouping): Promise<ComplianceRow[]> {
    const { timezone } = await this.desk.read();
    const rows = await asked.query<Omit<ComplianceRow, 'attainment'>>(
      `select named.key, clock.metric,
         count(*) filter (where measure = 'decided' and not broken)::integer as met,
         count(*) filter (where measure = 'decided' and broken)::integer as breached,
         count(*) filter (where measure = 'running')::integer as running,
         percentile_cont(0.5) within group (order by elapsed_seconds) filter (where measure = 'stopped') as "p50Seconds",
         percentile_cont(0.9) within group (order by elapsed_seconds) filter (where measure = 'stopped') as "p90Seconds",
         percentile_cont(0.95) within group (order by elapsed_seconds) filter (where measure = 'stopped') as "p95Seconds"
       from ${COUNTED} cross join lateral (select ${KEYS[groupBy]} as key) as named
       group by named.key, clock.metric
       order by named.key collate "und-x-icu", array_position($5::text[], clock.metric)`,
      [from, to, this.now.read(), timezone, metrics],
    );
    return rows.map(({ key, metric, met, breached, running, ...percentiles }) => ({
      key,
      metric,
      met,
      breached,
      running,
      attainment: met + breached === 0 ? null : met / (met + breached),
      ...percentiles,
    }));
  }
}

/** For spreadsheets; a cell that one would take for a formula begins with an apostrophe instead. */
export function complianceCsv(rows: readonly ComplianceRow[]): string {
  const columns = [
    'key',
    'metric',
    'met',
    'breached',
    'running',
    'attainment',
    'p50Seconds',
    'p90Seconds',
    'p95Seconds',
  ];
  return stringify([...rows], { header: true, columns, escape_formulas: true, record_delimiter: '\r\n' });
}

import { Injectable } from '@nestjs/common';
import type { CurrentUser } from '../../identity/current-user.js';
import { Database } from '../../platform/database/database.js';
import { Now } from '../../platform/time/now.js';
import { ComplianceReport, groupings, type ComplianceRow, type Grouping } from '../../reports/compliance.report.js';
import { MeasuresReport, type MeasureRow } from '../../reports/measures.report.js';
import type { Outcome } from '../../reports/judged-clocks.report.js';
import { WorkloadReport, type Workload, type WorkloadPart } from '../../reports/workload.report.js';
import type { Metric } from '../../sla/promises.js';
import { span } from '../../platform/rendering/times.js';
import { metricName } from '../clock-chip.js';
import { shownPeriod, type ShownPeriod } from './period.js';

export interface ComplianceQuery {
  readonly from?: unknown;
  readonly to?: unknown;
  readonly groupBy?: unknown;
}

interface Tile {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  readonly href: string | null;
}

const LABELS: Record<Grouping, string> = {
  level: 'Level',
  metric: 'Metric',
  queue: 'Queue',
  agent: 'Agent',
  organisation: 'Organisation',
  week: 'Week',
};
const NOBODY: Partial<Record<Grouping, string>> = {
  agent: 'Nobody',
  organisation: 'No organisation',
  queue: 'No queue',
};

/** How promises were kept: numbers first, then the same by group, each a link to the tickets behind it. */
@Injectable()
export class CompliancePage {
  constructor(
    private readonly database: Database,
    private readonly compliance: ComplianceReport,
    private readonly measured: MeasuresReport,
    private readonly workload: WorkloadReport,
    private readonly now: Now,
  ) {}

  async read(user: CurrentUser, query: ComplianceQuery): Promise<object> {
    const period = shownPeriod(query, user.timezone, this.now.read());
    const groupBy = groupings.find((one) => one === query.groupBy) ?? 'level';
    const { rows, measures, all, allBefore, work, workBefore } = await this.database.readOnly(async (tx) => ({
      rows: await this.compliance.ask(tx, period, groupBy),
      measures: await this.measured.ask(tx, period, groupBy),
      all: await this.compliance.ask(tx, period, 'metric'),
      allBefore: await this.compliance.ask(tx, period.before, 'metric'),
      work: await this.workload.ask(tx, period),
      workBefore: await this.workload.ask(tx, period.before),
    }));
    const link = linksOf(period, groupBy);
    return {
      title: 'How promises were kept',
      period,
      groupBy,
      groupLabel: LABELS[groupBy],
      groupings: groupings.map((value) => ({ value, label: LABELS[value], selected: value === groupBy })),
      presets: period.presets.map((preset) => ({
        ...preset,
        href: `/reports/sla?${new URLSearchParams({ from: preset.from, to: preset.to, groupBy }).toString()}`,
      })),
      csv: `/reports/sla.csv?${new URLSearchParams({ from: period.firstDay, to: period.lastDay, groupBy }).toString()}`,
      tiles: [
        attainmentTile('firstResponse', all, allBefore, link),
        attainmentTile('resolution', all, allBefore, link),
        breachTile(all, allBefore, link),
        medianTile('firstResponse', all, allBefore, link),
        medianTile('resolution', all, allBefore, link),
        workTile('opened', 'Came in', work, workBefore, period, groupBy),
        workTile('resolved', 'Resolved', work, workBefore, period, groupBy),
        workTile('backlog', 'Left at the end', work, workBefore, period, groupBy),
      ],
      rows: rows.map((row) => rowOf(row, groupBy, link)),
      measures: measures.map((row) => measureOf(row, groupBy)),
    };
  }
}

type Links = (row: { key: string | null; metric: Metric | null }, outcome: Outcome) => string;

function linksOf({ firstDay, lastDay }: ShownPeriod, groupBy: Grouping): Links {
  return ({ key, metric }, outcome) => {
    const query = new URLSearchParams({ from: firstDay, to: lastDay, groupBy, outcome });
    if (key !== null) query.set('key', key);
    if (metric !== null) query.set('metric', metric);
    return `/reports/sla/tickets?${query.toString()}`;
  };
}

function rowOf(row: ComplianceRow, groupBy: Grouping, link: Links): object {
  const { metric, met, breached, running, attainment } = row;
  const decided = met + breached;
  return {
    ...row,
    name: nameOf(row, groupBy),
    metricName: metricName(metric),
    good: decided === 0 ? 0 : (met / decided) * 100,
    bad: decided === 0 ? 0 : (breached / decided) * 100,
    barLabel: `${met} met, ${breached} breached, ${running} running`,
    attainment,
    links: {
      met: link(row, 'met'),
      breached: link(row, 'breached'),
      running: link(row, 'running'),
      stopped: link(row, 'stopped'),
      bar: link(row, breached > 0 ? 'breached' : 'met'),
    },
  };
}

function measureOf(row: MeasureRow, groupBy: Grouping): object {
  return { ...row, name: nameOf(row, groupBy), metricName: metricName(row.metric) };
}

function nameOf({ key, metric }: Pick<ComplianceRow, 'key' | 'metric'>, groupBy: Grouping): string {
  if (groupBy === 'metric') return metricName(metric);
  return key === '' ? (NOBODY[groupBy] ?? '–') : key;
}

function attainmentTile(
  metric: Metric,
  all: readonly ComplianceRow[],
  before: readonly ComplianceRow[],
  link: Links,
): Tile {
  const row = all.find((one) => one.metric === metric);
  const share = row?.attainment ?? null;
  const shareBefore = before.find((one) => one.metric === metric)?.attainment ?? null;
  return {
    label: `${metricName(metric)} in time`,
    value: share === null ? '–' : percent(share),
    note:
      share === null
        ? 'Nothing was decided'
        : shareBefore === null
          ? `${row?.met ?? 0} of ${(row?.met ?? 0) + (row?.breached ?? 0)}`
          : points(share - shareBefore),
    href: link({ key: null, metric }, 'breached'),
  };
}

function breachTile(all: readonly ComplianceRow[], before: readonly ComplianceRow[], link: Links): Tile {
  const count = sum(all);
  return {
    label: 'Promises broken',
    value: String(count),
    note: compared(count, sum(before)),
    href: link({ key: null, metric: null }, 'breached'),
  };
}

const sum = (rows: readonly ComplianceRow[]): number => rows.reduce((total, { breached }) => total + breached, 0);

function medianTile(
  metric: Metric,
  all: readonly ComplianceRow[],
  before: readonly ComplianceRow[],
  link: Links,
): Tile {
  const median = all.find((one) => one.metric === metric)?.p50Seconds ?? null;
  const medianBefore = before.find((one) => one.metric === metric)?.p50Seconds ?? null;
  const faster = median !== null && medianBefore !== null && median <= medianBefore;
  return {
    label: `Median ${metricName(metric).toLowerCase()}`,
    value: median === null ? '–' : span(median),
    note:
      median === null
        ? 'Nothing was stopped'
        : medianBefore === null
          ? 'in working time'
          : median === medianBefore
            ? 'as in the period before'
            : `${faster ? 'down' : 'up'} from ${span(medianBefore)}`,
    href: median === null ? null : link({ key: null, metric }, 'stopped'),
  };
}

function workTile(
  part: WorkloadPart,
  label: string,
  work: Workload,
  before: Workload,
  { firstDay, lastDay }: ShownPeriod,
  groupBy: Grouping,
): Tile {
  const query = new URLSearchParams({ from: firstDay, to: lastDay, groupBy, outcome: part });
  return {
    label,
    value: String(work[part]),
    note: compared(work[part], before[part]),
    href: `/reports/sla/tickets?${query.toString()}`,
  };
}

/** Rounded down: a promise is not kept in 100 % of cases until it is. */
const percent = (share: number): string => `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;

function points(difference: number): string {
  const rounded = Math.round(difference * 1000) / 10;
  if (rounded === 0) return 'as in the period before';
  return `${rounded > 0 ? '+' : '−'}${Math.abs(rounded).toFixed(1)} points to the period before`;
}

function compared(count: number, before: number): string {
  return before === count ? 'as many as before' : `${before} in the period before`;
}

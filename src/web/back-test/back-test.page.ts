import { Injectable } from '@nestjs/common';
import type { CurrentUser } from '../../identity/current-user.js';
import { Database } from '../../platform/database/database.js';
import type { FieldFault } from '../../platform/problems/problem.js';
import { span } from '../../platform/rendering/times.js';
import { Now } from '../../platform/time/now.js';
import {
  BackTests,
  type Attainment,
  type BackTest,
  type BackTestRow,
  type ChangedClock,
  type Turn,
  type Verdict,
} from '../../sla/back-test.js';
import { metrics, type Metric } from '../../sla/promises.js';
import { metricName } from '../clock-chip.js';
import { DeskChoices } from '../settings/desk-choices.js';
import { INSERTABLE, type WhatIfForm } from './what-if-form.js';

const MOST_CLOCKS = 500;
/** A longer list of suggestions helps nobody; any name can be typed. */
const SUGGESTED = 500;

/** Back-tests: what was asked, how far it has come, and both columns side by side. */
@Injectable()
export class BackTestPage {
  constructor(
    private readonly database: Database,
    private readonly tests: BackTests,
    private readonly choices: DeskChoices,
    private readonly now: Now,
  ) {}

  /** The form, and what was asked before. */
  async index(form: WhatIfForm, faults: readonly FieldFault[]): Promise<object> {
    const { levels, queues, calendars } = await this.choices.read();
    const organisations = await this.database.query<{ name: string }>(
      `select name from organisation order by name collate "und-x-icu" limit ${SUGGESTED}`,
    );
    const policies = await this.database.query<{ name: string }>(
      `select name from policy where removed_at is null order by position, name`,
    );
    const options = (names: readonly string[], chosen: string, none: string): object[] => [
      { value: '', label: none, selected: chosen === '' },
      ...names.map((name) => ({ value: name, label: name, selected: name === chosen })),
    ];
    return {
      title: 'Back-test',
      form,
      faults,
      levels: options(
        levels.map(({ name }) => name),
        form.level,
        'All levels',
      ),
      queues: options(queues, form.queue, 'All queues'),
      organisations: organisations.map(({ name }) => name),
      policies: options(
        policies.map(({ name }) => name),
        form.policy,
        'Each ticket’s own',
      ),
      calendars: options(calendars, form.calendar, 'Each ticket’s own'),
      insertable: INSERTABLE,
      tests: (await this.tests.all(this.database)).map((test) => ({
        ...listed(test),
        ...(test.result === null ? { figures: null } : { figures: figuresOf(test.result) }),
      })),
    };
  }

  async one(user: CurrentUser, id: string): Promise<object> {
    const test = await this.tests.one(this.database, id);
    return {
      title: 'Back-test',
      ...listed(test),
      href: pathOf(test),
      timezone: user.timezone,
      progress: progressOf(test),
      result: test.result === null ? null : resultOf(test, test.result),
    };
  }

  /** For a page that is watching it. */
  async progress(id: string): Promise<object> {
    const test = await this.tests.one(this.database, id);
    return { href: pathOf(test), progress: progressOf(test) };
  }

  async clocks(id: string, query: Record<string, unknown>): Promise<object> {
    const test = await this.tests.one(this.database, id);
    const turn = (Object.keys(TURNS) as Turn[]).find((one) => one === query['turn']) ?? null;
    const metric = metrics.find((one) => one === query['metric']) ?? null;
    const level = typeof query['level'] === 'string' && query['level'] !== '' ? query['level'] : null;
    const clocks = await this.tests.changed(this.database, id, { turn, level, metric, limit: MOST_CLOCKS });
    const of = [level, metric === null ? null : metricName(metric)].filter((word) => word !== null);
    return {
      title: turn === null ? 'Judged otherwise' : TURNS[turn],
      ...listed(test),
      href: pathOf(test),
      of: of.join(', '),
      full: clocks.length === MOST_CLOCKS,
      most: MOST_CLOCKS,
      at: this.now.read(),
      clocks: clocks.map(clockOf),
    };
  }
}

const TURNS: Readonly<Record<Turn, string>> = {
  worse: 'Would have been broken',
  better: 'Would have been kept',
  other: 'Judged otherwise in another way',
};

const pathOf = ({ id }: BackTest): string => `/admin/back-test/${id}`;

function listed(test: BackTest): {
  href: string;
  askedAt: Date;
  askedBy: string;
  from: Date;
  lastMoment: Date;
  scope: string;
  what: readonly string[];
  brief: string;
  state: string;
} {
  const { whatIf, scope, changes, askedAt, askedBy, from, to, finishedAt, failedBecause } = test;
  const what = [
    ...(whatIf.policy === null ? [] : [`Policy ${whatIf.policy} for every ticket`]),
    ...(whatIf.calendar === null ? [] : [`Calendar ${whatIf.calendar} for every ticket`]),
    ...changes.map((change) => change.charAt(0).toUpperCase() + change.slice(1)),
  ];
  const all = what.length === 0 ? ['What is promised now, from the beginning'] : what;
  const within = [
    scope.level === null ? null : `level ${scope.level}`,
    scope.queue === null ? null : `queue ${scope.queue}`,
    scope.organisation,
  ].filter((word) => word !== null);
  return {
    href: pathOf(test),
    askedAt,
    askedBy,
    from,
    lastMoment: new Date(to.getTime() - 1),
    scope: within.length === 0 ? 'everything' : within.join(', '),
    what: all,
    brief: all.length === 1 ? shortened(all[0] ?? '') : `${shortened(all[0] ?? '')} and ${String(all.length - 1)} more`,
    state: failedBecause !== null ? 'failed' : finishedAt === null ? 'running' : 'finished',
  };
}

const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);

/** Null once it is finished. */
function progressOf({ done, total, finishedAt, failedBecause }: BackTest): object | null {
  if (failedBecause !== null) return { done, total, percent: 0, failedBecause };
  return finishedAt !== null
    ? null
    : { done, total, percent: total === 0 ? 0 : Math.floor((done / total) * 100), failedBecause: null };
}

interface Figures {
  readonly before: Attainment;
  readonly after: Attainment;
  readonly worse: number;
  readonly better: number;
}

/** All metrics together. */
function figuresOf(rows: readonly BackTestRow[]): {
  before: string;
  after: string;
  difference: string;
  tone: string;
  worse: number;
  better: number;
} {
  const all = rows.filter(({ level }) => level === null).reduce<Figures>(summed, NOTHING);
  const [before, after] = [share(all.before), share(all.after)];
  return {
    before: percent(before),
    after: percent(after),
    ...differenceOf(before, after),
    worse: all.worse,
    better: all.better,
  };
}

const NONE = { met: 0, breached: 0, running: 0, attainment: null, p50Seconds: null, p90Seconds: null };
const NOTHING: Figures = { before: NONE, after: NONE, worse: 0, better: 0 };

function summed(sum: Figures, row: BackTestRow): Figures {
  const plus = (one: Attainment, other: Attainment): Attainment => ({
    ...NONE,
    met: one.met + other.met,
    breached: one.breached + other.breached,
    running: one.running + other.running,
  });
  return {
    before: plus(sum.before, row.before),
    after: plus(sum.after, row.after),
    worse: sum.worse + row.worse,
    better: sum.better + row.better,
  };
}

function resultOf(test: BackTest, rows: readonly BackTestRow[]): object {
  const figures = figuresOf(rows);
  const groups = [...new Set(rows.map(({ level }) => level))];
  return {
    ...figures,
    uncountable: test.uncountable,
    total: test.done,
    worseHref: clocksHref(test, 'worse', null, null),
    betterHref: clocksHref(test, 'better', null, null),
    otherwiseHref: `${pathOf(test)}/clocks`,
    same: figures.worse + figures.better === 0,
    groups: groups.map((level) => ({
      name: level ?? 'All levels',
      rows: rows.filter((row) => row.level === level).map((row) => rowOf(test, row)),
    })),
  };
}

function rowOf(test: BackTest, { level, metric, before, after, worse, better }: BackTestRow): object {
  return {
    metric: metricName(metric),
    before: columnOf(before),
    after: columnOf(after),
    ...differenceOf(before.attainment, after.attainment),
    p50: pair(before.p50Seconds, after.p50Seconds),
    p90: pair(before.p90Seconds, after.p90Seconds),
    worse: { count: worse, href: clocksHref(test, 'worse', level, metric) },
    better: { count: better, href: clocksHref(test, 'better', level, metric) },
  };
}

function columnOf({ met, breached, running, attainment }: Attainment): object {
  const decided = met + breached;
  return {
    percent: percent(attainment),
    of: decided,
    good: decided === 0 ? 0 : (met / decided) * 100,
    bad: decided === 0 ? 0 : (breached / decided) * 100,
    label: `${String(met)} met, ${String(breached)} breached, ${String(running)} running`,
  };
}

/** Working time used, in both columns; once where it is the same. */
function pair(before: number | null, after: number | null): { before: string; after: string | null } {
  const [one, other] = [before, after].map((seconds) => (seconds === null ? '–' : span(seconds)));
  return { before: one ?? '–', after: one === other ? null : (other ?? null) };
}

function clocksHref(test: BackTest, turn: Turn, level: string | null, metric: Metric | null): string {
  const query = new URLSearchParams({ turn });
  if (level !== null) query.set('level', level);
  if (metric !== null) query.set('metric', metric);
  return `${pathOf(test)}/clocks?${query.toString()}`;
}

const share = ({ met, breached }: Attainment): number | null => (met + breached === 0 ? null : met / (met + breached));

/** Rounded down: a promise is not kept in 100 % of cases until it is. */
const percent = (part: number | null): string =>
  part === null ? '–' : `${(Math.floor(part * 1000) / 10).toFixed(1)} %`;

function differenceOf(before: number | null, after: number | null): { difference: string; tone: string } {
  if (before === null || after === null) return { difference: '–', tone: 'same' };

  const points = Math.round((after - before) * 1000) / 10;
  if (points === 0) return { difference: '±0', tone: 'same' };
  return {
    difference: `${points > 0 ? '+' : '−'}${Math.abs(points).toFixed(1)}`,
    tone: points > 0 ? 'better' : 'worse',
  };
}

const VERDICTS: Readonly<Record<Verdict, string>> = { met: 'met', breached: 'breached', running: 'running' };

function clockOf({
  ticket,
  subject,
  metric,
  cycle,
  level,
  before,
  after,
  beforeDueAt,
  afterDueAt,
}: ChangedClock): object {
  return {
    ticket,
    href: `/tickets/${String(ticket)}/clocks#${metric}-${String(cycle)}`,
    subject,
    metric: cycle === 1 ? metricName(metric) : `${metricName(metric)}, ${String(cycle)}`,
    level,
    before: before === null ? 'not promised' : VERDICTS[before],
    after: after === null ? 'not promised' : VERDICTS[after],
    beforeBad: before === 'breached',
    afterBad: after === 'breached',
    beforeDueAt,
    afterDueAt,
  };
}

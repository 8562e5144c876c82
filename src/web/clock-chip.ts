import type { BusinessCalendar } from '../calendar/business-calendar.js';
import { fullTime, span } from '../platform/rendering/times.js';
import type { Metric } from '../sla/promises.js';

/** A clock as a page reads it from its table. */
export interface ClockRow {
  readonly id: string;
  readonly ticket: number;
  readonly metric: Metric;
  readonly cycle: number;
  readonly state: 'running' | 'paused' | 'met' | 'breached' | 'cancelled';
  readonly targetSeconds: number;
  /** Working time used up to `countingSince`, or up to its end. */
  readonly elapsedSeconds: number;
  readonly countingSince: Date | null;
  readonly dueAt: Date | null;
  readonly stoppedAt: Date | null;
  readonly breachedAt: Date | null;
  readonly warnAt: readonly number[] | null;
  /** Said by a manager; it holds until it is taken back. */
  readonly manualDueAt?: Date | null;
}

/** What a script needs to let the time run on by itself. */
interface Live {
  /** Working seconds left when the page was made; below zero when overdue. */
  readonly remaining: number;
  readonly readAt: string;
  /** The open periods of the next two days, `from/to,from/to`. */
  readonly open: string;
  readonly dueAt: string;
  /** With so many seconds left the chip turns amber, and orange. */
  readonly amber: number;
  readonly orange: number;
}

export interface ClockChip {
  readonly metric: string;
  readonly tone: 'calm' | 'amber' | 'orange' | 'red' | 'green' | 'none';
  readonly symbol: string;
  readonly text: string;
  readonly title: string;
  readonly live: Live | null;
  /** Due by a manager’s word. */
  readonly byHand?: boolean;
}

/** Whose eyes read it, and when. */
export interface Reading {
  readonly now: Date;
  readonly timezone: string;
}

const METRICS: Record<Metric, string> = {
  firstResponse: 'First response',
  nextResponse: 'Next response',
  update: 'Update',
  resolution: 'Resolution',
  handling: 'Handling',
  requesterWait: 'Requester wait',
  agentWork: 'Agent work',
};

const WARN_AT = [50, 75, 90];
const LIVE_MS = 48 * 3_600_000;

export function metricName(metric: Metric): string {
  return METRICS[metric];
}

/** How a clock stands: always a sign, words and a colour together. */
export function clockChip(clock: ClockRow, calendar: BusinessCalendar, reading: Reading): ClockChip {
  const chip = chipOf(clock, calendar, reading);
  const open = clock.state === 'running' || clock.state === 'paused';
  if (!open || (clock.manualDueAt ?? null) === null) return chip;
  return { ...chip, byHand: true, title: `${chip.title}; by hand, until a manager takes it back` };
}

function chipOf(clock: ClockRow, calendar: BusinessCalendar, reading: Reading): ClockChip {
  const metric = METRICS[clock.metric];
  const remaining = clock.targetSeconds - elapsedBy(clock, calendar, reading.now);
  switch (clock.state) {
    case 'met': {
      const early = Math.floor(remaining) >= 60 ? `met ${span(remaining)} early` : 'met in time';
      return ended(metric, 'green', 'check', early, clock, reading);
    }
    case 'breached': {
      const late = Math.floor(-remaining) >= 60 ? `missed by ${span(remaining)}` : 'missed';
      return ended(metric, 'red', 'x', late, clock, reading);
    }
    case 'cancelled':
      return {
        metric,
        tone: 'none',
        symbol: 'minus',
        text: 'cancelled',
        title: `${metric}: nothing is owed`,
        live: null,
      };
    case 'paused': {
      const title = `${metric}: paused with ${span(remaining)} of working time left`;
      return { metric, tone: toneOf(clock, remaining), symbol: 'pause', text: 'paused', title, live: null };
    }
    case 'running':
      return running(clock, calendar, remaining, reading);
  }
}

function running(clock: ClockRow, calendar: BusinessCalendar, remaining: number, reading: Reading): ClockChip {
  const metric = METRICS[clock.metric];
  const due = clock.dueAt;
  if (due === null) throw new Error(`The clock ${clock.id} runs without a due instant.`);

  const overdue = clock.breachedAt !== null || due <= reading.now;
  const left = overdue ? Math.min(0, remaining) : Math.max(0, remaining);
  const tone = overdue ? 'red' : toneOf(clock, left);
  const { amber, orange } = thresholds(clock);
  const words = overdue ? `${span(left)} of working time over` : `${span(left)} of working time left`;
  return {
    metric,
    tone,
    symbol: SYMBOLS[tone],
    text: overdue ? `−${span(left)}` : span(left),
    title: `${metric}: ${words}; due ${inBothZones(due, calendar, reading)}`,
    live: {
      remaining: Math.round(left),
      readAt: reading.now.toISOString(),
      open: openPeriods(calendar, reading.now),
      dueAt: due.toISOString(),
      amber,
      orange,
    },
  };
}

const SYMBOLS = { calm: 'play', amber: 'circle-alert', orange: 'triangle-alert', red: 'x' } as const;

function ended(
  metric: string,
  tone: 'green' | 'red',
  symbol: string,
  text: string,
  { dueAt, stoppedAt }: ClockRow,
  { timezone }: Reading,
): ClockChip {
  const due = dueAt === null ? '' : `; due was ${fullTime(dueAt, timezone)}`;
  const done = stoppedAt === null ? '' : `, done ${fullTime(stoppedAt, timezone)}`;
  return { metric, tone, symbol, text, title: `${metric}: ${text}${due}${done}`, live: null };
}

function elapsedBy({ elapsedSeconds, countingSince }: ClockRow, calendar: BusinessCalendar, now: Date): number {
  if (countingSince === null || countingSince >= now) return elapsedSeconds;
  return elapsedSeconds + calendar.timeBetween(countingSince, now);
}

/** The last but one warning turns it amber, the last one orange. */
function thresholds({ targetSeconds, warnAt }: ClockRow): { amber: number; orange: number } {
  const percents = (warnAt ?? WARN_AT).toSorted((a, b) => a - b);
  const orange = percents.at(-1) ?? 90;
  const amber = percents.at(-2) ?? orange;
  const left = (percent: number): number => Math.round((targetSeconds * (100 - percent)) / 100);
  return { amber: left(amber), orange: left(orange) };
}

function toneOf(clock: ClockRow, remaining: number): 'calm' | 'amber' | 'orange' | 'red' {
  const { amber, orange } = thresholds(clock);
  if (remaining < 0) return 'red';
  if (remaining <= orange) return 'orange';
  return remaining <= amber ? 'amber' : 'calm';
}

function inBothZones(at: Date, { timezone: theirs }: BusinessCalendar, { timezone: ours }: Reading): string {
  const here = fullTime(at, ours);
  const there = fullTime(at, theirs);
  return here === there ? here : `${here} (${there} where it counts)`;
}

function openPeriods(calendar: BusinessCalendar, now: Date): string {
  const end = new Date(now.getTime() + LIVE_MS);
  const open = calendar.segments(now, end).filter((segment) => segment.open);
  return open.map(({ from, to }) => `${from.toISOString()}/${to.toISOString()}`).join(',');
}

import type { CalendarDefinition } from './calendar-definition.js';
import { zoneOf, type Zone } from './local-time.js';
import { OpeningHours } from './opening-hours.js';
import { clip, unite, type Span } from './spans.js';

/**
 * A calendar's open periods in real time, compiled year by year as they are asked for, with the open time up to the end
 * of each summed up: a question about a year costs what a question about a day costs, one or two binary searches.
 */
export class OpenPeriods {
  private readonly hours: OpeningHours;
  private readonly zone: Zone;
  private readonly years = new Map<number, Span[]>();
  private firstYear = Infinity;
  private lastYear = -Infinity;
  private coveredFrom = Infinity;
  private coveredTo = -Infinity;
  private starts = new Float64Array(0);
  private ends = new Float64Array(0);
  /** The open milliseconds from the first covered instant to the end of each period. */
  private sums = new Float64Array(0);

  constructor(definition: CalendarDefinition) {
    this.hours = new OpeningHours(definition);
    this.zone = zoneOf(definition.timezone);
  }

  isOpen(at: number): boolean {
    this.cover(at, at);
    const index = this.lastStartedBy(at);
    return index >= 0 && at < (this.ends[index] ?? NaN);
  }

  openBetween(start: number, end: number): number {
    this.cover(Math.min(start, end), Math.max(start, end));
    return this.openBefore(end) - this.openBefore(start);
  }

  /** The earliest instant with that much open time between `start` and it; null if that is later than `limit`. */
  earliestAfter(start: number, openMs: number, limit: number): number | null {
    this.cover(start, start);
    const wanted = this.openBefore(start) + openMs;
    while ((this.sums.at(-1) ?? 0) < wanted && this.coveredTo <= limit) this.coverNextYear();
    const at = this.instantOf(wanted, this.firstReaching(wanted));
    return at <= limit ? at : null;
  }

  /** The latest instant with that much open time between it and `start`; null if that is earlier than `limit`. */
  latestBefore(start: number, openMs: number, limit: number): number | null {
    this.cover(start, start);
    while (this.openBefore(start) < openMs && this.coveredFrom >= limit) this.coverPreviousYear();
    const wanted = this.openBefore(start) - openMs;
    // All sums are whole milliseconds: the period that goes beyond the wanted sum is the first that reaches one more.
    const at = this.instantOf(wanted, this.firstReaching(wanted + 1));
    return wanted >= 0 && at >= limit ? at : null;
  }

  /** The period that holds `at`, else the next, whole in its end; null if none begins by `limit`. */
  firstEndingAfter(at: number, limit: number): Span | null {
    this.cover(at, at);
    let index = this.firstEndedAfter(at);
    while (this.touchesTheEnd(index) && this.coveredTo <= limit) {
      this.coverNextYear();
      index = this.firstEndedAfter(at);
    }
    const period = this.period(index);
    return period !== null && period.from <= limit ? period : null;
  }

  /** The last period that began by `at`, whole in its beginning; null if none did since `limit`. */
  lastStartingBy(at: number, limit: number): Span | null {
    this.cover(at, at);
    let index = this.lastStartedBy(at);
    while (this.touchesTheBeginning(index) && this.coveredFrom >= limit) {
      this.coverPreviousYear();
      index = this.lastStartedBy(at);
    }
    const period = this.period(index);
    return period !== null && period.to > limit ? period : null;
  }

  /** The stretches of real time that bear this local date. */
  instantsOfDay(from: number, to: number): Span[] {
    return this.zone.instantsOf(from, to);
  }

  private openBefore(at: number): number {
    const index = this.lastStartedBy(at);
    if (index < 0) return 0;

    return (this.sums[index] ?? NaN) - Math.max(0, (this.ends[index] ?? NaN) - at);
  }

  /** Where, within the period at `index`, the sum of open time is `sum`. */
  private instantOf(sum: number, index: number): number {
    return (this.ends[index] ?? NaN) - ((this.sums[index] ?? NaN) - sum);
  }

  private period(index: number): Span | null {
    const from = this.starts[index];
    const to = this.ends[index];
    return from === undefined || to === undefined ? null : { from, to };
  }

  private touchesTheEnd(index: number): boolean {
    return index >= this.ends.length || this.ends[index] === this.coveredTo;
  }

  private touchesTheBeginning(index: number): boolean {
    return index < 0 || this.starts[index] === this.coveredFrom;
  }

  private lastStartedBy(at: number): number {
    return firstNotBelow(this.starts, at + 1) - 1;
  }

  private firstEndedAfter(at: number): number {
    return firstNotBelow(this.ends, at + 1);
  }

  private firstReaching(sum: number): number {
    return firstNotBelow(this.sums, sum);
  }

  private coverNextYear(): void {
    this.coverYears(this.firstYear, this.lastYear + 1);
  }

  private coverPreviousYear(): void {
    this.coverYears(this.firstYear - 1, this.lastYear);
  }

  /** Makes sure that the years of both instants, and all between, are compiled. */
  private cover(from: number, to: number): void {
    if (from >= this.coveredFrom && to < this.coveredTo) return;

    const first = new Date(from).getUTCFullYear();
    const last = new Date(to).getUTCFullYear();
    this.coverYears(Math.min(first, this.firstYear), Math.max(last, this.lastYear));
  }

  private coverYears(first: number, last: number): void {
    const periods: Span[] = [];
    for (let year = first; year <= last; year++) {
      for (const period of this.compiledYear(year)) periods.push(period);
    }
    this.firstYear = first;
    this.lastYear = last;
    this.coveredFrom = startOf(first);
    this.coveredTo = startOf(last + 1);
    this.lay(unite(periods));
  }

  private lay(periods: readonly Span[]): void {
    this.starts = new Float64Array(periods.length);
    this.ends = new Float64Array(periods.length);
    this.sums = new Float64Array(periods.length);
    let sum = 0;
    for (const [index, { from, to }] of periods.entries()) {
      sum += to - from;
      this.starts[index] = from;
      this.ends[index] = to;
      this.sums[index] = sum;
    }
  }

  private compiledYear(year: number): readonly Span[] {
    let periods = this.years.get(year);
    if (periods === undefined) {
      periods = this.compile(startOf(year), startOf(year + 1));
      this.years.set(year, periods);
    }
    return periods;
  }

  /**
   * Lays the hours of the wall clock over real time, one stretch of constant offset after the other. An instant is open
   * when its wall time is, and nothing else: what a change of clocks skips falls away, what it repeats counts again.
   */
  private compile(from: number, to: number): Span[] {
    const periods: Span[] = [];
    for (const { from: start, to: end, offset } of this.zone.offsets(from, to)) {
      for (const local of this.hours.between(start + offset, end + offset)) {
        periods.push({ from: local.from - offset, to: local.to - offset });
      }
    }
    return clip(periods, from, to);
  }
}

function startOf(year: number): number {
  return Date.UTC(year, 0, 1);
}

/** The index of the first entry that is at least `value`, in an ascending list; its length if there is none. */
function firstNotBelow(list: Float64Array, value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? NaN) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

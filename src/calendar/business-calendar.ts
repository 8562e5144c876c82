import { checkCalendar, type CalendarDefinition } from './calendar-definition.js';
import { CalendarError } from './calendar-error.js';
import { DAY_MS } from './holidays.js';
import { zoneOf, type Zone } from './local-time.js';
import { OpenPeriods } from './open-periods.js';
import { OpeningHours } from './opening-hours.js';
import type { Span } from './spans.js';

/** A stretch of time in which a calendar is open, or closed, throughout. */
export interface CalendarSegment {
  readonly from: Date;
  readonly to: Date;
  readonly open: boolean;
}

/** Nothing is looked for farther away than this: a calendar that has not opened by then never will. */
const YEARS_TO_LOOK = 10;
/** The instants that calendars know: zones have no rules before, and nobody plans beyond. */
const FIRST_INSTANT = Date.UTC(1900, 0, 1);
const END_OF_TIME = Date.UTC(2200, 0, 1);

/** Makes a calendar ready to answer. Costs little: its years are compiled when they are first asked for. */
export function compileCalendar(definition: CalendarDefinition): BusinessCalendar {
  const faults = checkCalendar(definition);
  if (faults.length > 0) {
    const details = faults.map(({ field, detail }) => (field === '' ? detail : `${field}: ${detail}`));
    throw new CalendarError('invalidCalendar', details.join(' '), faults);
  }
  return new BusinessCalendar(definition);
}

/**
 * Business time as arithmetic: real elapsed time inside a calendar's open periods. Instants have milliseconds, durations
 * are seconds with fractions. What cannot be answered is a CalendarError; nothing loops.
 */
export class BusinessCalendar {
  /** Whether it is open around the clock and never closes. */
  readonly alwaysOpen: boolean;
  readonly timezone: string;
  private readonly zone: Zone;
  private readonly periodsOf: OpenPeriods;
  /** The open stretches of the local dates that were asked for. */
  private readonly days = new Map<number, readonly Span[]>();

  /** Use `compileCalendar`, which checks the definition first. */
  constructor(definition: CalendarDefinition) {
    this.alwaysOpen = new OpeningHours(definition).alwaysOpen;
    this.timezone = definition.timezone;
    this.zone = zoneOf(definition.timezone);
    this.periodsOf = new OpenPeriods(definition);
  }

  isOpen(at: Date): boolean {
    const instant = checked(at);
    return this.alwaysOpen || this.periodsOf.isOpen(instant);
  }

  /** The open seconds between two instants, negative if `end` is the earlier one. */
  timeBetween(start: Date, end: Date): number {
    const from = checked(start);
    const to = checked(end);
    return (this.alwaysOpen ? to - from : this.periodsOf.openBetween(from, to)) / 1000;
  }

  /**
   * The earliest instant with so many open seconds between `start` and it: an exact fit ends at closing time. With
   * negative seconds, the latest instant with so many open seconds between it and `start`.
   */
  addTime(start: Date, seconds: number): Date {
    const from = checked(start);
    if (!Number.isFinite(seconds)) throw new CalendarError('invalidNumber', 'The number of seconds is not a number.');

    const ms = Math.round(seconds * 1000);
    if (ms === 0) return new Date(from);

    const at = ms > 0 ? this.later(from, ms) : this.earlier(from, -ms);
    if (at === null) throw notEnough(start, `${String(Math.abs(seconds))} seconds of open time`, seconds);

    return new Date(at);
  }

  /**
   * The same wall-clock time on the n-th date with open time after the date of `start` (before it, for negative days). A
   * time that the clocks skip that day comes as much later as they were moved; of a time they repeat, the first.
   */
  addDays(start: Date, days: number): Date {
    const from = checked(start);
    checkWhole(days, 'days');
    if (days === 0) return new Date(from);

    const local = this.zone.toLocal(from);
    const today = Math.floor(local / DAY_MS);
    const day = this.workingDay(start, today, days);
    return new Date(this.zone.toInstant(local + (day - today) * DAY_MS));
  }

  /** The last close of the n-th date with open time after the date of `start`; midnight, where that date does not close. */
  dueAfterWorkingDays(start: Date, days: number): Date {
    const from = checked(start);
    checkWhole(days, 'working days');
    if (days < 1) throw new CalendarError('invalidNumber', 'The number of working days is 1 or more.');

    const day = this.workingDay(start, Math.floor(this.zone.toLocal(from) / DAY_MS), days);
    return new Date(this.openPartsOf(day).at(-1)?.to ?? NaN);
  }

  /** `at` itself if open, else the next opening. */
  nextOpen(at: Date): Date {
    const instant = checked(at);
    if (this.alwaysOpen) return new Date(instant);

    return new Date(Math.max(instant, this.periodFrom(instant).from));
  }

  /** The end of the open period that holds `at`, or of the next. */
  nextClose(at: Date): Date {
    const instant = checked(at);
    this.refuseIfAlwaysOpen();
    return new Date(this.closeOf(this.periodFrom(instant), at));
  }

  /** The start of the open period that holds `at`, or of the last before. */
  previousOpen(at: Date): Date {
    const instant = checked(at);
    this.refuseIfAlwaysOpen();
    const { from } = this.periodUpTo(instant, instant);
    if (from < yearsLater(instant, -YEARS_TO_LOOK)) {
      throw new CalendarError(
        'neverOpens',
        `This calendar is open throughout the ten years before ${at.toISOString()}.`,
      );
    }
    return new Date(from);
  }

  /** The latest instant not after `at` whose preceding moment is open. */
  previousClose(at: Date): Date {
    const instant = checked(at);
    this.refuseIfAlwaysOpen();
    return new Date(Math.min(instant, this.periodUpTo(instant - 1, instant).to));
  }

  /** The next open periods from `start` on; one that holds `start` begins there. */
  periods(start: Date, count: number): [from: Date, to: Date][] {
    const from = checked(start);
    checkWhole(count, 'periods');
    if (count < 0) throw new CalendarError('invalidNumber', 'The number of periods is 0 or more.');
    this.refuseIfAlwaysOpen();

    const limit = yearsLater(from, YEARS_TO_LOOK);
    const periods: [Date, Date][] = [];
    for (let at = from; periods.length < count;) {
      const period = this.periodsOf.firstEndingAfter(at, limit);
      if (period === null || period.to > limit) throw notEnough(start, `${String(count)} open periods`, 1);
      periods.push([new Date(Math.max(from, period.from)), new Date(period.to)]);
      at = period.to;
    }
    return periods;
  }

  /** What lies between two instants, open and closed stretches in turn; nothing, if `end` is not the later one. */
  segments(start: Date, end: Date): CalendarSegment[] {
    const to = checked(end);
    const segments: CalendarSegment[] = [];
    for (let at = checked(start); at < to;) {
      const period = this.alwaysOpen ? { from: at, to } : this.periodsOf.firstEndingAfter(at, to);
      const opens = Math.min(period?.from ?? to, to);
      const closes = Math.min(period?.to ?? to, to);
      if (at < opens) segments.push({ from: new Date(at), to: new Date(opens), open: false });
      if (opens < closes) segments.push({ from: new Date(Math.max(at, opens)), to: new Date(closes), open: true });
      at = closes;
    }
    return segments;
  }

  private later(from: number, ms: number): number | null {
    const limit = yearsLater(from, YEARS_TO_LOOK);
    if (this.alwaysOpen) return from + ms <= limit ? from + ms : null;

    return this.periodsOf.earliestAfter(from, ms, limit);
  }

  private earlier(from: number, ms: number): number | null {
    const limit = yearsLater(from, -YEARS_TO_LOOK);
    if (this.alwaysOpen) return from - ms >= limit ? from - ms : null;

    return this.periodsOf.latestBefore(from, ms, limit);
  }

  private periodFrom(at: number): Span {
    const period = this.periodsOf.firstEndingAfter(at, yearsLater(at, YEARS_TO_LOOK));
    if (period === null) throw neverOpens(at, 'after');
    return period;
  }

  private closeOf(period: Span, at: Date): number {
    if (period.to <= yearsLater(at.getTime(), YEARS_TO_LOOK)) return period.to;

    throw new CalendarError('neverCloses', `This calendar does not close within ten years after ${at.toISOString()}.`);
  }

  private periodUpTo(at: number, asked: number): Span {
    const period = this.periodsOf.lastStartingBy(at, yearsLater(asked, -YEARS_TO_LOOK));
    if (period === null) throw neverOpens(asked, 'before');
    return period;
  }

  private refuseIfAlwaysOpen(): void {
    if (this.alwaysOpen)
      throw new CalendarError('neverCloses', 'This calendar is open around the clock: it never closes.');
  }

  /** The n-th local date with open time after (before) `today`. */
  private workingDay(start: Date, today: number, days: number): number {
    const step = Math.sign(days);
    const lastDay = Math.floor(this.zone.toLocal(yearsLater(start.getTime(), step * YEARS_TO_LOOK)) / DAY_MS);
    let left = Math.abs(days);
    let day = today;
    while (left > 0 && day !== lastDay) {
      day += step;
      if (this.openPartsOf(day).length > 0) left--;
    }
    if (left > 0) throw notEnough(start, `${String(Math.abs(days))} days with open time`, days);

    return day;
  }

  /** The open stretches of a local date. */
  private openPartsOf(day: number): readonly Span[] {
    let parts = this.days.get(day);
    if (parts === undefined) {
      parts = this.laidOut(day);
      this.days.set(day, parts);
    }
    return parts;
  }

  private laidOut(day: number): readonly Span[] {
    return this.zone
      .instantsOf(day * DAY_MS, (day + 1) * DAY_MS)
      .flatMap(({ from, to }) =>
        this.segments(new Date(from), new Date(to)).flatMap((segment) =>
          segment.open ? [{ from: segment.from.getTime(), to: segment.to.getTime() }] : [],
        ),
      );
  }
}

function checked(at: Date): number {
  const instant = at.getTime();
  if (Number.isNaN(instant)) throw new CalendarError('invalidInstant', 'This is not an instant.');
  if (instant < FIRST_INSTANT || instant >= END_OF_TIME) {
    throw new CalendarError('outOfRange', `Calendars know the years 1900 to 2199; ${at.toISOString()} is not in them.`);
  }
  return instant;
}

function checkWhole(count: number, of: string): void {
  if (!Number.isSafeInteger(count))
    throw new CalendarError('invalidNumber', `The number of ${of} is not a whole number.`);
}

/** The same date so many years on, but within the years that calendars know. */
function yearsLater(at: number, years: number): number {
  const later = new Date(at);
  later.setUTCFullYear(later.getUTCFullYear() + years);
  return Math.min(Math.max(later.getTime(), FIRST_INSTANT + 1), END_OF_TIME - 1);
}

function notEnough(start: Date, what: string, direction: number): CalendarError {
  const side = direction < 0 ? 'before' : 'after';
  return new CalendarError(
    'notEnoughOpenTime',
    `There are not ${what} within ten years ${side} ${start.toISOString()}.`,
  );
}

function neverOpens(at: number, side: 'before' | 'after'): CalendarError {
  const detail = `This calendar is not open within ten years ${side} ${new Date(at).toISOString()}.`;
  return new CalendarError('neverOpens', detail);
}

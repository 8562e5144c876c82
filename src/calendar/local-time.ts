import { DAY_MS } from './holidays.js';
import { clip, type Span } from './spans.js';

/** A stretch of real time in which a zone keeps one offset: local wall time = instant + offset. */
export interface OffsetSpan extends Span {
  readonly offset: number;
}

/**
 * How far apart we look for changes of offset. The shortest time after which any zone took a change back, from 1900 to
 * 2060, is a week (Brazil's north in October 2000); a change that is not taken back is found by bisection anyway.
 */
const PROBE_MS = 5 * DAY_MS;

const zones = new Map<string, Zone>();

/** The rules of a time zone, read once for all calendars that use it. Throws a RangeError if there is none of that name. */
export function zoneOf(timezone: string): Zone {
  let zone = zones.get(timezone);
  if (zone === undefined) {
    zone = new Zone(timezone);
    zones.set(timezone, zone);
  }
  return zone;
}

/** Whether this is an IANA name; offsets such as +02:00 are none, for they know no summer. */
export function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;

  try {
    zoneOf(text);
    return true;
  } catch {
    return false;
  }
}

/** A time zone: which offset holds when, and which instants bear a local date. */
export class Zone {
  private readonly format: Intl.DateTimeFormat;
  private readonly years = new Map<number, readonly OffsetSpan[]>();

  constructor(timezone: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** The offsets that hold in `[from, to)`, in order. */
  offsets(from: number, to: number): OffsetSpan[] {
    const spans: OffsetSpan[] = [];
    for (let year = yearOf(from); startOf(year) < to; year++) {
      for (const { from: start, to: end, offset } of this.year(year)) {
        if (start < to && end > from) spans.push({ from: Math.max(start, from), to: Math.min(end, to), offset });
      }
    }
    return spans;
  }

  /** What the wall clock shows at an instant, in milliseconds since it showed 1970-01-01T00:00. */
  toLocal(at: number): number {
    return at + (this.offsets(at, at + 1)[0]?.offset ?? NaN);
  }

  /** The stretches of real time whose wall clock lies in `[from, to)`: none if skipped, several if repeated. */
  instantsOf(from: number, to: number): Span[] {
    return this.offsets(from - 2 * DAY_MS, to + 2 * DAY_MS).flatMap((span) =>
      clip([span], from - span.offset, to - span.offset),
    );
  }

  /**
   * The instant at which the wall clock shows `local`: the first of two where it is shown twice; where it is skipped, as
   * much later as the clocks were moved (as RFC 5545 and Temporal have it).
   */
  toInstant(local: number): number {
    const around = this.offsets(local - 2 * DAY_MS, local + 2 * DAY_MS);
    const shown = around.find(({ from, to, offset }) => from <= local - offset && local - offset < to);
    const beforeTheGap = around.findLast(({ to, offset }) => to <= local - offset);
    return local - ((shown ?? beforeTheGap)?.offset ?? NaN);
  }

  private year(year: number): readonly OffsetSpan[] {
    let spans = this.years.get(year);
    if (spans === undefined) {
      spans = this.probe(startOf(year), startOf(year + 1));
      this.years.set(year, spans);
    }
    return spans;
  }

  private probe(from: number, to: number): OffsetSpan[] {
    const spans: OffsetSpan[] = [];
    const last = to - 1000;
    let start = from;
    let offset = this.ask(from);
    for (let sure = from; sure < last;) {
      const next = Math.min(sure + PROBE_MS, last);
      if (this.ask(next) === offset) {
        sure = next;
      } else {
        const change = this.firstChange(sure, next, offset);
        spans.push({ from: start, to: change, offset });
        start = sure = change;
        offset = this.ask(change);
      }
    }
    spans.push({ from: start, to, offset });
    return spans;
  }

  /** The first whole second after `from`, where `offset` holds, and up to `to`, where it does not, at which it holds no more. */
  private firstChange(from: number, to: number, offset: number): number {
    let before = from / 1000;
    let after = to / 1000;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.ask(middle * 1000) === offset) before = middle;
      else after = middle;
    }
    return after * 1000;
  }

  /** The offset at a whole second, by what the wall clock shows then. */
  private ask(at: number): number {
    const [month = NaN, day = NaN, year = NaN, hour = NaN, minute = NaN, second = NaN] = this.format
      .format(at)
      .split(/\D+/)
      .map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second) - at;
  }
}

function yearOf(at: number): number {
  return new Date(at).getUTCFullYear();
}

function startOf(year: number): number {
  return Date.UTC(year, 0, 1);
}

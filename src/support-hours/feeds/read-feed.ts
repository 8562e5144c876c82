import ICAL from 'ical.js';
import { DAY_MS } from '../../calendar/holidays.js';
import { isTimeZone, zoneOf } from '../../calendar/local-time.js';
import type { NamedDate } from '../holiday-lists.js';

/** What an iCal file is read for: the whole days it takes, by the wall clock of a zone, within a window of dates. */
export interface FeedWindow {
  readonly timezone: string;
  /** The first date that counts, and the first that no longer does. */
  readonly from: string;
  readonly until: string;
}

/** It is no iCal file, or none that a desk should take; says why. */
export class UnreadableFeed extends Error {
  override readonly name = 'UnreadableFeed';
}

/** One of an event's repetitions: itself, or the exception that stands in its place. */
interface Repetition {
  readonly item: ICAL.Event;
  readonly startDate: ICAL.Time;
  readonly endDate: ICAL.Time;
}

const MOST_EVENTS = 10_000;
const MOST_REPETITIONS = 50_000;
const MOST_DATES = 3_000;
const MOST_DAYS_AT_ONCE = 400;
const MOST_NAME = 200;
const NAMELESS = 'Holiday';
/** What repeats more often than daily is no holiday; expanding it would take for ever. */
const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];

/**
 * The dates that the events of an iCal file take whole, in order, with their names.
 * 1. Each event, repeated as RRULE, RDATE and EXDATE say; single repetitions as their RECURRENCE-ID says; what is cancelled is left out.
 * 2. All-day events take their dates. Times count by the wall clock of the zone: those of another zone are converted, floating ones
 *    stand as they are, and only dates that lie in the event from midnight to midnight are taken.
 * 3. What lies outside the window falls away; more than is reasonable is refused.
 */
export function datesInFeed(text: string, window: FeedWindow): NamedDate[] {
  const reading = new Reading(window);
  for (const calendar of calendarsIn(text)) {
    for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
    for (const event of eventsIn(calendar)) reading.take(event);
  }
  return reading.dates();
}

class Reading {
  private readonly names = new Map<number, Set<string>>();
  private readonly first: number;
  private readonly end: number;
  private repetitions = 0;

  constructor(private readonly window: FeedWindow) {
    this.first = Date.parse(`${window.from}T00:00:00Z`) / DAY_MS;
    this.end = Date.parse(`${window.until}T00:00:00Z`) / DAY_MS;
  }

  dates(): NamedDate[] {
    return [...this.names]
      .sort(([a], [b]) => a - b)
      .map(([day, names]) => ({ date: isoDate(day), name: [...names].join(' / ').slice(0, MOST_NAME) }));
  }

  take(event: ICAL.Event): void {
    const name = nameOf(event);
    if (!event.component.hasProperty('dtstart')) {
      throw new UnreadableFeed(`The event “${name}” has no beginning.`);
    }
    if (!event.isRecurring()) {
      if (!isCancelled(event)) this.close(event, event.startDate, event.endDate);
      return;
    }
    refuseFrenzy(event, name);
    const iterator = event.iterator();
    for (let next = iterator.next() as ICAL.Time | null; next; next = iterator.next() as ICAL.Time | null) {
      if (++this.repetitions > MOST_REPETITIONS) throw new UnreadableFeed('Its events repeat too often.');
      if (dayOf(next) >= this.end + 1) break;

      const { item, startDate, endDate } = event.getOccurrenceDetails(next) as unknown as Repetition;
      if (!isCancelled(item)) this.close(item, startDate, endDate);
    }
  }

  /** Takes the dates that lie whole between two times. */
  private close(event: ICAL.Event, start: ICAL.Time, end: ICAL.Time): void {
    const name = nameOf(event);
    const zone = zoneNamedIn(event);
    const from = this.wallClock(start, zone);
    // An event with a date and no end lasts that day; one with a time and no end lasts no time at all.
    const to = start.isDate && end.compare(start) <= 0 ? from + DAY_MS : this.wallClock(end, zone);
    const firstDay = Math.max(Math.ceil(from / DAY_MS), this.first);
    const endDay = Math.min(Math.floor(to / DAY_MS), this.end);
    if (endDay - firstDay > MOST_DAYS_AT_ONCE) {
      throw new UnreadableFeed(`The event “${name}” takes more than ${MOST_DAYS_AT_ONCE} days at once.`);
    }
    for (let day = firstDay; day < endDay; day++) {
      const names = this.names.get(day) ?? new Set();
      this.names.set(day, names.add(name));
    }
    if (this.names.size > MOST_DATES) {
      throw new UnreadableFeed(`It closes more than ${MOST_DATES.toLocaleString('en')} days.`);
    }
  }

  /** What the wall clock of the zone shows at that time, in milliseconds since it showed 1970-01-01T00:00. */
  private wallClock(time: ICAL.Time, zoneOfEvent: string | null): number {
    const written = Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second);
    if (time.isDate) return Date.UTC(time.year, time.month - 1, time.day);

    // Of a zone that the file names without describing it, repetitions have forgotten the name.
    const known = (time.zone as ICAL.Timezone | null)?.tzid ?? 'floating';
    const name = known === 'floating' ? zoneOfEvent : known;
    if (name === null || (known === 'floating' && !isTimeZone(name))) return written;

    const here = zoneOf(this.window.timezone);
    if (name === 'UTC' || name === 'Z') return here.toLocal(written);
    return here.toLocal(isTimeZone(name) ? zoneOf(name).toInstant(written) : time.toUnixTime() * 1000);
  }
}

function calendarsIn(text: string): ICAL.Component[] {
  let parsed: unknown;
  try {
    parsed = ICAL.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new UnreadableFeed(`This is not an iCal file (${error instanceof Error ? error.message : String(error)}).`);
  }
  const several = Array.isArray(parsed) && Array.isArray(parsed[0]) ? (parsed as unknown[][]) : [parsed as unknown[]];
  const calendars = several.filter(([name]) => name === 'vcalendar').map((jcal) => new ICAL.Component(jcal));
  if (calendars.length === 0) throw new UnreadableFeed('This is not an iCal file: there is no VCALENDAR in it.');
  return calendars;
}

/** The events of a file, each with the exceptions that its repetitions have. */
function eventsIn(calendar: ICAL.Component): ICAL.Event[] {
  const components = calendar.getAllSubcomponents('vevent');
  if (components.length > MOST_EVENTS) {
    throw new UnreadableFeed(`It has more than ${MOST_EVENTS.toLocaleString('en')} events.`);
  }
  const [exceptions, events] = [components.filter(isException), components.filter((one) => !isException(one))];
  const byUid = new Map<string, ICAL.Component[]>();
  for (const one of exceptions) byUid.set(uidOf(one), [...(byUid.get(uidOf(one)) ?? []), one]);
  return events.map((component) => {
    const own = byUid.get(uidOf(component)) ?? [];
    return new ICAL.Event(component, { strictExceptions: true, exceptions: own });
  });
}

const isException = (component: ICAL.Component): boolean => component.hasProperty('recurrence-id');

function uidOf(component: ICAL.Component): string {
  const uid: unknown = component.getFirstPropertyValue('uid');
  return typeof uid === 'string' ? uid : '';
}

function zoneNamedIn({ component }: ICAL.Event): string | null {
  const name: unknown = component.getFirstProperty('dtstart')?.getParameter('tzid');
  return typeof name === 'string' ? name : null;
}

function refuseFrenzy({ component }: ICAL.Event, name: string): void {
  for (const property of component.getAllProperties('rrule')) {
    const rule = property.getFirstValue() as ICAL.Recur | null;
    if (rule !== null && !FREQUENCIES.includes(rule.freq)) {
      throw new UnreadableFeed(
        `The event “${name}” repeats ${rule.freq.toLowerCase()}; holidays repeat daily at most.`,
      );
    }
  }
}

function isCancelled({ component }: ICAL.Event): boolean {
  const status: unknown = component.getFirstPropertyValue('status');
  return typeof status === 'string' && status.toUpperCase() === 'CANCELLED';
}

function nameOf(event: ICAL.Event): string {
  const summary: unknown = event.summary;
  const words = typeof summary === 'string' ? summary.replace(/[\s\p{C}]+/gu, ' ').trim() : '';
  return words === '' ? NAMELESS : Array.from(words).slice(0, MOST_NAME).join('');
}

function dayOf({ year, month, day }: ICAL.Time): number {
  return Date.UTC(year, month - 1, day) / DAY_MS;
}

function isoDate(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

import type { BusinessCalendar } from '../../calendar/business-calendar.js';
import { CalendarError } from '../../calendar/calendar-error.js';
import { zoneOf } from '../../calendar/local-time.js';

export const UNITS = ['hours', 'minutes', 'days'] as const;
export type Unit = (typeof UNITS)[number];

/** “When would 4 hours from now end?”, as it was asked. */
export interface Question {
  readonly amount: string;
  readonly unit: Unit;
  /** `2026-11-23T09:30` on the wall clock of `zone`; empty: now. */
  readonly start: string;
  readonly zone: 'mine' | 'calendar';
}

export interface LedgerRow {
  readonly from: Date;
  readonly to: Date;
  readonly open: boolean;
  readonly seconds: number;
  /** Open seconds from the start to the end of this row. */
  readonly sum: number;
}

export interface Reckoned {
  readonly start: Date;
  readonly end: Date;
  readonly rows: readonly LedgerRow[];
  /** How many rows in the middle are not shown. */
  readonly left: number;
  readonly openSeconds: number;
}

export type Reckoning =
  | { readonly ok: true; readonly value: Reckoned }
  | { readonly ok: false; readonly field: string; readonly detail: string };

const MOST_HOURS = 5_000;
const MOST_DAYS = 500;
const SECONDS: Readonly<Record<Exclude<Unit, 'days'>, number>> = { hours: 3600, minutes: 60 };
/** A ledger longer than this is shown by its beginning and its end. */
const MOST_ROWS = 60;
const ROWS_AT_EACH_END = 20;

/** The question that a page's address asks; what is not understood is as nothing said. */
export function questionIn(query: Readonly<Record<string, unknown>>): Question {
  const text = (name: string, otherwise: string): string => {
    const value = query[name];
    return typeof value === 'string' ? value.trim() : otherwise;
  };
  const unit = text('unit', 'hours');
  return {
    amount: text('amount', '4'),
    unit: UNITS.find((known) => known === unit) ?? 'hours',
    start: text('start', ''),
    zone: text('zone', 'mine') === 'calendar' ? 'calendar' : 'mine',
  };
}

/** When that much open time is over, and the way there. */
export function reckon(calendar: BusinessCalendar, question: Question, zone: string, now: Date): Reckoning {
  const amount = Number(question.amount.replace(',', '.'));
  const inDays = question.unit === 'days';
  const most = inDays ? MOST_DAYS : MOST_HOURS;
  const hours = question.unit === 'minutes' ? amount / 60 : amount;
  if (question.amount === '' || !(amount > 0) || hours > most) {
    return refused(
      'amount',
      `Write a number above 0, at most ${most.toLocaleString('en')} ${inDays ? 'days' : 'hours'}.`,
    );
  }
  if (inDays && !Number.isInteger(amount)) return refused('amount', 'Working days are whole days.');

  const start = question.start === '' ? now : instantOn(zone, question.start);
  if (start === null) return refused('start', 'Write a date and a time, such as 2026-11-23T09:30.');

  try {
    const end = inDays
      ? calendar.dueAfterWorkingDays(start, amount)
      : calendar.addTime(start, amount * SECONDS[question.unit === 'minutes' ? 'minutes' : 'hours']);
    return { ok: true, value: reckoned(calendar, start, end) };
  } catch (error) {
    if (error instanceof CalendarError) return refused('amount', error.detail);
    throw error;
  }
}

function reckoned(calendar: BusinessCalendar, start: Date, end: Date): Reckoned {
  let sum = 0;
  const rows = calendar.segments(start, end).map(({ from, to, open }) => {
    const seconds = (to.getTime() - from.getTime()) / 1000;
    if (open) sum += seconds;
    return { from, to, open, seconds, sum };
  });
  const long = rows.length > MOST_ROWS;
  return {
    start,
    end,
    rows: long ? [...rows.slice(0, ROWS_AT_EACH_END), ...rows.slice(-ROWS_AT_EACH_END)] : rows,
    left: long ? rows.length - 2 * ROWS_AT_EACH_END : 0,
    openSeconds: sum,
  };
}

/** What a wall clock in the zone shows, as an instant; null if it shows no such thing. */
function instantOn(zone: string, text: string): Date | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text)) return null;

  const local = Date.parse(`${text}Z`);
  return Number.isNaN(local) ? null : new Date(zoneOf(zone).toInstant(local));
}

function refused(field: string, detail: string): Reckoning {
  return { ok: false, field, detail };
}

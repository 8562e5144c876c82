import { Temporal } from 'temporal-polyfill';
import type { Period } from '../../reports/compliance.report.js';

export interface Preset {
  readonly label: string;
  readonly from: string;
  readonly to: string;
  readonly current: boolean;
}

/** A period of whole days in the reader's zone. */
export interface ShownPeriod extends Period {
  /** First and last day, `YYYY-MM-DD`, both included. */
  readonly firstDay: string;
  readonly lastDay: string;
  /** In the last day, for telling its date. */
  readonly lastMoment: Date;
  /** As many days just before. */
  readonly before: Period;
  readonly presets: readonly Preset[];
}

const DEFAULT_DAYS = 28;

/** The period that was asked for; the last 28 days where nothing sensible was. */
export function shownPeriod(asked: { from?: unknown; to?: unknown }, zone: string, now: Date): ShownPeriod {
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone).toPlainDate();
  const [given, until] = [dayOf(asked.from), dayOf(asked.to)];
  const sensible = given !== null && until !== null && Temporal.PlainDate.compare(given, until) <= 0;
  const last = sensible ? until : today;
  const first = sensible ? given : today.subtract({ days: DEFAULT_DAYS - 1 });
  const length = first.until(last, { largestUnit: 'days' }).days + 1;
  const to = startOf(last.add({ days: 1 }), zone);
  return {
    firstDay: first.toString(),
    lastDay: last.toString(),
    from: startOf(first, zone),
    to,
    lastMoment: new Date(to.getTime() - 1),
    before: { from: startOf(first.subtract({ days: length }), zone), to: startOf(first, zone) },
    presets: presetsAt(today).map(([label, from, to]) => ({
      label,
      from: from.toString(),
      to: to.toString(),
      current: from.equals(first) && to.equals(last),
    })),
  };
}

function presetsAt(today: Temporal.PlainDate): [string, Temporal.PlainDate, Temporal.PlainDate][] {
  const month = today.with({ day: 1 });
  return [
    ['7 days', today.subtract({ days: 6 }), today],
    ['28 days', today.subtract({ days: DEFAULT_DAYS - 1 }), today],
    ['This month', month, today],
    ['Last month', month.subtract({ months: 1 }), month.subtract({ days: 1 })],
    ['90 days', today.subtract({ days: 89 }), today],
  ];
}

function startOf(day: Temporal.PlainDate, zone: string): Date {
  return new Date(day.toZonedDateTime(zone).epochMilliseconds);
}

/** Years that a date input can give and PostgreSQL can hold. */
function dayOf(value: unknown): Temporal.PlainDate | null {
  if (typeof value !== 'string' || !/^(19|20|21)\d\d-\d\d-\d\d$/.test(value)) return null;
  try {
    return Temporal.PlainDate.from(value);
  } catch {
    return null;
  }
}

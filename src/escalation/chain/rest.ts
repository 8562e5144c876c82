import { DAY_MS } from '../../calendar/holidays.js';
import { zoneOf } from '../../calendar/local-time.js';
import { minutesOf } from '../../calendar/opening-hours.js';
import { instantOf } from './rota.js';

/** When somebody is not called. It never holds for the emergency contact. */
export interface Rest {
  /** IANA name: the times are at its wall clock. */
  readonly timezone: string;
  /** Each day from a time until another, `["22:00", "07:00"]` over midnight. */
  readonly quietHours?: readonly (readonly [from: string, to: string])[];
  /** From a wall-clock time until another, `2026-12-24T18:00`. */
  readonly away?: readonly { readonly from: string; readonly to: string }[];
}

export type Resting = { readonly why: 'away'; readonly until: Date } | { readonly why: 'quiet' };

/** Whether somebody is away or has quiet hours at an instant; null: they can be called. */
export function restingAt({ timezone, quietHours = [], away = [] }: Rest, at: Date): Resting | null {
  const absence = away
    .map(({ from, to }) => ({ from: instantOf(timezone, from), to: instantOf(timezone, to) }))
    .find(({ from, to }) => from !== null && to !== null && from <= at && at < to);
  if (absence !== undefined && absence.to !== null) return { why: 'away', until: absence.to };

  const local = zoneOf(timezone).toLocal(at.getTime());
  const minute = (((local % DAY_MS) + DAY_MS) % DAY_MS) / 60_000;
  return quietHours.some((hours) => holds(hours, minute)) ? { why: 'quiet' } : null;
}

/** Equal ends: never. */
function holds([from, to]: readonly [string, string], minute: number): boolean {
  const [start, end] = [minutesOf(from) ?? 0, minutesOf(to) ?? 0];
  return start <= end ? start <= minute && minute < end : start <= minute || minute < end;
}

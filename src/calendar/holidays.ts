/** Dates of the local calendar, as numbers of days since 1 January 1970, and those among them that are closed. */
export const DAY_MS = 86_400_000;

/** `2026-12-25` as a day number; null if there is no such date. */
export function dayOfDate(text: string): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (parts === null) return null;

  const at = Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
  return new Date(at).toISOString().startsWith(text) ? at / DAY_MS : null;
}

/** Whether `12-25` is a date of some year; 29 February is, and comes in leap years only. */
export function isYearlyDate(text: string): boolean {
  return /^\d{2}-\d{2}$/.test(text) && dayOfDate(`2024-${text}`) !== null;
}

/** The dates whose hours do not begin, because they are holidays. */
export class Holidays {
  private readonly dates: ReadonlySet<number>;
  private readonly yearly: ReadonlySet<number>;

  /** @param dates `YYYY-MM-DD`  @param yearly `MM-DD`; both checked before */
  constructor(dates: readonly string[], yearly: readonly string[]) {
    this.dates = new Set(dates.map((date) => dayOfDate(date) ?? NaN));
    this.yearly = new Set(yearly.map((date) => monthAndDay(dayOfDate(`2024-${date}`) ?? NaN)));
  }

  get none(): boolean {
    return this.dates.size === 0 && this.yearly.size === 0;
  }

  has(day: number): boolean {
    return this.dates.has(day) || (this.yearly.size > 0 && this.yearly.has(monthAndDay(day)));
  }
}

/** One number for each date of a year: 25 December is 1225. */
function monthAndDay(day: number): number {
  const date = new Date(day * DAY_MS);
  return (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}

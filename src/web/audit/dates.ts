import { Temporal } from 'temporal-polyfill';

/** The first instant of a date, or of the day so many days later, in a zone; null where the text is no date. */
export function instantOfDate(text: string, plusDays: number, timezone: string): Date | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  try {
    const day = Temporal.PlainDate.from(text, { overflow: 'reject' }).add({ days: plusDays });
    return new Date(day.toZonedDateTime(timezone).epochMilliseconds);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

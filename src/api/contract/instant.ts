const PARTS = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d{1,12})?([Zz]|[+-](\d\d):(\d\d))$/;

/** RFC 3339, as strictly as it can be turned into a `Date`: a real day, a real time, an offset; no leap second. */
export function isInstant(text: string): boolean {
  const parts = PARTS.exec(text)?.map(Number);
  if (parts === undefined) return false;

  const [, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const [offsetHours = 0, offsetMinutes = 0] = text.endsWith('Z') || text.endsWith('z') ? [] : parts.slice(9);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isDay && hour < 24 && minute < 60 && second < 60 && offsetHours < 24 && offsetMinutes < 60;
}

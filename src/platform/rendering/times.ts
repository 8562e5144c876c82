const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Parts = Partial<Record<Intl.DateTimeFormatPartTypes, string>>;

/** `Mon 23 Nov 2026, 14:03 CET`: an instant for people, who must never have to guess the zone. */
export function fullTime(at: Date, zone: string): string {
  const { weekday, day, month, year, hour, minute } = partsOf(at, zone);
  return `${weekday} ${day} ${month} ${year}, ${hour}:${minute} ${zoneName(at, zone)}`;
}

/** The same in a language's own way, for letters: `Montag, 23. November 2026 um 14:03 MEZ`. */
export function timeInWords(at: Date, zone: string, language = 'en'): string {
  if (language === 'en') return fullTime(at, zone);

  const key = `${language} ${zone}`;
  const known = inWords.get(key);
  const format =
    known ??
    new Intl.DateTimeFormat(language, {
      ...{ timeZone: zone, weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
      ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' },
    });
  if (known === undefined) inWords.set(key, format);
  return format.format(at);
}

const inWords = new Map<string, Intl.DateTimeFormat>();

/** `14:03` today, `Mon 14:03` within six days, `23 Nov, 14:03` within the year, `23 Nov 2025` else. */
export function shortTime(at: Date, zone: string, now: Date): string {
  const then = partsOf(at, zone);
  const today = partsOf(now, zone);
  if (dateOf(then) === dateOf(today)) return `${then.hour}:${then.minute}`;
  if (Math.abs(now.getTime() - at.getTime()) < 6 * DAY * 1000) return `${then.weekday} ${then.hour}:${then.minute}`;
  if (then.year === today.year) return `${then.day} ${then.month}, ${then.hour}:${then.minute}`;
  return dateOf(then);
}

/** `14:03:07` today, `Mon 14:03:07`, `23 Nov, 14:03:07`: the same to the second, for what follows each other quickly. */
export function exactTime(at: Date, zone: string, now: Date): string {
  const short = shortTime(at, zone, now);
  const seconds = String(at.getUTCSeconds()).padStart(2, '0');
  return /:\d\d$/.test(short)
    ? `${short}:${seconds}`
    : `${short}, ${partsOf(at, zone).hour}:${partsOf(at, zone).minute}:${seconds}`;
}

/** `23 Nov 2026` */
export function dateOnly(at: Date, zone: string): string {
  return dateOf(partsOf(at, zone));
}

/** `now`, `5m ago`, `3h ago`, `in 2d`: how far off, on the wall clock; older than four weeks as a date. */
export function relativeTime(at: Date, zone: string, now: Date): string {
  const seconds = Math.round((now.getTime() - at.getTime()) / 1000);
  const distance = Math.abs(seconds);
  if (distance < 45) return 'now';
  if (distance > 28 * DAY) return dateOnly(at, zone);

  const span =
    distance < HOUR
      ? unit(distance, MINUTE, 'm')
      : distance < DAY
        ? unit(distance, HOUR, 'h')
        : unit(distance, DAY, 'd');
  return seconds < 0 ? `in ${span}` : `${span} ago`;
}

/**
 * `2h 10m`, `1h 05m`, `45m`, `104h`, `20s`: a span, always rounded down so that nothing looks longer than it is. Never in days: what is
 * told is working time, and a working day has not 24 hours.
 */
export function span(seconds: number): string {
  const length = Math.floor(Math.abs(seconds));
  if (length < MINUTE) return `${length}s`;
  if (length < HOUR) return `${Math.floor(length / MINUTE)}m`;
  if (length < 100 * HOUR) return hoursAndMinutes(Math.floor(length / HOUR), Math.floor((length % HOUR) / MINUTE));
  return `${Math.floor(length / HOUR)}h`;
}

/** `2 hours 10 minutes`: the same for a letter. */
export function spanInWords(seconds: number): string {
  const units: [number, string][] = [
    [HOUR, 'hour'],
    [MINUTE, 'minute'],
  ];
  let rest = Math.floor(Math.abs(seconds));
  if (rest < MINUTE) return count(rest, 'second');

  const words: string[] = [];
  for (const [length, name] of units) {
    const amount = Math.floor(rest / length);
    rest %= length;
    if (amount > 0 && words.length < 2) words.push(count(amount, name));
  }
  return words.join(' ');
}

function partsOf(at: Date, zone: string): Parts {
  return Object.fromEntries(
    formatsFor(zone)
      .parts.formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
}

/** `CET`, `EST`, `JST`: each part of the world calls only its own zones by their names, so several are asked. */
function zoneName(at: Date, zone: string): string {
  let name = zone;
  for (const format of formatsFor(zone).names) {
    name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? zone;
    if (!/^GMT[+-]/.test(name)) break;
  }
  return name;
}

const LOCALES = ['en-GB', 'en-US', 'en-AU', 'en-IN', 'en-ZA'];

interface Formats {
  readonly parts: Intl.DateTimeFormat;
  readonly names: readonly Intl.DateTimeFormat[];
}

/** They are dear to make and cheap to use. */
const formats = new Map<string, Formats>();

function formatsFor(zone: string): Formats {
  const known = formats.get(zone);
  if (known !== undefined) return known;

  const made: Formats = {
    parts: new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone: zone, weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
      ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    }),
    names: LOCALES.map((locale) => new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' })),
  };
  formats.set(zone, made);
  return made;
}

function dateOf({ day, month, year }: Parts): string {
  return `${day} ${month} ${year}`;
}

function unit(seconds: number, length: number, name: string): string {
  return `${Math.max(1, Math.round(seconds / length))}${name}`;
}

function hoursAndMinutes(hours: number, minutes: number): string {
  return minutes === 0 ? `${hours}h` : `${hours}h ${String(minutes).padStart(2, '0')}m`;
}

function count(amount: number, name: string): string {
  return `${amount} ${amount === 1 ? name : `${name}s`}`;
}

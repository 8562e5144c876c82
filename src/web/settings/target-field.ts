import type { Target } from '../../sla/promises.js';

/** A target as somebody types it, or null where it cannot be read: `4h`, `1 h 30 min`, `3 working days`. */
export function readTarget(text: string): Target | null {
  const words = text
    .trim()
    .toLowerCase()
    .replace(/,(?=\d)/g, '.')
    .replace(/\s+/g, ' ');
  const days = /^(\d{1,4}) ?(?:working|business|work) ?days?$|^(\d{1,4}) ?[wb]d$/.exec(words);
  if (days !== null) return { workingDays: Number(days[1] ?? days[2]) };

  const clock = /^(\d{1,5}):([0-5]\d)(?: ?h)?$/.exec(words);
  if (clock !== null) return Number(clock[1]) * 60 + Number(clock[2]);

  const span =
    /^(?:(\d{1,6}(?:\.\d{1,4})?) ?(?:h|hrs?|hours?))? ?(?:and )?(?:(\d{1,7}(?:\.\d{1,4})?) ?(?:m|mins?|minutes?))?$/.exec(
      words,
    );
  if (span === null || (span[1] === undefined && span[2] === undefined)) return null;
  return tidied(Number(span[1] ?? 0) * 60 + Number(span[2] ?? 0));
}

/** What is wrong with what `readTarget` could not read. */
export function faultOfTarget(text: string): string {
  const words = text.trim();
  if (/^[\d.,]+$/.test(words)) return `Say of what: ${words} h, ${words} min or ${words} working days.`;
  if (/^\d+ ?d(ays?)?$/i.test(words)) {
    const count = Number.parseInt(words, 10);
    return `Say which days: “${count} working days”, or “${count * 24} h” of open time.`;
  }
  return `“${words}” is no time. Write it like 4 h, 90 min, 1 h 30 min or 3 working days.`;
}

/** Decimals of hours shall not leave crumbs. */
const tidied = (minutes: number): number => Math.round(minutes * 10_000) / 10_000;

import Handlebars, { type HelperDelegate, type HelperOptions } from 'handlebars';
import { iconMarkup } from './icons.js';
import { publicPath } from './public-files.js';
import { dateOnly, exactTime, fullTime, relativeTime, shortTime, span, spanInWords, timeInWords } from './times.js';

const { escapeExpression: escape, SafeString } = Handlebars;

/** What a page may tell its templates beside the model; letters tell their language and name the zone themselves. */
interface Frame {
  readonly now?: Date;
  readonly timezone?: string;
  readonly language?: string;
  readonly phrases?: Readonly<Record<string, string>>;
}

/** The few things a template may do beside showing what it was given. */
export const helpers: Record<string, HelperDelegate> = {
  eq: (a: unknown, b: unknown) => a === b,
  not: (a: unknown) => !a,
  and: (...values: unknown[]) => given(values).every(Boolean),
  or: (...values: unknown[]) => given(values).find(Boolean) ?? false,
  includes: (list: readonly unknown[], value: unknown) => list.includes(value),

  /** The one way to name a variable that may be missing: `{{#if (optional hint)}}`. */
  optional: (value: unknown, fallback: unknown) => value ?? (isOptions(fallback) ? null : fallback),

  concat: (...values: unknown[]) => given(values).map(text).join(''),
  join: (list: readonly unknown[], separator: string) => list.map(text).join(separator),
  lower: (value: string) => value.toLowerCase(),
  amount: (value: number) => value.toLocaleString('en-GB'),
  /** What is counted no farther than to MOST_COUNTED. */
  tally: (count: number) =>
    count < MOST_COUNTED ? count.toLocaleString('en-GB') : `${(MOST_COUNTED - 1).toLocaleString('en-GB')}+`,
  percent: (share: number) => `${(Math.floor(share * 1000) / 10).toFixed(1)} %`,
  plural: (count: number, one: string, many: string) => `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`,
  fileSize: (bytes: number) => sizeOf(bytes),
  duration: (seconds: number) => span(seconds),
  durationInWords: (seconds: number) => spanInWords(seconds),

  /** `{{instant dueAt timezone}}`: plain words, for letters. */
  instant: (at: Date | string, zone: string, options: HelperOptions) =>
    timeInWords(new Date(at), zone, (options.data as Frame).language),
  /** `{{said promise}}`: what the desk itself calls something, in the letter's language. */
  said: (words: string, options: HelperOptions) => (options.data as Frame).phrases?.[words] ?? words,

  /** `{{time at}}`, `{{time at "relative"}}`, `{{time at "full" zone=…}}`: what people read, and the instant that scripts read. */
  time: (at: Date | string, ...rest: unknown[]) => timeMarkup(new Date(at), rest),

  icon: (name: string, options: HelperOptions) =>
    new SafeString(iconMarkup(name, escape(text(options.hash.class ?? 'icon')))),
  asset: (file: string) => publicPath(file),

  /** A person's words: escaped, line breaks left to the style sheet, addresses made links that tell nobody where they were clicked. */
  prose: (value: string) => new SafeString(linked(value)),
  initials: (name: string) => initialsOf(name),
  /** One of eight grounds for a person's initials, always the same one. */
  tint: (name: string) =>
    Array.from(name).reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973, 7) % 8,
};

/** Whoever counts rows for a page stops here: nobody reads the rest, and with a million rows counting takes longer than all else. */
export const MOST_COUNTED = 10_000;

function given(values: readonly unknown[]): readonly unknown[] {
  return values.slice(0, -1);
}

function isOptions(value: unknown): value is HelperOptions {
  return typeof value === 'object' && value !== null && 'hash' in value && 'data' in value;
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TypeError('Only words and numbers can be written out.');
}

const styles = {
  full: (at: Date, zone: string) => fullTime(at, zone),
  short: shortTime,
  exact: exactTime,
  relative: relativeTime,
  date: (at: Date, zone: string) => dateOnly(at, zone),
};

function timeMarkup(at: Date, rest: readonly unknown[]): Handlebars.SafeString {
  const options = rest.at(-1) as HelperOptions;
  const style = (rest.length > 1 ? rest[0] : 'full') as keyof typeof styles;
  const { now, timezone } = options.data as Frame;
  const zone = (options.hash.zone as string | undefined) ?? timezone;
  if (zone === undefined) throw new Error("{{time}} needs a zone: zone=… or the page's.");

  const full = fullTime(at, zone);
  const words = styles[style](at, zone, now ?? at);
  const title = words === full ? '' : ` title="${escape(full)}"`;
  return new SafeString(`<time datetime="${at.toISOString()}" data-style="${style}"${title}>${escape(words)}</time>`);
}

function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

const ADDRESS = /https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]]/g;

function linked(words: string): string {
  let html = '';
  let end = 0;
  for (const match of words.matchAll(ADDRESS)) {
    const address = escape(match[0]);
    html += `${escape(words.slice(end, match.index))}<a href="${address}" rel="noopener noreferrer nofollow">${address}</a>`;
    end = match.index + match[0].length;
  }
  return html + escape(words.slice(end));
}

function initialsOf(name: string): string {
  const words = name.split(/[\s@._-]+/).filter((word) => /\p{L}|\p{N}/u.test(word));
  const first = Array.from(words[0] ?? '?')[0] ?? '?';
  const last = words.length > 1 ? (Array.from(words.at(-1) ?? '')[0] ?? '') : '';
  return (first + last).toUpperCase();
}

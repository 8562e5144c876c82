import { differences, type Change, type Difference } from '../../desk-file/changes.js';
import type { Target } from '../../sla/promises.js';
import { targetInWords } from '../target-in-words.js';

/** What an edit changes in one thing, as its page says it. */
export interface ChangeInWords {
  readonly title: string;
  readonly change: 'added' | 'changed' | 'removed';
  readonly lines: readonly ChangedLine[];
}

/** One field: from what to what, or, of a list, what came and what went. */
export interface ChangedLine {
  readonly label: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** `thing` is what was added, to be shown as a whole. */
export function changeInWords({ kind, name, change, details }: Change, thing: object | null = null): ChangeInWords {
  if (kind === 'order of') {
    return { title: `Order of the ${name}`, change, lines: details.map((detail) => orderInWords(detail)) };
  }

  const title = name === '' ? `The ${kind}` : `${capital(kind)} ${name}`;
  if (thing === null) return { title, change, lines: details.flatMap(apart).map((detail) => lineOf(kind, detail)) };

  const said = differences({}, thing).filter(({ field }) => !NAMES.includes(field));
  const lines = said.flatMap(apart).filter((detail) => !isAbsence(detail));
  return { title, change, lines: lines.map((detail) => newLine(kind, detail)) };
}

/** That something new has no holidays and no breaks need not be read seven times; that a day is closed must. */
const isAbsence = ({ field, to }: Difference): boolean =>
  Array.isArray(to) && to.length === 0 && !HOURS.includes(field.split('.')[0] ?? '');

/** Where two states of one thing differ. */
export function linesBetween(kind: string, before: unknown, after: unknown): ChangedLine[] {
  return differences(before, after)
    .flatMap(apart)
    .map((detail) => lineOf(kind, detail));
}

/** What came or went with several things in it is said one by one. */
function apart({ field, from, to }: Difference): Difference[] {
  const [before, after] = [from ?? {}, to ?? {}];
  if (!isGroup(before) || !isGroup(after)) return [{ field, from, to }];

  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (keys.length === 0) return [{ field, from, to }];
  return keys.flatMap((key) => apart({ field: `${field}.${key}`, from: before[key], to: after[key] }));
}

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('workingDays' in value);

const NAMES = ['name', 'email', 'address'];

const LABELS: Readonly<Record<string, string>> = {
  firstResponse: 'First response',
  nextResponse: 'Next response',
  update: 'Update',
  resolution: 'Resolution',
  handling: 'Handling by a team',
  pauses: 'Pauses of',
  warnAt: 'Warns at',
  reopen: 'After a reopening',
  opensForStaff: 'First response to staff’s own tickets',
  match: 'For',
  when: 'When',
  then: 'Then',
  anyWords: 'words',
  senderDomain: 'domain of the sender',
  chosenLevel: 'level that the customer chose',
  inHours: 'in support hours',
  sender: 'Letters from',
  signature: 'Signature',
  letters: 'Letters',
  received: 'receipt',
  closeAfterDays: 'Closed after',
  reopenWindowDays: 'Goes on in the same ticket for',
  copiesJoin: 'People in copy of a mail',
  repeatEveryMinutes: 'Again every',
  supportAddress: 'Support address',
  timezone: 'Time zone',
  week: 'Hours on',
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
  yearlyHolidays: 'Holidays of every year',
  holidayLists: 'Public holidays of',
  holidayFeeds: 'Holidays from feeds',
  overrides: 'Hours on',
  breaks: 'Break on',
};
/** Said by what stands behind them. */
const UNSAID = ['targets'];

const NOTHING: Readonly<Record<string, string>> = {
  'policy targets': 'as the level says',
  'level targets': 'no target',
  'policy pauses': 'as usual',
  'policy calendar': 'the customer’s',
  'level calendar': 'the customer’s',
  'queue calendar': 'the desk’s',
  'organisation calendar': 'the queue’s, else the desk’s',
  'policy chain': 'the queue’s, else Default',
  'queue chain': 'Default',
  'policy warnAt': '50 %, 75 %, 90 %',
  'policy reopen': 'its resolution clock goes on',
  'policy opensForStaff': 'no',
  'queue signature': 'the agent’s name',
  'queue language': 'the desk’s',
  'queue closeAfterDays': '7 days',
  'queue reopenWindowDays': '14 days',
  'queue copiesJoin': 'take no part by themselves',
  'calendar week': 'closed',
  'calendar overrides': 'as on other such days',
};

function lineOf(kind: string, { field, from, to }: Difference): ChangedLine {
  const way = field.split('.');
  const label = labelOf(way);
  if (isList(from, to)) {
    const [before, after] = [wordsOfList(way, from), wordsOfList(way, to)];
    const added = after.filter((one) => !before.includes(one));
    const removed = before.filter((one) => !after.includes(one));
    if (added.length + removed.length > 0 && !isSchedule(way)) return { label, from: null, to: null, added, removed };
    return { label, from: shown(kind, way, from), to: shown(kind, way, to), added: [], removed: [] };
  }
  return { label, from: shown(kind, way, from), to: shown(kind, way, to), added: [], removed: [] };
}

function newLine(kind: string, { field, to }: Difference): ChangedLine {
  const way = field.split('.');
  return { label: labelOf(way), from: null, to: shown(kind, way, to), added: [], removed: [] };
}

function orderInWords({ from, to }: Difference): ChangedLine {
  const words = (list: unknown): string => (Array.isArray(list) ? list.join(', ') : '');
  return { label: '', from: words(from), to: words(to), added: [], removed: [] };
}

/** Where no hours at all means that nobody is there; without breaks it is the contrary. */
const HOURS = ['week', 'overrides'];

/** The hours of a day are short, and easier to compare as a whole. */
const isSchedule = ([first = '']: readonly string[]): boolean => ['week', 'overrides', 'breaks'].includes(first);

const isList = (from: unknown, to: unknown): boolean =>
  (Array.isArray(from) || from === undefined) && (Array.isArray(to) || to === undefined);

function labelOf(way: readonly string[]): string {
  const steps = way.filter((step) => !UNSAID.includes(step));
  const words = steps.map((step) => LABELS[step] ?? inWords(step));
  return capital(words.map((word, index) => (index === 0 ? word : lowered(word))).join(words.length > 1 ? ' ' : ''));
}

/** Names of days stay as they are. */
const lowered = (word: string): string => (/day$/.test(word) ? word : word.charAt(0).toLowerCase() + word.slice(1));

/** `closeAfterDays` is read as it is spoken. */
const inWords = (key: string): string =>
  /^[a-z]+([A-Z][a-z]*)*$/.test(key) ? key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) : key;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function shown(kind: string, way: readonly string[], value: unknown): string {
  const [first = ''] = way;
  if (value === undefined || (Array.isArray(value) && value.length === 0)) {
    return (
      (value === undefined ? NOTHING[`${kind} ${first}`] : undefined) ?? (HOURS.includes(first) ? 'closed' : 'none')
    );
  }
  if (first === 'targets' && way.length === 2) return targetInWords(value as Target | null).replace(/^none$/, 'off');
  return Array.isArray(value) ? wordsOfList(way, value).join(', ') : wordsOf(way, value);
}

function wordsOfList(way: readonly string[], list: unknown): string[] {
  return (Array.isArray(list) ? list : []).map((one) => wordsOf(way, one));
}

function wordsOf(way: readonly string[], value: unknown): string {
  const last = way.at(-1) ?? '';
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return withUnit(last, value);
  if (typeof value === 'string')
    return ENUMS[`${last} ${value}`] ?? (way[0] === 'pauses' ? value.replace('-', ' ') : value);
  if (isInterval(value)) return `${value[0]}–${value[1]}`;
  if (Array.isArray(value)) return value.map((one) => wordsOf(way, one)).join(', ');
  if (typeof value === 'object') {
    return (
      ofCalendar(way, value) ??
      Object.entries(value)
        .map(([key, inner]) => `${inWords(key)}: ${wordsOf([...way, key], inner)}`)
        .join(', ')
    );
  }
  return '';
}

/** A holiday, a list of holidays or a feed, as its calendar's page calls it. */
function ofCalendar([first]: readonly string[], value: object): string | null {
  const { date, name, country, state, region, url, allowPrivate } = value as Readonly<Record<string, unknown>>;
  const words = (...parts: unknown[]): string => parts.filter((part) => typeof part === 'string').join(' ');
  switch (first) {
    case 'holidays':
      return words(date, name);
    case 'holidayLists':
      return words(country, state, region).replaceAll(' ', '-');
    case 'holidayFeeds':
      return words(url, allowPrivate === true ? '(in our own network)' : undefined);
    default:
      return null;
  }
}

const ENUMS: Readonly<Record<string, string>> = {
  'reopen continue': 'its resolution clock goes on',
  'reopen cycle': 'a new resolution clock begins',
  'copiesJoin nobody': 'take no part by themselves',
  'copiesJoin colleagues': 'take part if they are of the requester’s organisation',
  'copiesJoin anybody': 'take part, whoever they are',
};

function withUnit(key: string, value: number): string {
  if (key === 'warnAt') return `${value} %`;
  if (key.endsWith('Days')) return `${value} ${value === 1 ? 'day' : 'days'}`;
  if (key.endsWith('Minutes')) return `${value} ${value === 1 ? 'minute' : 'minutes'}`;
  if (key.endsWith('Seconds')) return `${value} ${value === 1 ? 'second' : 'seconds'}`;
  return value.toLocaleString('en-GB');
}

const isInterval = (value: unknown): value is [string, string] =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every((time) => typeof time === 'string' && /^\d\d:\d\d$/.test(time));

import { Injectable } from '@nestjs/common';
import { changesOf } from '../../desk-file/changes.js';
import { ONE, SECTIONS, type Item, type SectionName } from '../../desk-file/desk-file.js';
import type { AuditEntry } from '../../identity/audit.js';
import { Database } from '../../platform/database/database.js';
import { instantOfDate } from './dates.js';
import { changeInWords, linesBetween, type ChangedLine } from '../settings/change-in-words.js';
import { deedInWords } from './deed-in-words.js';

const PER_PAGE = 50;

/** Which entries are shown: all of it stands in the address. */
export interface AuditState {
  /** The name of whoever did it. */
  readonly who: string;
  /** The kind of thing, such as `user`. */
  readonly what: string;
  /** In the name of the thing. */
  readonly q: string;
  /** Dates in the reader's zone, both included; empty: open. */
  readonly from: string;
  readonly to: string;
  /** Only entries older than this one. */
  readonly before: string;
}

interface Group {
  readonly title: string | null;
  readonly lines: readonly ChangedLine[];
}

/** Who did what, and when, in words; the newest first. */
@Injectable()
export class AuditPage {
  constructor(private readonly database: Database) {}

  async read(state: AuditState, timezone: string): Promise<object> {
    const found = await this.entries(state, timezone);
    const shown = found.slice(0, PER_PAGE);
    const { people, kinds } = await this.choices();
    return {
      title: 'Audit log',
      value: state,
      filtered: Object.entries(state).some(([name, value]) => name !== 'before' && value !== ''),
      people: choices(people, state.who, 'Anybody'),
      kinds: choices(kinds, state.what, 'Anything'),
      entries: shown.map((entry) => ({
        at: entry.at,
        by: entry.by.name,
        email: entry.by.email ?? null,
        deed: deedInWords(entry),
        thing: thingOf(entry),
        groups: groupsOf(entry),
        more: restOf(entry),
      })),
      newest: state.before === '' ? null : addressOf({ ...state, before: '' }),
      older: found.length > PER_PAGE ? addressOf({ ...state, before: shown.at(-1)?.id ?? '' }) : null,
    };
  }

  private async entries(state: AuditState, timezone: string): Promise<AuditEntry[]> {
    const { who, what, q, from, to, before } = state;
    return this.database.query<AuditEntry>(
      `select id, at, by, action, subject, data from audit_entry
       where ($1 = '' or by ->> 'name' = $1) and ($2 = '' or split_part(subject, ' ', 1) = $2)
         and ($3 = '' or subject ilike $4 or by ->> 'email' ilike $4)
         and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6)
         and ($7 = '' or id < $7::bigint)
       order by id desc limit ${PER_PAGE + 1}`,
      [
        ...[who, what, q, `%${q.replace(/[\\%_]/g, '\\$&')}%`],
        ...[instantOfDate(from, 0, timezone), instantOfDate(to, 1, timezone), before],
      ],
    );
  }

  private async choices(): Promise<{ people: string[]; kinds: string[] }> {
    const [row] = await this.database.query<{ people: string[]; kinds: string[] }>(
      `select array(select distinct by ->> 'name' from audit_entry order by 1) as people,
         array(select distinct split_part(subject, ' ', 1) from audit_entry order by 1) as kinds`,
    );
    return row ?? { people: [], kinds: [] };
  }
}

function choices(values: readonly string[], chosen: string, none: string): object[] {
  const all = chosen === '' || values.includes(chosen) ? values : [...values, chosen];
  return [
    { value: '', label: none, selected: chosen === '' },
    ...all.map((value) => ({ value, label: value, selected: value === chosen })),
  ];
}

/** `user ann@desk.test` is Ann's address; `rules` are all of them. */
function thingOf({ subject }: AuditEntry): string {
  const at = subject.indexOf(' ');
  return at === -1 ? `the ${subject}` : subject.slice(at + 1);
}

/** What became different, as the review before saving said it. */
function groupsOf({ subject, data }: AuditEntry): Group[] {
  const { from, to } = data;
  const [kind = ''] = subject.split(' ');
  if (isItems(from) && isItems(to) && isSection(kind)) {
    return changesOf(kind, from, to).map((change) => {
      const { title, lines } = changeInWords(change);
      return { title: `${title}, ${change.change}`, lines };
    });
  }
  if (!isObject(from) && !isObject(to)) return [];
  const lines = linesBetween(kindOf(kind), isObject(from) ? from : {}, isObject(to) ? to : {});
  return lines.length === 0 ? [] : [{ title: null, lines }];
}

/** What else was noted, such as the address that somebody signed in from. */
function restOf({ data }: AuditEntry): { label: string; value: string }[] {
  return Object.entries(data)
    .filter(([key]) => !['from', 'to', 'token'].includes(key))
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([key, value]) => ({ label: key, value: String(value) }));
}

function addressOf(state: AuditState): string {
  const query = new URLSearchParams(Object.entries(state).filter(([, value]) => value !== '')).toString();
  return query === '' ? '/admin/audit' : `/admin/audit?${query}`;
}

const isSection = (name: string): name is SectionName => (SECTIONS as readonly string[]).includes(name);
const kindOf = (kind: string): string => Object.values(ONE).find((one) => one === kind) ?? kind;
const isItems = (value: unknown): value is readonly Item[] => Array.isArray(value) && value.every(isObject);

function isObject(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

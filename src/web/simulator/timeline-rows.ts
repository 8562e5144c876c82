import { Temporal } from 'temporal-polyfill';
import { LineCounter, parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import type { FieldFault } from '../../platform/problems/problem.js';
import type { EventGiven } from '../../sla/stories.js';

/** An event as the form shows it: an instant, a type, and what it says, as YAML on one line. */
export interface TimelineRow {
  readonly at: string;
  readonly type: string;
  readonly data: string;
}

export const EVENT_TYPES = [
  ['created', 'Created', 'by: customer, level: L3'],
  ['customerMessage', 'Customer writes', ''],
  ['agentReply', 'Public reply', ''],
  ['call', 'Call', ''],
  ['note', 'Internal note', ''],
  ['autoReply', 'Automatic mail', ''],
  ['status', 'Status', 'status: waiting'],
  ['level', 'Level', 'level: L1'],
  ['policy', 'Policy', 'policy: Standard'],
  ['calendar', 'Calendar', 'calendar: {name: 24x7}'],
  ['assigned', 'Team', 'team: Field'],
  ['manualDue', 'Due by hand', 'metric: resolution, dueAt: 2026-12-01T12:00:00Z'],
  ['merged', 'Merged', ''],
  ['unmerged', 'Merge taken back', ''],
] as const;
const TYPES = EVENT_TYPES.map(([type]) => type);

const STATUSES = ['new', 'open', 'waiting', 'on-hold', 'resolved', 'closed', 'spam'];
const METRICS = ['firstResponse', 'nextResponse', 'update', 'resolution', 'handling', 'requesterWait', 'agentWork'];
const status = z.enum(STATUSES, `is one of ${STATUSES.join(', ')}`);
const nothing = z.strictObject({});
const named = z.union([z.string(), z.record(z.string(), z.unknown())], 'is a name, or written out');

/** What each type says beside its instant. */
const SAYS: Readonly<Record<string, z.ZodType>> = {
  created: z.strictObject({
    by: z.enum(['customer', 'staff'], 'is customer or staff').default('customer'),
    level: z.string().optional(),
    status: status.optional(),
  }),
  status: z.strictObject({ status }),
  level: z.strictObject({ level: z.string('is the name of a level') }),
  policy: z.strictObject({ policy: named }),
  calendar: z.strictObject({ calendar: named }),
  assigned: z.strictObject({ team: z.string().nullable() }),
  manualDue: z.strictObject({
    metric: z.enum(METRICS, `is one of ${METRICS.join(', ')}`),
    dueAt: z.string().nullable(),
  }),
};

export function rowsOf(events: readonly EventGiven[], zone: string): TimelineRow[] {
  return events.map(({ at, type, ...data }) => ({ at: inZone(new Date(at), zone), type, data: onOneLine(data) }));
}

/** `2026-11-22 14:03`, with seconds where there are any. */
export function inZone(at: Date, zone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone).toPlainDateTime();
  const precise = local.second !== 0 || local.millisecond !== 0;
  return local
    .toString({ smallestUnit: local.millisecond !== 0 ? 'millisecond' : precise ? 'second' : 'minute' })
    .replace('T', ' ');
}

/** An instant with an offset, or a wall time in the reader's zone; null where it is neither. */
export function instantFrom(text: string, zone: string): Date | null {
  const given = text.trim().replace(/^(\d{4}-\d\d-\d\d) (\d)/, '$1T$2');
  try {
    const ms = /(Z|[+-]\d\d:?\d\d)$/i.test(given)
      ? Temporal.Instant.from(given).epochMilliseconds
      : Temporal.PlainDateTime.from(given, { overflow: 'reject' }).toZonedDateTime(zone).epochMilliseconds;
    return new Date(ms);
  } catch {
    return null;
  }
}

/** The events of the rows that are filled in; faults say their row. */
export function eventsFrom(rows: readonly TimelineRow[], zone: string): { events: EventGiven[]; faults: FieldFault[] } {
  const events: EventGiven[] = [];
  const faults: FieldFault[] = [];
  rows.forEach((row, i) => {
    const read = eventFrom(row, zone);
    if ('event' in read) events.push(read.event);
    else faults.push({ field: `${read.field}-${String(i)}`, detail: `Step ${String(i + 1)}: ${read.detail}` });
  });
  return { events, faults };
}

type ReadRow = { readonly event: EventGiven } | { readonly field: keyof TimelineRow; readonly detail: string };

function eventFrom({ at, type, data }: TimelineRow, zone: string): ReadRow {
  const instant = instantFrom(at, zone);
  if (instant === null) return { field: 'at', detail: `“${at}” is not an instant; write it like 2026-11-23 09:00.` };

  const said = SAYS[type] ?? (TYPES.some((one) => one === type) ? nothing : null);
  if (said === null) return { field: 'type', detail: noSuchEvent(type) };

  const content = contentOf(data);
  if (content === null) return { field: 'data', detail: `“${data}” cannot be read; write it like status: waiting.` };

  const checked = said.safeParse(content);
  if (!checked.success) return { field: 'data', detail: wordsOf(checked.error) };
  return { event: { ...(checked.data as object), at: instant.toISOString(), type } };
}

const noSuchEvent = (type: string): string =>
  `${type === '' ? 'It does not say what happened' : `There is no event called “${type}”`}; “type” is one of ${TYPES.join(', ')}.`;

/** A timeline pasted as YAML or JSON: a list of events, or the body of a simulation. Faults say their line. */
export function rowsFromText(text: string, zone: string): { rows: TimelineRow[]; faults: FieldFault[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors.map(({ pos: [offset], message }) => ({
    field: 'text',
    detail: `Pasted timeline, line ${String(lines.linePos(offset).line)}: ${message}`,
  }));
  if (broken.length > 0) return { rows: [], faults: broken };

  const content = listIn(readable(() => document.toJS({ maxAliasCount: 20 }) as unknown));
  if (content === null) {
    return { rows: [], faults: [{ field: 'text', detail: 'Paste a list of events, each with “at” and “type”.' }] };
  }
  return { rows: content.map((event) => rowFrom(event, zone)), faults: [] };
}

function rowFrom(event: unknown, zone: string): TimelineRow {
  const { at, type, ...data } = (isObject(event) ? event : {}) as { at?: unknown; type?: unknown };
  const written = at instanceof Date ? at.toISOString() : typeof at === 'string' ? at : '';
  const instant = instantFrom(written, zone);
  return {
    at: instant === null ? written : inZone(instant, zone),
    type: typeof type === 'string' ? type : '',
    data: onOneLine(data),
  };
}

function listIn(content: unknown): unknown[] | null {
  if (Array.isArray(content)) return content as unknown[];
  const events = isObject(content) ? (content as { events?: unknown }).events : null;
  return Array.isArray(events) ? (events as unknown[]) : null;
}

/** `by: customer, level: L3` */
function onOneLine(data: object): string {
  const entries = Object.entries(data).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return '';
  const text = stringify(Object.fromEntries(entries), { collectionStyle: 'flow', lineWidth: 0 }).trim();
  return text.replace(/^\{\s*/, '').replace(/\s*\}$/, '');
}

function contentOf(data: string): object | null {
  if (data.trim() === '') return {};
  const document = parseDocument(`{${data}}`, { prettyErrors: false });
  if (document.errors.length > 0) return null;
  const content = readable(() => document.toJS({ maxAliasCount: 20 }) as unknown);
  return isObject(content) ? content : null;
}

/** Aliases that lead nowhere are found only now. */
function readable(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof ReferenceError) return null;
    throw error;
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function wordsOf({ issues }: z.ZodError): string {
  return issues
    .map((issue) => {
      if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')} does not belong here`;
      return `${issue.path.map(String).join('.')} ${issue.message}`.trim();
    })
    .join('; ');
}

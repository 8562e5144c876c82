import { Document, isMap, isScalar, isSeq, visit } from 'yaml';
import { WEEKDAYS } from '../calendar/opening-hours.js';
import { SECTIONS, type DeskEntry, type Item, type SectionName } from './desk-file.js';

const HEAD = ` The whole desk as a file; \`apply\` makes an empty desk equal to this one.
 Passwords and the secrets of webhooks, chat programs and providers are not in it.`;
const WIDTH = 120;
/** The database keeps keys in an order of its own; people like the name first. */
const ORDER = [
  ...[
    'kind',
    'date',
    'url',
    'address',
    'name',
    'email',
    'title',
    'description',
    'role',
    'tier',
    'domains',
    'lead',
    'members',
  ],
  ...[
    'timezone',
    'language',
    'supportAddress',
    'phone',
    'emergency',
    'methods',
    'when',
    'then',
    'match',
    'level',
    'queue',
    'team',
    'calendar',
    'sender',
    'signature',
    'letters',
    'received',
    'subject',
    'text',
  ],
  ...['country', 'state', 'region', 'week', 'holidayLists', 'holidayFeeds', 'holidays', 'yearlyHolidays'],
  ...['overrides', 'breaks', ...WEEKDAYS],
  ...['targets', 'pauses', 'firstResponse', 'nextResponse', 'update', 'resolution', 'handling', 'requesterWait'],
  ...['agentWork', 'warnAt', 'reopen'],
  ...['opensForStaff', 'chain', 'afterMinutes', 'notify', 'steps', 'repeatEveryMinutes', 'restartAfterMinutes'],
  ...['every', 'at', 'startsOn', 'members', 'from', 'to', 'who'],
];

/** A desk file as people like to read it. */
export function write(desk: Readonly<Record<SectionName, readonly Item[]>> & { readonly desk: DeskEntry }): string {
  const filled = SECTIONS.filter((section) => desk[section].length > 0);
  const content: Record<string, unknown> = { desk: inOrder(desk.desk) };
  for (const section of filled) content[section] = inOrder(desk[section]);
  return textOf(content, HEAD);
}

/** One section alone, to be edited. */
export function writeSection(section: SectionName, items: readonly Item[]): string {
  return textOf({ [section]: inOrder(items) }, null);
}

function textOf(content: Readonly<Record<string, unknown>>, head: string | null): string {
  // Older readers of YAML take 09:00 for a number and `no` for a truth value: what they would misread is quoted.
  const document = new Document(content, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  if (head !== null) document.commentBefore = head;
  visit(document, {
    Seq: (_key, list) => {
      if (list.items.every((item) => isScalar(item) || isPair(item))) list.flow = true;
    },
    Map: (_key, map) => {
      if (map.items.every(({ value }) => isScalar(value)) && map.items.length <= 1) map.flow = true;
    },
  });
  return document.toString({ lineWidth: WIDTH, flowCollectionPadding: false });
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;

  const entries = Object.entries(value).sort(([a], [b]) => rank(a) - rank(b));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)]));
}

function rank(key: string): number {
  const place = ORDER.indexOf(key);
  return place === -1 ? ORDER.length : place;
}

/** An interval of two times. */
function isPair(item: unknown): boolean {
  return isSeq(item) && !isMap(item) && item.items.length === 2 && item.items.every((time) => isScalar(time));
}

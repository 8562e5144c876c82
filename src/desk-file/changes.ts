import { isDeepStrictEqual } from 'node:util';
import { nameOf, ONE, sameName, type DeskEntry, type Item, type SectionName } from './desk-file.js';

/** What a file changes, or would change, in one thing of the desk. */
export interface Change {
  /** In the singular: `calendar`, `level`, `desk`. */
  readonly kind: string;
  readonly name: string;
  readonly change: 'added' | 'changed' | 'removed';
  /** What of it becomes what; nothing for what is added or removed as a whole. */
  readonly details: readonly Difference[];
}

export interface Difference {
  /** `targets.resolution` */
  readonly field: string;
  /** Undefined: it was not there, or is no more. */
  readonly from: unknown;
  readonly to: unknown;
}

/** What became of the things of one section. */
export function changesOf(section: SectionName, before: readonly Item[], after: readonly Item[]): Change[] {
  const kind = ONE[section];
  const there = (items: readonly Item[], name: string): Item | undefined =>
    items.find((item) => sameName(section, nameOf(section, item), name));
  const changes = after.flatMap((item): Change[] => {
    const name = nameOf(section, item);
    const old = there(before, name);
    if (old === undefined) return [{ kind, name, change: 'added', details: [] }];

    const details = differences(old, item);
    return details.length === 0 ? [] : [{ kind, name, change: 'changed', details }];
  });
  const removed = before
    .map((item) => nameOf(section, item))
    .filter((name) => there(after, name) === undefined)
    .map((name): Change => ({ kind, name, change: 'removed', details: [] }));
  return [...changes, ...removed];
}

export function changesOfDesk(before: DeskEntry, after: DeskEntry): Change[] {
  const details = differences(before, after);
  return details.length === 0 ? [] : [{ kind: 'desk', name: '', change: 'changed', details }];
}

/** That the entries of a list, of which the first that matches counts, stand in another order. */
export function changeOfOrder(section: SectionName, before: readonly Item[], after: readonly Item[]): Change[] {
  const names = (items: readonly Item[]): string[] => items.map((item) => nameOf(section, item));
  const stayed = (these: string[], others: string[]): string[] => these.filter((name) => others.includes(name));
  const from = stayed(names(before), names(after));
  const to = stayed(names(after), names(before));
  if (isDeepStrictEqual(from, to)) return [];

  return [{ kind: 'order of', name: section, change: 'changed', details: [{ field: '', from, to }] }];
}

/** For people: `level L1: targets.resolution 240 → 180`. */
export function inWords({ kind, name, change, details }: Change): string {
  const what = name === '' ? `the ${kind}` : `${kind} ${name}`;
  if (change !== 'changed') return `${what}: ${change}`;

  return `${what}: ${details.map(({ field, from, to }) => `${field} ${shown(from)} → ${shown(to)}`.trim()).join('; ')}`;
}

/** Where two values differ, as deep down as both have keys. */
export function differences(before: unknown, after: unknown, field = ''): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [{ field, from: before, to: after }];

  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => differences(before[key], after[key], field === '' ? key : `${field}.${key}`));
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { SentForm } from '../forms.js';
import { textIn, textsIn } from './form-fields.js';

/** An order that somebody is making, and what has just been moved: `down`, where the reader's finger is. */
export interface Ordering {
  readonly names: readonly string[];
  readonly moved: string | null;
  readonly way: 'up' | 'down' | null;
}

/**
 * The order that a form carries in its fields `order`, after the step that was asked for: `up:Gold`, `down:Gold`. What has come
 * meanwhile stands at the end, what has gone falls out.
 */
export function orderingIn(form: SentForm, stored: readonly string[]): Ordering {
  const given = textsIn(form, 'order').filter(
    (name, index, all) => stored.includes(name) && all.indexOf(name) === index,
  );
  const names = [...given, ...stored.filter((name) => !given.includes(name))];
  const [, way, moved] = /^(up|down):(.*)$/s.exec(textIn(form, 'step')) ?? [];
  const from = moved === undefined ? -1 : names.indexOf(moved);
  if (moved === undefined || from === -1) return { names, moved: null, way: null };

  const to = Math.min(names.length - 1, Math.max(0, from + (way === 'up' ? -1 : 1)));
  names.splice(to, 0, ...names.splice(from, 1));
  return { names, moved, way: way as 'up' | 'down' };
}

/** Rows of a list in an order that is being made. */
export function inOrder<Row extends { readonly name: string }>(
  rows: readonly Row[],
  { names, moved, way }: Ordering,
): (Row & { first: boolean; last: boolean; focus: 'up' | 'down' | null })[] {
  const sorted = rows.toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  return sorted.map((row, index) => {
    const [first, last] = [index === 0, index === sorted.length - 1];
    const focus = row.name !== moved ? null : first ? 'down' : last ? 'up' : way;
    return { ...row, first, last, focus };
  });
}

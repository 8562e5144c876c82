import type { FieldFault } from '../platform/problems/problem.js';

/** What an admin writes in place of ours, for one language. */
export interface Wording {
  readonly subject?: string | undefined;
  readonly text?: string | undefined;
}

/** A queue's own words: its receipts, by language. */
export interface QueueLetters {
  readonly received?: Readonly<Record<string, Wording>> | undefined;
}

/** What stands in double braces, and is replaced by a word; nothing else is looked at, so words stay words. */
const PLACE = /\{\{\s*([A-Za-z]+)\s*\}\}/g;

export const RECEIPT_PLACES = ['number', 'desk', 'queue'] as const;
export const SIGNATURE_PLACES = ['agent', 'desk', 'queue'] as const;

/** Puts the values in their places. A place that is not known stays as it is. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(PLACE, (whole, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? whole) : whole));
}

/** What is wrong with an admin's words: a place that nothing belongs into. */
export function faultsOfWords(field: string, text: string | undefined, places: readonly string[]): FieldFault[] {
  const said = text ?? '';
  const strange = [...said.matchAll(PLACE)].map(([, name = '']) => name).filter((name) => !places.includes(name));
  const known = places.map((place) => `{{${place}}}`).join(', ');
  if (strange.length > 0)
    return [{ field, detail: `{{${strange.join('}}, {{')}}} is not known here; known are ${known}` }];
  return /\{\{|\}\}/.test(said.replace(PLACE, ''))
    ? [{ field, detail: `has braces that nothing belongs into; known are ${known}` }]
    : [];
}

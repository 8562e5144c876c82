import type { FieldFault } from '../../platform/problems/problem.js';

/** PostgreSQL keeps no NUL, and half a surrogate pair is no character: where such a text stands in the input. */
export function unstorable(value: unknown, field = ''): FieldFault[] {
  if (typeof value === 'string')
    return isStorable(value) ? [] : [{ field, detail: 'holds a sign that is no character' }];
  if (Array.isArray(value)) return value.flatMap((entry, index) => unstorable(entry, `${field}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];

  return Object.entries(value).flatMap(([key, entry]) => {
    const name = field === '' ? key : `${field}.${key}`;
    return isStorable(key)
      ? unstorable(entry, name)
      : [{ field, detail: 'holds a name with a sign that is no character' }];
  });
}

const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

import type { SentForm } from '../forms.js';

/** A select's choice. */
export interface Option {
  readonly value: string;
  readonly label: string;
  readonly selected: boolean;
}

/** What a field holds; nothing where it was not sent. */
export function textIn({ fields }: Pick<SentForm, 'fields'>, name: string): string {
  const value = fields[name] ?? '';
  return (typeof value === 'string' ? value : (value.at(-1) ?? '')).trim();
}

/** What all fields of a name hold, but for empty ones. */
export function textsIn({ fields }: Pick<SentForm, 'fields'>, name: string): string[] {
  return [fields[name] ?? []]
    .flat()
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

/** Words that stand in one field, parted by commas or lines. */
export function listIn(form: Pick<SentForm, 'fields'>, name: string): string[] {
  const words = textsIn(form, name)
    .flatMap((text) => text.split(/[,\n]/))
    .map((word) => word.trim())
    .filter((word) => word !== '');
  return [...new Set(words)];
}

/** `otherwise` is the choice of none. What was chosen stays a choice, though it may be gone. */
export function options(values: readonly string[], chosen: string, otherwise?: string): Option[] {
  const all = chosen === '' || values.includes(chosen) ? values : [...values, chosen];
  return [
    ...(otherwise === undefined ? [] : [{ value: '', label: otherwise, selected: chosen === '' }]),
    ...all.map((value) => ({ value, label: value, selected: value === chosen })),
  ];
}

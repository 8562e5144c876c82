/**
 * JSON that PostgreSQL takes as jsonb, whatever people wrote: it refuses the character NUL and halves of surrogate pairs (its manual, §8.14),
 * which come from mails, and from cutting a text off in the midst of an emoji. The former is left out, the latter become U+FFFD.
 */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'string' ? inner.toWellFormed().replaceAll('\0', '') : inner,
  );
}

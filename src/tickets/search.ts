/** SQL that holds for a ticket which bears all of these words in its subject or in one message, or is that number. */
interface SearchCondition {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

const MOST_WORDS = 12;

/**
 * The condition on the table `ticket` for what somebody typed into the search, null if nothing in it can be looked for. The
 * words are cut as the migration cuts what is searched; the last letters may be missing. Parameters are numbered from `first`.
 * With `publicOnly`, what staff wrote among themselves is not found: a count of hits would tell of it.
 */
export function searchFor(
  typed: string,
  { first, publicOnly }: { readonly first: number; readonly publicOnly: boolean },
): SearchCondition | null {
  const words = wordsOf(typed);
  if (words.length === 0) return null;

  const query = `to_tsquery('simple', $${first})`;
  const kinds = publicOnly ? ` and message.kind in ('reply', 'customer')` : '';
  return {
    // One list of numbers, so that each part is found by its own index however large the tables are.
    sql: `ticket.number in (
      select found.number from ticket as found where found.search @@ ${query}
      union select message.ticket_number from message where message.search @@ ${query}${kinds}
      union select $${first + 1}::integer)`,
    parameters: [words.map(asQuery).join(' & '), numberIn(typed)],
  };
}

const PUNCTUATION = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]+/g;
const SIGN = /([\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff])/g;

export function wordsOf(typed: string): string[] {
  return typed
    .replace(/[\0\p{Cs}]/gu, ' ')
    .toLowerCase()
    .replace(PUNCTUATION, ' ')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .slice(0, MOST_WORDS);
}

/** Signs that are words each must follow each other; the end of any other word may still be to come. */
function asQuery(word: string): string {
  const parts = word.replace(SIGN, ' $1 ').trim().split(/\s+/);
  return `(${parts.map((part) => `'${part}':*`).join(' <-> ')})`;
}

/** `#1042` and `1042` are the ticket itself. */
function numberIn(typed: string): number | null {
  const [, digits] = /^\s*#?(\d{1,9})\s*$/.exec(typed) ?? [];
  return digits === undefined ? null : Number(digits);
}

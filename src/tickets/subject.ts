const LONGEST = 500;
const NONE = '(no subject)';

/** One line, without signs that turn the direction of writing; never empty. */
export function cleanSubject(subject: string): string {
  const line = subject
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return line === '' ? NONE : Array.from(line).slice(0, LONGEST).join('');
}

/** The numbers that a subject bears as a tag of ours, `[#1042]`, in order. */
export function numbersIn(subject: string): number[] {
  return [...subject.matchAll(/\[#(\d{1,9})\]/g)].map(([, digits]) => Number(digits));
}

/** A mail's subject as a ticket's: without the marks of replies and forwards before it and without our own tag. */
export function ticketSubject(subject: string): string {
  let rest = subject.replace(/\[#\d{1,9}\]/g, ' ').trim();
  for (let stripped = rest.replace(MARK, ''); stripped !== rest; stripped = rest.replace(MARK, '')) rest = stripped;
  return cleanSubject(rest);
}

/** Re, Fwd and their like in the languages that mail programs use, as `Re:`, `RE[2]:`, `AW:` or `回复：`. */
const MARK =
  /^\s*(?:re|fwd?|aw|wg|antw|doorst|sv|vs|vl|vb|tr|rv|rif|odp|pd|ynt|i̇lt|ilt|enc|res|r|i|回复|回覆|答复|转发|轉寄|返信|転送)\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*[:：]\s*/iu;

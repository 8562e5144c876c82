import addressparser from 'nodemailer/lib/addressparser';
import type { MailAddress } from '../../received-mail.js';
import { cleanLine, decodeEncodedWords, decodeRaw } from './header-text.js';

/** No list of recipients is worth more than this to a desk. */
const MOST_ADDRESSES = 100;
/** What an address parser is given at the most. */
const LONGEST_FIELD = 64 * 1024;
const EMAIL = /^[^\s@<>"(),:;]{1,128}@[^\s@<>"(),:;[\]]{1,255}$/;

/** The people in an address field, groups opened, anything without a real address left out. */
export function readAddresses(value: string | null, hint: string | null = null): MailAddress[] {
  if (value === null || value.trim() === '') return [];

  // Encoded words often hold commas that their writer forgot to quote: they are set aside while the list is read.
  const words: string[] = [];
  const field = decodeRaw(value.slice(0, LONGEST_FIELD), hint).replace(
    /=\?[^?\s=]{1,60}\?[bq]\?[^?]{0,4000}\?=(?:[ \t]*=\?[^?\s=]{1,60}\?[bq]\?[^?]{0,4000}\?=)*/gi,
    (row) => {
      words.push(decodeEncodedWords(row));
      return `\ue000${words.length - 1}\ue001`;
    },
  );
  const restore = (text: string): string =>
    text.replace(/\ue000(\d+)\ue001/g, (_whole, index: string) => words[Number(index)] ?? '');

  const found = addressparser(field, { flatten: true }).slice(0, MOST_ADDRESSES);
  const addresses = found.flatMap(({ address, name }) => {
    const email = readEmail(restore(address)) ?? readEmail(restore(name));
    const label = cleanLine(restore(name), 200)
      .replace(/^["']+|["']+$/g, '')
      .trim();
    return email === null ? [] : [{ email, name: label.toLowerCase() === email ? '' : label }];
  });
  return addresses.length > 0 ? addresses : rescue(restore(field));
}

/** A bare address in lower case, or null if it is none. */
export function readEmail(text: string | null): string | null {
  const bare = cleanLine(text ?? '', 400)
    .replace(/^<|>$/g, '')
    .replace(/^mailto:/i, '')
    .replace(/^['"]|['"]$/g, '')
    .trim()
    .toLowerCase();
  return EMAIL.test(bare) ? bare : null;
}

/** Finds whatever looks like an address in a field that follows no grammar. */
function rescue(field: string): MailAddress[] {
  const [email] = /[^\s@<>"(),:;]{1,64}@[a-z0-9.-]{1,200}/i.exec(field) ?? [];
  const read = readEmail(email ?? null);
  if (email === undefined || read === null) return [];
  return [{ email: read, name: cleanLine(field.slice(0, field.indexOf(email)).replace(/[<"(]/g, ''), 200) }];
}

/** All Message-IDs in a field, in its order, with angle brackets; without those, each word with an @ counts. */
export function readMessageIds(value: string | null): string[] {
  if (value === null) return [];
  const bracketed = [...value.slice(0, LONGEST_FIELD).matchAll(/<([^<>]{1,990})>/g)].map(([, id = '']) =>
    id.replace(/\s+/g, ''),
  );
  const ids =
    bracketed.length > 0
      ? bracketed
      : (value.slice(0, LONGEST_FIELD).match(/[^\s<>,;"]{1,500}@[^\s<>,;"]{1,490}/g) ?? []);
  return [...new Set(ids.filter((id) => id !== '').map((id) => `<${id.replace(/[\x00-\x1f\x7f-\xff]/g, '')}>`))];
}

/** A Message-ID of a field that should hold exactly one. */
export function readMessageId(value: string | null): string | null {
  const [first] = readMessageIds(value);
  if (first !== undefined) return first;
  // Some programs write an id without an @, or without anything around it.
  const bare = cleanLine(value ?? '', 500).replace(/[<>\s]/g, '');
  return bare === '' ? null : `<${bare}>`;
}

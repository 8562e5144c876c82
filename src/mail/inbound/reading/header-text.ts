import { cleanText, decodeText } from './charsets.js';
import { decodeBase64, decodeQuotedPrintable } from './mime.js';

/** Header fields to text: encoded words (RFC 2047), parameters in pieces (RFC 2231), and raw bytes that should not be there. */

const ENCODED_WORD = /=\?([^?\s=]{1,60})\?([bq])\?([^?]{0,4000})\?=/gi;
const WORDS_IN_A_ROW = /=\?[^?\s=]{1,60}\?[bq]\?[^?]{0,4000}\?=(?:[ \t]*=\?[^?\s=]{1,60}\?[bq]\?[^?]{0,4000}\?=)*/gi;

/** `hint`: the charset that the mail's body claims, the best guess for raw bytes in its header. */
export function decodeHeader(value: string, hint: string | null = null): string {
  return decodeEncodedWords(decodeRaw(value, hint));
}

/** A header's text on one line, without what could deceive the eye. */
export function cleanLine(text: string, longest = 1_000): string {
  const oneLine = cleanText(text)
    .replace(/[\s\u2028\u2029\u0085]+/g, ' ')
    .trim();
  // Bidi controls and invisible characters let one name look like another.
  return truncate(oneLine.replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u200b\ufeff\u00ad]/g, ''), longest);
}

/** Bytes above 127, or the escapes of ISO-2022, where a header should have had encoded words. */
export function decodeRaw(value: string, hint: string | null): string {
  return /[\x80-\xff]|\x1b\$/.test(value) ? decodeText(Buffer.from(value, 'latin1'), null, hint) : value;
}

export function decodeEncodedWords(text: string): string {
  return text.replace(WORDS_IN_A_ROW, (words) => decodeRow(words));
}

/** Words in a row are joined before they are decoded, since many programs cut a character in two. */
function decodeRow(words: string): string {
  const pieces: { charset: string; bytes: Buffer }[] = [];
  for (const [, charset = '', encoding, text = ''] of words.matchAll(ENCODED_WORD)) {
    const bytes =
      encoding?.toLowerCase() === 'b'
        ? decodeBase64(text)
        : decodeQuotedPrintable(Buffer.from(text.replaceAll('_', ' '), 'latin1'));
    const name = charset.toLowerCase().replace(/\*.*$/, '');
    const last = pieces.at(-1);
    if (last?.charset === name) last.bytes = Buffer.concat([last.bytes, bytes]);
    else pieces.push({ charset: name, bytes });
  }
  return pieces.map(({ charset, bytes }) => decodeText(bytes, charset)).join('');
}

/** A parameter such as a file name: in one piece, in numbered pieces, percent-encoded, as encoded words, or raw. */
export function decodeParameter(
  parameters: ReadonlyMap<string, string>,
  name: string,
  hint: string | null = null,
): string | null {
  const whole = parameters.get(`${name}*`);
  if (whole !== undefined) return decodeExtended(whole);

  const pieces: string[] = [];
  let extended = false;
  for (let number = 0; number < 100; number++) {
    const plain = parameters.get(`${name}*${number}`);
    const coded = parameters.get(`${name}*${number}*`);
    if (plain === undefined && coded === undefined) break;
    extended ||= coded !== undefined;
    pieces.push(coded ?? encodeURIComponent(plain ?? ''));
  }
  if (pieces.length > 0)
    return extended ? decodeExtended(pieces.join('')) : decodeHeader(decodeURIComponent(pieces.join('')), hint);

  const plain = parameters.get(name);
  return plain === undefined ? null : decodeHeader(plain, hint);
}

/** `charset'language'percent-encoded` */
function decodeExtended(value: string): string {
  const [, charset = null, , coded = value] = /^([^']{0,60})'([^']{0,60})'(.*)$/s.exec(value) ?? [];
  const bytes = Buffer.from(
    coded.replace(/%([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  );
  return decodeText(bytes, charset === '' ? null : charset);
}

/** Cuts between characters, never within one. */
export function truncate(text: string, longest: number): string {
  return text.length <= longest ? text : text.slice(0, longest).replace(/\p{Surrogate}$/u, '');
}

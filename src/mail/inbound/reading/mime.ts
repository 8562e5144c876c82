import { UnreadableMail } from './unreadable-mail.js';

/**
 * Takes a mail apart into its MIME parts (RFC 2045, 2046), however broken it is. It is a reader of our own, since the quarantine
 * needs limits that are kept while reading, the repairs need the bytes as they came, and bounces and forwards need the tree
 * with the nested mails in it, which the known parsers flatten. test/contexts/mail holds it against one of them.
 */

export const MIME_LIMITS = { headerBytes: 256 * 1024, nesting: 64, parts: 1_000 };

/** A whole number of groups of four letters. */
const BASE64_AT_ONCE = 64 * 1024;
const PADDING = 0x3d;
/** For each byte whether it is one of the 64. */
const IN_BASE64 = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9+/]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** A header field as it stands: the name in lower case, the value unfolded, one character for each byte. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

export interface MimePart {
  readonly fields: readonly HeaderField[];
  /** type/subtype in lower case. */
  readonly type: string;
  /** Parameters of Content-Type, raw, names in lower case. */
  readonly typeParameters: ReadonlyMap<string, string>;
  readonly disposition: string | null;
  readonly dispositionParameters: ReadonlyMap<string, string>;
  /** Without angle brackets. */
  readonly contentId: string | null;
  /** The transfer encoding undone; empty where the part has children. */
  readonly content: Buffer;
  /** Of a multipart. */
  readonly children: readonly MimePart[];
  /** Of a message/rfc822. */
  readonly message: MimePart | null;
}

export function readMime(raw: Buffer): MimePart {
  return new MimeReader().read(withLineFeeds(raw), 0, 'text/plain');
}

/** The first field of that name (lower case), or null. */
export function fieldOf(part: MimePart, name: string): string | null {
  return part.fields.find((field) => field.name === name)?.value ?? null;
}

/** All fields of that name, in the order in which they stand. */
export function fieldsOf(part: MimePart, name: string): string[] {
  return part.fields.filter((field) => field.name === name).map((field) => field.value);
}

/** Every part, nested mails left out: what they hold was written by others. */
export function* walk(part: MimePart): Generator<MimePart> {
  yield part;
  for (const child of part.children) yield* walk(child);
}

/** Where the header of `raw` ends and its body begins. */
export function headerEnd(raw: Buffer): number {
  return readHeader(withLineFeeds(raw)).bodyAt;
}

class MimeReader {
  private parts = 0;

  read(raw: Buffer, depth: number, defaultType: string): MimePart {
    if (depth > MIME_LIMITS.nesting)
      throw new UnreadableMail(`Its parts are nested deeper than ${MIME_LIMITS.nesting} levels.`);
    if (++this.parts > MIME_LIMITS.parts) throw new UnreadableMail(`It has more than ${MIME_LIMITS.parts} parts.`);

    const { fields, bodyAt } = readHeader(raw);
    const field = (name: string): string | null => fields.find((candidate) => candidate.name === name)?.value ?? null;
    const contentType = readParameters(field('content-type') ?? '');
    const disposition = readParameters(field('content-disposition') ?? '');
    const type = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(contentType.value)
      ? contentType.value
      : guessType(contentType.value, defaultType);
    const body = raw.subarray(bodyAt);
    const leaf: MimePart = {
      fields,
      type,
      typeParameters: contentType.parameters,
      disposition: disposition.value === '' ? null : disposition.value,
      dispositionParameters: disposition.parameters,
      contentId: field('content-id')?.trim().replace(/^<|>$/g, '').trim() ?? null,
      content: Buffer.alloc(0),
      children: [],
      message: null,
    };

    if (type.startsWith('multipart/')) {
      const sections = splitAt(body, contentType.parameters.get('boundary') ?? guessBoundary(body));
      const childType = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
      const children = sections.map((section) => this.read(section, depth + 1, childType));
      // A multipart without a single boundary is what its bytes are: text.
      return children.length > 0
        ? { ...leaf, children }
        : { ...leaf, type: 'text/plain', content: decodeTransfer(body, field('content-transfer-encoding')) };
    }
    const content = decodeTransfer(body, field('content-transfer-encoding'));
    if (type === 'message/rfc822' || type === 'message/global') {
      return { ...leaf, content, message: this.read(content, depth + 1, 'text/plain') };
    }
    return { ...leaf, content };
  }
}

/** Mails of old Macs, and those that lost their line feeds on the way, end their lines with a bare CR. */
function withLineFeeds(raw: Buffer): Buffer {
  if (raw.includes(0x0a) || !raw.includes(0x0d)) return raw;
  return Buffer.from(raw.toString('latin1').replaceAll('\r', '\n'), 'latin1');
}

const FIELD = /^([!-9;-~]{1,200})[ \t]*:[ \t]*(.*)$/s;

/** Reads up to the first empty line, or to the first line that cannot be of a header. */
function readHeader(raw: Buffer): { fields: HeaderField[]; bodyAt: number } {
  const lines: string[] = [];
  let at = skipEmptyLines(raw);
  let bodyAt = raw.length;
  const start = at;
  while (at < raw.length) {
    const end = raw.indexOf(0x0a, at);
    const next = end < 0 ? raw.length : end + 1;
    if (next - start > MIME_LIMITS.headerBytes) {
      throw new UnreadableMail(`Its header is longer than ${MIME_LIMITS.headerBytes / 1024} KB.`);
    }
    const line = raw.toString('latin1', at, end < 0 ? raw.length : end).replace(/\r+$/, '');
    const previous = lines.length - 1;
    if (line === '') {
      bodyAt = next;
      break;
    }
    if (/^[ \t]/.test(line) && lines.length > 0) {
      // A line of spaces alone is taken for the empty line it was meant to be only where no field follows.
      lines[previous] = `${lines[previous] ?? ''} ${line.trimStart()}`;
    } else if (/^[\w*-]{1,40}=/.test(line) && /;\s*$/.test(lines[previous] ?? '')) {
      // Whoever folded this forgot the blank at the beginning: a parameter after a semicolon belongs to the line above.
      lines[previous] = `${lines[previous] ?? ''} ${line}`;
    } else if (FIELD.test(line)) {
      lines.push(line);
    } else if (!(lines.length === 0 && /^>?From /.test(line))) {
      bodyAt = at;
      break;
    }
    at = next;
  }
  return { fields: lines.flatMap(fieldIn), bodyAt };
}

function fieldIn(line: string): HeaderField[] {
  const [, name, value] = FIELD.exec(line) ?? [];
  return name === undefined || value === undefined ? [] : [{ name: name.toLowerCase(), value: value.trim() }];
}

function skipEmptyLines(raw: Buffer): number {
  let at = 0;
  while (at < raw.length && (raw[at] === 0x0d || raw[at] === 0x0a)) at++;
  // Nothing but a body: an empty first line is then the end of an empty header.
  const line = raw.toString('latin1', at, Math.min(raw.length, at + 1000)).split(/\r?\n/, 1)[0] ?? '';
  return FIELD.test(line) || /^>?From /.test(line) ? at : 0;
}

/** `value; name=value; name="quoted; value"`, forgiving. */
export function readParameters(field: string): { value: string; parameters: Map<string, string> } {
  const [first = ''] = field.split(';', 1);
  const parameters = new Map<string, string>();
  const rest = field.slice(first.length);
  for (const [, name = '', quoted, bare = ''] of rest.matchAll(
    /;\s*([^\s=;"]{1,100})\s*=\s*(?:"((?:[^"\\]|\\.){0,8000})"?|([^;]{0,8000}))/gs,
  )) {
    const key = name.toLowerCase();
    if (!parameters.has(key) && parameters.size < 200)
      parameters.set(key, quoted?.replace(/\\(["\\])/g, '$1') ?? bare.trim());
  }
  return {
    value: first
      .slice(0, 500)
      .replace(/\(.*?\)/g, '')
      .trim()
      .toLowerCase(),
    parameters,
  };
}

function guessType(given: string, defaultType: string): string {
  if (given === 'text' || given === 'plain') return 'text/plain';
  if (given === 'html') return 'text/html';
  if (given.startsWith('multipart')) return 'multipart/mixed';
  return given === '' ? defaultType : 'application/octet-stream';
}

/** The first line that looks like a boundary, where the parameter is missing. */
function guessBoundary(body: Buffer): string {
  return /^--([^\s-][^\r\n]{0,200}?)[ \t]*\r?$/m.exec(body.toString('latin1', 0, 10_000))?.[1] ?? '';
}

/** What stands between the boundary's lines; the last section may lack its end. */
function splitAt(body: Buffer, boundary: string): Buffer[] {
  if (boundary === '') return [];

  const marker = Buffer.from(`--${boundary.trimEnd()}`, 'latin1');
  const sections: Buffer[] = [];
  let sectionAt = -1;
  for (let found = body.indexOf(marker); found >= 0; found = body.indexOf(marker, found + 1)) {
    if (found > 0 && body[found - 1] !== 0x0a) continue;

    const lineEnd = body.indexOf(0x0a, found);
    const rest = body.toString(
      'latin1',
      found + marker.length,
      lineEnd < 0 ? body.length : Math.min(lineEnd, found + marker.length + 100),
    );
    const closing = /^--\s*$/.test(rest) || rest.startsWith('--');
    if (!closing && !/^\s*$/.test(rest)) continue;

    if (sectionAt >= 0) sections.push(body.subarray(sectionAt, withoutLineEnd(body, sectionAt, found)));
    sectionAt = closing || lineEnd < 0 ? -1 : lineEnd + 1;
    if (closing) return sections;
    if (sections.length > MIME_LIMITS.parts) throw new UnreadableMail(`It has more than ${MIME_LIMITS.parts} parts.`);
  }
  if (sectionAt >= 0 && sectionAt < body.length) sections.push(body.subarray(sectionAt));
  return sections;
}

/** The line end before a boundary belongs to the boundary (RFC 2046 §5.1.1). */
function withoutLineEnd(body: Buffer, from: number, end: number): number {
  if (end - 1 < from || body[end - 1] !== 0x0a) return end;
  return end - 2 >= from && body[end - 2] === 0x0d ? end - 2 : end - 1;
}

function decodeTransfer(body: Buffer, encoding: string | null): Buffer {
  const name = (encoding ?? '')
    .slice(0, 100)
    .replace(/\(.*?\)/g, '')
    .trim()
    .toLowerCase()
    .replace(/["';]/g, '');
  if (name === 'base64') return decodeBase64(body);
  if (name === 'quoted-printable') return decodeQuotedPrintable(body);
  if (/^x?-?uu(?:e|encode|encoded)?$/.test(name)) return decodeUuencoded(body.toString('latin1')) ?? body;
  return body;
}

/** Base64 of any shape: with foreign characters in it, without padding, or several padded pieces in a row. */
export function decodeBase64(body: Buffer | string): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
  const out = Buffer.alloc(Math.ceil((bytes.length * 3) / 4) + 3);
  const letters = Buffer.alloc(Math.min(BASE64_AT_ONCE, bytes.length + 1));
  let [count, length] = [0, 0];
  // Piece by piece: as one text, a large file would be in memory many times over. What follows padding begins anew.
  const flush = (): void => {
    length += out.write(letters.toString('latin1', 0, count), length, 'base64');
    count = 0;
  };
  for (const byte of bytes) {
    if (byte === PADDING) flush();
    else if (IN_BASE64[byte] === 1) {
      letters[count++] = byte;
      if (count === BASE64_AT_ONCE) flush();
    }
  }
  flush();
  return out.subarray(0, length);
}

export function decodeQuotedPrintable(body: Buffer): Buffer {
  const out = Buffer.alloc(body.length);
  let length = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] ?? 0;
    if (byte !== 0x3d) {
      out[length++] = byte;
      continue;
    }
    const code = hexPair(body, at + 1);
    if (code >= 0) {
      out[length++] = code;
      at += 2;
      continue;
    }
    let after = at + 1;
    while (body[after] === 0x20 || body[after] === 0x09) after++;
    if (body[after] === 0x0d && body[after + 1] === 0x0a) at = after + 1;
    else if (body[after] === 0x0a) at = after;
    else if (after < body.length) out[length++] = byte;
    else at = after;
  }
  return out.subarray(0, length);
}

function hexPair(body: Buffer, at: number): number {
  const high = hexDigit(body[at]);
  const low = hexDigit(body[at + 1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** The content of a `begin … end` block, or null if there is none. */
export function decodeUuencoded(text: string): Buffer | null {
  const begin = /^begin [0-7]{3,4} [^\r\n]{1,255}\r?\n/m.exec(text);
  if (begin === null) return null;

  const pieces: Buffer[] = [];
  for (const line of text.slice(begin.index + begin[0].length).split(/\r?\n/)) {
    if (line === 'end') return Buffer.concat(pieces);
    const length = (line.charCodeAt(0) - 32) & 63;
    if (line === '' || Number.isNaN(length) || length === 0) continue;

    const bytes: number[] = [];
    for (let at = 1; at < line.length && bytes.length < length; at += 4) {
      const [a = 0, b = 0, c = 0, d = 0] = [0, 1, 2, 3].map(
        (offset) => ((line.charCodeAt(at + offset) || 32) - 32) & 63,
      );
      bytes.push((a << 2) | (b >> 4), ((b & 15) << 4) | (c >> 2), ((c & 3) << 6) | d);
    }
    pieces.push(Buffer.from(bytes.slice(0, length)));
  }
  return null;
}

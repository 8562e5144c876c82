import { decodeText } from './charsets.js';

/** Opens a winmail.dat (MS-OXTNEF): the files in it, and its body where the mail has none of its own. */

export interface TnefFile {
  readonly filename: string | null;
  readonly contentType: string | null;
  readonly contentId: string | null;
  readonly content: Buffer;
}

export interface Tnef {
  readonly files: readonly TnefFile[];
  readonly text: string | null;
  readonly html: string | null;
}

const SIGNATURE = 0x223e9f78;

const ATTRIBUTE = {
  oemCodepage: 0x9007,
  body: 0x800c,
  messageProperties: 0x9003,
  fileStarts: 0x9002,
  fileTitle: 0x8010,
  fileData: 0x800f,
  fileProperties: 0x9005,
} as const;

const PROPERTY = {
  body: 0x1000,
  bodyHtml: 0x1013,
  data: 0x3701,
  filename: 0x3704,
  longFilename: 0x3707,
  mimeTag: 0x370e,
  contentId: 0x3712,
} as const;

/** Null if it is no TNEF, or broken: then it stays a file like any other. */
export function readTnef(content: Buffer): Tnef | null {
  try {
    return read(content);
  } catch (error) {
    // Reading behind the end says that it is cut off or no TNEF at all.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

interface FileBeingRead {
  title?: string;
  data?: Buffer;
  properties?: Map<number, Buffer>;
}

function read(content: Buffer): Tnef | null {
  if (content.length < 6 || content.readUInt32LE(0) !== SIGNATURE) return null;

  let charset = 'windows-1252';
  let body: Buffer | null = null;
  let message = new Map<number, Buffer>();
  const files: FileBeingRead[] = [];
  for (let at = 6; at + 11 <= content.length;) {
    const id = content.readUInt32LE(at + 1) & 0xffff;
    const length = content.readUInt32LE(at + 5);
    if (at + 9 + length > content.length) throw new RangeError('cut off');
    const data = content.subarray(at + 9, at + 9 + length);
    const file = files.at(-1);
    if (id === ATTRIBUTE.oemCodepage && length >= 4) charset = charsetOf(data.readUInt32LE(0));
    else if (id === ATTRIBUTE.body) body = data;
    else if (id === ATTRIBUTE.messageProperties) message = readProperties(data);
    else if (id === ATTRIBUTE.fileStarts) files.push({});
    else if (id === ATTRIBUTE.fileTitle && file !== undefined) file.title = zeroEnded(decodeText(data, charset));
    else if (id === ATTRIBUTE.fileData && file !== undefined) file.data = data;
    else if (id === ATTRIBUTE.fileProperties && file !== undefined) file.properties = readProperties(data);
    at += 9 + length + 2;
  }

  const text = (properties: Map<number, Buffer> | undefined, id: number): string | null => {
    const value = properties?.get(id);
    return value === undefined
      ? null
      : zeroEnded(looksLikeUtf16(value) ? decodeText(value, 'utf-16le') : decodeText(value, charset));
  };
  return {
    files: files.flatMap(({ title, data, properties }) => {
      const bytes = data ?? properties?.get(PROPERTY.data);
      if (bytes === undefined) return [];
      return [
        {
          filename: text(properties, PROPERTY.longFilename) ?? title ?? text(properties, PROPERTY.filename),
          contentType: text(properties, PROPERTY.mimeTag),
          contentId: text(properties, PROPERTY.contentId),
          content: bytes,
        },
      ];
    }),
    text: text(message, PROPERTY.body) ?? (body === null ? null : zeroEnded(decodeText(body, charset))),
    html: text(message, PROPERTY.bodyHtml),
  };
}

/** MAPI properties with texts and bytes in them; numbers are skipped. */
function readProperties(data: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  let at = 4;
  const padded = (length: number): number => (length + 3) & ~3;
  const count = Math.min(data.readUInt32LE(0), 2_000);
  for (let property = 0; property < count; property++) {
    const type = data.readUInt16LE(at);
    const id = data.readUInt16LE(at + 2);
    at += 4;
    if (id >= 0x8000) {
      const named = data.readUInt32LE(at + 16) === 1;
      at += named ? 24 + padded(data.readUInt32LE(at + 20)) : 24;
    }
    const kind = type & 0x0fff;
    const sized = kind === 0x1e || kind === 0x1f || kind === 0x102 || kind === 0x0d;
    const many = (type & 0x1000) !== 0 || sized;
    const values = many ? data.readUInt32LE(at) : 1;
    if (many) at += 4;
    if (values > 10_000) throw new RangeError('too many values');
    for (let value = 0; value < values; value++) {
      if (sized) {
        const length = data.readUInt32LE(at);
        if (at + 4 + length > data.length) throw new RangeError('cut off');
        // An object's bytes begin with the identifier of its interface.
        if (value === 0) found.set(id, data.subarray(at + 4 + (kind === 0x0d ? 16 : 0), at + 4 + length));
        at += 4 + padded(length);
      } else {
        at += [0x05, 0x06, 0x07, 0x14, 0x40].includes(kind) ? 8 : kind === 0x48 ? 16 : 4;
      }
    }
  }
  return found;
}

function looksLikeUtf16(value: Buffer): boolean {
  return value.length >= 2 && value.length % 2 === 0 && value[value.length - 1] === 0 && value[value.length - 2] === 0;
}

function zeroEnded(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

function charsetOf(codepage: number): string {
  if (codepage === 65001) return 'utf-8';
  return (
    { 932: 'shift_jis', 936: 'gb18030', 949: 'euc-kr', 950: 'big5', 20866: 'koi8-r', 28605: 'iso-8859-15' }[codepage] ??
    `windows-${codepage}`
  );
}

import { TextDecoder } from 'node:util';

/** Bytes to text, whatever the sender says, or fails to say, about their charset. */

/** What mail programs write, where it is not a name that TextDecoder knows (WHATWG Encoding Standard). */
const ALIASES: Record<string, string> = {
  cp932: 'shift_jis',
  'x-sjis-cp932': 'shift_jis',
  cp936: 'gb18030',
  gb2312: 'gb18030',
  gbk: 'gb18030',
  'hz-gb': 'hz-gb-2312',
  cp949: 'euc-kr',
  'x-windows-949': 'euc-kr',
  uhc: 'euc-kr',
  cp950: 'big5',
  'x-windows-950': 'big5',
  'iso-2022-jp-1': 'iso-2022-jp',
  'iso-2022-jp-2': 'iso-2022-jp',
  'iso-2022-jp-3': 'iso-2022-jp',
  'iso-2022-jp-ms': 'iso-2022-jp',
  cp50220: 'iso-2022-jp',
  cp50221: 'iso-2022-jp',
  'eucjp-ms': 'euc-jp',
  eucjp: 'euc-jp',
  cp1250: 'windows-1250',
  cp1251: 'windows-1251',
  cp866: 'ibm866',
  win1251: 'windows-1251',
  'unicode-1-1-utf-7': 'utf-7',
  utf7: 'utf-7',
  unicode: 'utf-16le',
  'utf-16': 'utf-16le',
  'mac-roman': 'macintosh',
  macroman: 'macintosh',
  utf8mb4: 'utf-8',
  'utf8-mac': 'utf-8',
  'iso-8859-8-e': 'iso-8859-8',
};

/** Names that say nothing. */
const UNKNOWN =
  /^(?:|unknown(?:-8bit)?|x-unknown|8bit|7bit|binary|default(?:_?charset)?|none|(?:us-?)?ascii|us_ascii|ansi_x3\.4-1968|x-user-defined)$/;
const LATIN_1 = /^(?:iso[-_]?8859[-_]?1|latin-?1|l1|windows-?1252|cp-?1252|win-?1252|x-ansi|ansi|8859[-_]1|iso8859_1)$/;

/** What Windows put where ISO 8859-1 has control characters nobody sends. TextDecoder of Node 20 leaves them as controls. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** The upper halves of the two DOS charsets that WHATWG left out. */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';
const CP850 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0';

/** Decodes by the given charset, or by what the bytes themselves show where the name is missing, unknown or plainly wrong. */
export function decodeText(bytes: Uint8Array, charset: string | null, hint: string | null = null): string {
  const name = nameOf(charset);
  const marked = decodeByteOrderMark(bytes);
  if (marked !== null) return marked;
  if (name === null) return decodeGuessed(bytes, hint);
  if (name === 'windows-1252')
    return (hasHighBytes(bytes) ? decodeStrictly(bytes, 'utf-8') : null) ?? decode1252(bytes);
  if (name === 'utf-8') return decodeUtf8(bytes, hint);
  if (name === 'utf-7') return decodeUtf7(latin1(bytes));
  if (name === 'hz-gb-2312') return decodeHz(latin1(bytes));
  if (name === 'cp437' || name === 'ibm437') return decodeTable(bytes, CP437);
  if (name === 'cp850' || name === 'ibm850') return decodeTable(bytes, CP850);

  return utf8UnderAnotherName(bytes, name) ?? decoderFor(name)?.decode(bytes) ?? decodeGuessed(bytes, hint);
}

const ONE_BYTE = /^(?:windows-|iso-8859-|koi8-|ibm866|macintosh|x-mac-)/;

/**
 * Programs that went over to UTF-8 and kept the old name. A one-byte text is UTF-8 by chance for a letter or two at most; one of two
 * bytes may be (the word for Unicom in GBK is), so there the name counts as long as it can be right.
 */
function utf8UnderAnotherName(bytes: Uint8Array, name: string): string | null {
  const utf8 = hasHighBytes(bytes) ? decodeStrictly(bytes, 'utf-8') : null;
  if (utf8 === null) return null;
  if (ONE_BYTE.test(name)) return (utf8.match(/[^\x00-\x7f]/gu)?.length ?? 0) >= 3 ? utf8 : null;
  return decoderFor(name) !== null && decodeStrictly(bytes, name) === null ? utf8 : null;
}

/** Takes out what must not live in text: NUL (PostgreSQL refuses it), other invisible controls and halves of surrogate pairs. */
export function cleanText(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000e-\u001f\u007f\ufffe\uffff]|\p{Surrogate}/gu, '');
}

function nameOf(charset: string | null): string | null {
  const label = (charset ?? '')
    .slice(0, 100)
    .trim()
    .toLowerCase()
    .replace(/^["'\s]+|["'\s;]+$/g, '')
    .replace(/\*.*$/, '');
  if (UNKNOWN.test(label)) return null;
  if (LATIN_1.test(label)) return 'windows-1252';
  if (/^utf[-_]?8$/.test(label)) return 'utf-8';
  return ALIASES[label] ?? label.replace(/_/g, '-').replace(/^cs(?=iso)/, '');
}

const decoders = new Map<string, TextDecoder | null>();

function decoderFor(name: string): TextDecoder | null {
  const known = decoders.get(name);
  if (known !== undefined) return known;

  let decoder: TextDecoder | null = null;
  try {
    decoder = new TextDecoder(name);
  } catch {
    // A RangeError says that nobody knows a charset of this name; the caller then looks at the bytes.
  }
  // Names come from strangers: an endless supply of them must not fill the memory.
  if (decoders.size < 200) decoders.set(name, decoder);
  return decoder;
}

function decodeStrictly(bytes: Uint8Array, name: string): string | null {
  try {
    return new TextDecoder(name, { fatal: true }).decode(bytes);
  } catch {
    // Not this charset: that is the question being asked.
    return null;
  }
}

function decodeByteOrderMark(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return new TextDecoder('utf-8').decode(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return null;
}

/** UTF-8 with a scar or two stays UTF-8; what is mostly wrong was never UTF-8. */
function decodeUtf8(bytes: Uint8Array, hint: string | null): string {
  const text = new TextDecoder('utf-8').decode(bytes);
  let wrong = 0;
  let right = 0;
  for (const character of text) {
    if (character === '\ufffd') wrong++;
    else if (character > '\x7f') right++;
  }
  return wrong > right ? decodeGuessed(bytes, hint) : text;
}

/** Order of the questions: pure ASCII, escape sequences, UTF-8, what the rest of the mail is written in, then the likeliest. */
function decodeGuessed(bytes: Uint8Array, hint: string | null): string {
  if (!hasHighBytes(bytes)) {
    const text = latin1(bytes);
    return text.includes('\x1b$') ? (decodeStrictly(bytes, 'iso-2022-jp') ?? text) : text;
  }
  const utf8 = decodeStrictly(bytes, 'utf-8');
  if (utf8 !== null) return utf8;

  const hinted = nameOf(hint);
  if (hinted !== null && hinted !== 'utf-8' && hinted !== 'windows-1252' && decoderFor(hinted) !== null) {
    const text = decodeStrictly(bytes, hinted);
    if (text !== null) return text;
  }
  return likeliest(bytes) ?? decode1252(bytes);
}

interface Candidate {
  readonly name: string;
  /** What share of the non-ASCII characters a text of this charset has of its most frequent ones. */
  readonly frequent: RegExp;
  readonly enough: number;
}

const CANDIDATES: readonly Candidate[] = [
  { name: 'shift_jis', frequent: /[\u3041-\u3096\u30a1-\u30fc\u3001\u3002]/g, enough: 0.25 },
  { name: 'euc-jp', frequent: /[\u3041-\u3096\u30a1-\u30fc\u3001\u3002]/g, enough: 0.25 },
  { name: 'euc-kr', frequent: /[\uac00-\ud7a3]/g, enough: 0.8 },
  {
    name: 'gb18030',
    frequent:
      /[的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生请问好件公司测试题无法系统邮，。：！？]/g,
    enough: 0.1,
  },
  {
    name: 'big5',
    frequent:
      /[的一是不了人我在有他這為之大來以個中上們到說國和地也子時道出而要於就下得可你年生請問好件公司測試題無法系統郵，。：！？]/g,
    enough: 0.1,
  },
  { name: 'gb18030', frequent: /[\u4e00-\u9fa5]/g, enough: 0.9 },
];

/** The multi-byte charset, or Cyrillic one, that these bytes look most like; null if like none. */
function likeliest(bytes: Uint8Array): string | null {
  const sample = bytes.subarray(0, 8192);
  const high = sample.reduce((count, byte) => (byte > 0x7f ? count + 1 : count), 0);
  const runs =
    latin1(sample)
      .match(/[\x80-\xff]{2,}/g)
      ?.join('').length ?? 0;
  // In western text high bytes stand alone among ASCII letters; in eastern text they come in runs.
  if (high < 4 || runs / high < 0.7) return null;

  // Small Cyrillic letters fill two rows of a code page; characters of two bytes would wander out of them soon.
  const letters = high >= 6 ? cyrillic(sample, 0.97) : null;
  if (letters !== null) return cyrillic(bytes, 0.9);

  for (const { name, frequent, enough } of CANDIDATES) {
    const text = decodeStrictly(bytes, name);
    const foreign = text?.match(/[^\x00-\x7f]/gu)?.length ?? 0;
    if (text !== null && foreign > 0 && (text.match(frequent)?.length ?? 0) / foreign >= enough) return text;
  }
  return cyrillic(bytes);
}

function cyrillic(bytes: Uint8Array, enough = 0.7): string | null {
  for (const name of ['windows-1251', 'koi8-r']) {
    const text = new TextDecoder(name).decode(bytes);
    const foreign = text.match(/[^\x00-\x7f]/g)?.length ?? 0;
    // In both charsets the other one's text turns into capitals in the middle of words.
    const sound = text.match(/[а-яё]/g)?.length ?? 0;
    if (foreign > 0 && sound / foreign > enough) return text;
  }
  return null;
}

function decode1252(bytes: Uint8Array): string {
  return latin1(bytes).replace(
    /[\x80-\x9f]/g,
    (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80] ?? character,
  );
}

function decodeTable(bytes: Uint8Array, upperHalf: string): string {
  return latin1(bytes).replace(/[\x80-\xff]/g, (character) => upperHalf[character.charCodeAt(0) - 0x80] ?? character);
}

/** RFC 2152: +base64- holds UTF-16 (big endian); "+-" is a plus. */
function decodeUtf7(text: string): string {
  return text.replace(/\+([A-Za-z0-9+/]*)-?/g, (_whole, base64: string) => {
    if (base64 === '') return '+';
    const bytes = Buffer.from(base64, 'base64');
    return new TextDecoder('utf-16be').decode(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  });
}

/** RFC 1843: between ~{ and ~} stand GB 2312 characters with their high bits off. */
function decodeHz(text: string): string {
  const gb = new TextDecoder('gb18030');
  return text
    .replace(/~\{([^~]*)(?:~\}|$)/g, (_whole, coded: string) =>
      gb.decode(Uint8Array.from(coded, (character) => character.charCodeAt(0) | (character > ' ' ? 0x80 : 0))),
    )
    .replace(/~\r?\n/g, '')
    .replace(/~~/g, '~');
}

function hasHighBytes(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte > 0x7f);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

const LONGEST_BYTES = 180;
const NAMELESS = 'attachment';
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/**
 * A file name that is safe to save under and to show: the last part of any path, without control characters, without signs
 * that turn the direction of writing (`exe.jpg` may be `gpj.exe`), without what a file system forbids, never a reserved
 * device name, short enough for every file system; its ending is kept.
 */
export function cleanFilename(name: string): string {
  const last =
    name
      .replace(/\\/g, '/')
      .split('/')
      .filter((part) => part.trim() !== '')
      .at(-1) ?? '';
  const plain = last
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^\.+/, '')
    .replace(/[. ]+$/, '')
    .trim();
  if (plain === '') return NAMELESS;
  return shorten(RESERVED.test(plain) ? `_${plain}` : plain);
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_BYTES) return name;

  const [ending = ''] = /\.[^.\s]{1,12}$/.exec(name) ?? [];
  const room = LONGEST_BYTES - Buffer.byteLength(ending);
  let stem = '';
  for (const sign of name.slice(0, name.length - ending.length)) {
    if (Buffer.byteLength(stem + sign) > room) break;
    stem += sign;
  }
  return stem + ending;
}

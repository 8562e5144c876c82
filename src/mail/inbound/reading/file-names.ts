import { cleanLine, truncate } from './header-text.js';

/** What a file without a name is called by its type; also the types that get an ending. */
const ENDINGS: Record<string, string> = {
  'text/plain': 'txt',
  'text/html': 'html',
  'text/calendar': 'ics',
  'text/csv': 'csv',
  'text/vcard': 'vcf',
  'text/x-vcard': 'vcf',
  'text/directory': 'vcf',
  'text/xml': 'xml',
  'text/rtf': 'rtf',
  'text/richtext': 'rtx',
  'text/enriched': 'txt',
  'text/rfc822-headers': 'txt',
  'application/xml': 'xml',
  'application/json': 'json',
  'application/pdf': 'pdf',
  'application/rtf': 'rtf',
  'application/zip': 'zip',
  'application/gzip': 'gz',
  'application/msword': 'doc',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.ms-powerpoint': 'ppt',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/pgp-signature': 'asc',
  'application/pgp-keys': 'asc',
  'application/pkcs7-signature': 'p7s',
  'application/x-pkcs7-signature': 'p7s',
  'application/pkcs7-mime': 'p7m',
  'application/x-pkcs7-mime': 'p7m',
  'application/ms-tnef': 'dat',
  'application/ics': 'ics',
  'message/rfc822': 'eml',
  'message/global': 'eml',
  'message/delivery-status': 'txt',
  'message/disposition-notification': 'txt',
  'message/feedback-report': 'txt',
  'image/jpeg': 'jpg',
  'image/jpg': 'jpg',
  'image/pjpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/heic': 'heic',
  'image/tiff': 'tif',
  'image/bmp': 'bmp',
  'image/svg+xml': 'svg',
  'audio/mpeg': 'mp3',
  'audio/wav': 'wav',
  'audio/ogg': 'ogg',
  'audio/mp4': 'm4a',
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
};

/** Names that Windows opens as devices. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;
const LONGEST = 150;

/** A name under which any system can save the file: without a path, never hidden, never empty. */
export function safeFilename(given: string | null, contentType: string, number: number): string {
  const bare = cleanLine(given ?? '', 1_000)
    .split(/[/\\]/)
    .at(-1)
    ?.replace(/[<>:"|?*]/g, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  if (bare === undefined || bare === '') return `attachment-${number}.${ENDINGS[contentType] ?? 'bin'}`;

  const [ending = ''] = /\.[^.\s]{1,12}$/.exec(bare) ?? [];
  const short = truncate(bare.slice(0, bare.length - ending.length), LONGEST - ending.length) + ending;
  return RESERVED.test(short) ? `_${short}` : short;
}

/** The type that a name tells, for files that are sent as application/octet-stream. */
export function typeByName(filename: string): string | null {
  const ending = /\.([^.]{1,8})$/.exec(filename)?.[1]?.toLowerCase();
  if (ending === 'jpeg') return 'image/jpeg';
  return Object.entries(ENDINGS).find(([, known]) => known === ending)?.[0] ?? null;
}

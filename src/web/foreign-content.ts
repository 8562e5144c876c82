import type { FastifyReply } from 'fastify';
import type { SanitisedHtml } from '../mail/sanitised-html.js';
import { Problem } from '../platform/problems/problem.js';

/** Nothing that others have sent us may run, load or frame anything, whatever it claims to be. */
const NOTHING = "default-src 'none'; sandbox";
const TO_LOOK_AT = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "frame-ancestors 'self'",
  'sandbox allow-popups allow-popups-to-escape-sandbox',
].join('; ');

/** A file somebody sent: to be saved, never to be opened by the browser as a page of ours. */
export async function sendFile(
  reply: FastifyReply,
  file: { readonly filename: string; readonly contentType: string } | undefined,
  content: Buffer | null,
): Promise<void> {
  if (file === undefined || content === null) throw Problem.notFound('There is no such file.');

  await reply
    .header(
      'content-type',
      file.contentType.startsWith('text/') ? `${file.contentType}; charset=utf-8` : file.contentType,
    )
    .header(
      'content-disposition',
      `attachment; filename="${asciiName(file.filename)}"; filename*=UTF-8''${encoded(file.filename)}`,
    )
    .header('content-security-policy', NOTHING)
    .header('cross-origin-resource-policy', 'same-origin')
    .header('cache-control', 'private, max-age=3600')
    .send(content);
}

/**
 * HTML from a mail, sanitised already: for a sandboxed frame of one of our pages. Images from elsewhere tell their owner who reads
 * when; they are fetched only if the reader has asked for them.
 */
export async function sendForeignHtml(
  reply: FastifyReply,
  { html, blockedImages }: SanitisedHtml,
  { remoteImages = false }: { remoteImages?: boolean } = {},
): Promise<void> {
  const many = blockedImages === 1 ? 'One image' : `${blockedImages} images`;
  const offer = `<p style="margin:0 0 12px;padding:6px 10px;border-radius:6px;background:#eef1f4;font-size:13px">${many} from elsewhere not shown. <a href="?images=1" target="_self">Show</a></p>`;
  const images = remoteImages ? 'img-src data: https: http:' : 'img-src data:';
  const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><base target="_blank"><style>body{margin:12px;font:15px/1.5 system-ui,sans-serif;color:#1b232c;background:#fff;overflow-wrap:anywhere}img{max-width:100%;height:auto}</style></head><body>${blockedImages > 0 ? offer : ''}${html}</body></html>`;
  await reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', `${TO_LOOK_AT}; ${images}`)
    .header('referrer-policy', 'no-referrer')
    .header('x-frame-options', 'SAMEORIGIN')
    .header('cache-control', 'private, no-store')
    .send(page);
}

function asciiName(filename: string): string {
  return filename.replace(/[^\x20-\x7e]|["\\%]/g, '_');
}

/** RFC 8187: more than encodeURIComponent does. */
function encoded(filename: string): string {
  return encodeURIComponent(filename.toWellFormed()).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

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

/** A picture somebody sent, to look at in its place. It is one by its first bytes, whatever it calls itself. */
export async function sendPicture(reply: FastifyReply, content: Buffer | null): Promise<void> {
  const type = content === null ? null : pictureType(content);
  if (content === null || type === null) throw Problem.notFound('There is no picture to look at.');

  await reply
    .header('content-type', type)
    .header('content-disposition', 'inline')
    .header('content-security-policy', NOTHING)
    .header('cross-origin-resource-policy', 'same-origin')
    .header('cache-control', 'private, max-age=3600')
    .send(content);
}

/** The kinds that nothing can be hidden in that runs. */
export function pictureType(bytes: Buffer): string | null {
  const text = bytes.subarray(0, 12).toString('latin1');
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'image/gif';
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return 'image/webp';
  return null;
}

/** Browsers that cannot turn colours show every mail on white, as it was written for. */
const LOOKS = `body{margin:12px;font:15px/1.5 system-ui,sans-serif;color:#1b232c;background:#fff;overflow-wrap:anywhere}
img{max-width:100%;height:auto}table{max-width:100%}pre{white-space:pre-wrap}
blockquote{margin:8px 0;padding-left:12px;border-left:2px solid #b8c1ca}
details{margin:10px 0}summary{display:inline-block;padding:1px 8px;border-radius:5px;background:#e8ecf0;font-size:13px;cursor:pointer}
.offer{margin:0 0 12px;padding:6px 10px;border-radius:6px;background:#eef1f4;font-size:13px}
@supports (color:light-dark(#000,oklch(from #000 l c h))){
:root{color-scheme:light dark}
body{color:light-dark(#1b232c,#e3e8ed);background:light-dark(#fff,#171b20)}
summary,.offer{background:light-dark(#e8ecf0,#2a3139)}
a{color:light-dark(#0b5f7d,#7cc4e4)}
blockquote{border-color:light-dark(#b8c1ca,#46505a)}}`;

/**
 * HTML from a mail, made fit by `shownHtml` already: for a sandboxed frame of one of our pages. Images from elsewhere tell their owner
 * who reads when; they are fetched only if the reader has asked for them.
 */
export async function sendForeignHtml(
  reply: FastifyReply,
  { html, blockedImages }: SanitisedHtml,
  { remoteImages = false }: { remoteImages?: boolean } = {},
): Promise<void> {
  const many = blockedImages === 1 ? 'One image from elsewhere is' : `${blockedImages} images from elsewhere are`;
  const offer = `<p class="offer">${many} not shown. <a href="?images=1" target="_self">Show</a></p>`;
  const images = remoteImages ? 'img-src data: https: http:' : 'img-src data:';
  const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><base target="_blank"><style>${LOOKS}</style></head><body>${blockedImages > 0 ? offer : ''}${html}</body></html>`;
  await reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', `${TO_LOOK_AT}; ${images}`)
    .header('referrer-policy', 'no-referrer')
    .header('x-frame-options', 'SAMEORIGIN')
    .header('cache-control', 'private, no-store')
    .send(page);
}

/** A letter of ours as mail programs get it, for a sandboxed frame: it is whole, with a style sheet of its own. */
export async function sendOwnLetter(reply: FastifyReply, html: string): Promise<void> {
  await reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', `${TO_LOOK_AT}; img-src data:`)
    .header('referrer-policy', 'no-referrer')
    .header('x-frame-options', 'SAMEORIGIN')
    .header('cache-control', 'private, no-store')
    .send(html);
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

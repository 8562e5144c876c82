import type { Bounce, ForwardedMail, MailAddress } from '../../received-mail.js';
import { readAddresses, readEmail, readMessageId, readMessageIds } from './addresses.js';
import { cleanText, decodeText } from './charsets.js';
import { readBounces } from './delivery-report.js';
import { safeFilename, typeByName } from './file-names.js';
import { cleanLine, decodeHeader, decodeParameter, truncate } from './header-text.js';
import { htmlText, markedText } from './html-text.js';
import { forwardedInText } from './mail-in-text.js';
import { decodeUuencoded, fieldOf, fieldsOf, readMime, walk, type MimePart } from './mime.js';
import { classifyMail, type Classification, type OurHouse } from './classify-mail.js';
import { newWords, wholeText } from './reply-text.js';
import { readTnef } from './tnef.js';
import { identityOf } from './identity.js';

/** What stands on the envelope. */
export interface Envelope {
  readonly envelopeFrom: string | null;
  readonly envelopeTo: readonly string[];
}

/** Our addresses as plain values, so that they can be handed to a thread. */
export interface House {
  readonly addresses: readonly string[];
  readonly domains: readonly string[];
}

export interface ParsedFile {
  readonly filename: string;
  readonly contentType: string;
  readonly inline: boolean;
  readonly contentId: string | null;
  readonly content: Uint8Array;
}

export interface ParsedMail extends Classification {
  /** Equal for equal mails, whichever way they come: what the duplicate check compares. */
  readonly identity: string;
  readonly messageId: string | null;
  readonly inReplyTo: readonly string[];
  readonly references: readonly string[];
  readonly date: Date | null;
  readonly from: MailAddress | null;
  readonly replyTo: readonly MailAddress[];
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  /** Addresses in Delivered-To and its kin: where it really came to. */
  readonly deliveredTo: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly newText: string;
  readonly html: string | null;
  readonly files: readonly ParsedFile[];
  readonly bounces: readonly Bounce[];
  readonly forwarded: ForwardedMail | null;
  /** The mark that our own letters carry (compose.ts). */
  readonly letterMark: string | null;
}

const MOST_REFERENCES = 100;
const LONGEST_TEXT = 2_000_000;

/** A mail's bytes to what the house knows of it. Pure: the same bytes give the same answer. Throws UnreadableMail. */
export function parseMail(raw: Buffer, envelope: Envelope, house: House): ParsedMail {
  const root = readMime(raw);
  const hint = charsetOf(root);
  const line = (name: string): string | null => fieldOf(root, name);
  const addresses = (name: string): MailAddress[] =>
    fieldsOf(root, name)
      .flatMap((value) => readAddresses(value, hint))
      .slice(0, 100);

  const body = readBody(root, hint);
  const text = truncate(cleanText(body.text), LONGEST_TEXT);
  const html = body.html === null ? null : truncate(cleanText(body.html), LONGEST_TEXT);
  const subject = cleanLine(decodeHeader(line('subject') ?? '', hint));
  const from = senderOf(root, envelope, hint);
  const messageId = readMessageId(line('message-id'));
  const files = finish(body.files, html);
  const forwarded = forwardedOf(root, text, subject, hint);

  const facts = { root, subject, fromEmail: from?.email ?? null, envelopeFrom: envelope.envelopeFrom, messageId };
  const toBounceAddress = envelope.envelopeTo.some((address) => /^bounces\+/i.test(address));
  return {
    ...classifyMail(facts, ourHouse(house)),
    identity: identityOf(raw, root),
    messageId,
    inReplyTo: readMessageIds(line('in-reply-to')).slice(0, 10),
    references: readMessageIds(fieldsOf(root, 'references').join(' ')).reverse().slice(0, MOST_REFERENCES),
    date: dateOf(line('date')),
    from,
    replyTo: addresses('reply-to'),
    to: addresses('to'),
    cc: addresses('cc'),
    deliveredTo: ['delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'x-delivered-to']
      .flatMap((name) => fieldsOf(root, name))
      .flatMap((value) => readEmail(value) ?? [])
      .slice(0, 20),
    subject,
    text,
    newText: forwarded === null ? newTextOf(text, html) : withForward(text, forwarded),
    html,
    files,
    bounces: readBounces({ ...facts, toBounceAddress, text }),
    forwarded,
    letterMark: line('x-punctual-letter'),
  };
}

function ourHouse({ addresses, domains }: House): OurHouse {
  const ours = new Set(addresses);
  return { domains, isOurs: (address) => ours.has(address.replace(/\+[^@]*@/, '@')) };
}

/** The first charset that the mail names: the best guess for bytes that name none. */
function charsetOf(root: MimePart): string | null {
  for (const part of walk(root)) {
    const charset = part.typeParameters.get('charset');
    if (charset !== undefined && part.type.startsWith('text/')) return charset;
  }
  return null;
}

/** Who wrote it, by the first field that names somebody. */
function senderOf(root: MimePart, envelope: Envelope, hint: string | null): MailAddress | null {
  for (const name of ['from', 'reply-to', 'return-path', 'sender', 'x-sender', 'resent-from']) {
    const [first] = fieldsOf(root, name).flatMap((value) => readAddresses(value, hint));
    if (first !== undefined)
      return first.name === '' && name !== 'from' ? { ...first, name: nameIn(fieldOf(root, 'from'), hint) } : first;
  }
  const email = readEmail(envelope.envelopeFrom);
  return email === null ? null : { email, name: nameIn(fieldOf(root, 'from'), hint) };
}

/** The name in a From that holds no usable address. */
function nameIn(value: string | null, hint: string | null): string {
  const name = cleanLine(decodeHeader(value ?? '', hint), 200)
    .replace(/<[^>]*>?/g, '')
    .replace(/["<>]/g, '')
    .trim();
  return name.includes('@') ? '' : name;
}

function dateOf(value: string | null): Date | null {
  if (value === null) return null;
  // A comment with the zone's name follows many dates; some programs write the zone twice.
  const instant = Date.parse(
    value
      .slice(0, 200)
      .replace(/\([^)]*\)/g, '')
      .replace(/\s+/g, ' ')
      .trim(),
  );
  return Number.isNaN(instant) ? null : new Date(instant);
}

interface Piece {
  readonly text: string | null;
  readonly html: string | null;
}

interface RawFile {
  readonly filename: string | null;
  readonly contentType: string;
  readonly disposition: string | null;
  readonly contentId: string | null;
  readonly related: boolean;
  readonly content: Buffer;
}

interface Body {
  readonly text: string;
  readonly html: string | null;
  readonly files: readonly RawFile[];
}

function readBody(root: MimePart, hint: string | null): Body {
  const reader = new BodyReader(hint);
  const pieces = reader.read(root, { isRoot: true, related: false });
  const { html } = joined(pieces);
  const text = pieces
    .map((piece) => piece.text ?? htmlText(piece.html ?? ''))
    .filter((piece) => piece.trim() !== '')
    .join('\n\n');
  const extracted = extractUuencoded(text);
  const tnef = reader.tnefBody;
  const bodyText =
    extracted.text.trim() === '' && tnef !== null ? (tnef.text ?? htmlText(tnef.html ?? '')) : extracted.text;
  return {
    text: bodyText.replace(/\r\n?/g, '\n').replace(/^\n+/, '').trimEnd(),
    html: html ?? (text.trim() === '' ? (tnef?.html ?? null) : null),
    files: [...reader.files, ...extracted.files],
  };
}

/** Collects the words of the parts in their order, and everything else as files. */
class BodyReader {
  readonly files: RawFile[] = [];
  tnefBody: { text: string | null; html: string | null } | null = null;

  constructor(private readonly hint: string | null) {}

  read(part: MimePart, place: { isRoot: boolean; related: boolean }): Piece[] {
    if (part.type.startsWith('multipart/')) return this.readMultipart(part, place.related);
    if (isWords(part, place.isRoot)) return [this.words(part)];
    if (part.type === 'message/delivery-status' || part.type === 'message/disposition-notification') return [];

    this.keep(part, place.related);
    return [];
  }

  private readMultipart(part: MimePart, related: boolean): Piece[] {
    if (part.type === 'multipart/alternative') {
      const pieces = part.children
        .filter(({ type }) => type !== 'text/x-amp-html' && type !== 'text/watch-html')
        .flatMap((child) => this.read(child, { isRoot: false, related }));
      const text = pieces.filter((piece) => piece.text !== null && piece.text.trim() !== '');
      const html = pieces.filter((piece) => piece.html !== null);
      return [
        {
          text: text.length === 0 ? null : text.map((piece) => piece.text).join('\n\n'),
          html: html.length === 0 ? null : joined(html).html,
        },
      ];
    }
    // Macs send a file's icon and flags beside the file itself.
    const children =
      part.type === 'multipart/appledouble'
        ? part.children.filter(({ type }) => type !== 'application/applefile')
        : part.children;
    return children.flatMap((child) =>
      this.read(child, { isRoot: false, related: related || part.type === 'multipart/related' }),
    );
  }

  private words(part: MimePart): Piece {
    const charset =
      part.typeParameters.get('charset') ?? (part.type === 'text/html' ? charsetInHtml(part.content) : null);
    const decoded = decodeText(part.content, charset, this.hint).replace(/\r\n?/g, '\n');
    if (part.type === 'text/html') return { text: null, html: decoded };

    const flowed = part.typeParameters.get('format')?.toLowerCase() === 'flowed';
    return {
      text: flowed ? unflow(decoded, part.typeParameters.get('delsp')?.toLowerCase() === 'yes') : decoded,
      html: null,
    };
  }

  private keep(part: MimePart, related: boolean): void {
    const filename = filenameOf(part, this.hint);
    const tnef = isTnef(part, filename) ? readTnef(part.content) : null;
    if (tnef !== null) {
      this.tnefBody ??= { text: tnef.text, html: tnef.html };
      for (const file of tnef.files) {
        const contentType =
          file.contentType?.toLowerCase() ?? typeByName(file.filename ?? '') ?? 'application/octet-stream';
        this.files.push({ ...file, contentType, disposition: null, related: file.contentId !== null });
      }
      return;
    }
    const subject =
      part.message === null ? null : cleanLine(decodeHeader(fieldOf(part.message, 'subject') ?? '', this.hint), 100);
    const name =
      filename ?? (subject === null ? null : `${subject === '' ? 'message' : subject.replace(/[/\\]/g, '-')}.eml`);
    const type = part.type === 'application/octet-stream' ? (typeByName(name ?? '') ?? part.type) : part.type;
    this.files.push({
      filename: name,
      contentType: type,
      disposition: part.disposition,
      contentId: part.contentId,
      related,
      content: part.content,
    });
  }
}

function joined(pieces: readonly Piece[]): { html: string | null } {
  if (!pieces.some(({ html }) => html !== null)) return { html: null };
  return {
    html: pieces
      .map(({ text, html }) => html ?? `<div>${escapeHtml(text ?? '').replaceAll('\n', '<br>')}</div>`)
      .join('\n'),
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Text or HTML that is to be read rather than saved. */
function isWords(part: MimePart, isRoot: boolean): boolean {
  if (part.type !== 'text/plain' && part.type !== 'text/html' && part.type !== 'text/x-amp-html') return false;
  if (part.disposition === 'attachment') return false;
  return (
    isRoot ||
    (decodeParameter(part.dispositionParameters, 'filename') ?? decodeParameter(part.typeParameters, 'name') ?? '') ===
      ''
  );
}

function isTnef(part: MimePart, filename: string | null): boolean {
  return /^application\/(?:vnd\.)?ms-tnef$/.test(part.type) || filename?.toLowerCase() === 'winmail.dat';
}

function filenameOf(part: MimePart, hint: string | null): string | null {
  return (
    decodeParameter(part.dispositionParameters, 'filename', hint) ??
    decodeParameter(part.typeParameters, 'name', hint) ??
    decodeParameter(part.dispositionParameters, 'name', hint) ??
    decodeParameter(part.typeParameters, 'filename', hint)
  );
}

function charsetInHtml(content: Buffer): string | null {
  return /<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{2,40})/i.exec(content.toString('latin1', 0, 4_096))?.[1] ?? null;
}

/** RFC 3676: lines that end with a space go on in the next, at the same depth of quotation. */
function unflow(text: string, deleteSpace: boolean): string {
  const lines: string[] = [];
  let open: string | null = null;
  for (const line of text.split('\n')) {
    const [quotes = ''] = /^>*/.exec(line) ?? [];
    const words = line.slice(quotes.length).replace(/^ /, '');
    const flows = words.endsWith(' ') && words !== '-- ';
    const kept = flows && deleteSpace ? words.slice(0, -1) : words;
    if (open === quotes && words !== '-- ') lines.push(`${lines.pop() ?? ''}${kept}`);
    else lines.push(quotes === '' ? kept : `${quotes} ${kept}`);
    open = flows ? quotes : null;
  }
  return lines.join('\n');
}

/** Files that old programs put into the text itself. */
function extractUuencoded(text: string): { text: string; files: RawFile[] } {
  const files: RawFile[] = [];
  if (!/^begin [0-7]{3,4} /m.test(text)) return { text, files };

  const rest = text.replace(
    /^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n(?:[ -`]{1,62}\s*\r?\n)*?end[ \t]*(?:\r?\n|$)/gm,
    (block, filename: string) => {
      const content = decodeUuencoded(block.trimEnd());
      if (content === null || content.length === 0) return block;
      files.push({
        filename,
        contentType: typeByName(filename) ?? 'application/octet-stream',
        disposition: 'attachment',
        contentId: null,
        related: false,
        content,
      });
      return '';
    },
  );
  return { text: rest, files };
}

function finish(files: readonly RawFile[], html: string | null): ParsedFile[] {
  return files.map(({ filename, contentType, disposition, contentId, related, content }, index) => {
    const named =
      contentId !== null &&
      contentId !== '' &&
      html !== null &&
      (html.includes(`cid:${contentId}`) || html.includes(`cid:${encodeURIComponent(contentId)}`));
    return {
      filename: safeFilename(filename, contentType, index + 1),
      contentType,
      inline:
        named ||
        (disposition !== 'attachment' &&
          contentType.startsWith('image/') &&
          (disposition === 'inline' || (related && contentId !== null))),
      contentId: contentId === '' ? null : contentId,
      content,
    };
  });
}

/** Both alternatives say the same; the HTML often knows better where the history begins. */
function newTextOf(text: string, html: string | null): string {
  const ofText = newWords(text);
  if (html === null || ofText.length < text.trim().length * 0.98) return ofText;

  const marked = markedText(html);
  const ofHtml = newWords(marked);
  return ofHtml.length < marked.length * 0.98 && ofHtml.length < ofText.length ? ofHtml : ofText;
}

/** A forwarded mail is what its sender wants to show: it stays whole, also where it looks like the history of an answer. */
function withForward(text: string, { text: forwarded }: ForwardedMail): string {
  return text.includes(forwarded.slice(0, 200)) ? wholeText(text) : newWords(text);
}

/** Who wrote a forwarded mail: of the mail that is attached whole, else by what the text says. */
function forwardedOf(root: MimePart, text: string, subject: string, hint: string | null): ForwardedMail | null {
  if (root.type === 'multipart/report') return null;

  const nested = [...walk(root)].filter(({ message }) => message !== null).map(({ message }) => message);
  const [message] = nested;
  if (nested.length === 1 && message !== undefined && message !== null) {
    const [originalSender] = fieldsOf(message, 'from').flatMap((value) => readAddresses(value, hint));
    if (originalSender !== undefined) return { originalSender, comment: text, text: readBody(message, hint).text };
  }
  return forwardedInText(text, subject);
}

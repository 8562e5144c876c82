import type { Bounce } from '../../received-mail.js';
import { readEmail, readMessageId } from './addresses.js';
import { decodeText } from './charsets.js';
import { bouncesOfWords, looksLikeBounce, sentenceIn, type ReportedMail } from './delivery-words.js';
import { bounceOf } from './delivery-verdict.js';
import { cleanLine } from './header-text.js';
import { fieldOf, walk, type MimePart } from './mime.js';

/**
 * Reads what mail servers report about mail they could not deliver: first the machine-readable part (RFC 3464) that half of them
 * send, then the words of the many that do not. Whether a report is believed is decided elsewhere.
 */

/** The recipients that a report names as failed or delayed; empty for a mail that is no such report. */
export function readBounces(given: ReportedMail): Bounce[] {
  // Long rows of spaces say nothing, and make patterns slow.
  const mail = { ...given, text: given.text.slice(0, MOST_TEXT).replace(/[ \t]{3,}/g, '  ') };
  const parts = [...walk(mail.root)];
  const originalMessageId = originalIdIn(parts, mail.text);
  const told = statusOf(mail, parts, originalMessageId);
  // A report that tells of success or relaying only is no bounce.
  if (told !== null) return oncePerRecipient(told);
  return looksLikeBounce(mail, parts) ? oncePerRecipient(bouncesOfWords(mail, parts, originalMessageId)) : [];
}

/** By the part made for machines, wherever a report has it; null where it has none. */
function statusOf(mail: ReportedMail, parts: readonly MimePart[], originalMessageId: string | null): Bounce[] | null {
  const status = parts.find(({ type }) => STATUS_TYPE.test(type));
  const told = status === undefined ? null : bouncesOfStatus(status, originalMessageId, mail.text);
  if (told !== null) return told;

  const refusal = refusalIn(mail, parts, originalMessageId);
  if (refusal !== null) return refusal;

  // Gateways wrap a report in a mail of their own, and list servers turn its parts into text.
  for (const { message } of parts) {
    const wrapped = message?.type === 'multipart/report' ? [...walk(message)] : [];
    const inner = wrapped.find(({ type }) => STATUS_TYPE.test(type));
    const bounces = inner === undefined ? null : bouncesOfStatus(inner, originalIdIn(wrapped, ''), mail.text);
    if (bounces !== null) return bounces;
  }
  const misnamed = parts.find(
    ({ type, content }) =>
      /^(?:text\/plain|message\/x|application\/octet-stream)/.test(type) &&
      /^Final-Recipient:/im.test(content.toString('latin1', 0, MOST_TEXT)),
  );
  return misnamed === undefined || !looksLikeBounce(mail, parts)
    ? null
    : bouncesOfStatus(misnamed, originalMessageId, mail.text);
}

const STATUS_TYPE = /^message\/(?:global-)?x?-?delivery-status$/;

/** A sieve that rejects a mail answers with a disposition notification (RFC 5429 §2.1.2). */
function refusalIn(
  { subject, text }: ReportedMail,
  parts: readonly MimePart[],
  originalMessageId: string | null,
): Bounce[] | null {
  const part = parts.find(({ type }) => type === 'message/disposition-notification');
  const fields = part === undefined ? null : fieldsIn(unfolded(part.content.toString('latin1')));
  if (fields === null || !/\bdeleted\b|\bdenied\b|\bfailed\b/i.test(fields.get('disposition') ?? '')) return null;
  if (!/reject|refus/i.test(`${subject} ${text.slice(0, 2_000)}`)) return null;

  const recipient = addressIn(fields.get('original-recipient')) ?? addressIn(fields.get('final-recipient'));
  const id = readMessageId(fields.get('original-message-id') ?? null) ?? originalMessageId;
  const reason = text.split(/\n\s*\n/)[0]?.replace(/^[^\n]*reject[^\n]*:\n/i, '') ?? '';
  return [
    bounceOf({ recipient, diagnostic: cleanLine(reason, 500), status: '', delayed: false, originalMessageId: id }),
  ];
}

function bouncesOfStatus(part: MimePart, originalMessageId: string | null, text: string): Bounce[] | null {
  const groups = unfolded(decodeText(part.content, null))
    .split(/\n(?:[ \t]*\n)+/)
    .map(fieldsIn)
    .filter((group) => group.has('final-recipient') || group.has('original-recipient') || group.has('action'));
  if (groups.length === 0) return null;

  const told = groups.slice(0, MOST_RECIPIENTS).flatMap((group) => {
    const action = group.get('action')?.toLowerCase().trim() ?? 'failed';
    const given = group.get('status') ?? '';
    if (/^(?:delivered|relayed|expanded)/.test(action) || /^\s*2\./.test(given)) return [];

    const diagnostic = cleanLine(group.get('diagnostic-code') ?? '', 1_000).replace(/^(?:smtp|x-[\w-]+)\s*;\s*/i, '');
    const recipient = addressIn(group.get('original-recipient')) ?? addressIn(group.get('final-recipient'));
    const delayed = action.startsWith('delayed');
    return [
      bounceOf({
        recipient,
        diagnostic: diagnostic === '' ? sentenceIn(text, recipient) : diagnostic,
        status: given,
        delayed,
        originalMessageId,
      }),
    ];
  });
  // Some write an Action into the paragraph about the report itself, which names nobody.
  const named = told.filter(({ recipient }) => recipient !== null);
  return named.length > 0 ? named : told;
}

function unfolded(fields: string): string {
  return fields.replace(/\r\n?/g, '\n').replace(/\n[ \t]+(?=\S)/g, ' ');
}

function fieldsIn(group: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of group.split('\n')) {
    const [, name, value] = /^([!-9;-~]+)\s*:\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && !fields.has(name.toLowerCase()))
      fields.set(name.toLowerCase(), value);
  }
  return fields;
}

function addressIn(field: string | undefined): string | null {
  const value = field?.replace(/^(?:\s*[\w-]+\s*;)+\s*/, '') ?? null;
  return readEmail(value) ?? readEmail(/<([^<>\s]+@[^<>\s]+)>/.exec(value ?? '')?.[1] ?? null);
}

const MOST_RECIPIENTS = 100;
const MOST_TEXT = 200_000;

function oncePerRecipient(bounces: readonly Bounce[]): Bounce[] {
  const seen = new Set<string | null>();
  return bounces.filter(({ recipient }) => !seen.has(recipient) && seen.add(recipient));
}

/** Message-ID of the mail that bounced: from its returned copy or header, or from where the words quote it. */
function originalIdIn(parts: readonly MimePart[], text: string): string | null {
  for (const part of parts) {
    const id = part.message === null ? null : readMessageId(fieldOf(part.message, 'message-id'));
    if (id !== null) return id;
    if (/^text\/rfc822-?headers?$|^message\/(?:rfc822-?headers?|partial|global-headers)$/.test(part.type)) {
      const found = idInText(part.content.toString('latin1'));
      if (found !== null) return found;
    }
  }
  const quoted = idInText(text);
  if (quoted !== null) return quoted;
  for (const part of parts.slice(1)) {
    const found =
      part.children.length === 0 && part.type !== 'text/html'
        ? idInText(part.content.toString('latin1', 0, 100_000))
        : null;
    if (found !== null) return found;
  }
  const root = parts[0];
  return root === undefined
    ? null
    : readMessageId(
        fieldOf(root, 'x-original-message-id') ?? fieldOf(root, 'in-reply-to') ?? fieldOf(root, 'references') ?? null,
      );
}

function idInText(text: string): string | null {
  const [, id] =
    /^[ \t>|]*(?:Original-)?(?:Message-ID|Nachrichten-ID|メッセージID):?[ \t]*\n?[ \t>|]*(<[^<>\s]{3,500}>)/im.exec(
      text.slice(0, 200_000),
    ) ?? [];
  return id ?? null;
}

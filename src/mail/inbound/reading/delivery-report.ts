import type { Bounce } from '../../received-mail.js';
import { readEmail, readMessageId } from './addresses.js';
import { decodeText } from './charsets.js';
import { cleanLine } from './header-text.js';
import { fieldOf, fieldsOf, type MimePart } from './mime.js';

/**
 * Reads what mail servers report about mail they could not deliver: first the machine-readable part (RFC 3464) that half of them
 * send, then the words of the many that do not. Whether a report is believed is decided elsewhere.
 */
export interface ReportedMail {
  readonly root: MimePart;
  readonly subject: string;
  readonly fromEmail: string | null;
  /** Null for the null return path. */
  readonly envelopeFrom: string | null;
  /** It came to one of our bounce addresses. */
  readonly toBounceAddress: boolean;
  readonly text: string;
}

/** The recipients that a report names as failed or delayed; empty for a mail that is no such report. */
export function readBounces(given: ReportedMail): Bounce[] {
  // Long rows of spaces say nothing, and make patterns slow.
  const mail = { ...given, text: given.text.slice(0, MOST_TEXT).replace(/[ \t]{3,}/g, '  ') };
  const parts = [...walk(mail.root)];
  const originalMessageId = originalIdIn(parts, mail.text);
  const status = parts.find(
    ({ type }) => type === 'message/delivery-status' || type === 'message/global-delivery-status',
  );
  if (status !== undefined) {
    const told = bouncesOfStatus(status, originalMessageId, mail.text);
    // A report that tells of success or relaying only is no bounce.
    if (told !== null) return told;
  }
  return looksLikeBounce(mail, parts) ? bouncesOfWords(mail, parts, originalMessageId) : [];
}

/** Every part, nested mails left out: what they hold was written by others. */
export function* walk(part: MimePart): Generator<MimePart> {
  yield part;
  for (const child of part.children) yield* walk(child);
}

function bouncesOfStatus(part: MimePart, originalMessageId: string | null, text: string): Bounce[] | null {
  const groups = part.content
    .toString('latin1')
    .replace(/\r\n?/g, '\n')
    .replace(/\n[ \t]+/g, ' ')
    .split(/\n{2,}/)
    .map(fieldsIn)
    .filter((group) => group.has('final-recipient') || group.has('original-recipient') || group.has('action'));
  if (groups.length === 0) return null;

  return groups.slice(0, MOST_RECIPIENTS).flatMap((group) => {
    const action = group.get('action')?.toLowerCase().trim() ?? 'failed';
    const given = group.get('status') ?? '';
    if (/^(?:delivered|relayed|expanded)/.test(action) || /^\s*2\./.test(given)) return [];

    const diagnostic = cleanLine(
      decodeText(Buffer.from(group.get('diagnostic-code') ?? '', 'latin1'), null),
      1_000,
    ).replace(/^(?:smtp|x-[\w-]+)\s*;\s*/i, '');
    const recipient = addressIn(group.get('original-recipient')) ?? addressIn(group.get('final-recipient'));
    const delayed = action.startsWith('delayed');
    return [
      bounceOf({
        recipient,
        diagnostic: diagnostic === '' ? sentenceIn(text) : diagnostic,
        status: given,
        delayed,
        originalMessageId,
      }),
    ];
  });
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
  return readEmail(field?.replace(/^\s*[\w-]+\s*;\s*/, '') ?? null);
}

const MOST_RECIPIENTS = 100;
const MOST_TEXT = 200_000;

const MACHINES =
  /^(?:mailer-?daemon|post-?master|mail-?daemon|maildelivery|mailerdaemon|bounce[sd]?|noreply-dmarc|mdaemon|smtp-?daemon|microsoftexchange[\w]*)(?:[+._-][^@]*)?@/i;

const SUBJECTS = new RegExp(
  [
    String.raw`undeliver(?:ed|able)|un-?deliverable`,
    String.raw`delivery (?:status )?(?:notification|failure|has failed|failed|report|problem|delayed)|deliver(?:y|ed) status`,
    String.raw`mail (?:delivery|system|could not be)|failed mail|mail fail(?:ed|ure)|mailbox (?:unavailable|full)`,
    String.raw`returned (?:mail|to sender)|return(?:ing|ed)? message to sender|message (?:not delivered|undeliverable|delayed|could not be)|non ?-?remis|failure notice|failure delivery`,
    String.raw`(?:warning|error).{0,30}(?:message|mail).{0,30}(?:delayed|still not|not (?:yet )?(?:been )?(?:sent|delivered))`,
    String.raw`delivery incomplete|could not send message|permanent (?:fatal|error|delivery)|rejected: |address not found|user unknown|nondeliverable|non-delivery|not delivered|not read: unde`,
    String.raw`unzustellbar|nicht zugestellt|zustellung(?:sfehler|.{0,20}(?:fehlgeschlagen|verz\u00f6gert))|nicht zustellbar|fehlgeschlagen.{0,10}zustell`,
    String.raw`non remis|non distribu|échec de (?:la )?(?:remise|livraison|distribution)|message non délivr|avis de non`,
    String.raw`no se (?:pudo|puede|ha podido) entregar|no entregado|no se puede entregar|devuelto|falha na entrega|não (?:foi )?entreg|devolvid`,
    String.raw`mancato recapito|mancata consegna|non recapitabile|consegna non riuscita|onbestelbaar|kan niet worden (?:afgeleverd|bezorgd)|niet bezorgd`,
    String.raw`niedostarczon|nie dostarczono|olevererbart|kunde inte levereras|kunne ikke leveres|går inte att leverera|toimitta`,
    String.raw`недоставлен|не доставлено|не удалось доставить|配信不能|配信できません|未送達|送信できません|無法傳遞|无法送达|无法投递|退信|系统退信|投递失败`,
  ].join('|'),
  'iu',
);

const WORDS_OF_FAILURE =
  /could(?:n['’]t| not) be delivered|was(?:n['’]t| not) delivered|unable to deliver|delivery (?:has |to (?:the )?.{0,60})?fail|permanent(?:ly)? (?:fatal )?(?:error|fail)|user unknown|unknown user|does(?:n['’]t| not) exist|no such (?:user|mailbox|recipient)|mailbox (?:is )?(?:full|unavailable|not found|disabled)|undeliverable|nicht zugestellt|not reach (?:some|the)|address(?:es)? failed|recipient(?:s)? (?:rejected|failed|address)|can(?:['’]t|not) be (?:found|reached|delivered)|returned to (?:you|sender)|message delayed|delivery .{0,30}delayed|delivery attempts/i;

/** A report in words comes from a machine, has no return path or came to a bounce address, and says that something failed. */
function looksLikeBounce(mail: ReportedMail, parts: readonly MimePart[]): boolean {
  const machine = MACHINES.test(mail.fromEmail ?? '');
  if (!machine && isAutomaticAnswer(mail.root)) return false;
  const fromMachine = machine || mail.envelopeFrom === null || mail.toBounceAddress;
  const byReporter = fieldOf(mail.root, 'x-failed-recipients') !== null;
  const namedReport = parts.some(
    ({ type, typeParameters }) =>
      type === 'multipart/report' && /delivery-status/i.test(typeParameters.get('report-type') ?? ''),
  );
  if (byReporter || namedReport) return true;
  return (
    fromMachine &&
    SUBJECTS.test(mail.subject) &&
    (WORDS_OF_FAILURE.test(mail.text.slice(0, 20_000)) || hasCode(mail.text))
  );
}

/** Out-of-office answers come to bounce addresses as well. */
function isAutomaticAnswer(root: MimePart): boolean {
  return /auto-replied/i.test(fieldOf(root, 'auto-submitted') ?? '') && !/report/.test(root.type);
}

function hasCode(text: string): boolean {
  return /\b[45]\.\d{1,3}\.\d{1,3}\b|\b(?:4[2-5]\d|5[0-7]\d)[ -]/.test(text.slice(0, 20_000));
}

/** Where the original mail begins in a report: what follows it was not written by the server. */
const ORIGINAL_BELOW =
  /^[ \t>]*-{2,}\s*(?:This is a copy of (?:the|your) message|Below this line is a copy|Below the next line|Original message|Returned message|Message header|The header (?:of|information)|Unsent message|Forwarded message|Original headers?|Kopie der Nachricht|Message body|Transcript of .{0,20} copy).{0,80}$|^(?:Original message (?:headers?|follows)|Received: from|Return-Path: <|The original message was:|Message headers follow|Below is (?:a copy|the original)).{0,200}$/im;

function bouncesOfWords(mail: ReportedMail, parts: readonly MimePart[], originalMessageId: string | null): Bounce[] {
  const below = ORIGINAL_BELOW.exec(mail.text);
  const told = (below === null ? mail.text : mail.text.slice(0, below.index)).slice(0, 20_000);
  const failed = fieldsOf(mail.root, 'x-failed-recipients').flatMap((value) =>
    value.split(',').map((address) => readEmail(address)),
  );
  const recipients = unique(failed.filter((address) => address !== null));
  const named = recipients.length > 0 ? recipients : recipientsIn(told, mail, parts);
  const delayed =
    /\bdelay(?:ed)?\b|still trying|will (?:continue to )?(?:be )?retr|not yet|verzögert|temporarily/i.test(
      `${mail.subject}\n${told}`,
    ) &&
    !/permanent|giving up|could not be delivered|not be delivered|will not be retried|undeliverable|5\.\d\.\d/i.test(
      told,
    );
  const of = (recipient: string | null): Bounce =>
    bounceOf({ recipient, diagnostic: sentenceIn(told, recipient), status: '', delayed, originalMessageId });
  return named.length === 0 ? [of(null)] : named.slice(0, MOST_RECIPIENTS).map(of);
}

/** The addresses that the words complain about: those alone on a line first (qmail, Exim, Postfix), else any but the server's own. */
function recipientsIn(told: string, mail: ReportedMail, parts: readonly MimePart[]): string[] {
  const own = new Set([mail.fromEmail, mail.envelopeFrom].filter((address) => address !== null));
  const sender = parts.find(({ message }) => message !== null)?.message;
  const writer =
    sender === undefined || sender === null
      ? null
      : readEmail(/<([^<>]+)>/.exec(fieldOf(sender, 'from') ?? '')?.[1] ?? fieldOf(sender, 'from'));
  if (writer !== null) own.add(writer);
  const kept = (addresses: (string | null)[]): string[] =>
    unique(addresses.filter((address) => address !== null && !own.has(address) && !MACHINES.test(address))) as string[];

  const alone = kept(
    [
      ...told.matchAll(
        /^[ \t]*(?:[-*•]\s*)?(?:To:|An:|Recipient:|Recipient address:|Empfänger:|Failed recipient:|Rejected:)?[ \t]*<?([^\s@<>"()[\],;:]{1,64}@[a-z0-9.-]{1,200}[a-z0-9])>?[ \t]*:?[ \t]*(?:\(.{0,200}\))?[ \t]*\.?$/gim,
      ),
    ].map(([, address]) => readEmail(address ?? null)),
  );
  if (alone.length > 0) return alone;
  const bracketed = kept(
    [...told.matchAll(/<(?:mailto:)?([^\s@<>"]{1,64}@[^\s@<>"]{1,200})>/g)].map(([, address]) =>
      readEmail(address ?? null),
    ),
  );
  if (bracketed.length > 0) return bracketed;
  return kept(
    (told.match(/[^\s@<>"'()[\],;:]{1,64}@[a-z0-9.-]{1,200}[a-z0-9]/gi) ?? []).map((address) => readEmail(address)),
  ).slice(0, 1);
}

interface Told {
  readonly recipient: string | null;
  readonly diagnostic: string;
  readonly status: string;
  readonly delayed: boolean;
  readonly originalMessageId: string | null;
}

function bounceOf({ recipient, diagnostic, status, delayed, originalMessageId }: Told): Bounce {
  const smtpCode = smtpCodeIn(diagnostic);
  const code = statusOf(status, diagnostic, smtpCode, delayed);
  const reason = diagnostic === '' ? 'The server gave no reason.' : diagnostic;
  return {
    recipient,
    status: code,
    smtpCode,
    reason,
    hard: code.startsWith('5.') && !delayed && condemns(code, diagnostic),
    originalMessageId,
  };
}

function smtpCodeIn(diagnostic: string): number | null {
  const [, code] = /(?:^|[\s:;("'#<])([45]\d\d)(?=[\s\-:;#.,)]|$)(?![.]\d)/.exec(diagnostic) ?? [];
  return code === undefined ? null : Number(code);
}

/** The status in the diagnosis is more exact than a general one beside it. */
function statusOf(given: string, diagnostic: string, smtpCode: number | null, delayed: boolean): string {
  const own = /\b([45]\.\d{1,3}\.\d{1,3})\b/.exec(given)?.[1];
  const inWords = /(?:^|[^\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/.exec(diagnostic)?.[1];
  if (own !== undefined && !/^[45]\.0\.0$/.test(own)) return own;
  if (inWords !== undefined && (own === undefined || inWords.startsWith(own.slice(0, 1)))) return inWords;

  const kind = own?.slice(0, 1) ?? (smtpCode === null ? (delayed ? '4' : '5') : String(smtpCode).slice(0, 1));
  if (FULL.test(diagnostic)) return `${kind}.2.2`;
  if (UNKNOWN_USER.test(diagnostic)) return `${kind}.1.1`;
  if (UNKNOWN_HOST.test(diagnostic)) return `${kind}.1.2`;
  if (DISABLED.test(diagnostic)) return `${kind}.2.1`;
  if (REFUSED.test(diagnostic)) return `${kind}.7.1`;
  return own ?? `${kind}.0.0`;
}

const FULL =
  /(?:mailbox|quota|inbox|postfach|mail ?box|boîte|buzón).{0,40}(?:full|exceed|voll|overflow|pleine|lleno|over)|over ?quota|quota.{0,30}(?:exceeded|full|reached)|out of storage|insufficient (?:system )?storage|storage.{0,20}exceeded/i;
const UNKNOWN_USER =
  /(?:user|recipient|mailbox|address|account|benutzer|empfänger|adresse|inbox|alias).{0,60}(?:unknown|not (?:be )?found|no(?:t| longer) (?:exist|known|valid|here|active)|does(?:n['’]t| not) (?:exist|have)|invalid|rejected|unbekannt|existiert nicht|not listed|unavailable|inconnu|no existe|doesn't)|(?:unknown|no such|invalid|bad|unrecognized|unbekannter).{0,30}(?:user|recipient|mailbox|address|account|person|empfänger|local)|address not found|no mailbox here|not a valid (?:user|mailbox|recipient)|unrouteable address|doesn['’]t have a .{0,40} account/i;
const UNKNOWN_HOST =
  /host (?:or domain name )?(?:unknown|not found)|domain.{0,40}(?:not found|does(?:n['’]t| not) exist|couldn['’]t be found|unknown|no(?:t)? .{0,10}mx)|name service error|no (?:mx|a) record|nxdomain|unrouteable mail domain|bad destination (?:host|system)/i;
const DISABLED = /(?:account|mailbox|user).{0,40}(?:disabled|suspended|inactive|deactivated|locked|blocked)/i;
const REFUSED =
  /spam|blocked|blacklist|black list|denied|policy|not (?:permitted|allowed|authori[sz]ed)|spf|dkim|dmarc|reputation|refused by|content rejected|relay(?:ing)? (?:access )?denied|virus|malware|greylist|abuse|rbl|spamhaus/i;

/** A full mailbox gets emptied and a policy changes; neither says that the address is wrong. */
function condemns(status: string, diagnostic: string): boolean {
  if (/^5\.2\.2$|^5\.7\./.test(status) || /^5\.3\./.test(status)) return false;
  const general = /^5\.(?:0\.0|2\.0|5\.\d+|4\.\d+|6\.\d+)$/.test(status);
  return !(general && (FULL.test(diagnostic) || (REFUSED.test(diagnostic) && !UNKNOWN_USER.test(diagnostic))));
}

/** The sentence that names the failure: a line with a code, else one that sounds like it, best after the address. */
function sentenceIn(told: string, recipient: string | null = null): string {
  const place = recipient === null ? -1 : told.toLowerCase().indexOf(recipient);
  const after = place < 0 ? told : told.slice(place);
  for (const text of [after, told]) {
    const paragraphs = text.split(/\n\s*\n/).map((paragraph) => cleanLine(paragraph.replace(/^[ \t>|]+/gm, ''), 1_000));
    const coded = paragraphs.find((paragraph) =>
      /\b[45]\.\d{1,3}\.\d{1,3}\b|(?:^|[\s:(#"'])[45]\d\d[\s-]/.test(paragraph),
    );
    const sounding = paragraphs.find((paragraph) =>
      [UNKNOWN_USER, FULL, UNKNOWN_HOST, DISABLED, REFUSED].some((pattern) => pattern.test(paragraph)),
    );
    const found = coded ?? sounding;
    if (found !== undefined) return found;
  }
  return cleanLine(told.split(/\n\s*\n/).find((paragraph) => WORDS_OF_FAILURE.test(paragraph)) ?? '', 500);
}

/** Message-ID of the mail that bounced: from its returned copy or header, or from where the words quote it. */
function originalIdIn(parts: readonly MimePart[], text: string): string | null {
  for (const part of parts) {
    const id = part.message === null ? null : readMessageId(fieldOf(part.message, 'message-id'));
    if (id !== null) return id;
    if (/^text\/rfc822-headers$|^message\/(?:rfc822-headers|partial|global-headers)$/.test(part.type)) {
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
    : readMessageId(fieldOf(root, 'x-original-message-id') ?? fieldOf(root, 'in-reply-to') ?? null);
}

function idInText(text: string): string | null {
  const [, id] = /^[ \t>|]*Message-ID:\s*(<[^<>\s]{3,500}>)/im.exec(text.slice(0, 200_000)) ?? [];
  return id ?? null;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

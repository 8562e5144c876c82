import type { Bounce } from '../../received-mail.js';
import { readAddresses, readEmail } from './addresses.js';
import { bounceOf, soundsLikeAReason } from './delivery-verdict.js';
import { cleanLine } from './header-text.js';
import { fieldOf, fieldsOf, type MimePart } from './mime.js';

/** Reports of failed delivery that are written for people only, as half of the world's mail servers do. Pure. */

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

const MACHINES =
  /^(?:mailer-?daemon|post[-._]?master|mail-?daemon|mail[._-]?delivery|mail[._-]delivery[._-](?:system|service|subsystem)|bounce[sd]?|noreply-dmarc|mdaemon|smtp-?daemon|mail-?system|microsoftexchange[\w]*)(?:[\\+._-][^@]*)?@/i;

const SUBJECTS = new RegExp(
  [
    String.raw`undeliver(?:ed|able)|un-?deliverable`,
    String.raw`delivery (?:status )?(?:notification|failure|has failed|failed|report|problem|delayed|error|warning)|deliver(?:y|ed) status`,
    String.raw`mail (?:delivery|system|could not be|error|status)|processing error|failed mail|(?:mail|message) (?:fail(?:ed|ure)|status)|mailbox (?:unavailable|full)`,
    String.raw`returned (?:mail|to sender)|return(?:ing|ed)? (?:message )?to sender|message (?:not delivered|undeliverable|delayed|could not be)|non ?-?remis|failure notice|failure delivery`,
    String.raw`(?:warning|error).{0,30}(?:message|mail).{0,30}(?:delayed|still not|not (?:yet )?(?:been )?(?:sent|delivered))`,
    String.raw`delivery incomplete|could not (?:send message|be delivered)|permanent (?:fatal|error|delivery)|rejected: |rejected mail|address not found|user unknown|nondeliverable|non-? ?delivery|not (?:yet )?(?:been )?delivered|not read: unde`,
    String.raw`unzustellbar|nicht zugestellt|zustellung(?:sfehler|.{0,20}(?:fehlgeschlagen|verzögert))|nicht zustellbar|fehlgeschlagen.{0,10}zustell|zustellproblem`,
    String.raw`non remis|non distribu|échec de (?:la )?(?:remise|livraison|distribution)|message non délivr|avis de non|non délivr`,
    String.raw`no se (?:pudo|puede|ha podido) entregar|no entregado|no se puede entregar|devuelto|entrega fallida|error de entrega|falha na entrega|não (?:foi )?entreg|devolvid`,
    String.raw`mancato recapito|mancata consegna|non recapitabile|consegna non riuscita|onbestelbaar|kan niet worden (?:afgeleverd|bezorgd)|niet bezorgd|aflevering mislukt`,
    String.raw`niedostarczon|nie dostarczono|niemożliwe do dostarczenia|olevererbart|kunde inte levereras|kan ej levereras|kunne ikke leveres|går inte att leverera|toimitta|nedoruči`,
    String.raw`недоставлен|не доставлено|не удалось доставить|配信不能|配信できません|未送達|送信できません|配信エラー|エラーメール|無法傳遞|无法送达|无法投递|退信|系统退信|投递失败|传输失败|傳輸失敗`,
  ].join('|'),
  'iu',
);

const WORDS_OF_FAILURE = new RegExp(
  [
    String.raw`could(?:n['’]t| not) be (?:delivered|sent|found)|(?:was|were)(?:n['’]t| not) (?:delivered|able to deliver)|(?:unable|not able) to deliver|has (?:not )?(?:yet )?(?:been )?(?:not )?(?:been )?delivered|not (?:been )?delivered|undelivered|un-?deliverable`,
    String.raw`delivery (?:has |to (?:the )?.{0,60})?fail|del[ie]very .{0,40}(?:aborted|refused|expired)|permanent(?:ly)? (?:fatal )?(?:delivery )?(?:error|fail)|encountered (?:an error|(?:a )?delivery problem)|failed addresses|address(?:es)? failed`,
    String.raw`user unknown|unknown user|user not (?:known|found)|does(?:n['’]t| not) exist|no such (?:user|mailbox|recipient)|no matches to|(?:mailbox|account) (?:is )?(?:full|unavailable|not found|disabled|exceeds)|exceed(?:s|ed|ing) (?:allowed size|their quota|quota)|quota exceeded|invalid (?:final delivery|recipient|address|mailbox)|unknown (?:host|address|recipient)|cannot be delivered`,
    String.raw`not reach (?:some|the)|recipient(?:s)? (?:rejected|failed|address)|can(?:['’]t|not) be (?:found|reached|delivered)|returned to (?:you|sender)|was (?:automatically )?rejected|(?:has been|was) (?:delayed|postponed|returned)|message delayed|delivery .{0,30}delayed|delivery attempts|no longer valid|did not (?:exactly )?match|did not respond|final email delivery point|requires a valid`,
    String.raw`nicht zugestellt|nicht zustellbar|konnte nicht|nicht erreicht|n['’]a pas pu|pas été (?:remis|délivr|distribu)|ne peut (?:pas )?être|no se (?:pudo|puede|ha podido)|não (?:pôde|foi possível)|non (?:è stato possibile|può essere|recapitat)|kon(?:den)? niet worden|niet (?:worden )?(?:bezorgd|afgeleverd)|nie (?:mogła|można|została|dostarczono)|kunde inte|kunne ikke|не может быть доставлен|не удалось|не было доставлено|送信できません|配信できません|配信されません|見つかりません|无法(?:发送|送达|投递|被发送)|無法(?:傳送|遞送)|退回`,
  ].join('|'),
  'iu',
);

/** A report in words comes from a machine, has no return path or came to a bounce address, and says that something failed. */
export function looksLikeBounce(mail: ReportedMail, parts: readonly MimePart[]): boolean {
  const machine = MACHINES.test(mail.fromEmail ?? '');
  if (!machine && isAutomaticAnswer(mail.root)) return false;
  if (fieldOf(mail.root, 'x-failed-recipients') !== null || isNamedReport(parts)) return true;

  const above = mail.text.slice(0, 20_000);
  const failed = WORDS_OF_FAILURE.test(above) || hasCode(above);
  if (!failed) return machine && SUBJECTS.test(mail.subject) && returnsAMail(mail, parts);
  if (SUBJECTS.test(mail.subject)) {
    if (machine || mail.toBounceAddress) return true;
    if (hasNoReturn(mail))
      return returnsAMail(mail, parts) || hasCode(above) || namesAnAddress(above) || isGenerated(mail.root);
  }
  // Some servers keep the original's subject, or leave it empty; they return what they could not deliver.
  return (
    machine &&
    WORDS_OF_FAILURE.test(above) &&
    (returnsAMail(mail, parts) ||
      /daemon|exchange/i.test(mail.fromEmail ?? '') ||
      (hasCode(above) && /^\s*(?:RCPT TO:|MAIL FROM:|Reporting-MTA|>>> )/im.test(above)))
  );
}

/** A person's mail has a return path; a web form's or a test's may lack one, so this alone proves nothing. */
function hasNoReturn({ root, envelopeFrom }: ReportedMail): boolean {
  return (
    envelopeFrom === null || /^<?(?:\s*|mailer-daemon(?:@[^>]*)?)>?$/i.test(fieldOf(root, 'return-path') ?? 'absent')
  );
}

function isGenerated(root: MimePart): boolean {
  return /^auto-(?:generated|replied)/i.test(fieldOf(root, 'auto-submitted') ?? '');
}

function namesAnAddress(text: string): boolean {
  return text.match(ALONE) !== null;
}

function isNamedReport(parts: readonly MimePart[]): boolean {
  return parts.some(
    ({ type, typeParameters }) =>
      type === 'multipart/report' && /delivery-status/i.test(typeParameters.get('report-type') ?? ''),
  );
}

function returnsAMail({ text }: ReportedMail, parts: readonly MimePart[]): boolean {
  return ORIGINAL_BELOW.test(text) || parts.some(({ type }) => /^message\/|^text\/rfc822/.test(type));
}

/** Out-of-office answers come to bounce addresses as well. */
function isAutomaticAnswer(root: MimePart): boolean {
  return /auto-replied/i.test(fieldOf(root, 'auto-submitted') ?? '') && !/report/.test(root.type);
}

function hasCode(text: string): boolean {
  return /\b[45]\.\d{1,3}\.\d{1,3}\b|\b(?:4[2-5]\d|5[0-7]\d)[ -]/.test(text);
}

/** Where the original mail begins in a report: what follows it was not written by the server. */
const ORIGINAL_BELOW =
  /^[ \t>|]*[-=*]{2,}\s*(?:This is a copy of (?:the|your) message|Below this line is a copy|Below the next line|Original message|Returned (?:message|mail)|Returned mail follows|Message header|(?:The )?headers? (?:of|information)|Unsent message|Undelivered message|Forwarded message|Original headers?|Kopie der Nachricht|Message body|Message text follows|Message follows|Attachment is a copy|Der Kopf der|Der Header|Transcript of .{0,20} copy).{0,80}$|^(?:Original message (?:headers?|follows|as received)|Received: from|Return-Path: <|The original message was:|Message headers follow|Below is (?:a copy|the original)|A summary of the undelivered|Your message (?:reads|follows)|The first \d+ lines of your original|Original mail as follows|[*]{5,} ?Original|Texte? (?:du message|de la)|(?:--- )?以下是.{0,20}(?:原信|原邮件|原文)|--- 附件中的内容是原信件).{0,200}$/im;

/** Lines after which the addresses stand that could not be reached. */
const ADDRESSES_BELOW =
  /(?:following|failed|these|intended|indicated|next|suivant|folgende|siguiente|seguent|seguint|volgende|następując|följande|følgende|以下|下列|次の)\S*\s.{0,60}(?:recipient|address|user|destinat|empfänger|adress|indirizz|endereç|geadresseerde|adresat|mottagar|modtager|あて先|宛先|アドレス|地址|收件人)(?:.{0,80}|[^:]{0,200}:)$|^[ \t]*(?:was not delivered to|did not reach|undeliverable to|failed (?:addresses|recipients)).{0,60}$/im;

const ADDRESS = String.raw`[^\s@<>"()[\],;:*]{1,64}@[#a-z0-9.-]{1,200}[a-z0-9]`;
/** An address that has its line to itself, but for a mark before it and the server's word after it. */
const ALONE = new RegExp(
  String.raw`^[ \t]*(?:[-*•>|]+[ \t]*)?(?:(?:To|An|À|Para|Recipient|Recipient address|Empfänger|Failed recipient|Intended recipient|Destinatario|Destinataire|Undeliverable Address|Invalid final delivery userid|User mailbox exceeds allowed size|Rejected|Addressed To|Original address)[ \t]*:)?[ \t]*[<"'«]{0,2}(?:mailto:)?(${ADDRESS})[>"'»]{0,2}[ \t]*(?:<(?:mailto:)?${ADDRESS}>)?[ \t]*(?:[:;,]|\.{2,3}|…)?[ \t]*(?:[([].{0,200}[)\]]|(?:unknown|no such|user|host|mailbox|not|failed|invalid|rejected).{0,100})?[ \t]*\.?$`,
  'gim',
);
/** Exchange 5.5, GroupWise: `carl@example.com on Fri, 20 Jul 2001 …`. */
const DATED = new RegExp(String.raw`^[ \t]*(?:.{0,60}SMTP=)?<?(${ADDRESS})>?;? on (?:\w{3},|\d)`, 'gim');

export function bouncesOfWords(
  mail: ReportedMail,
  parts: readonly MimePart[],
  originalMessageId: string | null,
): Bounce[] {
  const below = ORIGINAL_BELOW.exec(mail.text);
  const told = (below === null ? mail.text : mail.text.slice(0, below.index)).slice(0, 20_000);
  const failed = fieldsOf(mail.root, 'x-failed-recipients').flatMap((value) =>
    value.split(',').map((address) => readEmail(address)),
  );
  const recipients = unique(failed.filter((address) => address !== null));
  // The report is addressed to the writer of what failed; only who wrote to themselves is both.
  const writers = ['to', 'delivered-to', 'x-original-to'].flatMap((name) =>
    fieldsOf(mail.root, name).flatMap((value) => readAddresses(value).map(({ email }) => email)),
  );
  const others = recipients.length > 0 ? recipients : recipientsIn(told, mail, parts, writers);
  const named = firstFilled(
    () => others,
    () => recipientsIn(told, mail, parts, []),
    () => addresseesOfOriginal(parts, below === null ? '' : mail.text.slice(below.index)),
  );
  const delayed = isDelay(mail.subject, told);
  const of = (recipient: string | null): Bounce =>
    bounceOf({ recipient, diagnostic: sentenceIn(told, recipient), status: '', delayed, originalMessageId });
  return named.length === 0 ? [of(null)] : named.slice(0, MOST_RECIPIENTS).map(of);
}

const MOST_RECIPIENTS = 100;

function isDelay(subject: string, told: string): boolean {
  return (
    /\bdelay(?:ed)?\b|still trying|will (?:continue to )?(?:be )?retr|continue to (?:try|attempt)|(?:has )?not yet (?:been )?|postponed|verzögert|temporarily|warning message only|advisory-only|only a warning|just a warning/i.test(
      `${subject}\n${told}`,
    ) &&
    !/permanent|giving up|given up|could not be delivered|will not be retried|undeliverable|\b5\.\d\.\d/i.test(told)
  );
}

function firstFilled<T>(...questions: readonly (() => T[])[]): T[] {
  for (const ask of questions) {
    const found = ask();
    if (found.length > 0) return found;
  }
  return [];
}

/** Old servers name nobody, and return what they could not deliver: if that went to one address, it is the one. */
function addresseesOfOriginal(parts: readonly MimePart[], returned: string): string[] {
  const message = parts.find((part) => part.message !== null)?.message;
  const field =
    message === undefined || message === null
      ? /^[ \t>|]*To:[ \t]*(.{1,500})$/im.exec(returned)?.[1]
      : fieldOf(message, 'to');
  const addresses = unique(readAddresses(field ?? null).map(({ email }) => email));
  return addresses.length === 1 ? addresses : [];
}

/** The addresses that the words complain about: those alone on a line first (qmail, Exim, Postfix), else any but the server's own. */
function recipientsIn(
  told: string,
  mail: ReportedMail,
  parts: readonly MimePart[],
  writers: readonly string[],
): string[] {
  const own = new Set([mail.fromEmail, mail.envelopeFrom, ...writers].filter((address) => address !== null));
  const sender = parts.find(({ message }) => message !== null)?.message;
  const writer =
    sender === undefined || sender === null
      ? null
      : readEmail(/<([^<>]+)>/.exec(fieldOf(sender, 'from') ?? '')?.[1] ?? fieldOf(sender, 'from'));
  if (writer !== null) own.add(writer);
  const kept = (addresses: readonly (string | undefined)[]): string[] =>
    unique(
      addresses
        .map((address) => readEmail(address ?? null))
        .filter((address) => address !== null)
        .filter((address) => !own.has(address) && !MACHINES.test(address)),
    );
  const inside = (text: string, pattern: RegExp): string[] =>
    kept([...text.matchAll(pattern)].map(([, address]) => address));

  const announced = ADDRESSES_BELOW.exec(told);
  const after = announced === null ? '' : told.slice(announced.index + announced[0].length);
  for (const text of [after, told]) {
    for (const pattern of [DATED, ALONE]) {
      const found = inside(text, pattern);
      if (found.length > 0) return found;
    }
  }
  const bracketed = inside(told, /<(?:mailto:)?([^\s@<>"]{1,64}@[^\s@<>"]{1,200})>/g);
  if (bracketed.length > 0) return bracketed;
  const local = announced === null ? null : /^[ \t]+([a-z0-9][\w.-]{1,40})[ \t]*$/im.exec(after)?.[1];
  const domain = mail.fromEmail?.split('@')[1];
  if (local !== null && local !== undefined && domain !== undefined && writers.length > 0)
    return [`${local.toLowerCase()}@${domain}`];
  return inside(told, new RegExp(`(${ADDRESS})`, 'gi')).slice(0, 1);
}

/** The paragraph with the code, else one that sounds like a reason, best after the address. */
export function sentenceIn(told: string, recipient: string | null = null): string {
  const place = recipient === null ? -1 : told.toLowerCase().indexOf(recipient);
  const after = place < 0 ? told : told.slice(place);
  for (const text of [after, told]) {
    const paragraphs = text.split(/\n\s*\n/).map((paragraph) => cleanLine(paragraph.replace(/^[ \t>|]+/gm, ''), 1_000));
    const coded = paragraphs.find((paragraph) =>
      /\b[45]\.\d{1,3}\.\d{1,3}\b|(?:^|[\s:(#"'])[45]\d\d[\s-]/.test(paragraph),
    );
    const found = coded ?? paragraphs.find(soundsLikeAReason);
    if (found !== undefined) return found;
  }
  return cleanLine(told.split(/\n\s*\n/).find((paragraph) => WORDS_OF_FAILURE.test(paragraph)) ?? '', 500);
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

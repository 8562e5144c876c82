import type { ForwardedMail, MailAddress } from '../../received-mail.js';
import { readEmail } from './addresses.js';
import { cleanLine } from './header-text.js';

/** Mails that stand written out within the text of another: the block of From, Sent, To, Subject, and the lines that announce it. */

/** Longer lines are no fields, and patterns are slow on them. */
const LONGEST_FIELD = 500;

const FROM = [
  'From',
  'Von',
  'De',
  'Da',
  'Van',
  'Från',
  'Fra',
  'Od',
  'Lähettäjä',
  'Expéditeur',
  'Remitente',
  'Mittente',
  'Afzender',
  'Feladó',
  'De la',
  'Kimden',
  'Gönderen',
  'От',
  'От кого',
  'Від',
  'Από',
  '差出人',
  '送信者',
  '发件人',
  '寄件者',
  '寄件人',
  '보낸 사람',
  '보낸사람',
  '송신자',
  'Nadawca',
  'Від кого',
  '送信元',
  'Šalje',
  'Expeditorul',
  'Expeditor',
  'Отправитель',
  'Відправник',
  'Saatja',
  'Подател',
  'Avsender',
];
const SENT = [
  'Sent',
  'Date',
  'Gesendet',
  'Datum',
  'Envoyé',
  'Envoyé le',
  'Enviado',
  'Enviado el',
  'Enviado em',
  'Enviada em',
  'Enviada',
  'Fecha',
  'Data',
  'Inviato',
  'Verzonden',
  'Skickat',
  'Sendt',
  'Dato',
  'Wysłano',
  'Wysłane',
  'Lähetetty',
  'Päiväys',
  'Päivämäärä',
  'Dată',
  'Odesláno',
  'Odoslané',
  'Elküldve',
  'Dátum',
  'Trimis',
  'Gönderildi',
  'Tarih',
  'Отправлено',
  'Дата',
  'Надіслано',
  'Ημερομηνία',
  '日付',
  '送信日時',
  '日時',
  '发送时间',
  '发送日期',
  '日期',
  '寄件日期',
  '傳送日期',
  '날짜',
  'Στάλθηκε',
  'Poslano',
  'Dana',
  'Dátum',
  'Data trimiterii',
  'Надіслано',
  'Saadetud',
  'Tanggal',
  'Odeslané',
  'Utworzono',
  '보낸 날짜',
];
const TO = [
  'To',
  'An',
  'À',
  'A',
  'Para',
  'Aan',
  'Till',
  'Til',
  'Do',
  'Vastaanottaja',
  'Komu',
  'Címzett',
  'Către',
  'Kime',
  'Alıcı',
  'Кому',
  'Προς',
  '宛先',
  '收件人',
  '收件者',
  '받는 사람',
  '받는사람',
  'Za',
  'Prima',
  'Pre',
  'Pour',
  'Adresat',
  '送信先',
  'Destinatarul',
  'Получатель',
  'Одержувач',
  'Vastaanottajat',
  'Destinatario',
  'Destinataire',
  'Mottaker',
  'Modtager',
];
const SUBJECT = [
  'Subject',
  'Betreff',
  'Objet',
  'Asunto',
  'Assunto',
  'Oggetto',
  'Onderwerp',
  'Ämne',
  'Emne',
  'Temat',
  'Aihe',
  'Předmět',
  'Predmet',
  'Tárgy',
  'Subiect',
  'Konu',
  'Тема',
  'Θέμα',
  '件名',
  '主题',
  '主旨',
  '主題',
  '제목',
  'Sujet',
  'Ogg',
  'Rubrik',
  'Naslov',
  'Predmet',
  'Subiectul',
  'Assunt',
];
const COPY = [
  'Cc',
  'CC',
  'Kopie',
  'Kopia',
  'Kopi',
  'Copia',
  'Copie',
  'Reply-To',
  'Antwort an',
  'Importance',
  'Wichtigkeit',
  'Priorität',
  'Reply To',
  'Répondre à',
  '抄送',
  'Копия',
];

const label = (names: readonly string[]): RegExp =>
  new RegExp(String.raw`^[\s>*]*(?:${names.join('|')})\s?\*?\s?[:：]\s*\*?\s*(.*)$`, 'iu');
const FROM_LINE = label(FROM);
const SENT_LINE = label(SENT);
const TO_LINE = label(TO);
const SUBJECT_LINE = label(SUBJECT);
const ANY_LINE = label([...FROM, ...SENT, ...TO, ...SUBJECT, ...COPY]);

/** What stands between dashes above a forwarded mail: Gmail, Thunderbird, Yahoo, HubSpot, Lotus, GMX. */
const FORWARD_NAMES = [
  'Forwarded message',
  'Forwarded by .{0,80}',
  'Fwd\\.? ?Msg',
  'Weitergeleitete (?:Nachricht|Mail|E-Mail)',
  'Weitergeleitet von .{0,80}',
  'Message transféré',
  'Message transmis',
  'Message réexpédié',
  'Transféré par .{0,80}',
  'Mensaje reenviado',
  'Reenviado por .{0,80}',
  'Mensagem (?:encaminhada|reencaminhada)',
  'Encaminhado por .{0,80}',
  'Messaggio inoltrato',
  'Inoltrato da .{0,80}',
  'Doorgestuurd bericht',
  'Doorgestuurd door .{0,80}',
  'Vidarebefordrat meddelande',
  'Videresendt (?:besked|melding|meddelelse|e-post)',
  'Treść przekazanej wiadomości',
  'Wiadomość (?:przekazana|przesłana dalej)',
  'Przekazana wiadomość',
  'Přeposlaná (?:zpráva|správa|e-mail)',
  'Přeposlaný e-mail',
  'Preposlaná správa(?: --- Forwarded Message)?',
  'Továbbított üzenet',
  'Välitetty viesti(?: \\/ Fwd\\.Msg)?',
  'Edelleenlähetetty viesti',
  'Proslijeđena poruka',
  'Posredovano sporočilo',
  'Mesaj redirecționat',
  'Missatge reenviat',
  'İletilmiş (?:Mesaj|ileti)',
  'İletilen İleti',
  'Yönlendirilmiş ileti',
  'Пересылаемое сообщение',
  'Переадресованное сообщение',
  'Перенаправленное сообщение',
  'Пересланное сообщение',
  'Переслане повідомлення',
  'Перенаправлене повідомлення',
  'Препратено съобщение',
  'Προωθημένο μήνυμα',
  '転送メッセージ',
  'メッセージを転送',
  'メッセージの転送',
  '转发的?邮件(?:信息)?',
  '转发的?消息',
  '轉寄(?:的)?郵件',
  '轉寄訊息',
  '전달된 (?:메시지|메일)',
];
/** What Apple Mail and MailMate say instead. */
const FORWARD_SENTENCES = [
  'Begin forwarded message',
  'Forwarded message',
  'Anfang der weitergeleiteten (?:Nachricht|E-Mail)',
  'Début du (?:message|courriel) (?:transféré|réexpédié)',
  'Inicio del mensaje reenviado',
  'Início da mensagem (?:encaminhada|reencaminhada)',
  'Inizio (?:del )?messaggio inoltrato',
  'Begin doorgestuurd bericht',
  'Vidarebefordrat (?:brev|mejl|meddelande)',
  'Rozpoczęcie przekazywanej wiadomości',
  'Początek przekazywanej wiadomości',
  'Start på videresendt besked',
  'Videresendt (?:besked|melding)',
  'Välitetty viesti alkaa',
  'Začátek přeposílané zprávy',
  'Začiatok preposlanej správy',
  'Továbbított levél kezdete',
  'Začetek posredovanega sporočila',
  'Započni proslijeđenu poruku',
  'Începe mesajul redirecționat',
  'İleti başlangıcı',
  'Начало переадресованного сообщения',
  'Початок листа, що пересилається',
  '転送されたメッセージ',
  '开始转发的邮件',
  '下面是被转发的邮件',
  '開始轉寄郵件',
  '以下是轉寄的郵件',
  '전달된 메시지 시작',
];

const FORWARD_MARKER = new RegExp(
  String.raw`^[\s>*]*(?:[-_=]{2,}\s*(?:${FORWARD_NAMES.join('|')})\s*[-_=]*|(?:${FORWARD_SENTENCES.join('|')})\s*[:：])\s*$`,
  'iu',
);
/** Yahoo writes marker and header as one line. */
const MARKER_AND_HEADER = new RegExp(
  String.raw`^([\s>]*-{2,}\s*(?:${FORWARD_NAMES.join('|')})\s*-{2,})\s+((?:${FROM.join('|')})\s?[:：].*)$`,
  'iu',
);
const FIELD_WITHIN = new RegExp(
  String.raw`(?<=[>)\]\s])(?=(?:${[...TO, ...COPY].join('|')})\s?[:：])|(?=(?:${[...SENT, ...SUBJECT].filter((name) => name.length > 3 || /[^\x00-\x7f]/.test(name)).join('|')})\s?[:：])`,
  'giu',
);
/** `Am 28.10.2026, 12:46 schrieb "Carl" <carl@example.com>:` is all that Outlook for Mac leaves of a forwarded mail's header. */
const HEADER_SENTENCE =
  /^(?=.{0,300}\d{1,2}[.:]\d{2})[\s>]*.{0,300}?(?:["„“«]\s?([^"”»“]{1,100}?)\s?["”»“]\s?)?[<([]{1,2}([^\s<>()[\]@]{1,64}@[^\s<>()[\]]{1,200})[>)\]]{1,2}.{0,100}[:：]\s*$/u;

/** Subjects of forwards; of a reply to a forward too, which is told apart by what stands in the text. */
const FORWARD_SUBJECT =
  /^\s*(?:\[[^\]]{1,30}\]\s*)?(?:fwd?|fw|wg|tr|rv|enc|i|inoltro|doorst|vb|vs|vl|pd|pdl|tov|redir\.?|videresend|preposlané|přeposláno|ilt|i̇lt|İLT|转发|轉寄|转寄|转|전달|fwd?\(?\d*\)?)\s*[:：]/iu;

/** Whether this line announces a forwarded mail. */
export function isForwardMarker(line: string): boolean {
  return line.length < 200 && FORWARD_MARKER.test(line);
}

/**
 * Whether the fields of a mail stand here, in whatever order the program writes them: who, when, and to whom or about what. Addresses,
 * or all four, tell it from a person's own "From: Berlin".
 */
export function isHeaderBlock(lines: readonly string[], at: number): boolean {
  const line = lines[at];
  if (line === undefined || !isField(line)) return false;

  const block = [line, ...headerLines(lines, at + 1, 9)].filter((other) => other.length <= LONGEST_FIELD);
  const has = (pattern: RegExp): boolean => block.some((other) => pattern.test(other));
  if (!has(FROM_LINE) || !has(SENT_LINE)) return false;
  return (
    (has(TO_LINE) && has(SUBJECT_LINE)) ||
    ((has(TO_LINE) || has(SUBJECT_LINE)) && block.some((other) => /\S@\S/.test(other)))
  );
}

function isField(line: string | undefined): boolean {
  return line !== undefined && line.length <= LONGEST_FIELD && ANY_LINE.test(line);
}

/** The filled lines of the block, up to the first that is followed by none of a header's. */
function headerLines(lines: readonly string[], from: number, most: number): string[] {
  const block: string[] = [];
  for (let at = from; at < lines.length && block.length < most; at++) {
    const line = lines[at] ?? '';
    if (line.trim() === '') {
      // Apple Mail and HTML turned to text put empty lines between the fields.
      if (isField(lines[at + 1])) continue;
      break;
    }
    block.push(line);
  }
  return block;
}

/** The forwarded mail in a text, if its subject or a line says that it is one. */
export function forwardedInText(text: string, subject: string): ForwardedMail | null {
  const given = text.split('\n').slice(0, 3_000).flatMap(withFieldsApart);
  const marker = given.findIndex(isForwardMarker);
  // Apple Mail marks a forwarded mail as it marks a quote.
  const lines = given.map((line, index) => (marker >= 0 && index > marker ? unquoted(line) : line).trimEnd());
  if (marker < 0 && !FORWARD_SUBJECT.test(subject)) return null;

  const header = headerBelow(lines, marker);
  if (header === null) return marker < 0 ? forwardedBelowSentence(lines) : null;
  const { start, from } = header;
  // The people of a From line that was wrapped stand on the next.
  const originalSender = senderIn(
    `${FROM_LINE.exec(lines[from] ?? '')?.[1] ?? ''} ${isField(lines[from + 1]) ? '' : (lines[from + 1] ?? '')}`,
  );
  if (originalSender === null) return null;

  let bodyAt = from;
  while (bodyAt < lines.length && bodyAt < from + 20) {
    const line = lines[bodyAt] ?? '';
    if (unquoted(line).trim() === '' && !isField(lines[bodyAt + 1])) break;
    bodyAt++;
  }
  return forwardOf(lines, { originalSender, commentEnd: marker >= 0 ? marker : start, bodyAt });
}

function unquoted(line: string): string {
  return line.replace(/^\s{0,3}> ?/, '');
}

function withFieldsApart(line: string): string[] {
  if (line.length > 4 * LONGEST_FIELD) return [line];
  const [, marker, header] = MARKER_AND_HEADER.exec(line) ?? [];
  return marker === undefined || header === undefined ? [line] : [marker, ...header.split(FIELD_WITHIN), ''];
}

/** Where the forwarded mail's header begins, and its From line. */
function headerBelow(lines: readonly string[], marker: number): { start: number; from: number } | null {
  const isFrom = (at: number): boolean => (lines[at]?.length ?? 0) <= LONGEST_FIELD && FROM_LINE.test(lines[at] ?? '');
  if (marker >= 0) {
    for (let at = marker + 1; at <= marker + 8 && at < lines.length; at++)
      if (isFrom(at)) return { start: at, from: at };
    return null;
  }
  const start = lines.findIndex((_line, at) => isHeaderBlock(lines, at));
  for (let at = start; start >= 0 && at < start + 8; at++) if (isFrom(at)) return { start, from: at };
  return null;
}

function forwardedBelowSentence(lines: readonly string[]): ForwardedMail | null {
  const at = lines.findIndex((line) => line.length <= LONGEST_FIELD && HEADER_SENTENCE.test(line));
  const [, name = '', address] = HEADER_SENTENCE.exec(lines[at] ?? '') ?? [];
  const email = readEmail(address ?? null);
  if (email === null) return null;
  return forwardOf(lines, { originalSender: { email, name: cleanLine(name, 200) }, commentEnd: at, bodyAt: at + 1 });
}

function forwardOf(
  lines: readonly string[],
  { originalSender, commentEnd, bodyAt }: { originalSender: MailAddress; commentEnd: number; bodyAt: number },
): ForwardedMail {
  const body = lines.slice(bodyAt);
  const filled = body.filter((line) => line.trim() !== '');
  const isQuoted = filled.length > 0 && filled.every((line) => /^\s{0,3}>/.test(line));
  return {
    originalSender,
    comment: lines
      .slice(0, commentEnd)
      .filter((line) => line.length > LONGEST_FIELD || !/^[\s>]*(?:[-_]{5,}|-+\s?\S.{0,40}\S\s?-+)$/.test(line))
      .join('\n')
      .trim(),
    text: (isQuoted ? body.map(unquoted) : body).join('\n').trim(),
  };
}

/** `Carl <carl@example.com>`, `Carl [mailto:carl@example.com]`, `Carl carl@example.com` and their kin. */
function senderIn(value: string): MailAddress | null {
  const found = /(?:mailto:)?([^\s@<>"'()[\]:;,*]{1,64}@[a-z0-9.-]{1,200}[a-z0-9])/iu.exec(value);
  const email = readEmail(found?.[1] ?? null);
  if (found === null || email === null) return null;

  const name = cleanLine(value.slice(0, found.index).replace(/[<[(*"]+|mailto:/gi, ' '), 200)
    .replace(/^['"]+|['",;]+$/g, '')
    .trim();
  return { email, name: name.toLowerCase() === email ? '' : name };
}

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

const FORWARD_MARKER = new RegExp(
  String.raw`^[\s>*]*(?:-{2,}\s*(?:${[
    'Forwarded message',
    'Forwarded by .{0,80}',
    'Weitergeleitete Nachricht',
    'Weitergeleitet von .{0,80}',
    'Message transféré',
    'Message transmis',
    'Mensaje reenviado',
    'Mensagem encaminhada',
    'Mensagem reencaminhada',
    'Messaggio inoltrato',
    'Doorgestuurd bericht',
    'Vidarebefordrat meddelande',
    'Videresendt besked',
    'Videresendt melding',
    'Videresendt meddelelse',
    'Treść przekazanej wiadomości',
    'Wiadomość przekazana',
    'Przekazana wiadomość',
    'Přeposlaná zpráva',
    'Továbbított üzenet',
    'Välitetty viesti',
    'Пересылаемое сообщение',
    'Переадресованное сообщение',
    '転送メッセージ',
    'Forwarded Message',
    '转发的邮件',
    '转发邮件',
    '轉寄郵件',
    '전달된 메시지',
  ].join(
    '|',
  )})\s*-{0,}|(?:Begin forwarded message|Anfang der weitergeleiteten (?:Nachricht|E-Mail)|Début du message (?:transféré|réexpédié)|Inicio del mensaje reenviado|Início da mensagem (?:encaminhada|reencaminhada)|Inizio messaggio inoltrato|Begin doorgestuurd bericht|Vidarebefordrat brev|Rozpoczęcie przekazywanej wiadomości|Początek przekazywanej wiadomości|Start på videresendt besked|Videresendt besked|転送されたメッセージ|开始转发的邮件|下面是被转发的邮件|开始轉寄郵件)\s*[:：]?)\s*$`,
  'iu',
);

/** Subjects of forwards; of a reply to a forward too, which is told apart by what stands in the text. */
const FORWARD_SUBJECT =
  /^\s*(?:fwd?|fw|wg|tr|rv|enc|i|inoltro|doorst|vb|vs|pd|pdl|tov|转发|轉寄|转寄|转|전달|fwd?\(?\d*\)?)\s*[:：]/iu;

/** Whether this line announces a forwarded mail. */
export function isForwardMarker(line: string): boolean {
  return line.length < 200 && FORWARD_MARKER.test(line);
}

/** Whether a From line stands here, with a date and a recipient or subject in the lines after it. */
export function isHeaderBlock(lines: readonly string[], at: number): boolean {
  const line = lines[at];
  if (line === undefined || line.length > LONGEST_FIELD || !FROM_LINE.test(line)) return false;

  const block = headerLines(lines, at + 1, 8);
  const has = (pattern: RegExp): boolean => block.some((other) => other.length <= LONGEST_FIELD && pattern.test(other));
  return has(SENT_LINE) && (has(TO_LINE) || has(SUBJECT_LINE));
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
  const given = text.split('\n').slice(0, 3_000);
  const marker = given.findIndex(isForwardMarker);
  // Apple Mail marks a forwarded mail as it marks a quote.
  const lines = given.map((line, index) =>
    (marker >= 0 && index > marker ? line.replace(/^\s{0,3}> ?/, '') : line).trimEnd(),
  );
  if (marker < 0 && !FORWARD_SUBJECT.test(subject)) return null;

  const from = lines.findIndex(
    (line, index) =>
      index > marker &&
      line.length <= LONGEST_FIELD &&
      FROM_LINE.test(line) &&
      (marker >= 0 ? index <= marker + 8 : isHeaderBlock(lines, index)),
  );
  if (from < 0) return null;
  // The people of a From line that was wrapped stand on the next.
  const originalSender = senderIn(
    `${FROM_LINE.exec(lines[from] ?? '')?.[1] ?? ''} ${isField(lines[from + 1]) ? '' : (lines[from + 1] ?? '')}`,
  );
  if (originalSender === null) return null;

  const above = lines.slice(0, marker >= 0 ? marker : from);
  let bodyAt = from;
  while (bodyAt < lines.length && bodyAt < from + 20) {
    const line = lines[bodyAt] ?? '';
    if (line.trim() === '' && !isField(lines[bodyAt + 1])) break;
    bodyAt++;
  }
  return {
    originalSender,
    comment: above
      .filter((line) => line.length > LONGEST_FIELD || !/^[-_]{5,}$|^-+\s*Original Message\s*-+$/i.test(line))
      .join('\n')
      .trim(),
    text: lines.slice(bodyAt).join('\n').trim(),
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

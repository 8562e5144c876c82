import { HISTORY_BELOW, SIGNATURE_BELOW } from './html-text.js';
import { isForwardMarker, isHeaderBlock } from './mail-in-text.js';

/**
 * Finds a mail's new words: what stands there without the quoted history, the signature and what mail programs add. Pure; where
 * it is not sure it shows more.
 *
 * 1. Everything below an "Original Message" line, a block of From/Sent/To/Subject, or "Carl wrote:" over unmarked text is history.
 * 2. What is left is a sequence of own words and quotes (lines with `>`). A quote at the end, or one alone at the beginning, is
 *    history with its "Carl wrote:"; quotes between own words stay, or the answers could not be understood.
 * 3. A signature below "-- " and the "Sent from my phone" of many programs go.
 * 4. If nothing is left, everything is shown. A forwarded mail is never history: it is what the writer wanted to show.
 */
export function newWords(text: string): string {
  const lines = text
    .replace(/\r\n?/g, '\n')
    .replace(/\u00a0/g, ' ')
    .split('\n')
    .slice(0, MOST_LINES);
  const own = withoutHistory(unquoteForwards(lines));
  const kept = withoutSignature(withoutQuotes(own));
  const words = tidy(kept);
  return words === '' ? tidy(lines) : words;
}

/** A text in the form of its new words, with nothing left out. */
export function wholeText(text: string): string {
  return tidy(
    text
      .replace(/\r\n?/g, '\n')
      .replace(/\u00a0/g, ' ')
      .split('\n'),
  );
}

/** No answer is longer; what is cut here is still shown with the whole text. */
const MOST_LINES = 5_000;
/** How far mail programs wrap "On Monday, … Carl wrote:". */
const ATTRIBUTION_LINES = 4;
const LONGEST_ATTRIBUTION = 400;

/** A pattern in which \b knows the letters of all languages; a RegExp's own knows only English. */
function unicode(source: TemplateStringsArray): RegExp {
  const letter = String.raw`[\p{L}\p{N}]`;
  const boundary = `(?:(?<=${letter})(?!${letter})|(?<!${letter})(?=${letter}))`;
  return new RegExp((source.raw[0] ?? '').replaceAll(String.raw`\b`, boundary), 'iu');
}

const QUOTED = /^\s{0,3}>/;

/** "Original Message" between dashes. */
const ORIGINAL_MESSAGE = new RegExp(
  String.raw`^[\s>]*[-_=*‐–—]{2,}(?:\s|&nbsp;)*(?:${[
    'Original Message',
    'Original',
    'Mail original',
    'Mail originale',
    'Original Appointment',
    'Reply message',
    'Ursprüngliche Nachricht',
    'Urspr\u00fcngliche Mail',
    'Originalnachricht',
    'Original-Nachricht',
    'Ursprünglicher Termin',
    "Message d['’]origine",
    'Message original',
    'Courriel original',
    'Mensaje original',
    'Mensagem original',
    'Messaggio originale',
    'Oorspronkelijk bericht',
    'Originalmeddelande',
    'Ursprungligt meddelande',
    'Oprindelig meddelelse',
    'Oprindelig besked',
    'Original melding',
    'Missatge original',
    'Opprinnelig melding',
    'Original meddelelse',
    'Alkuperäinen viesti',
    'Oryginalna wiadomość',
    'Wiadomość oryginalna',
    'Původní zpráva',
    'Původní e-mail',
    'Pôvodná správa',
    'Eredeti üzenet',
    'Mesaj original',
    'Orijinal Mesaj',
    'Orijinal ileti',
    'Özgün İleti',
    'Исходное сообщение',
    'Оригинальное сообщение',
    'Пересылаемое сообщение',
    'Оригінальне повідомлення',
    'Αρχικό μήνυμα',
    '元のメッセージ',
    '原始邮件',
    '原始郵件',
    '原邮件',
    '回复的原邮件',
    '원본 메시지',
    '원본 메일',
    '원본 이메일',
  ].join('|')})(?:\s|&nbsp;)*[-_=*‐–—]{2,}\s*$`,
  'iu',
);

/** Lotus and Domino: "-----Carl Customer wrote: -----" and "-----Carl/Org wrote: -----To: …". */
const LOTUS = unicode`^-{3,}\s?.{1,120}\b(?:wrote|schrieb|a écrit|escribió|ha scritto)\s?:?\s?-{3,}`;
const LONGEST_RULER = 160;
/** A ruler of any kind, with or without words in it: counts where a header block follows. */
const RULER = /^[\s>]*[-_=*‐–—]{3,}(?:.{0,60}[-_=*‐–—]{3,})?\s*$/u;
/** What a desk's letter asks to write above of. */
const REPLY_ABOVE =
  /^[\s>]*[-#=*~\s]*.{0,30}(?:(?:reply|respond|type|write|answer).{0,30} above (?:this|the) line|(?:antworten|antwort|schreiben).{0,30}(?:oberhalb|über) dieser (?:zeile|linie)|(?:répon|écri).{0,40}au-dessus de cette ligne|(?:respond|escrib).{0,40}(?:encima|arriba) de esta línea|(?:rispond|scriv).{0,40}sopra questa (?:riga|linea)|(?:respond|escrev).{0,40}acima desta linha|boven deze (?:lijn|regel))/iu;

/** "On … wrote:" in the languages of the world, each with the whole line (or the wrapped lines joined). */
const ATTRIBUTIONS: readonly RegExp[] = [
  unicode`^(?:On|At|Op)\s.{4,}\b(?:wrote|writes|said|has written)\s*:$`,
  unicode`^(?:Am|Den|On)\s.{4,}\b(?:schrieb|schrieben|hat geschrieben|hat .{2,200} geschrieben)\b.{0,200}:$`,
  unicode`^.{2,200}\b(?:schrieb am|schrieb|wrote on|wrote at|a écrit le|escribió el|ha scritto il|schreef op)\b.{4,200}:$`,
  unicode`^Le\s.{4,}\ba\s+[eé]crit\s*:$`,
  unicode`^Le\s.{4,}<[^<>]{3,}>\s*(?:a [eé]crit)?\s*:$`,
  unicode`^(?:El|A las)\s.{4,}\b(?:escribi[oó]|ha escrito|escribía)\s*:$`,
  unicode`^(?:Em|A|No dia)\s.{4,}\b(?:escreveu|escreveram)\s*:?$`,
  unicode`^.{2,200}\bescreveu\b.{4,100}:$`,
  unicode`^Missatge de\s.{4,}\bdel dia\b.{4,100}:$`,
  unicode`^Wiadomość napisana przez\s.{4,200}:$`,
  unicode`^(?:Il|In data|Alle)\s.{4,}\b(?:ha scritto|scrisse|scrive)\s*:$`,
  unicode`^(?:Op|Di|Wo|Do|Vr|Za|Zo|Ma)\s.{4,}\b(?:schreef|heeft .{0,100}geschreven)\b.{0,200}:$`,
  unicode`^(?:W dniu|Dnia|Dn\.|pon\.|wt\.|śr\.|czw\.|pt\.|sob\.|niedz\.|[A-ZŚ][a-ząćęłńóśźż]+,).{4,}\b(?:napisał|napisała|napisał\(a\)|pisze)(?:\(a\))?.{0,200}:$`,
  unicode`^(?:Den|På|On|Vid|man|tis|tir|ons|tor|tors|fre|lør|lör|søn|sön)\s.{4,}\b(?:skrev|skriver)\b.{0,200}:$`,
  unicode`^.{4,}\bkirjoitti\b.{0,200}:$`,
  unicode`^(?:Dne|Dňa|On|po|út|st|čt|pá|so|ne)\s.{4,}\b(?:napísala?|napsala?)(?:\(a\))?\s*:$`,
  unicode`^.{4,}(?:ezt írta|írta)\b.{0,200}:$`,
  unicode`^(?:Pe|În|La)\s.{4,}\ba scris\s*:$`,
  unicode`^.{4,}\b(?:şunu yazdı|tarihinde .{0,200}yazdı|yazdı)\s*:$`,
  unicode`^.{4,}(?:пишет|писал|писала|написал|написала|пише|написав|написала\(а\))\s*(?:\(а\))?\s*:?$`,
  unicode`^.{4,}έγραψε\s*:$`,
  unicode`^.{2,}(?:のメール|の投稿|さんは書きました|さんが書きました|は書きました|が書きました|さんからのメッセージ)\s*(?:\(.{0,60}\))?\s*[:：]$`,
  unicode`^\d{4}年\d{1,2}月\d{1,2}日.{0,200}[:：]$`,
  unicode`^\d{4}[/.]\d{1,2}[/.]\d{1,2}.{0,40}[、,]?.{0,120}のメール\s*[:：]$`,
  unicode`^.{2,}(?:写道|寫道|写到|於.{0,80}寫道)\s*[:：]$`,
  unicode`^.{2,}(?:작성|작성했습니다|님이 작성|님이 쓴 글)\s*[:：]$`,
];

/** A date and an address before a colon say the same in any language, where a quote really follows. */
const DATE_AND_ADDRESS =
  /^(?=.{0,300}\d{1,4}[\s\S]{0,40}\d{1,2}[:.h時点시]\d{2}).{0,300}[<([](?:mailto:)?[^<>()[\]\s]+@[^<>()[\]\s]+[>)\]].{0,80}[:：]$/u;
/** "Carl Customer wrote:", without a date: only over marked lines. */
const BARE_ATTRIBUTION = unicode`^.{2,120}\b(?:wrote|writes|schrieb|schreibt|a écrit|escribió|escreveu|ha scritto|schreef|napisał|napisał\(a\)|skrev|さんは書きました|さんが書きました|のメール)\s*[:：]$`;

/** An address or a time of day: without a mark at the lines below, only so exact a line is no sentence of the writer's own. */
const EXACT = /\S@\S|\d{1,2}\s?[:.h時点시]\s?\d{2}/u;

/** Programs signing for their owners, in the last lines of what was written. */
const DEBRIS: readonly RegExp[] = [
  unicode`^(?:Sent|Gesendet|Von meine[mr]|Envoyé|Enviado|Inviato|Verzonden|Verstuurd|Wysłan[eoy]|Skickat|Sendt|Lähetetty|Odesláno|Odoslané|Trimis|Отправлено|Надіслано|Küldve)\b.{0,30}\b(?:from|via|by|von|mit|iPhone|iPad|Handy|Smartphone|Mobiltelefon|depuis|de|desde|do|da|dal|vanaf|met|via|z|ze|från|fra|laitteesta|iPhonesta|z mého|с|из|від)\b.{0,80}$`,
  unicode`^Von (?:meinem|meiner|Yahoo|Outlook|Samsung)\b.{0,60}\bgesendet\.?$`,
  unicode`^Gesendet (?:über|aus|vom)\b.{0,60}$`,
  unicode`^Diese (?:Nachricht|E-Mail|Mail) wurde von (?:meinem|einem|der)\b.{0,80}$`,
  unicode`^(?:Get|Hol dir|Holen Sie sich|Laden Sie|Télécharger|Téléchargez|Obtenir|Obtener|Obtén|Obter|Obtenha|Scarica|Ottieni|Download|Pobierz|Hämta|Skaffa|Hent|Stáhněte si|Загрузить|获取|取得)? ?(?:o |program |aplikację )?(?:Outlook|BlueMail|Yahoo Mail)(?: (?:for|für|pour|para|per|voor|dla|för|til|pro|для|iOS|Android|systemu|dla systemu)\b.{0,80})?$`,
  unicode`^(?:iOS|Android) ?(?:版|用) ?の? ?Outlook を入手.{0,60}$`,
  unicode`^Outlook (?:for|für|pour|para|per|voor|dla|för|til) (?:iOS|Android|Mac)\b.{0,80}$`,
  unicode`^From my (?:iPhone|iPad|Android|Samsung|Galaxy|mobile|phone|BlackBerry)\b.{0,40}$`,
  unicode`^Yahoo Mail\s?[:：]\s?.{0,80}$`,
  unicode`^(?:私の)? ?(?:iPhone|iPad|スマートフォン|スマホ|Android|Yahoo!?メール.{0,20})から送信(?:されました|します)?[。]?$`,
  unicode`^発信元[:：] ?iP.{0,10}$`,
  unicode`^(?:来自|來自|发送自|傳送自)(?: .{0,30}|.{0,12})$`,
  unicode`^(?:发自|發自|从|從).{0,30}(?:iPhone|iPad|手机|手機|Android|网易|小米|华为|傳送|发送).{0,20}$`,
  unicode`^(?:나의|내) (?:iPhone|iPad)에서 보냄$`,
  unicode`^Sent with (?:Proton|Tuta|Spark|BlueMail|Mailspring|Superhuman|Shortwave)\b.{0,60}$`,
];

const SIGNATURE_LINE = /^(?:--|—|–)\s?$/;
/** Rulers that people draw above their names; a few short lines must follow, or it divides a text. */
const SIGNATURE_RULER = /^(?:[_—–]{2,}|(?:- ){4,}-?)\s*$/;
/** Nobody signs with more lines than this; longer things below a dash are words. */
const LONGEST_SIGNATURE = 25;

/** Gmail puts a forwarded mail into the same container as a quote, and Apple Mail marks it as one: it is none. */
function unquoteForwards(lines: readonly string[]): string[] {
  const marker = lines.findIndex((line) => isForwardMarker(unquote(line)));
  if (marker < 0) return [...lines];
  return lines.map((line, index) => (index >= marker ? unquote(line) : line));
}

function unquote(line: string): string {
  return line.replace(/^\s{0,3}> ?/, '');
}

function withoutHistory(lines: readonly string[]): string[] {
  const forward = lines.findIndex(isForwardMarker);
  for (let at = 0; at < lines.length; at++) {
    if (at === forward) return [...lines];
    const line = lines[at] ?? '';
    if (line.trim() === '') continue;
    if (line === HISTORY_BELOW) {
      if (holdsForward(lines, at)) return lines.filter((other) => other !== HISTORY_BELOW);
      return lines.slice(0, at);
    }
    if (line.length > LONGEST_ATTRIBUTION) continue;
    if (line.length <= LONGEST_RULER && (ORIGINAL_MESSAGE.test(line) || LOTUS.test(line))) return lines.slice(0, at);
    if (line.length <= LONGEST_RULER && RULER.test(line) && isHeaderBlock(lines, nextFilled(lines, at + 1)))
      return lines.slice(0, at);
    if (REPLY_ABOVE.test(line)) return lines.slice(0, at);
    if (isHeaderBlock(lines, at)) return lines.slice(0, at);

    const length = attributionAt(lines, at);
    if (length > 0 && !QUOTED.test(line)) {
      const next = lines[nextFilled(lines, at + length)];
      const whole = lines.slice(at, at + length).join(' ');
      if (next !== undefined && !QUOTED.test(next) && EXACT.test(whole)) return lines.slice(0, at);
    }
  }
  return [...lines];
}

function holdsForward(lines: readonly string[], from: number): boolean {
  return lines.slice(from, from + 6).some(isForwardMarker);
}

/** Of how many lines the "Carl wrote:" at this place is; 0 if there is none. */
function attributionAt(lines: readonly string[], at: number): number {
  let joined = '';
  for (let length = 1; length <= ATTRIBUTION_LINES; length++) {
    const line = lines[at + length - 1];
    if (line === undefined || line.trim() === '' || (length > 1 && QUOTED.test(line))) return 0;
    joined = `${joined} ${line.trim()}`.trim();
    if (joined.length > LONGEST_ATTRIBUTION) return 0;
    if (!/[:：]$|escreveu$|(?:пишет|писала?|написала?)$/u.test(joined)) continue;
    // The answer's last line may stand right above: the attribution begins where it still tells its date.
    if (beginsLater(lines, at, length)) return 0;

    const dated = /\d/.test(joined);
    if (dated && ATTRIBUTIONS.some((pattern) => pattern.test(joined))) return length;
    const next = lines[nextFilled(lines, at + length)];
    if (next !== undefined && QUOTED.test(next) && (DATE_AND_ADDRESS.test(joined) || BARE_ATTRIBUTION.test(joined)))
      return length;
  }
  return 0;
}

function beginsLater(lines: readonly string[], at: number, length: number): boolean {
  const isDated = /\d/.test(lines[at] ?? '');
  for (let from = at + 1; from < at + length; from++) {
    const rest = lines
      .slice(from, at + length)
      .map((line) => line.trim())
      .join(' ');
    if (/\d/.test(rest) && (ATTRIBUTIONS.some((pattern) => pattern.test(rest)) || DATE_AND_ADDRESS.test(rest)))
      return true;
    if (!isDated && BARE_ATTRIBUTION.test(rest)) return true;
  }
  return false;
}

function nextFilled(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && lines[at]?.trim() === '') at++;
  return at;
}

interface Block {
  readonly quoted: boolean;
  readonly lines: readonly string[];
}

function withoutQuotes(lines: readonly string[]): string[] {
  const blocks = blocksOf(lines);
  const isEmpty = (block: Block): boolean => !block.quoted && block.lines.every((line) => line.trim() === '');
  const filled = blocks.filter((block) => !isEmpty(block));
  if (!filled.some(({ quoted }) => quoted)) return [...lines];

  while (filled.at(-1)?.quoted === true) filled.pop();
  // The signature of somebody who answers below the quote, or above it, is not an answer to it.
  const quotes = filled.filter(({ quoted }) => quoted).length;
  if (quotes === 1 && filled[0]?.quoted === true) filled.shift();
  return filled.flatMap((block, index) => (index === 0 ? block.lines : ['', ...block.lines]));
}

/** Own words and quotes in turn; the "Carl wrote:" belongs to its quote. */
function blocksOf(lines: readonly string[]): Block[] {
  const blocks: { quoted: boolean; lines: string[] }[] = [];
  const add = (quoted: boolean, line: string): void => {
    const last = blocks.at(-1);
    if (last?.quoted === quoted) last.lines.push(line);
    else blocks.push({ quoted, lines: [line] });
  };
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const attribution = QUOTED.test(line) ? 0 : attributionAt(lines, at);
    if (attribution > 0 && QUOTED.test(lines[nextFilled(lines, at + attribution)] ?? '')) {
      for (let part = 0; part < attribution; part++) add(true, lines[at + part] ?? '');
      at += attribution - 1;
    } else if (line.trim() === '' && blocks.at(-1)?.quoted === true) {
      const next = lines[nextFilled(lines, at)];
      add(next === undefined || QUOTED.test(next), line);
    } else {
      add(QUOTED.test(line), line);
    }
  }
  return blocks;
}

function withoutSignature(lines: readonly string[]): string[] {
  const lastQuote = lines.findLastIndex((line) => QUOTED.test(line));
  const marked = lines.findIndex((line) => line === SIGNATURE_BELOW);
  let end = marked > lastQuote && marked >= 0 && holdsWords(lines.slice(0, marked)) ? marked : lines.length;
  for (let at = lastQuote + 1; at < end; at++) {
    const delimiter = SIGNATURE_LINE.test(lines[at] ?? '');
    const ruled = SIGNATURE_RULER.test(lines[at] ?? '') && isShort(lines.slice(at + 1, end));
    if ((ruled || (delimiter && lines.length - at - 1 <= LONGEST_SIGNATURE)) && holdsWords(lines.slice(0, at))) {
      end = at;
      break;
    }
  }
  return withoutDebris(lines.slice(0, end).filter((line) => line !== SIGNATURE_BELOW));
}

function isShort(lines: readonly string[]): boolean {
  const filled = lines.filter((line) => line.trim() !== '');
  return (
    filled.length > 0 &&
    filled.length <= 8 &&
    filled.every((line) => line.length <= 80 && !/[.!?。？！]\s*$/.test(line))
  );
}

function withoutDebris(lines: readonly string[]): string[] {
  const kept = [...lines];
  for (;;) {
    while (kept.at(-1)?.trim() === '') kept.pop();
    const given = kept.at(-1) ?? '';
    if (given === '' || given.length > LONGEST_ATTRIBUTION) return kept;

    const last = given.replace(/[<[(]?https?:\/\/\S+$/, '').replace(/^[\s<([*_]+|[\s>)\]*_]+$/g, '');
    const debris =
      DEBRIS.some((pattern) => pattern.test(last)) || (last === '' && kept.length > 1 && isDebris(kept.at(-2)));
    if (!debris || !holdsWords(kept.slice(0, -1))) return kept;
    kept.pop();
  }
}

function isDebris(line: string | undefined): boolean {
  return (
    line !== undefined && line.length <= LONGEST_ATTRIBUTION && DEBRIS.some((pattern) => pattern.test(line.trim()))
  );
}

function holdsWords(lines: readonly string[]): boolean {
  return lines.some((line) => line.trim() !== '' && !QUOTED.test(line));
}

function tidy(lines: readonly string[]): string {
  return lines
    .filter((line) => line !== HISTORY_BELOW && line !== SIGNATURE_BELOW)
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}

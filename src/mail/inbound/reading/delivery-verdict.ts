import type { Bounce } from '../../received-mail.js';

/** What a mail server's diagnosis says in codes, and whether it condemns the address. Pure. */
export interface Diagnosis {
  readonly recipient: string | null;
  /** The server's own words. */
  readonly diagnostic: string;
  /** The Status field, where there is one. */
  readonly status: string;
  readonly delayed: boolean;
  readonly originalMessageId: string | null;
}

export function bounceOf({ recipient, diagnostic, status, delayed, originalMessageId }: Diagnosis): Bounce {
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

/** Whether the words sound like a reason for a failure. */
export function soundsLikeAReason(words: string): boolean {
  return [UNKNOWN_USER, FULL, UNKNOWN_HOST, DISABLED, TOO_LARGE, EXPIRED, REFUSED].some((pattern) =>
    pattern.test(words),
  );
}

function smtpCodeIn(diagnostic: string): number | null {
  const [, code] = /(?:^|[\s:;("'#<])([45]\d\d)(?=[\s\-:;#.,)]|$)(?![.]\d)/.exec(diagnostic) ?? [];
  return code === undefined ? null : Number(code);
}

/** The status in the diagnosis is more exact than a general one beside it; words are read where neither says more than "no". */
function statusOf(given: string, diagnostic: string, smtpCode: number | null, delayed: boolean): string {
  const own = /\b([45]\.\d{1,3}\.\d{1,3})\b/.exec(given)?.[1];
  const inWords = /(?:^|[^\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/.exec(diagnostic)?.[1];
  if (own !== undefined && !/^[45]\.0\.0$/.test(own)) return own;
  if (
    inWords !== undefined &&
    !/^[45]\.0\.0$/.test(inWords) &&
    (own === undefined || inWords.startsWith(own.slice(0, 1)))
  )
    return inWords;

  const kind = own?.slice(0, 1) ?? inWords?.slice(0, 1) ?? kindOf(smtpCode, delayed);
  if (FULL.test(diagnostic)) return `${kind}.2.2`;
  if (TOO_LARGE.test(diagnostic)) return `${kind}.3.4`;
  if (UNKNOWN_HOST.test(diagnostic)) return `${kind}.1.2`;
  if (DISABLED.test(diagnostic)) return `${kind}.2.1`;
  if (UNKNOWN_USER.test(diagnostic)) return `${kind}.1.1`;
  if (LOOP.test(diagnostic)) return `${kind}.4.6`;
  if (REFUSED.test(diagnostic)) return `${kind}.7.1`;
  if (EXPIRED.test(diagnostic)) return `${kind}.4.7`;
  return own ?? `${kind}.0.0`;
}

function kindOf(smtpCode: number | null, delayed: boolean): string {
  if (smtpCode !== null) return String(smtpCode).slice(0, 1);
  return delayed ? '4' : '5';
}

const FULL =
  /(?:mail ?box(?:es)?|mailfolder|quota|inbox|postfach|boîte|buzón|bandeja|casella|caixa|スプール|メールボックス|受信箱).{0,60}(?:full\b|exceed|voll|overflow|pleine|llen[oa]|plein|piena|cheia|size limit|disk space|いっぱい|オーバー|超過)|exceed.{0,40}(?:quota|mailbox size|mailbox limit|storage|disk)|is full\b|over ?quota|quota.{0,30}(?:exceeded|full|reached|violation)|out of storage|insufficient (?:system )?(?:storage|disk)|storage.{0,20}(?:exceeded|full)|box space not enough|zu ?viele mails auf dem server|too many messages|number of messages .{0,40}exceeded|mailbox exceeds allowed size|disk quota|邮箱空间|邮箱已满|容量不足|容量超過|переполнен|ящик.{0,20}полон/i;
const TOO_LARGE =
  /(?:message|mail|size).{0,40}(?:too (?:big|large|long)|exceed.{0,20}(?:max|fixed|size|limit)|larger than|size limit exceeded)|max(?:imum)? (?:message |mail )?size|size limit exceeded|sizelimit|exceeds (?:the )?(?:fixed )?max/i;
const UNKNOWN_USER =
  /(?:user|recipient|mailbox|address|account|benutzer|empfänger|adresse|inbox|alias|mail box|person|destinat[aá]rio|odbiorca|konto).{0,60}(?:unknown|not (?:be )?found|(?:is )?no(?:t| longer) (?:exist|known|valid|here|active|recogni[sz]ed|a known|an active|on server)|does(?:n['’]t| not) (?:exist|have)|invalid|rejected|unbekannt|existiert nicht|nicht gefunden|not listed|unavailable|inconnu|no existe|doesn't|desconocid|sconosciut|onbekend|okänd)|(?:unknown|no such|invalid|bad|unrecognized|unbekannter|illegal|no valid)[\s_-].{0,30}(?:user|recipient|mailbox|address|account|person|empfänger|local|addressee)|(?:bad|invalid|unknown)[_-](?:recipient|user|address)|address not found|no mail ?box (?:found|here)|not a (?:valid|known) (?:user|mailbox|recipient)|unrouteable address|doesn['’]t have a .{0,40} account|not our customer|not a known user|is not an active address|is wrong or no longer valid|couldn['’]t be found|wasn['’]t found at|cannot be found|badrcptto|does not exist|user not known|user does not|invalid final delivery userid|no matches to nameserver|does not have a final email|nie istnieje|(?:usuario|destinatario|utente|destinatário|usuário|odbiorca).{0,40}(?:desconocid|sconosciut|nieznan)|onbekend adres|adresse inconnue|okänd mottagare|不存在|見つかりません|リストにありません|存在しません|宛先不明|不明なユーザ|找不到|не существует|не найден/i;
const UNKNOWN_HOST =
  /host (?:or domain name )?(?:unknown|not found)|(?:unknown|no such) (?:host|domain)|domain.{0,40}(?:not found|does(?:n['’]t| not) exist|couldn['’]t be found|unknown|no(?:t)? .{0,10}mx)|name service error|name or service not known|no (?:mx|a) record|nxdomain|unrouteable mail domain|bad destination (?:host|system)|could not find a gateway|all relevant mx records point to non-existent/i;
const DISABLED =
  /(?:account|mailbox|user|konto).{0,60}(?:disabled|suspended|inactive|deactivated|locked|blocked|discontinued|gesperrt|closed)|deactivated mailbox|mailbox not available/i;
const LOOP = /too many hops|mail (?:forwarding )?loop|loop(?:s)? (?:detected|back to)|hop count exceeded|routing loop/i;
const EXPIRED =
  /expired|time(?:d)?[ -]?out|been failing for a long time|retry time|delivery time|not respond|connection (?:refused|timed)|too long|unable to connect|couldn['’]t (?:find|connect|establish)|wasn['’]t able to establish|maximum-time|failed \d+ attempts|giving up/i;
const REFUSED =
  /spam|blocked|blacklist|black list|blocklist|denied|policy|policies|not (?:permitted|allowed|authori[sz]ed|pre-approved)|spf|dkim|dmarc|reputation|refused by|content rejected|content filter|relay(?:ing)? (?:access )?denied|allowed rcpthosts|not a relay|trying to use me|virus|malware|infected|greylist|grey-?listed|abuse|\b[rdu]?bls?\b|spamhaus|bulk|unsolicited|mass mailer|requires confirmation|challenge|whitelist|reverse dns|unacceptable|violat|security/i;

/** A full mailbox gets emptied, a policy changes, a server comes back, and a smaller mail gets through: none of it says that the address is wrong. */
function condemns(status: string, diagnostic: string): boolean {
  if (/^5\.2\.[23]$|^5\.7\.|^5\.3\.4$|^5\.4\.[1567]$/.test(status)) return false;
  if (FULL.test(diagnostic) || TOO_LARGE.test(diagnostic)) return false;
  if (UNKNOWN_USER.test(diagnostic) || UNKNOWN_HOST.test(diagnostic) || DISABLED.test(diagnostic)) return true;
  if (/^5\.3\./.test(status)) return false;

  const general = /^5\.(?:0\.0|2\.0|5\.\d+|4\.\d+|6\.\d+)$/.test(status);
  return !(general && (REFUSED.test(diagnostic) || EXPIRED.test(diagnostic)));
}

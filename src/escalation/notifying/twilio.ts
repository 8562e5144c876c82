import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Answer } from '../../platform/outgoing/guarded-request.js';
import { namesPrivateAddress } from '../../platform/outgoing/outgoing-address.js';
import type { Twilio } from '../providers.js';
import { demandTaken, jsonOf, refuseWebPage, textIn, unreadable, wayTo } from './post.js';

/** Asks Twilio's REST API to make something (a message, a call); answers its SID once the answer is called. */
export async function twilioMakes(
  account: Twilio,
  what: 'Messages' | 'Calls',
  fields: readonly (readonly [string, string])[],
): Promise<() => Promise<string>> {
  const url = new URL(`${account.apiUrl}/2010-04-01/Accounts/${account.accountSid}/${what}.json`);
  const send = await wayTo(url, namesPrivateAddress(account.apiUrl));
  const body = new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])).toString();
  const credentials = Buffer.from(`${account.accountSid}:${account.authToken}`).toString('base64');
  const headers = { authorization: `Basic ${credentials}`, 'content-type': 'application/x-www-form-urlencoded' };
  return async () => {
    const answer = await send({ headers, body });
    demandTaken(answer, url.host, reasonIn(answer));
    refuseWebPage(answer, url.host);
    const sid = textIn(jsonOf(answer), 'sid');
    if (sid === null) throw unreadable(url.host, 'the SID');
    return sid;
  };
}

/**
 * Whether a request comes from Twilio: HMAC-SHA1, by the account's token, of the address it asked and all its parameters in order of
 * their names (https://www.twilio.com/docs/usage/security). Twilio signs some addresses with their port and some without, so both count.
 */
export function isFromTwilio(
  authToken: string,
  signature: string,
  url: string,
  fields: Readonly<Record<string, string | readonly string[]>>,
): boolean {
  const names = Object.keys(fields).sort();
  const parameters = names
    .map((name) => [...new Set([fields[name] ?? ''].flat())].map((value) => `${name}${value}`).join(''))
    .join('');
  const given = Buffer.from(signature, 'base64');
  return withAndWithoutPort(url).some((address) => {
    const right = createHmac('sha1', authToken).update(`${address}${parameters}`, 'utf8').digest();
    return given.length === right.length && timingSafeEqual(given, right);
  });
}

function withAndWithoutPort(url: string): string[] {
  const [, scheme = '', host = '', port, rest = ''] =
    /^(https?):\/\/(\[[^\]]*\]|[^:/?#]+)(?::(\d+))?(.*)$/s.exec(url) ?? [];
  if (scheme === '') return [url];
  return [`${scheme}://${host}:${port ?? (scheme === 'https' ? '443' : '80')}${rest}`, `${scheme}://${host}${rest}`];
}

/** Text inside TwiML. */
export function xmlText(text: string): string {
  const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
  return text.replaceAll(/[&<>"']/g, (sign) => signs[sign] ?? sign).replaceAll(/[^\x20-\ufffd\n]/gu, ' ');
}

function reasonIn(answer: Answer): string | null {
  const { code, message } = jsonOf(answer);
  if (typeof message !== 'string') return null;
  return typeof code === 'number' ? `${message.slice(0, 300)} (${code})` : message.slice(0, 300);
}

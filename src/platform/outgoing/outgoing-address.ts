import { isIP } from 'node:net';
import { reachOf } from './network-address.js';

/**
 * Why this URL can never be asked by the desk, or null. What a name resolves to is looked at when something is sent.
 */
export function faultOfOutgoingUrl(text: string): string | null {
  if (!URL.canParse(text)) return 'must be an address, such as https://alerts.example.com/hook';

  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https:// or http://';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or a password';
  const host = hostOf(url);
  if (isIP(host) === 0) return null;
  if (reachOf(host) === 'never')
    return `must not lead to ${host}: link-local, multicast and reserved addresses are never used`;
  // 2130706433, 0x7f.1 and 127.1 are 127.0.0.1 in disguise. Who means it can write it.
  return hostAsWritten(text) === host ? null : `must name its address plainly, as ${host}`;
}

/**
 * Whether the URL itself says that it leads into the machine or a private network. Only admins and the desk file set a
 * responder's webhook, and nobody writes such an address by accident; a name that merely resolves to one is another
 * matter and needs `allowPrivate`.
 */
export function namesPrivateAddress(text: string): boolean {
  const host = hostOf(new URL(text));
  return host === 'localhost' || (isIP(host) !== 0 && reachOf(host) === 'private');
}

/** The host without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function hostAsWritten(text: string): string {
  const authority = /^\w+:[\\/]*([^\\/?#]*)/.exec(text.trim())?.[1] ?? '';
  return authority
    .replace(/:\d*$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
}

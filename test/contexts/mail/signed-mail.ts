import { generateKeyPairSync } from 'node:crypto';
import { dkimSign } from 'mailauth';
import type { DnsSource } from '../../../src/mail/dns.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
const KEY = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

/** An address out there from which anybody might come. */
export const FAR_AWAY = '8.8.4.4';

/** What DNS says of domains that sign by the one key of this file and want DMARC to be heeded. */
export function dnsOf(...domains: string[]): DnsSource {
  const zone = new Map(
    domains.flatMap((domain) => [
      [domain, 'v=spf1 ip4:8.8.8.8 -all'],
      [`_dmarc.${domain}`, 'v=DMARC1; p=reject'],
      [`key._domainkey.${domain}`, `v=DKIM1; k=rsa; p=${KEY}`],
    ]),
  );
  return (name, type) => {
    const text = zone.get(name.toLowerCase());
    return text === undefined || type !== 'TXT'
      ? Promise.reject(Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' }))
      : Promise.resolve([[text]]);
  };
}

export async function signedBy(domain: string, raw: Buffer): Promise<Buffer> {
  const { signatures } = await dkimSign(raw, {
    canonicalization: 'relaxed/relaxed',
    signatureData: [
      {
        signingDomain: domain,
        selector: 'key',
        algorithm: 'rsa-sha256',
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      },
    ],
  } as never);
  return Buffer.concat([Buffer.from(signatures), raw]);
}

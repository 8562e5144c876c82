import { dkimVerify, dmarc, spf, type DKIMResult } from 'mailauth';
import type { DnsSource } from '../../dns.js';
import type { Authentication } from '../../received-mail.js';
import { readAddresses } from '../reading/addresses.js';
import { fieldsOf, headerEnd, readMime } from '../reading/mime.js';

/** More signatures than this are not looked at: each costs a question and a hash of the whole mail. */
const MOST_SIGNATURES = 8;
const LEAST_KEY_BITS = 1024;
/** An RSA key of 4,096 bits has 736 letters in base64. Larger ones cost more than any mail is worth. */
const MOST_KEY_LETTERS = 1_200;

/** Who handed the mail over, as SMTP told. */
export interface SmtpClient {
  readonly address: string;
  readonly name: string;
  readonly envelopeFrom: string | null;
}

export interface SenderQuestion {
  readonly raw: Buffer;
  /** The address that the mail is taken to be from. */
  readonly from: string | null;
  /** Null where it came through others: then SPF cannot be judged, and DMARC only be passed. */
  readonly client: SmtpClient | null;
}

type Signature = Pick<DKIMResult, 'status'> & {
  readonly signingDomain?: string;
  readonly algo?: string;
  readonly signingHeaders?: { readonly keys: string };
};

/** SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489) of a mail's sender. */
export async function checkSender({ raw, from, client }: SenderQuestion, dns: DnsSource): Promise<Authentication> {
  const ask = (name: string, type: string): Promise<string[]> => resolver(dns)(name, type) as Promise<string[]>;
  const header = readMime(raw.subarray(0, headerEnd(raw)));
  const signed = fieldsOf(header, 'dkim-signature').length > 0;
  const [signatures, sentFrom] = await Promise.all([
    signed ? verifySignatures(raw, ask) : [],
    client === null ? null : checkClient(client, ask),
  ]);
  const verdicts = { spf: sentFrom?.verdict ?? null, dkim: signed ? verdictOf(signatures) : 'none' };
  const dkimDomains = signatures
    .filter((one) => judge(one) === 'pass')
    .flatMap(({ signingDomain }) => signingDomain ?? []);
  const spfDomains = sentFrom?.verdict === 'pass' ? [sentFrom.domain] : [];
  const proofs = { dkimDomains, spfDomains };
  // Without a client and without a good signature there is nothing that DMARC could be passed, or fairly be failed, by.
  if (from === null || (client === null && dkimDomains.length === 0)) return { ...verdicts, dmarc: null };
  if (!isTheOnlyAuthor(fieldsOf(header, 'from'), from)) return { ...verdicts, dmarc: 'permerror' };

  const aligned = await alignment(from, proofs, ask);
  if (aligned !== 'fail') return { ...verdicts, dmarc: aligned };
  if (client === null) return { ...verdicts, dmarc: null };
  // What could not be looked up might have spoken for the sender.
  const unsure = verdicts.spf === 'temperror' || signatures.some((one) => judge(one) === 'temperror');
  return { ...verdicts, dmarc: unsure ? 'temperror' : 'fail' };
}

/**
 * Not through mailauth's `authenticate`: it looks at ARC seals as if they were signatures, at any number of signatures, and at
 * signatures of a part of the text.
 */
async function verifySignatures(
  raw: Buffer,
  ask: (name: string, type: string) => Promise<string[]>,
): Promise<Signature[]> {
  const { results } = await dkimVerify(withoutSurplus(raw), { resolver: ask, minBitLength: LEAST_KEY_BITS });
  return results;
}

/** The mail without ARC fields and all but the first signatures. No signature covers either (RFC 8617 §4.1.2, RFC 6376 §5.4). */
function withoutSurplus(raw: Buffer): Buffer {
  const end = headerEnd(raw);
  const fields = raw
    .subarray(0, end)
    .toString('latin1')
    .split(/(?<=\n)(?![ \t])/);
  let signatures = 0;
  const kept = fields.filter((field) => {
    if (/^arc-/i.test(field)) return false;
    return !/^dkim-signature[ \t]*:/i.test(field) || ++signatures <= MOST_SIGNATURES;
  });
  return Buffer.concat([Buffer.from(kept.join(''), 'latin1'), raw.subarray(end)]);
}

function judge({ status, algo = '', signingHeaders }: Signature): string {
  const { result, comment = '' } = status;
  if (result === 'pass') {
    // What comes behind the signed part (l=) can be anybody's, SHA-1 can be forged (RFC 8301), and From must be signed (RFC 6376 §5.4).
    const covers = (signingHeaders?.keys ?? '')
      .toLowerCase()
      .split(/\s*:\s*/)
      .includes('from');
    return covers && !/sha1$/i.test(algo) && !isPartial(status) ? 'pass' : 'policy';
  }
  if (result === 'temperror') return 'temperror';
  if (/body hash|bad signature|expired/.test(comment)) return 'fail';
  return result === 'neutral' ? 'permerror' : result;
}

function isPartial({ underSized }: { readonly underSized?: unknown }): boolean {
  return Boolean(underSized);
}

/** Of several signatures the best one speaks. */
function verdictOf(signatures: readonly Signature[]): string {
  const verdicts = signatures.map(judge);
  return ['pass', 'temperror', 'policy', 'fail', 'permerror'].find((verdict) => verdicts.includes(verdict)) ?? 'none';
}

async function checkClient(
  { address, name, envelopeFrom }: SmtpClient,
  ask: (name: string, type: string) => Promise<string[]>,
): Promise<{ verdict: string; domain: string }> {
  const helo = /^[\w.-]{1,255}$/.test(name) ? name : 'unknown';
  const { status, domain } = await spf({
    ip: address,
    helo,
    sender: envelopeFrom ?? `postmaster@${helo}`,
    mta: 'punctual',
    resolver: ask,
  });
  return { verdict: status.result === 'temperr' ? 'temperror' : status.result, domain };
}

/** DMARC is about the one author that people see; with several, each could hide behind the other (RFC 7489 §6.6.1). */
function isTheOnlyAuthor(fields: readonly string[], from: string): boolean {
  const [field] = fields;
  if (field === undefined || fields.length !== 1) return false;
  const authors = readAddresses(field);
  return authors.length === 1 && authors[0]?.email === from;
}

async function alignment(
  from: string,
  { dkimDomains, spfDomains }: { dkimDomains: readonly string[]; spfDomains: readonly string[] },
  ask: (name: string, type: string) => Promise<string[]>,
): Promise<string> {
  const domain = from.slice(from.lastIndexOf('@') + 1).toLowerCase();
  const found = await dmarc({
    headerFrom: from,
    spfDomains: [...spfDomains],
    dkimDomains: dkimDomains.map((signer) => ({ domain: signer })),
    resolver: ask,
  });
  if (found === false) return 'permerror';
  if (found.status.result !== 'pass') return found.status.result;

  // mailauth takes a relaxed match for a strict one.
  const isSame = (other: string): boolean => other.toLowerCase() === domain;
  const { spf: bySpf, dkim: byDkim } = found.alignment;
  const dkimHolds = byDkim.strict ? dkimDomains.some(isSame) : Boolean(byDkim.result);
  const spfHolds = bySpf.strict ? spfDomains.some(isSame) : Boolean(bySpf.result);
  return dkimHolds || spfHolds ? 'pass' : 'fail';
}

function resolver(dns: DnsSource): DnsSource {
  return async (name, type) => {
    const answer = await dns(name, type);
    if (!name.includes('._domainkey.')) return answer;

    const letters = [(answer[0] ?? []) as string | string[]].flat().join('').length;
    if (letters > MOST_KEY_LETTERS) throw Object.assign(new Error('the key is too large'), { code: 'EINVALIDVAL' });
    return answer;
  };
}

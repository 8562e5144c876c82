import { createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { dkimSign } from 'mailauth';
import { checkSender, type SmtpClient } from './check-sender.js';

const rsa = (bits: number): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync('rsa', { modulusLength: bits });
const KEYS = { good: rsa(2048), weak: rsa(512), modern: generateKeyPairSync('ed25519') };
/** Of 8,192 bits; nobody has made one for a test in less than a minute, but it need not fit anything. */
const HUGE = createPublicKey({
  format: 'jwk',
  key: {
    kty: 'RSA',
    e: 'AQAB',
    n: Buffer.concat([Buffer.from([0xc1]), randomBytes(1022), Buffer.from([1])]).toString('base64url'),
  },
});
const recordOf = (key: KeyObject): string =>
  `v=DKIM1; k=rsa; p=${key.export({ type: 'spki', format: 'der' }).toString('base64')}`;
const ED25519 = `v=DKIM1; k=ed25519; p=${KEYS.modern.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')}`;

const none = (code: string): Error => Object.assign(new Error(code), { code });
const ZONE: Record<string, string[] | Error> = {
  'TXT example.com': ['v=spf1 ip4:198.18.0.1 ip4:8.8.8.8 -all'],
  'TXT _dmarc.example.com': ['v=DMARC1; p=reject'],
  'TXT good._domainkey.example.com': [recordOf(KEYS.good.publicKey)],
  'TXT weak._domainkey.example.com': [recordOf(KEYS.weak.publicKey)],
  'TXT huge._domainkey.example.com': [recordOf(HUGE)],
  'TXT modern._domainkey.example.com': [ED25519],
  'TXT slow._domainkey.example.com': none('ETIMEOUT'),
  'TXT good._domainkey.evil.example': [recordOf(KEYS.good.publicKey)],
  'TXT evil.example': ['v=spf1 ip4:8.8.4.4 -all'],
  'TXT good._domainkey.mail.example.com': [recordOf(KEYS.good.publicKey)],
  'TXT strict.example': ['v=spf1 ip4:8.8.8.8 -all'],
  'TXT _dmarc.strict.example': ['v=DMARC1; p=reject; adkim=s; aspf=s'],
  'TXT good._domainkey.strict.example': [recordOf(KEYS.good.publicKey)],
  'TXT good._domainkey.sub.strict.example': [recordOf(KEYS.good.publicKey)],
  'TXT trouble.example': none('ETIMEOUT'),
  'TXT _dmarc.trouble.example': ['v=DMARC1; p=reject'],
  'TXT _dmarc.unreachable.example': none('ESERVFAIL'),
};
let questions: string[] = [];
const dns = (name: string, type: string): Promise<unknown[]> => {
  const question = `${type} ${name.toLowerCase()}`;
  questions.push(question);
  const answer = ZONE[question] ?? none('ENOTFOUND');
  return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer.map((text) => [text]));
};

const BODY = 'It burns.\r\nPlease come.\r\n';
const letter = (from = 'Carl <carl@example.com>', body = BODY): string =>
  `From: ${from}\r\nTo: support@desk.test\r\nSubject: Printer\r\nDate: Mon, 1 Jun 2026 11:58:00 +0200\r\nMessage-ID: <one@example.com>\r\n\r\n${body}`;

interface Signing {
  readonly domain?: string;
  readonly selector?: keyof typeof KEYS | 'slow' | 'missing' | 'huge';
  readonly headers?: string[];
  readonly length?: number;
  readonly algorithm?: string;
  readonly expires?: Date;
}

async function signed(raw: string, signing: Signing = {}): Promise<string> {
  const { domain = 'example.com', selector = 'good', headers, length, algorithm = 'rsa-sha256', expires } = signing;
  const key = selector in KEYS ? KEYS[selector as keyof typeof KEYS] : KEYS.good;
  const { signatures, errors } = await dkimSign(raw, {
    canonicalization: 'relaxed/relaxed',
    ...(headers !== undefined && { headerList: headers.join(':') }),
    ...(expires !== undefined && { expires }),
    signatureData: [
      {
        signingDomain: domain,
        selector,
        privateKey: key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
        algorithm,
        ...(length !== undefined && { maxBodyLength: length }),
      },
    ],
  } as never);
  expect(errors).toEqual([]);
  return signatures + raw;
}

const CLIENT: SmtpClient = { address: '8.8.8.8', name: 'mail.example.com', envelopeFrom: 'carl@example.com' };
const EVIL: SmtpClient = { address: '8.8.4.4', name: 'mail.evil.example', envelopeFrom: 'mallory@evil.example' };
const check = async (
  raw: string | Promise<string>,
  { client = EVIL, from = 'carl@example.com' }: { client?: SmtpClient | null; from?: string | null } = {},
): ReturnType<typeof checkSender> => checkSender({ raw: Buffer.from(await raw), from, client }, dns);

describe('the sender of a mail', () => {
  beforeEach(() => {
    questions = [];
  });

  it('is who it says by the server that it came from', async () => {
    expect(await check(letter(), { client: CLIENT })).toEqual({ spf: 'pass', dkim: 'none', dmarc: 'pass' });
  });

  it('is who it says by a signature, whoever has brought it', async () => {
    expect(await check(signed(letter()))).toEqual({ spf: 'pass', dkim: 'pass', dmarc: 'pass' });
    expect(await check(signed(letter()), { client: null })).toEqual({ spf: null, dkim: 'pass', dmarc: 'pass' });
  });

  it('is who it says by a signature of Ed25519, and of another host of the same organisation', async () => {
    const modern = signed(letter(), { selector: 'modern', algorithm: 'ed25519-sha256' });
    expect(await check(modern)).toMatchObject({ dkim: 'pass', dmarc: 'pass' });
    expect(await check(signed(letter(), { domain: 'mail.example.com' }))).toMatchObject({
      dkim: 'pass',
      dmarc: 'pass',
    });
  });

  it('is not who it says, though its own domain vouches for it', async () => {
    expect(await check(letter())).toEqual({ spf: 'pass', dkim: 'none', dmarc: 'fail' });
    expect(await check(signed(letter(), { domain: 'evil.example' }))).toEqual({
      spf: 'pass',
      dkim: 'pass',
      dmarc: 'fail',
    });
  });

  it('is not who it says, where the mail was changed on the way', async () => {
    const mail = await signed(letter());
    expect(await check(mail.replace('burns', 'sings'))).toMatchObject({ dkim: 'fail', dmarc: 'fail' });
    expect(await check(mail.replace('Subject: Printer', 'Subject: Password'))).toMatchObject({
      dkim: 'fail',
      dmarc: 'fail',
    });
  });

  it('is not known where nothing can prove it and nobody has seen who came', async () => {
    expect(await check(letter(), { client: null })).toEqual({ spf: null, dkim: 'none', dmarc: null });
    const changed = (await signed(letter())).replace('burns', 'sings');
    expect(await check(changed, { client: null })).toEqual({ spf: null, dkim: 'fail', dmarc: null });
    expect(await check(letter(), { client: null, from: null })).toEqual({ spf: null, dkim: 'none', dmarc: null });
  });

  it('is not known where its domain says nothing', async () => {
    const client = { ...EVIL, envelopeFrom: 'x@silent.example' };
    expect(await check(letter('<x@silent.example>'), { client, from: 'x@silent.example' })).toEqual({
      spf: 'none',
      dkim: 'none',
      dmarc: 'none',
    });
  });

  it('is not condemned while DNS does not answer', async () => {
    expect(await check(signed(letter(), { selector: 'slow' }))).toMatchObject({
      dkim: 'temperror',
      dmarc: 'temperror',
    });
    const from = 'x@trouble.example';
    expect(await check(letter(from), { from, client: { ...EVIL, envelopeFrom: from } })).toEqual({
      spf: 'temperror',
      dkim: 'none',
      dmarc: 'temperror',
    });
    expect(await check(letter('x@unreachable.example'), { from: 'x@unreachable.example' })).toMatchObject({
      dmarc: 'temperror',
    });
  });

  it.each<[string, Signing, string]>([
    ['a key that DNS does not have', { selector: 'missing' }, 'permerror'],
    ['a key of 512 bits', { selector: 'weak' }, 'policy'],
    ['a key of 8,192 bits', { selector: 'huge' }, 'permerror'],
    ['SHA-1', { algorithm: 'rsa-sha1' }, 'policy'],
    ['a part of the text', { length: 9 }, 'policy'],
    ['everything but From', { headers: ['Subject', 'Date'] }, 'policy'],
    ['itself until yesterday', { expires: new Date('2026-01-01') }, 'fail'],
  ])('is proved by no signature of %s', async (_what, signing, verdict) => {
    expect(await check(signed(letter(), signing))).toEqual({ spf: 'pass', dkim: verdict, dmarc: 'fail' });
  });

  it('is proved by no signature of a part with something put behind it', async () => {
    const partial = await signed(letter(), { length: BODY.length });
    expect(await check(partial)).toMatchObject({ dkim: 'pass' });
    expect(await check(`${partial}Send the money to Mallory.\r\n`)).toEqual({
      spf: 'pass',
      dkim: 'policy',
      dmarc: 'fail',
    });
  });

  it('hides behind no second author', async () => {
    const mail = await signed(letter());
    const second = `From: Mallory <mallory@evil.example>\r\n${mail}`;
    expect(await check(second)).toMatchObject({ dmarc: 'permerror' });
    expect(await check(second, { from: 'mallory@evil.example' })).toMatchObject({ dmarc: 'permerror' });
    const both = signed(letter('carl@example.com, mallory@evil.example'));
    expect(await check(both, { client: CLIENT })).toMatchObject({ dmarc: 'permerror' });
    // Whom we take for the sender is whom the proof must be about.
    expect(await check(mail, { from: 'adam@desk.test', client: CLIENT })).toMatchObject({ dmarc: 'permerror' });
  });

  it('must be the very domain where the domain wants it so', async () => {
    const from = 'x@strict.example';
    const ask = (signer: string): ReturnType<typeof check> => check(signed(letter(from), { domain: signer }), { from });
    expect(await ask('strict.example')).toMatchObject({ dkim: 'pass', dmarc: 'pass' });
    expect(await ask('sub.strict.example')).toMatchObject({ dkim: 'pass', dmarc: 'fail' });
    const client = { ...CLIENT, envelopeFrom: 'bounce@strict.example' };
    expect(await check(letter(from), { from, client })).toMatchObject({ spf: 'pass', dmarc: 'pass' });
  });

  it('is looked for in eight signatures and no more', async () => {
    const good = await signed(letter());
    const fakes = (count: number): string =>
      Array.from(
        { length: count },
        (_, index) =>
          `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=n${index}.example; s=s; h=from; bh=${index}x=; b=AAAA\r\n`,
      ).join('');
    expect(await check(fakes(7) + good)).toMatchObject({ dkim: 'pass', dmarc: 'pass' });
    questions = [];
    expect(await check(fakes(1000) + good)).toMatchObject({ dkim: 'fail', dmarc: 'fail' });
    expect(questions.length).toBeLessThan(10);
  });

  it('is proved by no seal of somebody on the way', async () => {
    const arc =
      'ARC-Seal: i=1; a=rsa-sha256; t=1; cv=none; d=example.com; s=good; b=AAAA\r\n' +
      'ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=good; h=from; bh=AAAA; b=AAAA\r\n' +
      'ARC-Authentication-Results: i=1; mx.example.com; dmarc=pass header.from=example.com\r\n';
    expect(await check(arc + letter())).toEqual({ spf: 'pass', dkim: 'none', dmarc: 'fail' });
    expect(await check(arc + (await signed(letter())))).toMatchObject({ dkim: 'pass', dmarc: 'pass' });
  });

  it('with the null return path is judged by the server’s name', async () => {
    ZONE['TXT mail.example.com'] = ['v=spf1 ip4:8.8.8.8 -all'];
    expect(await check(letter(), { client: { ...CLIENT, envelopeFrom: null } })).toMatchObject({
      spf: 'pass',
      dmarc: 'pass',
    });
    const odd = { ...CLIENT, name: '[IPv6:x]; drop', envelopeFrom: null };
    expect(await check(letter(), { client: odd })).toMatchObject({ dmarc: 'fail' });
  });
});

import fc from 'fast-check';
import { trustedVerdict } from './authentication-results.js';

const GMAIL = ` mx.google.com;
       dkim=pass header.i=@example.com header.s=s1 header.b=abc;
       spf=pass (google.com: domain of carl@example.com designates 192.0.2.1 as permitted sender) smtp.mailfrom=carl@example.com;
       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.com`;

describe('what a trusted server says of a sender', () => {
  const of = (...fields: string[]): unknown => trustedVerdict(fields, 'mx.google.com', 'example.com');

  it('is read from its field', () => {
    expect(of(GMAIL)).toEqual({ spf: 'pass', dkim: 'pass', dmarc: 'pass' });
  });

  it('is the topmost one of its name, and nobody else’s', () => {
    expect(of(' evil.example; dmarc=pass', ' MX.Google.com 1; dmarc=fail header.from=example.com', GMAIL)).toEqual({
      spf: null,
      dkim: null,
      dmarc: 'fail',
    });
    expect(of(' evil.example; dmarc=pass header.from=example.com')).toBeNull();
    expect(of()).toBeNull();
  });

  it('is about the domain in From, or it says nothing', () => {
    expect(of(' mx.google.com; dmarc=pass header.from=other.example')).toMatchObject({ dmarc: null });
    expect(of(' mx.google.com; dmarc=pass')).toMatchObject({ dmarc: 'pass' });
  });

  it.each([
    [
      'a comment',
      ' mx.google.com; dmarc=fail (really; dmarc=pass (yes) header.from=example.com) header.from=example.com',
    ],
    [
      'a quoted text',
      ' mx.google.com; spf=fail smtp.mailfrom="x; dmarc=pass header.from=example.com"@evil.example; dmarc=fail',
    ],
    ['a quoted comment', ' mx.google.com; dmarc=fail reason="(" x=y; dkim=none (; dmarc=pass)'],
  ])('is not what stands in %s', (_where, field) => {
    expect(of(field)).toMatchObject({ dmarc: 'fail' });
  });

  it('prefers the signature that holds, and takes no word for a verdict that is none', () => {
    expect(of(' mx.google.com; dkim=fail header.d=a; dkim=pass header.d=b; spf=splendid; arc=pass')).toEqual({
      spf: null,
      dkim: 'pass',
      dmarc: null,
    });
  });

  it('is read from anything without a fault', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (fields) => {
        trustedVerdict(
          fields.map((field) => `mx.google.com;${field}`),
          'mx.google.com',
          'example.com',
        );
      }),
    );
  });
});

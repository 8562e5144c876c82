import { createHmac } from 'node:crypto';
import { isFromTwilio } from './twilio.js';

describe('the signature of Twilio', () => {
  // The example by which Twilio's own libraries are tested.
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
  const fields = {
    ...{ CallSid: 'CA1234567890ABCDE', Caller: '+14158675309', Digits: '1234', From: '+14158675309' },
    To: '+18005551212',
  };
  const signature = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';

  it('is the one that Twilio’s libraries make', () => {
    expect(isFromTwilio('12345', signature, url, fields)).toBe(true);
  });

  it('is refused with another token, address, parameter or none at all', () => {
    expect(isFromTwilio('12346', signature, url, fields)).toBe(false);
    expect(isFromTwilio('12345', signature, `${url}&x=1`, fields)).toBe(false);
    expect(isFromTwilio('12345', signature, url, { ...fields, Digits: '1235' })).toBe(false);
    expect(isFromTwilio('12345', '', url, fields)).toBe(false);
  });

  it('is known with the port in the address and without it', () => {
    const sign = (address: string): string => createHmac('sha1', '12345').update(`${address}a1`).digest('base64');
    const known = (signed: string, asked: string): boolean => isFromTwilio('12345', sign(signed), asked, { a: '1' });
    expect(known('https://desk.test:8443/x?y=1', 'https://desk.test:8443/x?y=1')).toBe(true);
    expect(known('https://desk.test/x?y=1', 'https://desk.test:8443/x?y=1')).toBe(true);
    expect(known('https://desk.test:443/x', 'https://desk.test/x')).toBe(true);
    expect(known('http://desk.test:80/x', 'http://desk.test/x')).toBe(true);
    expect(known('https://other.test/x', 'https://desk.test/x')).toBe(false);
  });
});

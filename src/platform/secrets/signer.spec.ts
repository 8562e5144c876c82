import fc from 'fast-check';
import { Signer } from './signer.js';

const signer = new Signer('a secret key that is long enough for tests');

describe('a signed token', () => {
  it('gives back what it carries, in any case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (payload) => {
        const token = signer.token('reply', payload);
        expect(token).toMatch(/^[a-z2-7]+$/);
        expect(signer.open('reply', token.toUpperCase())).toBe(Buffer.from(payload, 'utf8').toString('utf8'));
      }),
    );
  });

  it('opens nothing for another purpose or under another key', () => {
    const token = signer.token('reply', '1042:7');
    expect(signer.open('thread', token)).toBeNull();
    expect(new Signer('some other key, also long enough').open('reply', token)).toBeNull();
  });

  it('is void when a single letter differs', () => {
    const token = signer.token('reply', '1042:7');
    for (let place = 0; place < token.length; place++) {
      const other = token[place] === 'a' ? 'b' : 'a';
      expect(signer.open('reply', token.slice(0, place) + other + token.slice(place + 1))).toBeNull();
    }
  });

  it.each(['', 'a', 'not base 32!', '1'.repeat(40), 'a'.repeat(31)])('is not made of %j', (text) => {
    expect(signer.open('reply', text)).toBeNull();
  });
});

import fc from 'fast-check';
import { Vault } from './vault.js';

const vault = new Vault('a secret key that is long enough to be one');

describe('the vault', () => {
  it('gives back what it was given, whatever that is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (secret) => {
        expect(vault.open('account', 'support@desk.test', vault.seal('account', 'support@desk.test', secret))).toBe(
          secret,
        );
      }),
    );
  });

  it('never writes the same secret the same way, nor in the open', () => {
    const [one, other] = [1, 2].map(() => vault.seal('account', 'a', 'correct horse'));
    expect(one).not.toBe(other);
    expect(Buffer.from(one?.split('.')[1] ?? '', 'base64url').includes('correct')).toBe(false);
  });

  it('opens nothing for another purpose, another owner, or by another key', () => {
    const sealed = vault.seal('account', 'support@desk.test', 'correct horse');
    expect(vault.open('signing', 'support@desk.test', sealed)).toBeNull();
    expect(vault.open('account', 'sales@desk.test', sealed)).toBeNull();
    expect(new Vault('another secret key that is as long').open('account', 'support@desk.test', sealed)).toBeNull();
  });

  it('opens nothing that was changed', () => {
    const sealed = vault.seal('account', 'a', 'correct horse');
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(vault.open('account', 'a', `v1.${changed.toString('base64url')}`)).toBeNull();
    }
    for (const nonsense of ['', 'v1.', 'v2.abc', 'v1.AAAA', sealed.slice(0, 20)])
      expect(vault.open('account', 'a', nonsense)).toBeNull();
  });
});

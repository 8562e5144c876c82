import { domainsToAsk } from './domains.js';

describe('the domains an address may belong to', () => {
  it('are its own and those above, the nearest first', () => {
    expect(domainsToAsk('carl@eu.support.Example.com')).toEqual([
      'eu.support.example.com',
      'support.example.com',
      'example.com',
    ]);
  });

  it('never come down to a top-level domain alone', () => {
    expect(domainsToAsk('carl@example.com')).toEqual(['example.com']);
  });

  it('take a host without dots as it is', () => {
    expect(domainsToAsk('root@localhost')).toEqual(['localhost']);
  });

  it('begin after the last @, whatever stands before it', () => {
    expect(domainsToAsk('"odd@bank.example"@evil.example')).toEqual(['evil.example']);
  });
});

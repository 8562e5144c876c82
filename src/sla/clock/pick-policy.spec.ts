import { pickPolicy, type Match } from './pick-policy.js';

const policy = (name: string, match?: Match): { name: string; match?: Match } =>
  match === undefined ? { name } : { name, match };

describe('picking a policy', () => {
  const policies = [
    policy('Standard'),
    policy('Gold, urgent', { tier: 'gold', level: ['L1', 'L2'] }),
    policy('Gold', { tier: ['gold'] }),
    policy('Acme', { organisation: 'Acme' }),
    policy('Billing', { queue: 'Billing' }),
    policy('Vip', { tag: ['vip', 'press'] }),
  ];
  const picked = (traits: Parameters<typeof pickPolicy>[1]): string | undefined =>
    pickPolicy(policies, traits)?.policy.name;

  it('takes the first whose conditions all hold', () => {
    expect(picked({ tier: 'gold', level: 'L2', organisation: 'Acme' })).toBe('Gold, urgent');
    expect(picked({ tier: 'gold', level: 'L3', organisation: 'Acme' })).toBe('Gold');
    expect(picked({ tier: 'silver', organisation: 'Acme', queue: 'Billing' })).toBe('Acme');
    expect(picked({ queue: 'Billing', tags: ['vip'] })).toBe('Billing');
    expect(picked({ tags: ['a', 'press'] })).toBe('Vip');
  });

  it('falls back on the default, wherever it stands', () => {
    expect(picked({ level: 'L1' })).toBe('Standard');
    expect(picked({})).toBe('Standard');
  });

  it('says why', () => {
    expect(pickPolicy(policies, { tier: 'gold', level: 'L1' })?.why).toBe('level L1, tier gold');
    expect(pickPolicy(policies, {})?.why).toBe('the default: no other policy matches');
  });

  it('picks none where none matches and there is no default', () => {
    expect(pickPolicy([policy('Acme', { organisation: 'Acme' })], { organisation: 'Other' })).toBeNull();
  });

  it('matches nobody by an empty list', () => {
    expect(pickPolicy([policy('Nobody', { level: [] })], { level: 'L1' })).toBeNull();
  });
});

import fc from 'fast-check';
import { explainPolicies, pickPolicy, type Match } from './pick-policy.js';

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

  it('is explained policy by policy, the default last', () => {
    const explained = explainPolicies(policies, { tier: 'gold', level: 'L2', organisation: 'Acme' });
    expect(explained.map(({ policy: name, outcome, why }) => [name, outcome, why])).toEqual([
      ['Gold, urgent', 'holds', 'level L2, tier gold'],
      ['Gold', 'too late', 'tier gold'],
      ['Acme', 'too late', 'organisation Acme'],
      ['Billing', 'does not match', 'queue is none, not Billing'],
      ['Vip', 'does not match', 'tag is none, not vip or press'],
      ['Standard', 'too late', 'the default: no other policy matches'],
    ]);
  });

  it('is explained as it is picked, whatever the policies', () => {
    const word = fc.constantFrom('a', 'b', 'c');
    const asked = fc.option(fc.oneof(word, fc.array(word, { maxLength: 2 })), { nil: undefined });
    const match = fc.record(
      { level: asked, organisation: asked, tier: asked, queue: asked, tag: asked },
      { requiredKeys: [] },
    );
    const list = fc.array(fc.option(match, { nil: undefined }), { maxLength: 6 });
    const one = fc.option(word, { nil: null });
    const traits = fc.record({ level: one, organisation: one, tier: one, queue: one, tags: fc.array(word) });
    fc.assert(
      fc.property(list, traits, (matches, ticket) => {
        const given = matches.map((some, index) => policy(`p${index}`, some as Match | undefined));
        const choice = pickPolicy(given, ticket);
        const held = explainPolicies(given, ticket).filter(({ outcome }) => outcome === 'holds');
        expect(held.map(({ policy: name, why }) => ({ name, why }))).toEqual(
          choice === null ? [] : [{ name: choice.policy.name, why: choice.why }],
        );
      }),
      { numRuns: 500 },
    );
  });
});

import fc from 'fast-check';
import { decide, explainRules, type Request, type Rule, type RuleConditions } from './match.js';

const request: Request = {
  channel: 'mail',
  mailbox: 'support@desk.test',
  queue: null,
  organisation: 'Harbour Hotels',
  tier: 'gold',
  senderDomain: 'harbour.example',
  subject: 'The booking page is down',
  body: 'Nobody can book a room.',
  fields: { product: 'booking', seats: 40, trial: false },
  chosenLevel: null,
  inHours: true,
};
const standard: Rule = { name: 'Everything else', then: { level: 'L3', queue: 'Support' } };
const outage: Rule = {
  name: 'Outage words',
  when: { anyWords: ['outage', 'down'] },
  then: { level: 'L1', queue: 'Support' },
};

const ruleFor = (rule: Rule['when'], changes: Partial<Request> = {}): string | undefined =>
  decide([{ name: 'asked', when: rule, then: { level: 'L2' } }, standard], { ...request, ...changes })?.rule;

describe('assignment rules', () => {
  it('let the first that holds decide, and say why', () => {
    expect(decide([outage, standard], request)).toEqual({
      rule: 'Outage words',
      why: 'it says "down"',
      set: { level: 'L1', queue: 'Support' },
    });
    expect(decide([standard, outage], request)?.rule).toBe('Everything else');
  });

  it('fall through to the default', () => {
    expect(decide([outage, standard], { ...request, subject: 'Invoice' })).toEqual({
      rule: 'Everything else',
      why: 'no other rule applies',
      set: { level: 'L3', queue: 'Support' },
    });
  });

  it('decide nothing where none holds', () => {
    expect(decide([outage], { ...request, subject: 'Invoice' })).toBeNull();
  });

  it.each([
    ['channel', { channel: ['mail', 'form'] as const }, { channel: ['api'] as const }],
    ['mailbox', { mailbox: ['support@desk.test'] }, { mailbox: ['billing@desk.test'] }],
    ['organisation', { organisation: ['harbour hotels'] }, { organisation: ['Another'] }],
    ['tier', { tier: ['silver', 'gold'] }, { tier: ['silver'] }],
    ['sender domain', { senderDomain: ['Harbour.example'] }, { senderDomain: ['example'] }],
    [
      'fields',
      { fields: { product: ['booking', 'payments'], seats: 40 } },
      { fields: { product: 'booking', trial: true } },
    ],
    ['hours', { inHours: true }, { inHours: false }],
    ['several at once', { tier: ['gold'], anyWords: ['room'] }, { tier: ['gold'], anyWords: ['suite'] }],
  ])('ask for %s', (_, holds, holdsNot) => {
    expect(ruleFor(holds)).toBe('asked');
    expect(ruleFor(holdsNot)).toBe('Everything else');
  });

  it('do not hold for what is not known', () => {
    expect(ruleFor({ queue: ['Support'] })).toBe('Everything else');
    expect(ruleFor({ fields: { unknown: 'x' } })).toBe('Everything else');
    expect(ruleFor({ chosenLevel: ['L1'] })).toBe('Everything else');
  });

  it('find words whole and in any case, in the subject or in the body', () => {
    const says = (word: string, body: string) => ruleFor({ anyWords: [word] }, { subject: '', body }) === 'asked';
    expect(says('down', 'It is DOWN!')).toBe(true);
    expect(says('down', 'Please see the download')).toBe(false);
    expect(says('down', 'touchdown')).toBe(false);
    expect(says('data loss', 'We had Data Loss, again')).toBe(true);
    expect(says('störung', 'Sto\u0308rung seit 8 Uhr')).toBe(true);
    expect(says('502', 'error 502.')).toBe(true);
    expect(says('502', 'error 5021')).toBe(false);
    expect(says('c++', 'the C++ client')).toBe(true);
    expect(says('障害', 'サーバー障害が発生')).toBe(true);
  });

  it('find a word between any signs that are no letters, and never inside a longer one', () => {
    const word = fc.stringMatching(/^[a-z]{2,8}$/);
    fc.assert(
      fc.property(
        word,
        fc.constantFrom(' ', '.', '(', '"', '\n', '-', '!'),
        fc.stringMatching(/^[a-z]{1,3}$/),
        (w, sign, more) => {
          const holds = (body: string) => ruleFor({ anyWords: [w] }, { subject: '', body }) === 'asked';
          expect(holds(`${sign}${w}${sign}`)).toBe(true);
          expect(holds(`${more}${w}${more}`)).toBe(false);
        },
      ),
    );
  });
});

describe('the level that a customer chose', () => {
  const chose = { ...request, subject: 'Invoice', chosenLevel: 'L2' };

  it('wins over the default', () => {
    expect(decide([outage, standard], chose)).toMatchObject({
      rule: 'Everything else',
      why: 'no other rule applies; the customer chose L2',
      set: { level: 'L2', queue: 'Support' },
    });
  });

  it('gives way to a rule with conditions that names a level', () => {
    expect(decide([outage, standard], { ...chose, subject: 'All down' })?.set.level).toBe('L1');
  });

  it('stays where the rule that decides says nothing of levels', () => {
    const sorting: Rule = { name: 'Gold', when: { tier: ['gold'] }, then: { queue: 'Gold' } };
    expect(decide([sorting, standard], chose)?.set).toEqual({ queue: 'Gold', level: 'L2' });
  });

  it('can be asked for by a rule', () => {
    const quick: Rule = { name: 'Urgent', when: { chosenLevel: ['L2'] }, then: { level: 'L1', queue: 'Support' } };
    expect(decide([quick, standard], chose)?.rule).toBe('Urgent');
  });
});

describe('the explanation of the rules', () => {
  it('says for each rule why it decides, comes too late, or does not match', () => {
    const billing: Rule = { name: 'Billing', when: { mailbox: ['billing@desk.test'], tier: ['gold'] }, then: {} };
    expect(
      explainRules([billing, outage, standard], request).map(({ rule, outcome, why }) => [rule, outcome, why]),
    ).toEqual([
      ['Billing', 'does not match', 'mailbox is support@desk.test, not billing@desk.test'],
      ['Outage words', 'decides', 'it says "down"'],
      ['Everything else', 'too late', 'no other rule applies'],
    ]);
  });

  it.each<[RuleConditions, string]>([
    [{ channel: ['form', 'api'] }, 'channel is mail, not form or api'],
    [{ queue: ['Billing'] }, 'queue is none, not Billing'],
    [{ anyWords: ['fire', 'flood', 'quake'] }, 'it does not say "fire", "flood" or "quake"'],
    [{ fields: { colour: ['red'] } }, 'colour is not filled in'],
    [{ fields: { seats: [1, 2] } }, 'seats is 40, not 1 or 2'],
    [{ inHours: false }, 'it came in support hours'],
  ])('of %j says %s', (when, why) => {
    expect(explainRules([{ name: 'asked', when, then: {} }], request)[0]).toMatchObject({
      outcome: 'does not match',
      why,
    });
  });

  it('always agrees with the decision', () => {
    const word = fc.constantFrom('a', 'b', 'c');
    const words = fc.option(fc.array(word, { maxLength: 3 }), { nil: undefined });
    const field = fc.oneof(word, fc.integer({ min: 0, max: 2 }), fc.boolean());
    const when = fc.record(
      {
        ...{ mailbox: words, queue: words, organisation: words, tier: words, senderDomain: words, anyWords: words },
        ...{ chosenLevel: words, inHours: fc.boolean() },
        channel: fc.array(fc.constantFrom('mail' as const, 'form' as const), { maxLength: 2 }),
        fields: fc.dictionary(word, fc.oneof(field, fc.array(field, { maxLength: 2 }))),
      },
      { requiredKeys: [] },
    );
    const rules = fc.array(
      fc.record(
        { name: fc.string(), when, then: fc.record({ level: word, queue: word }, { requiredKeys: [] }) },
        { requiredKeys: ['name', 'then'] },
      ),
      { maxLength: 6 },
    );
    const nameOrNone = fc.option(word, { nil: null });
    const asked = fc.record({
      ...{
        mailbox: nameOrNone,
        queue: nameOrNone,
        organisation: nameOrNone,
        tier: nameOrNone,
        chosenLevel: nameOrNone,
      },
      ...{
        senderDomain: word,
        subject: word,
        body: fc.array(word).map((list) => list.join(' ')),
        inHours: fc.boolean(),
      },
      channel: fc.constantFrom('mail' as const, 'form' as const, 'api' as const),
      fields: fc.dictionary(word, field),
    });
    fc.assert(
      fc.property(rules, asked, (list, one) => {
        const given = list as Rule[];
        const explained = explainRules(given, one);
        const decision = decide(given, one);
        const deciding = explained.filter(({ outcome }) => outcome === 'decides');
        expect(deciding.map(({ rule }) => rule)).toEqual(decision === null ? [] : [decision.rule]);
        for (const { why } of deciding) expect(decision?.why.startsWith(why)).toBe(true);
        // Each rule by itself says what it says in the list.
        explained.forEach(({ outcome }, index) => {
          expect(decide(given.slice(index, index + 1), one) !== null).toBe(outcome !== 'does not match');
        });
      }),
      { numRuns: 500 },
    );
  });
});

import fc from 'fast-check';
import { decide, type Request, type Rule } from './match.js';

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

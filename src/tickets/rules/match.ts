import type { RuleEffect, TicketChannel } from '../ticket-events.js';

/** What a rule asks. All that is named must hold; of a list, one is enough. */
export interface RuleConditions {
  readonly channel?: readonly TicketChannel[];
  readonly mailbox?: readonly string[];
  readonly queue?: readonly string[];
  readonly organisation?: readonly string[];
  readonly tier?: readonly string[];
  readonly senderDomain?: readonly string[];
  /** In the subject or the body, as whole words, in any case. */
  readonly anyWords?: readonly string[];
  readonly fields?: Readonly<Record<string, FieldWanted | readonly FieldWanted[]>>;
  /** The level that the customer chose in the form. */
  readonly chosenLevel?: readonly string[];
  /** Whether the request came in open hours of the customer's calendar. */
  readonly inHours?: boolean;
}

type FieldWanted = string | number | boolean;

export interface Rule {
  readonly name: string;
  readonly when?: RuleConditions | undefined;
  readonly then: RuleEffect;
}

/** A request before anything is decided about it. */
export interface Request {
  readonly channel: TicketChannel;
  readonly mailbox: string | null;
  readonly queue: string | null;
  readonly organisation: string | null;
  readonly tier: string | null;
  readonly senderDomain: string;
  readonly subject: string;
  readonly body: string;
  readonly fields: Readonly<Record<string, FieldWanted>>;
  readonly chosenLevel: string | null;
  readonly inHours: boolean;
}

interface Decision {
  readonly rule: string;
  /** In words, for the ticket's history. */
  readonly why: string;
  readonly set: RuleEffect;
}

/** What one condition of a rule says of a request. */
export interface Answer {
  /** `sender domain`, or the name of a form field. */
  readonly condition: string;
  readonly holds: boolean;
  /** `channel is mail`, or what speaks against it: `channel is form, not mail or api`. */
  readonly why: string;
}

/** What one rule makes of a request. */
export interface RuleExplained {
  readonly rule: string;
  /** The first that matches decides; one that matches after it is too late. */
  readonly outcome: 'decides' | 'too late' | 'does not match';
  readonly answers: readonly Answer[];
  /** Why it matches, or the first thing that speaks against it. */
  readonly why: string;
}

/**
 * Asks the rules in order; the first that holds decides, null if none does. A level that the customer chose in the form
 * gives way only to a rule that has conditions and names a level itself: that rule was written for just such requests,
 * while the default stands for those of whom nothing is known.
 */
export function decide(rules: readonly Rule[], request: Request): Decision | null {
  for (const rule of rules) {
    const answers = ask(rule.when ?? {}, request);
    if (answers.every(({ holds }) => holds)) return withChosenLevel(rule, whyOf(answers), request.chosenLevel);
  }
  return null;
}

/** What every rule says of a request, those too that are not asked any more because an earlier one has decided. */
export function explainRules(rules: readonly Rule[], request: Request): RuleExplained[] {
  let decided = false;
  return rules.map(({ name, when }) => {
    const answers = ask(when ?? {}, request);
    const against = answers.find(({ holds }) => !holds);
    if (against !== undefined) return { rule: name, outcome: 'does not match', answers, why: against.why };

    const outcome = decided ? 'too late' : 'decides';
    decided = true;
    return { rule: name, outcome, answers, why: whyOf(answers) };
  });
}

const whyOf = (answers: readonly Answer[]): string =>
  answers.length > 0 ? answers.map(({ why }) => why).join('; ') : 'no other rule applies';

function withChosenLevel(rule: Rule, why: string, chosen: string | null): Decision {
  const ruleKnowsBetter = rule.when !== undefined && rule.then.level !== undefined;
  if (chosen === null || ruleKnowsBetter) return { rule: rule.name, why, set: rule.then };
  return { rule: rule.name, why: `${why}; the customer chose ${chosen}`, set: { ...rule.then, level: chosen } };
}

function ask(when: RuleConditions, request: Request): Answer[] {
  return [
    ...oneOf('channel', when.channel, request.channel),
    ...oneOf('mailbox', when.mailbox, request.mailbox),
    ...oneOf('queue', when.queue, request.queue),
    ...oneOf('organisation', when.organisation, request.organisation),
    ...oneOf('tier', when.tier, request.tier),
    ...oneOf('sender domain', when.senderDomain, request.senderDomain),
    ...(when.anyWords === undefined ? [] : [askWords(when.anyWords, `${request.subject}\n${request.body}`)]),
    ...Object.entries(when.fields ?? {}).map(([name, wanted]) => askField(name, wanted, request.fields[name])),
    ...oneOf('chosen level', when.chosenLevel, request.chosenLevel),
    ...(when.inHours === undefined ? [] : [askHours(when.inHours, request.inHours)]),
  ];
}

function askHours(wanted: boolean, inHours: boolean): Answer {
  const why = inHours ? 'it came in support hours' : 'it came outside support hours';
  return { condition: 'hours', holds: wanted === inHours, why };
}

function oneOf(what: string, wanted: readonly string[] | undefined, is: string | null): Answer[] {
  if (wanted === undefined) return [];
  if (is === null) return [{ condition: what, holds: false, why: `${what} is none, not ${listed(wanted)}` }];

  const holds = wanted.some((value) => value.toLowerCase() === is.toLowerCase());
  return [{ condition: what, holds, why: holds ? `${what} is ${is}` : `${what} is ${is}, not ${listed(wanted)}` }];
}

function askField(name: string, wanted: FieldWanted | readonly FieldWanted[], is: FieldWanted | undefined): Answer {
  const values: readonly FieldWanted[] = typeof wanted === 'object' ? wanted : [wanted];
  if (is === undefined) return { condition: name, holds: false, why: `${name} is not filled in` };

  // A web form sends every value as words.
  const holds = values.some((value) => String(value) === String(is));
  return {
    condition: name,
    holds,
    why: `${name} is ${String(is)}${holds ? '' : `, not ${listed(values.map(String))}`}`,
  };
}

function askWords(words: readonly string[], text: string): Answer {
  const haystack = plain(text);
  const found = words.find((word) => holdsWord(haystack, plain(word).trim()));
  if (found !== undefined) return { condition: 'words', holds: true, why: `it says "${found}"` };
  return { condition: 'words', holds: false, why: `it does not say ${listed(words.map((word) => `"${word}"`))}` };
}

const listed = (values: readonly string[]): string =>
  values.length === 0 ? 'anything' : [values.slice(0, -1).join(', '), values.at(-1)].filter(Boolean).join(' or ');

/** Letters written in several ways become one, so that "Störung" is found however the sender's machine composes it. */
const plain = (text: string): string => text.normalize('NFKC').toLowerCase();

function holdsWord(text: string, word: string): boolean {
  if (word === '') return false;
  for (let from = text.indexOf(word); from >= 0; from = text.indexOf(word, from + 1)) {
    if (!joined(text, from) && !joined(text, from + word.length)) return true;
  }
  return false;
}

/** Whether the signs on both sides of this place belong to one word. Chinese and Japanese do not part their words. */
function joined(text: string, place: number): boolean {
  const [before, after] = [signBefore(text, place), signAt(text, place)];
  return partOfWord.test(before) && partOfWord.test(after) && !(unparted.test(before) || unparted.test(after));
}

const partOfWord = /^[\p{L}\p{M}\p{N}_]$/u;
const unparted = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]$/u;

const signAt = (text: string, place: number): string => {
  const code = text.codePointAt(place);
  return code === undefined ? '' : String.fromCodePoint(code);
};

const signBefore = (text: string, place: number): string => {
  if (place === 0) return '';
  const last = text.charCodeAt(place - 1);
  return signAt(text, last >= 0xdc00 && last <= 0xdfff && place > 1 ? place - 2 : place - 1);
};

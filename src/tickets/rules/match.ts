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

/**
 * Asks the rules in order; the first that holds decides, null if none does. A level that the customer chose in the form
 * gives way only to a rule that has conditions and names a level itself: that rule was written for just such requests,
 * while the default stands for those of whom nothing is known.
 */
export function decide(rules: readonly Rule[], request: Request): Decision | null {
  for (const rule of rules) {
    const reasons = reasonsToApply(rule.when, request);
    if (reasons !== null) return withChosenLevel(rule, reasons, request.chosenLevel);
  }
  return null;
}

function withChosenLevel(rule: Rule, reasons: readonly string[], chosen: string | null): Decision {
  const why = reasons.length > 0 ? reasons.join('; ') : 'no other rule applies';
  const ruleKnowsBetter = rule.when !== undefined && rule.then.level !== undefined;
  if (chosen === null || ruleKnowsBetter) return { rule: rule.name, why, set: rule.then };
  return { rule: rule.name, why: `${why}; the customer chose ${chosen}`, set: { ...rule.then, level: chosen } };
}

/** Why the conditions hold, one reason for each; null if one does not. */
function reasonsToApply(when: RuleConditions | undefined, request: Request): string[] | null {
  const answers = when === undefined ? [] : ask(when, request);
  return answers.every((answer) => answer !== null) ? answers : null;
}

function ask(when: RuleConditions, request: Request): (string | null)[] {
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
    ...(when.inHours === undefined ? [] : [when.inHours === request.inHours ? hours(request.inHours) : null]),
  ];
}

const hours = (inHours: boolean): string => (inHours ? 'it came in support hours' : 'it came outside support hours');

function oneOf(what: string, wanted: readonly string[] | undefined, is: string | null): (string | null)[] {
  if (wanted === undefined) return [];
  const holds = is !== null && wanted.some((value) => value.toLowerCase() === is.toLowerCase());
  return [holds ? `${what} is ${is}` : null];
}

function askField(
  name: string,
  wanted: FieldWanted | readonly FieldWanted[],
  is: FieldWanted | undefined,
): string | null {
  const values: readonly FieldWanted[] = typeof wanted === 'object' ? wanted : [wanted];
  return is !== undefined && values.includes(is) ? `${name} is ${String(is)}` : null;
}

function askWords(words: readonly string[], text: string): string | null {
  const haystack = plain(text);
  const found = words.find((word) => holdsWord(haystack, plain(word).trim()));
  return found === undefined ? null : `it says "${found}"`;
}

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

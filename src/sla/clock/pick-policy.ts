/** What a ticket is, as far as the choice of its policy goes. */
export interface Traits {
  readonly level?: string | null;
  readonly organisation?: string | null;
  readonly tier?: string | null;
  readonly queue?: string | null;
  readonly tags?: readonly string[];
}

type OneOrMore = string | readonly string[];

/** All conditions named must hold; of the values of one, any. No condition at all: the default. */
export interface Match {
  readonly level?: OneOrMore | undefined;
  readonly organisation?: OneOrMore | undefined;
  readonly tier?: OneOrMore | undefined;
  readonly queue?: OneOrMore | undefined;
  readonly tag?: OneOrMore | undefined;
}

interface Pickable {
  readonly match?: Match | null | undefined;
}

export interface Choice<P> {
  readonly policy: P;
  /** For people: what made it this one. */
  readonly why: string;
}

/** What one policy says of a ticket. */
export interface PolicyExplained {
  readonly policy: string;
  readonly outcome: 'holds' | 'too late' | 'does not match';
  /** What made it match, or the first thing that speaks against it. */
  readonly why: string;
}

/** The first policy whose conditions hold, else the default, else none. */
export function pickPolicy<P extends Pickable>(policies: readonly P[], traits: Traits): Choice<P> | null {
  for (const policy of policies) {
    if (isDefault(policy)) continue;

    const { matches, why } = ask(policy.match ?? {}, traits);
    if (matches) return { policy, why };
  }
  const fallback = policies.find(isDefault);
  return fallback === undefined ? null : { policy: fallback, why: DEFAULT };
}

/** What every policy says of a ticket, in the order in which they are tried: the default last. */
export function explainPolicies(
  policies: readonly (Pickable & { readonly name: string })[],
  traits: Traits,
): PolicyExplained[] {
  let held = false;
  const tried = [...policies.filter((policy) => !isDefault(policy)), ...policies.filter(isDefault).slice(0, 1)];
  return tried.map((policy) => {
    const { matches, why } = isDefault(policy) ? { matches: true, why: DEFAULT } : ask(policy.match ?? {}, traits);
    if (!matches) return { policy: policy.name, outcome: 'does not match', why };

    const outcome = held ? 'too late' : 'holds';
    held = true;
    return { policy: policy.name, outcome, why };
  });
}

const DEFAULT = 'the default: no other policy matches';

export function isDefault({ match }: Pickable): boolean {
  return match === undefined || match === null || Object.values(match).every((value) => value === undefined);
}

function ask(match: Match, traits: Traits): { readonly matches: boolean; readonly why: string } {
  const conditions: [string, OneOrMore | undefined, readonly string[]][] = [
    ['level', match.level, one(traits.level)],
    ['organisation', match.organisation, one(traits.organisation)],
    ['tier', match.tier, one(traits.tier)],
    ['queue', match.queue, one(traits.queue)],
    ['tag', match.tag, traits.tags ?? []],
  ];
  const reasons: string[] = [];
  for (const [name, wanted, has] of conditions) {
    if (wanted === undefined) continue;

    const values = [wanted].flat();
    const hit = values.find((value) => has.includes(value));
    if (hit === undefined) {
      return {
        matches: false,
        why: `${name} is ${has.join(', ') || 'none'}, not ${values.join(' or ') || 'anything'}`,
      };
    }
    reasons.push(`${name} ${hit}`);
  }
  return { matches: true, why: reasons.join(', ') };
}

const one = (value: string | null | undefined): readonly string[] =>
  value === null || value === undefined ? [] : [value];

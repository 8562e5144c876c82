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

/** The first policy whose conditions hold, else the default, else none. */
export function pickPolicy<P extends Pickable>(policies: readonly P[], traits: Traits): Choice<P> | null {
  for (const policy of policies) {
    if (isDefault(policy)) continue;

    const reasons = reasonsFor(policy.match ?? {}, traits);
    if (reasons !== null) return { policy, why: reasons.join(', ') };
  }
  const fallback = policies.find(isDefault);
  return fallback === undefined ? null : { policy: fallback, why: 'the default: no other policy matches' };
}

export function isDefault({ match }: Pickable): boolean {
  return match === undefined || match === null || Object.values(match).every((value) => value === undefined);
}

function reasonsFor(match: Match, traits: Traits): string[] | null {
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

    const hit = [wanted].flat().find((value) => has.includes(value));
    if (hit === undefined) return null;
    reasons.push(`${name} ${hit}`);
  }
  return reasons;
}

const one = (value: string | null | undefined): readonly string[] =>
  value === null || value === undefined ? [] : [value];

/** Who did something. Kept with each event as it was then: people change their names, history does not. */
export type Actor =
  | { readonly kind: 'user'; readonly id: string; readonly name: string; readonly email: string }
  | { readonly kind: 'contact'; readonly id: string; readonly name: string; readonly email: string }
  | { readonly kind: 'rule' | 'system'; readonly name: string };

export const theDesk: Actor = { kind: 'system', name: 'Punctual' };

/** Something done: by whom, and at the moment that counts. */
export interface Deed {
  readonly by: Actor;
  readonly at: Date;
}

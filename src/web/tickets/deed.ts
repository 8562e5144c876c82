import type { CurrentUser } from '../../identity/current-user.js';
import type { Actor, Deed } from '../../tickets/actor.js';

export function actor({ id, name, email }: CurrentUser): Actor {
  return { kind: 'user', id, name, email };
}

export function deedOf(user: CurrentUser, at: Date): Deed {
  return { by: actor(user), at };
}

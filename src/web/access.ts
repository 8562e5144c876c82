import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { Role } from '../identity/current-user.js';

/** Who may use a route: everybody, or whoever acts at least as this role. A route that does not say is open to nobody. */
export type Access = 'public' | 'signed' | Role;

export const ACCESS = Symbol('access');

export function Public(): CustomDecorator<symbol> {
  return SetMetadata<symbol, Access>(ACCESS, 'public');
}

/** For other programs: whoever answers the route checks a signature of the request itself, so no form of ours stands behind it. */
export function Signed(): CustomDecorator<symbol> {
  return SetMetadata<symbol, Access>(ACCESS, 'signed');
}

/** Roles stand on each other: `@Roles('agent')` admits managers and admins too, `@Roles('customer')` everybody who has signed in. */
export function Roles(role: Role): CustomDecorator<symbol> {
  return SetMetadata<symbol, Access>(ACCESS, role);
}

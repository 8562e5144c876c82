/** Who is at the door: what pages, the API and the capabilities know of the person (or program) that acts. */
export const ROLES = ['customer', 'agent', 'manager', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface CurrentUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** The person's own time zone, else the desk's. */
  readonly timezone: string;
  /** Whether single keys do something on the pages of the workspace; so it is where nobody has said otherwise. */
  readonly singleKeys?: boolean;
}

/** Staff see the workspace; customers see their own requests only. */
export function isStaff(user: Pick<CurrentUser, 'role'>): boolean {
  return user.role !== 'customer';
}

/** Roles stand on each other: an admin may do all that a manager may, a manager all that an agent may. */
export function mayActAs(user: Pick<CurrentUser, 'role'>, role: Role): boolean {
  return ROLES.indexOf(user.role) >= ROLES.indexOf(role);
}

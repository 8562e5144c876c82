import { Injectable } from '@nestjs/common';
import { ROLES, type Role } from '../../identity/current-user.js';
import { Database } from '../../platform/database/database.js';
import { Now } from '../../platform/time/now.js';
import { pagesOf, type PagesModel } from './pages-of.js';
import { ROLE_WORDS } from './role-words.js';

const PER_PAGE = 50;

/** Which people the list shows: all of it stands in the address. */
export interface PeopleState {
  readonly show: 'staff' | 'customers' | 'disabled';
  readonly q: string;
  readonly page: number;
}

const WHO: Readonly<Record<PeopleState['show'], string>> = {
  staff: `u.role <> 'customer' and u.disabled_at is null`,
  customers: `u.role = 'customer' and u.disabled_at is null`,
  disabled: `u.disabled_at is not null`,
};

interface PersonRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly disabledAt: Date | null;
  readonly hasPassword: boolean;
  readonly invitedUntil: Date | null;
  readonly seenAt: Date | null;
  readonly teams: readonly string[];
}

/** `$1` is the present. A session that was ended leaves no trace; the sign-in does. */
const COLUMNS = `u.id, u.email, u.name, u.role, u.disabled_at as "disabledAt", u.password_hash is not null as "hasPassword",
  (select max(expires_at) from password_link where user_id = u.id and purpose = 'invitation' and expires_at > $1) as "invitedUntil",
  greatest((select max(last_seen_at) from session where user_id = u.id),
    (select max(at) from sign_in_attempt where email = u.email and succeeded),
    (select max(last_used_at) from api_token where user_id = u.id)) as "seenAt",
  array(select team.name from team_member join team on team.id = team_id where user_id = u.id
        union select team.name from team where lead_id = u.id order by 1) as teams`;

/** Everybody who can sign in: the list, and what is known of one. */
@Injectable()
export class PeoplePage {
  constructor(
    private readonly database: Database,
    private readonly now: Now,
  ) {}

  async list(state: PeopleState): Promise<object> {
    const { show, q, page } = state;
    const parameters = [`%${q.replace(/[\\%_]/g, '\\$&')}%`];
    const where = `not u.service and (u.name ilike $1 or u.email ilike $1)`;
    const [counts] = await this.database.query<Record<PeopleState['show'], number>>(
      `select ${Object.entries(WHO)
        .map(([name, condition]) => `count(*) filter (where ${condition})::integer as ${name}`)
        .join(', ')} from app_user u where ${where}`,
      parameters,
    );
    const rows = await this.database.query<PersonRow>(
      `select ${COLUMNS} from app_user u where ${where.replaceAll('$1', '$2')} and ${WHO[show]}
       order by u.name collate "und-x-icu", u.email limit ${PER_PAGE} offset $3`,
      [this.now.read(), ...parameters, (page - 1) * PER_PAGE],
    );
    const total = counts?.[show] ?? 0;
    return {
      title: 'People',
      q,
      show,
      tabs: [
        { label: 'Staff', name: 'staff' as const },
        { label: 'Customers', name: 'customers' as const },
        { label: 'Disabled', name: 'disabled' as const },
      ].map(({ label, name }) => ({
        ...{ label, count: counts?.[name] ?? 0, current: name === show },
        href: addressOf({ show: name, q, page: 1 }),
      })),
      rows: rows.map((row) => ({
        ...row,
        role: ROLE_WORDS[row.role].title,
        teams: row.teams.join(', '),
        href: pathOfPerson(row.email),
        state: stateOf(row),
      })),
      pages: pages(state, total, rows.length),
    };
  }

  async person(email: string): Promise<(PersonRow & { readonly tickets: number }) | null> {
    const [row] = await this.database.query<PersonRow & { tickets: number }>(
      `select ${COLUMNS}, (select count(*)::integer from ticket where assignee_id = u.id
         and status in ('new', 'open', 'waiting', 'on-hold') and merged_into is null) as tickets
       from app_user u where u.email = $2 and not u.service`,
      [this.now.read(), email.trim().toLowerCase()],
    );
    return row ?? null;
  }
}

/** How an account stands, where that is worth saying. */
export function stateOf({
  disabledAt,
  hasPassword,
  invitedUntil,
}: Pick<PersonRow, 'disabledAt' | 'hasPassword' | 'invitedUntil'>): 'disabled' | 'active' | 'invited' | 'uninvited' {
  if (disabledAt !== null) return 'disabled';
  if (hasPassword) return 'active';
  return invitedUntil === null ? 'uninvited' : 'invited';
}

export function pathOfPerson(email: string): string {
  return `/admin/people/${encodeURIComponent(email)}`;
}

/** The roles as choices of a form. */
export function roleChoices(chosen: string): object[] {
  return ROLES.toReversed().map((role) => ({ value: role, ...ROLE_WORDS[role], selected: role === chosen }));
}

function addressOf({ show, q, page }: PeopleState): string {
  const query = new URLSearchParams({
    ...(show !== 'staff' && { show }),
    ...(q !== '' && { q }),
    ...(page > 1 && { page: String(page) }),
  }).toString();
  return query === '' ? '/admin/people' : `/admin/people?${query}`;
}

function pages(state: PeopleState, total: number, shown: number): PagesModel {
  return pagesOf({ total, shown, page: state.page, perPage: PER_PAGE, href: (page) => addressOf({ ...state, page }) });
}

import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Audit, type AuditedBy } from '../identity/audit.js';
import type { Saved } from '../identity/users.js';
import { brokenConstraint } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem, type FieldFault } from '../platform/problems/problem.js';
import { Team, type HandlingTarget } from './team.entity.js';

/** A team as the desk file writes it. */
export interface TeamItem {
  readonly name: string;
  /** By e-mail address; warned of what the team is late with. Need not be a member. */
  readonly lead?: string | undefined;
  /** By e-mail address. */
  readonly members?: readonly string[] | undefined;
  /** By name; in which the handling target counts. Without one, the ticket's calendar. */
  readonly calendar?: string | undefined;
  /** Minutes of working time or working days from the assignment to the end of the team's work; none: nothing agreed. */
  readonly handling?: HandlingTarget | null | undefined;
}

const MAX_NAME = 100;

/** Who works together. */
@Injectable()
export class Teams {
  constructor(private readonly audit: Audit) {}

  /** All, in the desk file's shape. Who has become a customer is in no team, whatever they were before. */
  async all(tx: Transaction): Promise<TeamItem[]> {
    return (await tx.query<StoredTeam>(`${SELECT} order by team.name collate "und-x-icu"`)).map(toItem);
  }

  async byName(tx: Transaction, name: string): Promise<TeamItem | null> {
    const [row] = await tx.query<StoredTeam>(`${SELECT} where team.name = $1`, [name.trim()]);
    return row === undefined ? null : toItem(row);
  }

  /** Adds or replaces the team of that name. */
  async save(tx: Transaction, item: TeamItem, by: AuditedBy): Promise<Saved> {
    const wanted = checked(item);
    // Two that save the same new name at once: the second waits here and then finds the first one's row.
    await tx.lock(`team ${wanted.name}`);
    const before = await this.byName(tx, wanted.name);
    if (isDeepStrictEqual(before, wanted)) return 'unchanged';

    const people = await staffIds(tx, wanted);
    const [team] = await tx.query<{ id: string }>(
      `insert into team (name, lead_id, calendar_id, handling) values ($1, $2, $3, $4)
       on conflict on constraint team_name_is_unique do update set lead_id = excluded.lead_id,
         calendar_id = excluded.calendar_id, handling = excluded.handling returning id`,
      [
        wanted.name,
        wanted.lead === undefined ? null : people.get(wanted.lead),
        await calendarNamed(tx, wanted.calendar),
        wanted.handling === undefined ? null : JSON.stringify(wanted.handling),
      ],
    );
    const members = (wanted.members ?? []).map((email) => people.get(email));
    await tx.query(`delete from team_member where team_id = $1 and user_id <> all($2::uuid[])`, [team?.id, members]);
    await tx.query(`insert into team_member (team_id, user_id) select $1, unnest($2::uuid[]) on conflict do nothing`, [
      team?.id,
      members,
    ]);
    const action = before === null ? 'team.added' : 'team.changed';
    await this.audit.record(tx, { by, action, subject: `team ${wanted.name}`, data: { from: before, to: wanted } });
    return before === null ? 'added' : 'changed';
  }

  /** Removes a team that nothing leans on. Its members stay. */
  async remove(tx: Transaction, name: string, by: AuditedBy): Promise<void> {
    const before = await this.byName(tx, name);
    if (before === null) throw Problem.notFound(`There is no team named ${name}.`);

    try {
      await tx.query(`delete from team where name = $1`, [before.name]);
    } catch (error) {
      if (brokenConstraint(error) === undefined) throw error;
      throw Problem.conflict(`The team ${before.name} has tickets or queues, so it cannot be removed.`);
    }
    await this.audit.record(tx, { by, action: 'team.removed', subject: `team ${before.name}`, data: { from: before } });
  }

  /** The team of this name, else a problem with the field. */
  async named(tx: Transaction, name: string): Promise<Team> {
    const team = await tx.setting(`team ${name}`, () => tx.manager.findOneBy(Team, { name: name.trim() }));
    if (team !== null) return team;
    throw Problem.invalid(`There is no team named ${name}.`, [{ field: 'team', detail: 'is not known here' }]);
  }

  async byId(tx: Transaction, id: string): Promise<Team> {
    return tx.setting(`team by id ${id}`, () => tx.manager.findOneByOrFail(Team, { id }));
  }
}

interface StoredTeam {
  readonly name: string;
  readonly lead: string | null;
  readonly members: string[];
  readonly calendar: string | null;
  readonly handling: HandlingTarget | null;
}

const SELECT = `select team.name, lead.email as lead, calendar.name as calendar, team.handling,
    array(select member.email from team_member join app_user member on member.id = user_id
          where team_id = team.id and member.role <> 'customer' order by member.email collate "C") as members
  from team left join app_user lead on lead.id = team.lead_id and lead.role <> 'customer'
    left join calendar on calendar.id = team.calendar_id`;

const toItem = ({ name, lead, members, calendar, handling }: StoredTeam): TeamItem =>
  tidy({ name, members, lead: lead ?? undefined, calendar: calendar ?? undefined, handling: handling ?? undefined });

/** One way to write each team, so that two can be compared. */
function tidy({ name, lead, members = [], calendar, handling }: TeamItem): TeamItem {
  const people = [...new Set(members.map(lower))].sort();
  return {
    name: name.trim(),
    ...(lead !== undefined && { lead: lower(lead) }),
    ...(people.length > 0 && { members: people }),
    ...(calendar !== undefined && { calendar }),
    ...(isSet(handling) && { handling }),
  };
}

const lower = (email: string): string => email.trim().toLowerCase();

/** A target of zero is none, as everywhere. */
function isSet(handling: HandlingTarget | null | undefined): handling is HandlingTarget {
  return (
    handling !== undefined && handling !== null && (typeof handling === 'number' ? handling : handling.workingDays) > 0
  );
}

function checked(item: TeamItem): TeamItem {
  const wanted = tidy(item);
  const faults: FieldFault[] = [];
  if (wanted.name === '') faults.push({ field: 'name', detail: 'The name is missing.' });
  if (wanted.name.length > MAX_NAME)
    faults.push({ field: 'name', detail: `A name has ${MAX_NAME} characters at the most.` });
  if (faults.length > 0) throw Problem.invalid(`The team “${wanted.name}” cannot be saved.`, faults);
  return wanted;
}

/** The ids of all whom the team names; who is not, or is no member of staff, is a fault at its place. */
async function staffIds(tx: Transaction, { name, lead, members = [] }: TeamItem): Promise<Map<string, string>> {
  const emails = [...(lead === undefined ? [] : [lead]), ...members];
  const rows = await tx.query<{ email: string; id: string }>(
    `select email, id from app_user where email = any($1) and role <> 'customer' and not service`,
    [emails],
  );
  const ids = new Map(rows.map(({ email, id }) => [email, id]));
  const nobody = (email: string, field: string): FieldFault[] =>
    ids.has(email) ? [] : [{ field, detail: `There is no agent “${email}”.` }];
  const faults = [
    ...(lead === undefined ? [] : nobody(lead, 'lead')),
    ...members.flatMap((email, index) => nobody(email, `members[${index}]`)),
  ];
  if (faults.length > 0) throw Problem.invalid(`The team “${name}” cannot be saved.`, faults);
  return ids;
}

async function calendarNamed(tx: Transaction, name: string | undefined): Promise<string | null> {
  if (name === undefined) return null;
  const [row] = await tx.query<{ id: string }>(`select id from calendar where name = $1`, [name]);
  if (row === undefined)
    throw Problem.invalid(`There is no calendar named ${name}.`, [{ field: 'calendar', detail: 'is not known here' }]);
  return row.id;
}

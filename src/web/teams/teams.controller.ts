import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Removals } from '../../desk-file/removals.js';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Teams, type TeamItem } from '../../teams/teams.js';
import { Roles } from '../access.js';
import { faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { pathOfPerson } from '../people/people.page.js';
import { userOf } from '../session.guard.js';
import { DeskChoices } from '../settings/desk-choices.js';
import { seenOf } from '../settings/desk-edits.js';
import { EditFlow, type ReadEdit } from '../settings/edit-flow.js';
import { options, textIn, textsIn } from '../settings/form-fields.js';
import { faultOfTarget, readTarget } from '../settings/target-field.js';
import { targetInWords } from '../target-in-words.js';

const PATH = '/admin/teams';
const FIELDS = ['name', 'lead', 'members', 'calendar', 'handling'];

interface Counts {
  readonly name: string;
  readonly open: number;
}

interface Colleague {
  readonly email: string;
  readonly name: string;
}

/** Who works together, who leads them, and what they have agreed about handling a ticket. */
@Roles('manager')
@Controller('admin/teams')
export class TeamsController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly teams: Teams,
    private readonly choices: DeskChoices,
    private readonly removals: Removals,
    private readonly flow: EditFlow,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply): Promise<void> {
    const teams = await this.all();
    const people = await this.colleagues();
    const counts = await this.database.query<Counts>(
      `select team.name, count(*)::integer as open from ticket join team on team.id = ticket.team_id
       where ticket.status in ('new', 'open', 'waiting', 'on-hold') and ticket.merged_into is null group by team.name`,
    );
    const named = (email: string): string => people.find((one) => one.email === email)?.name ?? email;
    await this.pages.show(reply, 'teams/list', {
      title: 'Teams',
      rows: teams.map(({ name, lead, members = [], calendar, handling }) => ({
        ...{ name, href: pathOf(name) },
        lead: lead === undefined ? null : named(lead),
        members: members.map(named),
        calendar: calendar ?? null,
        handling: handling === undefined ? null : targetInWords(handling),
        open: counts.find((one) => one.name === name)?.open ?? 0,
      })),
    });
  }

  @Get('new')
  async blank(@Res() reply: FastifyReply): Promise<void> {
    await this.showForm(reply, null, {}, []);
  }

  @Post('new')
  @Roles('admin')
  async add(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const name = textIn(await readForm(request), 'name');
    await this.flow.edit(request, reply, {
      title: name === '' ? 'New team' : `New team ${name}`,
      action: `${PATH}/new`,
      back: PATH,
      read: async (form) => {
        const taken = (await this.all()).some((team) => team.name === name);
        return taken
          ? { ok: false, faults: [{ field: 'name', detail: `There is a team named ${name} already.` }] }
          : readTeam(name, form);
      },
      show: (form, faults) => this.showForm(reply, null, form.fields, faults),
      fieldOf: fieldOfTeam,
      saved: `The team ${name} is there.`,
    });
  }

  @Get(':name')
  async one(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const team = await this.find(name);
    await this.showForm(reply, team, fieldsOf(team), []);
  }

  @Post(':name')
  @Roles('admin')
  async save(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const team = await this.find(name);
    await this.flow.edit(request, reply, {
      title: `Team ${name}`,
      action: pathOf(name),
      back: PATH,
      read: (form) => readTeam(name, form),
      show: (form, faults) => this.showForm(reply, team, form.fields, faults),
      fieldOf: fieldOfTeam,
      saved: `The team ${name} is saved.`,
    });
  }

  @Post(':name/removal')
  @Roles('admin')
  async remove(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.find(name);
    await this.flow.do(request, reply, {
      title: `Remove the team ${name}`,
      action: `${pathOf(name)}/removal`,
      back: PATH,
      label: 'Remove',
      deed: { section: 'teams', name, make: (tx) => this.removals.remove(tx, 'teams', name, userOf(request)) },
      saved: `The team ${name} is removed.`,
    });
  }

  private async showForm(
    reply: FastifyReply,
    team: TeamItem | null,
    fields: SentForm['fields'],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const { calendars } = await this.choices.read();
    const value = (field: string): string => textIn({ fields }, field);
    const members = textsIn({ fields }, 'members');
    const people = await this.colleagues([...members, value('lead')]);
    const model = {
      title: team === null ? 'New team' : `Team ${team.name}`,
      name: team?.name ?? null,
      action: team === null ? `${PATH}/new` : pathOf(team.name),
      removal: team === null ? null : `${pathOf(team.name)}/removal`,
      value: { name: value('name'), handling: value('handling') },
      fault: faultsByField(FIELDS, faults),
      faults,
      leads: [
        { value: '', label: 'Nobody', selected: value('lead') === '' },
        ...people.map(({ email, name }) => ({ value: email, label: name, selected: email === value('lead') })),
      ],
      people: people.map(({ email, name }) => ({
        ...{ email, name, href: pathOfPerson(email) },
        checked: members.includes(email),
      })),
      calendars: options(calendars, value('calendar'), 'The ticket’s'),
      seen: value('seen') || seenOf(team),
    };
    await this.pages.show(reply, 'teams/team', model, { status: faults.length > 0 ? 422 : 200 });
  }

  /** Staff who can sign in, and those among `kept` who cannot, so that they do not leave unseen. */
  private async colleagues(kept: readonly string[] | null = null): Promise<Colleague[]> {
    return this.database.query<Colleague>(
      `select email, name from app_user where role <> 'customer' and not service
         and (disabled_at is null or $1::text[] is null or email = any($1))
       order by name collate "und-x-icu", email`,
      [kept],
    );
  }

  private async all(): Promise<TeamItem[]> {
    return this.database.readOnly((tx) => this.teams.all(tx));
  }

  private async find(name: string): Promise<TeamItem> {
    const team = (await this.all()).find((one) => one.name === name);
    if (team === undefined) throw Problem.notFound(`There is no team named ${name}.`);
    return team;
  }
}

const pathOf = (name: string): string => `${PATH}/${encodeURIComponent(name)}`;

/** `teams.0.members.2` is the one list of members. */
const fieldOfTeam = (path: readonly (string | number)[]): string => String(path[2] ?? '');

function fieldsOf({ name, lead, members = [], calendar, handling }: TeamItem): SentForm['fields'] {
  return {
    name,
    lead: lead ?? '',
    members: [...members],
    calendar: calendar ?? '',
    handling: handling === undefined ? '' : targetInWords(handling),
  };
}

function readTeam(name: string, form: SentForm): ReadEdit {
  const text = textIn(form, 'handling');
  const handling = text === '' || text === 'none' ? undefined : readTarget(text);
  const faults: FieldFault[] = [
    ...(name === '' ? [{ field: 'name', detail: 'Give the team a name.' }] : []),
    ...(handling === null ? [{ field: 'handling', detail: faultOfTarget(text) }] : []),
  ];
  if (faults.length > 0) return { ok: false, faults };

  const [lead, calendar] = [textIn(form, 'lead'), textIn(form, 'calendar')];
  const members = textsIn(form, 'members');
  const team: TeamItem = {
    name,
    ...(lead !== '' && { lead }),
    ...(members.length > 0 && { members: members.toSorted() }),
    ...(calendar !== '' && { calendar }),
    ...(handling !== undefined && { handling }),
  };
  return { ok: true, value: { teams: [team] } };
}

import { Controller, Get, Param, ParseUUIDPipe, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Removals } from '../../desk-file/removals.js';
import { ApiTokens } from '../../identity/api-tokens.js';
import { Audit } from '../../identity/audit.js';
import type { Role } from '../../identity/current-user.js';
import { PasswordLinks } from '../../identity/password-links.js';
import { Sessions } from '../../identity/sessions.js';
import { Users, type UserEntry } from '../../identity/users.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Roles } from '../access.js';
import { check, faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { sessionOf, userOf } from '../session.guard.js';
import { seenOf } from '../settings/desk-edits.js';
import { EditFlow } from '../settings/edit-flow.js';
import { textIn } from '../settings/form-fields.js';
import { PeoplePage, pathOfPerson, roleChoices, stateOf } from './people.page.js';
import { ROLE_WORDS } from './role-words.js';
import { sessionRows } from './session-rows.js';
import { TIME_ZONES } from './time-zones.js';

const PATH = '/admin/people';
const FIELDS = ['email', 'name', 'role', 'timezone'];

const state = z.object({
  show: z.enum(['staff', 'customers', 'disabled']).catch('staff'),
  q: z.string().trim().max(200).catch(''),
  page: z.coerce.number().int().min(1).max(10_000).catch(1),
});
const token = z.object({
  tokenName: z.string().trim().min(1, 'Say what it is for.').max(100, 'This has more than 100 characters.'),
});

interface Shown {
  readonly fields?: SentForm['fields'];
  readonly faults?: readonly FieldFault[];
  /** A token that was made just now; it is shown this once. */
  readonly fresh?: { readonly name: string; readonly secret: string };
}

/** Who can sign in, as what, and from where they are signed in now. */
@Roles('admin')
@Controller('admin/people')
export class PeopleController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly people: PeoplePage,
    private readonly users: Users,
    private readonly links: PasswordLinks,
    private readonly sessions: Sessions,
    private readonly tokens: ApiTokens,
    private readonly audit: Audit,
    private readonly removals: Removals,
    private readonly flow: EditFlow,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply, @Query() query: unknown): Promise<void> {
    await this.pages.show(reply, 'people/list', await this.people.list(state.parse(query ?? {})));
  }

  @Get('new')
  async blank(@Res() reply: FastifyReply): Promise<void> {
    await this.showNew(reply, { role: 'agent' }, []);
  }

  /** One step: who is new has done nothing that could be reviewed, and the letter goes with it. */
  @Post('new')
  async add(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const by = userOf(request);
    const form = await readForm(request);
    const entry = entryIn(textIn(form, 'email').toLowerCase(), form);
    try {
      await this.database.transaction(async (tx) => {
        await this.users.add(tx, entry, by);
        await this.links.invite(tx, entry.email, by);
      });
    } catch (error) {
      if (!(error instanceof Problem) || error.faults.length === 0) throw error;
      return this.showNew(reply, form.fields, error.faults);
    }
    return this.pages.go(reply, pathOfPerson(entry.email), {
      tone: 'good',
      text: `${entry.name} is invited: a letter with a link to choose a password is on its way.`,
    });
  }

  @Get(':email')
  async one(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('email') email: string): Promise<void> {
    await this.show(request, reply, email, {});
  }

  @Post(':email')
  async save(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('email') email: string): Promise<void> {
    const before = await this.find(email);
    await this.flow.edit(request, reply, {
      title: before.name,
      action: pathOfPerson(before.email),
      back: pathOfPerson(before.email),
      read: (form) => {
        const entry = entryIn(before.email, form);
        return { ok: true, value: { users: [before.disabled === true ? { ...entry, disabled: true } : entry] } };
      },
      show: (form, faults) => this.show(request, reply, email, { fields: form.fields, faults }),
      saved: 'Saved.',
    });
  }

  @Post(':email/invitation')
  async invite(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('email') email: string,
  ): Promise<void> {
    await this.database.transaction((tx) => this.links.invite(tx, email, userOf(request)));
    await this.pages.go(reply, pathOfPerson(email), { tone: 'good', text: 'A new invitation is on its way.' });
  }

  @Post(':email/disabling')
  async disable(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('email') email: string,
  ): Promise<void> {
    await this.setDisabled(request, reply, email, true);
  }

  @Post(':email/enabling')
  async enable(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('email') email: string,
  ): Promise<void> {
    await this.setDisabled(request, reply, email, false);
  }

  @Post(':email/sessions/ending')
  async endSessions(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('email') email: string,
  ): Promise<void> {
    const { id: own, user: by } = sessionOf(request);
    const person = await this.personOf(email);
    await this.database.transaction(async (tx) => {
      await this.sessions.revokeOthers(tx, person.id, own);
      await this.audit.record(tx, { by, action: 'sessions.ended', subject: `user ${person.email}` });
    });
    await this.pages.go(reply, pathOfPerson(email), { tone: 'good', text: `${person.name} is signed out.` });
  }

  @Post(':email/sessions/:id/ending')
  async endSession(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('email') email: string,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<void> {
    const person = await this.personOf(email);
    await this.database.transaction(async (tx) => {
      if (!(await this.sessions.revoke(tx, person.id, id)))
        throw Problem.notFound('There is no such session any more.');
      await this.audit.record(tx, { by: userOf(request), action: 'sessions.ended', subject: `user ${person.email}` });
    });
    await this.pages.go(reply, pathOfPerson(email), { tone: 'good', text: 'That browser is signed out.' });
  }

  @Post(':email/tokens')
  async makeToken(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('email') email: string,
  ): Promise<void> {
    const checked = check(token, await readForm(request));
    if (!checked.ok) return this.show(request, reply, email, { faults: checked.faults });

    const name = checked.value.tokenName;
    const made = await this.database.transaction((tx) => this.tokens.issue(tx, { email, name }, userOf(request)));
    return this.show(request, reply, email, { fresh: { name, secret: made.token } });
  }

  @Post(':email/tokens/:id/revocation')
  async revokeToken(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('email') email: string,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<void> {
    const person = await this.personOf(email);
    await this.database.transaction((tx) => this.tokens.revoke(tx, id, userOf(request), person.id));
    await this.pages.go(reply, pathOfPerson(email), { tone: 'good', text: 'The token is revoked.' });
  }

  @Post(':email/removal')
  async remove(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('email') email: string,
  ): Promise<void> {
    const { name, email: address } = await this.find(email);
    await this.flow.do(request, reply, {
      title: `Remove ${name}`,
      action: `${pathOfPerson(address)}/removal`,
      back: PATH,
      label: 'Remove',
      deed: {
        section: 'users',
        name: address,
        make: (tx) => this.removals.remove(tx, 'users', address, userOf(request)),
      },
      saved: `${name} is removed.`,
    });
  }

  private async setDisabled(
    request: FastifyRequest,
    reply: FastifyReply,
    email: string,
    disabled: boolean,
  ): Promise<void> {
    const { disabled: _before, ...entry } = await this.find(email);
    const words = disabled
      ? `${entry.name} can no longer sign in, and is signed out everywhere.`
      : `${entry.name} can sign in again.`;
    try {
      await this.database.transaction((tx) =>
        this.users.save(tx, { ...entry, ...(disabled && { disabled: true }) }, userOf(request)),
      );
      await this.pages.go(reply, pathOfPerson(email), { tone: 'good', text: words });
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== 'conflict') throw error;
      await this.pages.go(reply, pathOfPerson(email), { tone: 'bad', text: error.detail });
    }
  }

  private async showNew(reply: FastifyReply, fields: SentForm['fields'], faults: readonly FieldFault[]): Promise<void> {
    const value = Object.fromEntries(FIELDS.map((field) => [field, textIn({ fields }, field)]));
    const model = {
      title: 'New person',
      ...{ value, faults, zones: TIME_ZONES },
      fault: faultsByField(FIELDS, faults),
      roles: roleChoices(value['role'] ?? ''),
    };
    await this.pages.show(reply, 'people/new', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async show(
    request: FastifyRequest,
    reply: FastifyReply,
    email: string,
    { fields, faults = [], fresh }: Shown,
  ): Promise<void> {
    const entry = await this.find(email);
    const person = await this.personOf(email);
    const path = pathOfPerson(entry.email);
    const given = fields ?? { name: entry.name, role: entry.role, timezone: entry.timezone ?? '' };
    const value = Object.fromEntries(FIELDS.map((field) => [field, textIn({ fields: given }, field)]));
    const sessions = await this.sessions.list(person.id);
    const tokens = await this.tokens.list(person.id);
    const here = sessionOf(request);
    const model = {
      title: entry.name,
      ...{ email: entry.email, action: path, value, faults, zones: TIME_ZONES },
      role: ROLE_WORDS[entry.role].title,
      own: here.user.id === person.id,
      fault: faultsByField([...FIELDS, 'tokenName'], faults),
      roles: roleChoices(value['role'] ?? ''),
      state: stateOf(person),
      ...{ disabledAt: person.disabledAt, seenAt: person.seenAt, invitedUntil: person.invitedUntil },
      teams: person.teams.map((name) => ({ name, href: `/admin/teams/${encodeURIComponent(name)}` })),
      tickets: person.tickets,
      sessions: sessionRows(sessions, path, here.id),
      tokens: tokens.map((one) => ({ ...one, revoke: `${path}/tokens/${one.id}/revocation` })),
      fresh: fresh ?? null,
      seen: textIn({ fields: given }, 'seen') || seenOf(entry),
      auditLog: `/admin/audit?${new URLSearchParams({ q: entry.email }).toString()}`,
    };
    await this.pages.show(reply, 'people/person', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async find(email: string): Promise<UserEntry> {
    const entry = await this.database.readOnly((tx: Transaction) => this.users.entry(tx, email));
    if (entry === null) throw Problem.notFound(`There is no user ${email}.`);
    return entry;
  }

  private async personOf(email: string): Promise<NonNullable<Awaited<ReturnType<PeoplePage['person']>>>> {
    const person = await this.people.person(email);
    if (person === null) throw Problem.notFound(`There is no user ${email}.`);
    return person;
  }
}

function entryIn(email: string, form: SentForm): UserEntry {
  const timezone = textIn(form, 'timezone');
  return {
    email,
    name: textIn(form, 'name'),
    role: textIn(form, 'role') as Role,
    ...(timezone !== '' && { timezone }),
  };
}

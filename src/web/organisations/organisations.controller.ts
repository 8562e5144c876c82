import { Controller, Get, Param, ParseUUIDPipe, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ColleaguesRequests } from '../../customers/colleagues-requests.js';
import { Organisations, type OrganisationItem } from '../../customers/organisations.js';
import { Undeliverable } from '../../customers/undeliverable.js';
import { Removals } from '../../desk-file/removals.js';
import { Audit } from '../../identity/audit.js';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Roles } from '../access.js';
import { faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { DeskChoices } from '../settings/desk-choices.js';
import { seenOf } from '../settings/desk-edits.js';
import { EditFlow, type ReadEdit } from '../settings/edit-flow.js';
import { listIn, options, textIn } from '../settings/form-fields.js';
import { OrganisationsPage, pathOfOrganisation } from './organisations.page.js';

const PATH = '/admin/organisations';
const FIELDS = ['name', 'tier', 'domains', 'calendar'];

const state = z.object({
  q: z.string().trim().max(200).catch(''),
  tier: z.string().max(100).catch(''),
  page: z.coerce.number().int().min(1).max(10_000).catch(1),
});

/** The firms that customers come from: what is known of them decides what they are promised. */
@Roles('manager')
@Controller('admin/organisations')
export class OrganisationsController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly page: OrganisationsPage,
    private readonly organisations: Organisations,
    private readonly undeliverable: Undeliverable,
    private readonly colleaguesRequests: ColleaguesRequests,
    private readonly choices: DeskChoices,
    private readonly removals: Removals,
    private readonly audit: Audit,
    private readonly flow: EditFlow,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply, @Query() query: unknown): Promise<void> {
    await this.pages.show(reply, 'organisations/list', await this.page.list(state.parse(query ?? {})));
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
      title: name === '' ? 'New organisation' : `New organisation ${name}`,
      action: `${PATH}/new`,
      back: name === '' ? PATH : pathOfOrganisation(name),
      read: async (form) => {
        const taken = name !== '' && (await this.known(name)) !== null;
        return taken
          ? { ok: false, faults: [{ field: 'name', detail: `There is an organisation named ${name} already.` }] }
          : readOrganisation(name, form);
      },
      show: (form, faults) => this.showForm(reply, null, form.fields, faults),
      fieldOf: fieldOfOrganisation,
      saved: `${name} is there. Contacts at its domains belong to it now.`,
    });
  }

  @Get(':name')
  async one(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const organisation = await this.find(name);
    await this.showForm(reply, organisation, fieldsOf(organisation), []);
  }

  @Post(':name')
  @Roles('admin')
  async save(@Param('name') given: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const organisation = await this.find(given);
    const { name } = organisation;
    await this.flow.edit(request, reply, {
      title: name,
      action: pathOfOrganisation(name),
      back: pathOfOrganisation(name),
      read: (form) => readOrganisation(name, form),
      show: (form, faults) => this.showForm(reply, organisation, form.fields, faults),
      fieldOf: fieldOfOrganisation,
      saved: `${name} is saved.`,
    });
  }

  @Post(':name/removal')
  @Roles('admin')
  async remove(
    @Param('name') given: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { name } = await this.find(given);
    await this.flow.do(request, reply, {
      title: `Remove ${name}`,
      action: `${pathOfOrganisation(name)}/removal`,
      back: PATH,
      label: 'Remove',
      deed: {
        section: 'organisations',
        name,
        make: (tx) => this.removals.remove(tx, 'organisations', name, userOf(request)),
      },
      saved: `${name} is removed.`,
    });
  }

  /** Mail to this contact came back; somebody knows that the address is good after all. */
  @Post(':name/contacts/:id/deliverable')
  async lift(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('name') name: string,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<void> {
    const email = await this.emailOf(name, id);
    await this.database.transaction(async (tx) => {
      await this.undeliverable.clear(tx, id);
      await this.audit.record(tx, { by: userOf(request), action: 'contact.deliverable', subject: `contact ${email}` });
    });
    await this.pages.go(reply, pathOfOrganisation(name), { tone: 'good', text: `Mail to ${email} is sent again.` });
  }

  @Post(':name/contacts/:id/all-requests')
  @Roles('admin')
  async grant(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('name') name: string,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<void> {
    const email = await this.emailOf(name, id);
    await this.database.transaction((tx) => this.colleaguesRequests.grant(tx, id, userOf(request)));
    const text = `${email} now sees the requests of all colleagues.`;
    await this.pages.go(reply, pathOfOrganisation(name), { tone: 'good', text });
  }

  @Post(':name/contacts/:id/own-requests')
  @Roles('admin')
  async takeBack(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('name') name: string,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<void> {
    const email = await this.emailOf(name, id);
    await this.database.transaction((tx) => this.colleaguesRequests.takeBack(tx, id, userOf(request)));
    const text = `${email} now sees their own requests only.`;
    await this.pages.go(reply, pathOfOrganisation(name), { tone: 'good', text });
  }

  private async showForm(
    reply: FastifyReply,
    organisation: OrganisationItem | null,
    fields: SentForm['fields'],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const { calendars, tiers } = await this.choices.read();
    const value = (field: string): string => textIn({ fields }, field);
    const path = organisation === null ? null : pathOfOrganisation(organisation.name);
    const model = {
      title: organisation?.name ?? 'New organisation',
      name: organisation?.name ?? null,
      action: path ?? `${PATH}/new`,
      removal: path === null ? null : `${path}/removal`,
      back: path === null ? PATH : path,
      value: Object.fromEntries(FIELDS.map((field) => [field, value(field)])),
      fault: faultsByField(FIELDS, faults),
      faults,
      tiers,
      calendars: options(calendars, value('calendar'), 'The queue’s, else the desk’s'),
      seen: value('seen') || seenOf(organisation),
      about: organisation === null ? null : await this.page.about(organisation),
    };
    await this.pages.show(reply, 'organisations/organisation', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async known(name: string): Promise<OrganisationItem | null> {
    return this.database.readOnly((tx) => this.organisations.byName(tx, name));
  }

  private async find(name: string): Promise<OrganisationItem> {
    const organisation = await this.known(name);
    if (organisation === null) throw Problem.notFound(`There is no organisation named ${name}.`);
    return organisation;
  }

  private async emailOf(organisation: string, contact: string): Promise<string> {
    const [row] = await this.database.query<{ email: string }>(
      `select contact.email from contact join organisation on organisation.id = organisation_id
       where contact.id = $1 and lower(organisation.name) = lower($2)`,
      [contact, organisation],
    );
    if (row === undefined) throw Problem.notFound(`${organisation} has no such contact.`);
    return row.email;
  }
}

/** `organisations.0.domains.2` stands in the one field of domains. */
const fieldOfOrganisation = (path: readonly (string | number)[]): string => String(path[2] ?? '');

function fieldsOf({ name, tier, domains = [], calendar }: OrganisationItem): SentForm['fields'] {
  return { name, tier: tier ?? '', domains: domains.join('\n'), calendar: calendar ?? '' };
}

function readOrganisation(name: string, form: SentForm): ReadEdit {
  if (name === '') return { ok: false, faults: [{ field: 'name', detail: 'Give the organisation a name.' }] };

  const [tier, calendar] = [textIn(form, 'tier'), textIn(form, 'calendar')];
  const domains = listIn(form, 'domains').map((domain) => domain.replace(/^@/, '').toLowerCase());
  const odd = domains.find((domain) => !/^[^\s@]+\.[^\s@]+$/.test(domain));
  if (odd !== undefined) {
    return { ok: false, faults: [{ field: 'domains', detail: `“${odd}” is not a domain such as example.com.` }] };
  }
  const organisation: OrganisationItem = {
    name,
    ...(tier !== '' && { tier }),
    ...(domains.length > 0 && { domains }),
    ...(calendar !== '' && { calendar }),
  };
  return { ok: true, value: { organisations: [organisation] } };
}

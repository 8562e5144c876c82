import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { isDefault } from '../../sla/promises.js';
import { Policies, type PolicyItem } from '../../sla/policies.js';
import { Levels, type LevelItem } from '../../tickets/levels.js';
import { Roles } from '../access.js';
import { faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { targetInWords } from '../target-in-words.js';
import { DeskChoices } from './desk-choices.js';
import { seenOf } from './desk-edits.js';
import { EditFlow, type ReadEdit } from './edit-flow.js';
import { options, textIn, textsIn } from './form-fields.js';
import { inOrder, orderingIn, type Ordering } from './ordering.js';
import { PoliciesPage } from './policies.page.js';
import { fieldsOfPolicy, PAUSABLE, POLICY_FIELDS, readPolicy } from './policy-form.js';
import { PROMISED, type PromisedMetric } from './promised-metrics.js';

const PATH = '/admin/policies';
const BLANK: PolicyItem = { name: '', targets: {} };

/** The promises, in the order in which they are tried. */
@Roles('manager')
@Controller('admin/policies')
export class PoliciesController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly policies: Policies,
    private readonly levels: Levels,
    private readonly page: PoliciesPage,
    private readonly choices: DeskChoices,
    private readonly flow: EditFlow,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply): Promise<void> {
    await this.showList(reply, null);
  }

  @Post('order')
  @Roles('admin')
  async order(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const form = await readForm(request);
    const ordering = orderingIn(form, namesToOrder(await this.all()));
    if (!['review', 'save'].includes(textIn(form, 'step'))) return this.showList(reply, ordering);

    await this.flow.do(request, reply, {
      title: 'Order of the policies',
      action: `${PATH}/order`,
      back: PATH,
      label: 'Save the order',
      deed: {
        section: 'policies',
        name: null,
        make: (tx) => this.policies.order(tx, ordering.names, userOf(request)),
      },
      saved: 'The policies are tried in their new order.',
    });
  }

  @Get('new')
  async blank(@Res() reply: FastifyReply): Promise<void> {
    await this.showForm(reply, null, fieldsOfPolicy(BLANK), []);
  }

  @Post('new')
  @Roles('admin')
  async add(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const name = textIn(await readForm(request), 'name');
    await this.flow.edit(request, reply, {
      title: name === '' ? 'New policy' : `New policy ${name}`,
      action: `${PATH}/new`,
      back: PATH,
      read: async (form) => {
        const taken = (await this.all()).some((policy) => policy.name === name);
        return taken
          ? { ok: false, faults: [{ field: 'name', detail: `There is a policy named ${name} already.` }] }
          : this.withKnownNames(readPolicy(name, form, null));
      },
      show: (form, faults) => this.showForm(reply, null, form.fields, faults),
      fieldOf,
      saved: `The policy ${name} is there. It is tried last but for the default; move it up if it should come before others.`,
    });
  }

  @Get(':name')
  async one(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const policy = await this.find(name);
    await this.showForm(reply, policy, fieldsOfPolicy(policy), []);
  }

  @Post(':name')
  @Roles('admin')
  async save(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const policy = await this.find(name);
    await this.flow.edit(request, reply, {
      title: `Policy ${name}`,
      action: pathOf(name),
      back: PATH,
      read: (form) => this.withKnownNames(readPolicy(name, form, policy)),
      show: (form, faults) => this.showForm(reply, policy, form.fields, faults),
      fieldOf,
      saved: `The policy ${name} has a new version. Running clocks are counted anew by it in the background.`,
    });
  }

  @Get(':name/versions')
  async versions(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    await this.find(name);
    await this.pages.show(reply, 'settings/policy-versions', {
      title: `Versions of ${name}`,
      name,
      href: pathOf(name),
      versions: await this.page.versions(name),
    });
  }

  @Post(':name/removal')
  @Roles('admin')
  async remove(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.find(name);
    await this.flow.do(request, reply, {
      title: `Remove the policy ${name}`,
      action: `${pathOf(name)}/removal`,
      back: PATH,
      label: 'Remove',
      deed: { section: 'policies', name, make: (tx) => this.policies.remove(tx, name, userOf(request)) },
      saved: `The policy ${name} is removed.`,
    });
  }

  private async showList(reply: FastifyReply, ordering: Ordering | null): Promise<void> {
    const [policies, rows] = await this.database.readOnly(async (tx) => [
      await this.policies.all(tx),
      await this.page.rows(tx),
    ]);
    const stored = namesToOrder(policies);
    const order = ordering ?? { names: stored, moved: null, way: null };
    const shown = rows.map((row) => ({ ...row, href: pathOf(row.name) }));
    await this.pages.show(reply, 'settings/policies', {
      title: 'Policies',
      rows: inOrder(
        shown.filter(({ match }) => match !== null),
        order,
      ),
      fallback: shown.find(({ match }) => match === null) ?? null,
      order: order.names,
      reordered: order.names.join('\n') !== stored.join('\n'),
      seen: seenOf(policies),
    });
  }

  private async showForm(
    reply: FastifyReply,
    policy: PolicyItem | null,
    fields: SentForm['fields'],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const choices = await this.choices.read();
    const fault = faultsByField(POLICY_FIELDS, faults);
    const value = (field: string): string => textIn({ fields }, field);
    const ticked = (field: string, values: readonly string[]): object[] => {
      const chosen = textsIn({ fields }, field);
      const all = [...values, ...chosen.filter((one) => !values.includes(one))];
      return all.map((one) => ({ field, value: one, checked: chosen.includes(one) }));
    };
    const [levels, running] = await this.database.readOnly(async (tx) => [
      await this.levels.all(tx),
      policy === null ? [] : await this.page.running(tx, policy.name),
    ]);
    const row = policy === null ? null : await this.rowOf(policy.name);
    const model = {
      title: policy === null ? 'New policy' : `Policy ${policy.name}`,
      name: policy?.name ?? null,
      isDefault: policy !== null && isDefault(policy),
      action: policy === null ? `${PATH}/new` : pathOf(policy.name),
      removal: policy === null || isDefault(policy) ? null : `${pathOf(policy.name)}/removal`,
      versions: policy === null ? null : `${pathOf(policy.name)}/versions`,
      value: Object.fromEntries(POLICY_FIELDS.map((field) => [field, value(field)])),
      fault,
      faults,
      levels: ticked(
        'match.level',
        choices.levels.map(({ name }) => name),
      ),
      tiers: ticked('match.tier', choices.tiers),
      queues: ticked('match.queue', choices.queues),
      organisations: value('match.organisation'),
      tags: value('match.tag'),
      targets: PROMISED.map((promised) => targetOf(promised, value, fault, levels)),
      statuses: PAUSABLE.map(({ label }) => label),
      pauses: PROMISED.map(({ metric, label }) => ({
        label,
        boxes: PAUSABLE.map((one) => ({
          name: `pauses.${metric}`,
          value: one.status,
          label: `${label} pauses while ${one.label.toLowerCase()}`,
          checked: textsIn({ fields }, `pauses.${metric}`).includes(one.status),
        })),
      })),
      calendars: options(choices.calendars, value('calendar'), 'As the level and the customer say'),
      chains: options(choices.chains, value('chain'), 'The queue’s, else Default'),
      cycle: value('reopen') === 'cycle',
      opensForStaff: value('opensForStaff') === 'yes',
      running,
      row,
      seen: value('seen') || seenOf(policy),
    };
    await this.pages.show(reply, 'settings/policy', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async withKnownNames(read: ReadEdit): Promise<ReadEdit> {
    if (!read.ok) return read;
    const names = (read.value.policies ?? []).flatMap(({ match }) => match?.organisation ?? []);
    const faults = await this.choices.faultsOfOrganisations('match.organisation', names);
    return faults.length === 0 ? read : { ok: false, faults };
  }

  private async rowOf(name: string): Promise<object | null> {
    const rows = await this.database.readOnly((tx) => this.page.rows(tx));
    return rows.find((row) => row.name === name) ?? null;
  }

  private async all(): Promise<PolicyItem[]> {
    return this.database.readOnly((tx) => this.policies.all(tx));
  }

  private async find(name: string): Promise<PolicyItem> {
    const policy = (await this.all()).find((one) => one.name === name);
    if (policy === undefined) throw Problem.notFound(`There is no policy named ${name}.`);
    return policy;
  }
}

const pathOf = (name: string): string => `${PATH}/${encodeURIComponent(name)}`;

/** The default is tried last, whatever the order. */
const namesToOrder = (policies: readonly PolicyItem[]): string[] =>
  policies.filter((policy) => !isDefault(policy)).map(({ name }) => name);

/** `match.level.0` is a fault of the field `match.level`. */
const fieldOf = (path: readonly (string | number)[]): string =>
  path
    .slice(2)
    .filter((step) => typeof step === 'string')
    .slice(0, 2)
    .join('.');

function targetOf(
  { metric, label, meaning }: PromisedMetric,
  value: (field: string) => string,
  fault: Readonly<Record<string, string | null>>,
  levels: readonly LevelItem[],
): object {
  const field = `targets.${metric}`;
  const how = value(`how.${metric}`) || 'level';
  const ofLevels = levels.flatMap(({ name, targets }) => {
    const target = targets[metric] ?? null;
    return target === null || target === 0 ? [] : [`${name} ${targetInWords(target)}`];
  });
  return {
    field,
    metric,
    label,
    meaning,
    how: `how.${metric}`,
    level: how === 'level',
    off: how === 'off',
    own: how === 'own',
    value: value(field),
    fault: fault[field] ?? null,
    ofLevels: ofLevels.length === 0 ? 'nothing' : ofLevels.join(', '),
  };
}

import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import { Rules, type RuleItem } from '../../tickets/rules.js';
import { Roles } from '../access.js';
import { faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { Reader } from '../reader.js';
import { userOf } from '../session.guard.js';
import { DeskChoices, type Choices } from './desk-choices.js';
import { seenOf } from './desk-edits.js';
import { EditFlow, type ReadEdit } from './edit-flow.js';
import { options, textIn, textsIn } from './form-fields.js';
import { inOrder, orderingIn, type Ordering } from './ordering.js';
import {
  CHANNELS,
  CONDITIONS,
  conditionsInWords,
  effectInWords,
  fieldRows,
  fieldsOfRule,
  readRule,
  RULE_FIELDS,
  ruleIn,
  usedConditions,
  type ConditionKey,
} from './rule-form.js';
import { RuleTrial } from './rule-trial.js';

const PATH = '/admin/rules';
/** The last 28 days: what a rule does now, not what it once did. */
const RECENT_MS = 28 * 24 * 3_600_000;
const BLANK: RuleItem = { name: '', then: {} };
const BLANK_FORM = { fields: {} };

/** The rules that give a new request its level, its queue and more, in the order in which they are asked, and a test of them. */
@Roles('manager')
@Controller('admin/rules')
export class RulesController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly rules: Rules,
    private readonly trial: RuleTrial,
    private readonly choices: DeskChoices,
    private readonly reader: Reader,
    private readonly flow: EditFlow,
    private readonly now: Now,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply): Promise<void> {
    await this.showList(reply, null);
  }

  @Post('order')
  @Roles('admin')
  async order(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const form = await readForm(request);
    const rules = await this.all();
    const ordering = orderingIn(form, namesToOrder(rules));
    if (!['review', 'save'].includes(textIn(form, 'step'))) return this.showList(reply, ordering);

    await this.flow.do(request, reply, {
      title: 'Order of the rules',
      action: `${PATH}/order`,
      back: PATH,
      label: 'Save the order',
      deed: {
        section: 'rules',
        name: null,
        make: (tx) => this.rules.saveAll(tx, inThisOrder(rules, ordering), userOf(request)),
      },
      saved: 'The rules are asked in their new order.',
    });
  }

  @Get('test')
  async blankTest(@Res() reply: FastifyReply): Promise<void> {
    await this.showTest(reply, BLANK_FORM);
  }

  @Post('test')
  async test(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { fields } = await readForm(request);
    await this.showTest(reply, { fields: { ...fields, step: 'test' } });
  }

  @Get('new')
  async blank(@Res() reply: FastifyReply): Promise<void> {
    await this.showForm(reply, null, { fields: fieldsOfRule(BLANK), files: [] }, []);
  }

  @Post('new')
  @Roles('admin')
  async add(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const name = textIn(await readForm(request), 'name');
    await this.flow.edit(request, reply, {
      title: name === '' ? 'New rule' : `New rule ${name}`,
      action: `${PATH}/new`,
      back: PATH,
      read: async (form) => {
        const taken = (await this.all()).some((rule) => rule.name === name);
        return taken
          ? { ok: false, faults: [{ field: 'name', detail: `There is a rule named ${name} already.` }] }
          : this.withKnownNames(readRule(name, form, null, false));
      },
      show: (form, faults) => this.showForm(reply, null, form, faults),
      fieldOf,
      saved: `The rule ${name} is there. It is asked last but for “everything else”; move it up if it should come before others.`,
    });
  }

  @Get(':name')
  async one(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const { rule } = await this.find(name);
    await this.showForm(reply, rule, { fields: fieldsOfRule(rule), files: [] }, []);
  }

  @Post(':name')
  @Roles('admin')
  async save(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { rule, isLast } = await this.find(name);
    await this.flow.edit(request, reply, {
      title: `Rule ${name}`,
      action: pathOf(name),
      back: PATH,
      read: (form) => this.withKnownNames(readRule(name, form, rule, isLast)),
      show: (form, faults) => this.showForm(reply, rule, form, faults),
      fieldOf,
      saved: `The rule ${name} is saved. Tickets that are there keep what they have.`,
    });
  }

  @Post(':name/removal')
  @Roles('admin')
  async remove(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.find(name);
    await this.flow.do(request, reply, {
      title: `Remove the rule ${name}`,
      action: `${pathOf(name)}/removal`,
      back: PATH,
      label: 'Remove',
      deed: { section: 'rules', name, make: (tx) => this.rules.remove(tx, name, userOf(request)) },
      saved: `The rule ${name} is removed.`,
    });
  }

  private async showList(reply: FastifyReply, ordering: Ordering | null): Promise<void> {
    const rules = await this.all();
    const counts = await this.database.query<{ name: string; tickets: number }>(
      `select data ->> 'rule' as name, count(*)::integer as tickets
       from ticket join ticket_event on ticket_event.ticket_number = ticket.number and ticket_event.type = 'rule'
       where ticket.created_at >= $1 group by 1`,
      [new Date(this.now.read().getTime() - RECENT_MS)],
    );
    const stored = namesToOrder(rules);
    const order = ordering ?? { names: stored, moved: null, way: null };
    const rows = rules.map((rule) => ({
      name: rule.name,
      href: pathOf(rule.name),
      when: conditionsInWords(rule),
      then: effectInWords(rule),
      tickets: counts.find((one) => one.name === rule.name)?.tickets ?? 0,
    }));
    await this.pages.show(reply, 'settings/rules', {
      title: 'Rules',
      rows: inOrder(rows.slice(0, -1), order),
      last: rows.at(-1) ?? null,
      order: order.names,
      reordered: order.names.join('\n') !== stored.join('\n'),
      seen: seenOf(rules),
    });
  }

  private async showTest(reply: FastifyReply, form: Pick<SentForm, 'fields'>): Promise<void> {
    const { timezone } = await this.reader.zone(reply.request);
    const { mailboxes, queues, levels } = await this.choices.read();
    const test = await this.trial.model(form, timezone);
    await this.pages.show(reply, 'settings/rules-test', { title: 'Test the rules', test, mailboxes, queues, levels });
  }

  private async showForm(
    reply: FastifyReply,
    rule: RuleItem | null,
    form: SentForm,
    faults: readonly FieldFault[],
  ): Promise<void> {
    const choices = await this.choices.read();
    const { timezone } = await this.reader.zone(reply.request);
    const all = await this.all();
    const isLast = rule !== null && all.at(-1)?.name === rule.name;
    const testing = textIn(form, 'step') === 'test';
    const draft = ruleIn(rule?.name ?? (textIn(form, 'name') || 'This rule'), form, rule, isLast);
    const shownFaults = testing ? draft.faults : faults;
    const fault = faultsByField(RULE_FIELDS, shownFaults);
    const used = usedConditions(form);
    const value = (field: string): string => textIn(form, field);
    const test = await this.trial.model(
      testing && draft.faults.length > 0 ? BLANK_FORM : form,
      timezone,
      withDraft(all, draft.rule),
    );
    const model = {
      title: rule === null ? 'New rule' : `Rule ${rule.name}`,
      name: rule?.name ?? null,
      isLast,
      action: rule === null ? `${PATH}/new` : pathOf(rule.name),
      removal: rule === null || isLast ? null : `${pathOf(rule.name)}/removal`,
      value: Object.fromEntries(RULE_FIELDS.map((field) => [field, value(field)])),
      fault,
      faults: shownFaults,
      conditions: isLast
        ? []
        : CONDITIONS.filter(({ key }) => used.includes(key)).map((one) => conditionModel(one, form, choices, fault)),
      more: CONDITIONS.filter(({ key }) => !used.includes(key)).map(({ key, label }) => ({
        value: key,
        label,
        selected: false,
      })),
      levels: [
        ...(isLast ? [] : [{ value: '', label: 'As the last rule says', selected: value('then.level') === '' }]),
        ...choices.levels.map(({ name, title }) => ({
          value: name,
          label: `${name} · ${title}`,
          selected: value('then.level') === name,
        })),
      ],
      queues: options(choices.queues, value('then.queue'), isLast ? undefined : 'As the last rule says'),
      teams: options(choices.teams, value('then.team'), 'The queue’s'),
      assignees: [
        { value: '', label: 'Nobody', selected: value('then.assignee') === '' },
        ...choices.staff.map(({ email, name }) => ({
          value: email,
          label: `${name} (${email})`,
          selected: value('then.assignee').toLowerCase() === email,
        })),
      ],
      test,
      testing,
      mailboxes: choices.mailboxes,
      testLevels: choices.levels,
      seen: value('seen') || seenOf(rule),
    };
    await this.pages.show(reply, 'settings/rule', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async withKnownNames(read: ReadEdit): Promise<ReadEdit> {
    if (!read.ok) return read;
    const names = (read.value.rules ?? []).flatMap(({ when }) => when?.organisation ?? []);
    const faults = await this.choices.faultsOfOrganisations('when.organisation', names);
    return faults.length === 0 ? read : { ok: false, faults };
  }

  private async all(): Promise<RuleItem[]> {
    return this.database.readOnly((tx) => this.rules.all(tx));
  }

  private async find(name: string): Promise<{ rule: RuleItem; isLast: boolean }> {
    const rules = await this.all();
    const rule = rules.find((one) => one.name === name);
    if (rule === undefined) throw Problem.notFound(`There is no rule named ${name}.`);
    return { rule, isLast: rules.at(-1)?.name === name };
  }
}

const pathOf = (name: string): string => `${PATH}/${encodeURIComponent(name)}`;

/** The last rule stands for everything else, and stays last. */
const namesToOrder = (rules: readonly RuleItem[]): string[] => rules.slice(0, -1).map(({ name }) => name);

function inThisOrder(rules: readonly RuleItem[], { names }: Ordering): RuleItem[] {
  const sorted = rules.slice(0, -1).toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  return [...sorted, ...rules.slice(-1)];
}

/** The list as it would be with this rule in it: in its place, or last but one. */
function withDraft(rules: readonly RuleItem[], draft: RuleItem): RuleItem[] {
  if (rules.some(({ name }) => name === draft.name))
    return rules.map((rule) => (rule.name === draft.name ? draft : rule));
  return [...rules.slice(0, -1), draft, ...rules.slice(-1)];
}

/** `when.tier.0` is a fault of the field `when.tier`. */
const fieldOf = (path: readonly (string | number)[]): string =>
  path
    .slice(2)
    .filter((step) => typeof step === 'string')
    .slice(0, 2)
    .join('.');

type Condition = (typeof CONDITIONS)[number];
type Kind = 'ticks' | 'lines' | 'list' | 'hours' | 'fields';

const KINDS: Partial<Record<ConditionKey, Kind>> = {
  organisation: 'lines',
  anyWords: 'lines',
  senderDomain: 'list',
  inHours: 'hours',
  fields: 'fields',
};

function conditionModel(
  { key, label, hint }: Condition,
  form: SentForm,
  choices: Choices,
  fault: Readonly<Record<string, string | null>>,
): object {
  const field = `when.${key}`;
  const kind = KINDS[key] ?? 'ticks';
  const chosen = textsIn(form, field);
  const offered = offeredFor(key, choices);
  const values = [...offered, ...chosen.filter((one) => !offered.includes(one))];
  return {
    ...{ key, label, hint, field, kind, fault: fault[field] ?? null, value: textIn(form, field) },
    boxes: kind === 'ticks' ? values.map((value) => ({ field, value, checked: chosen.includes(value) })) : [],
    rows: kind === 'fields' ? fieldRows(form) : [],
  };
}

function offeredFor(key: ConditionKey, { mailboxes, queues, tiers, levels }: Choices): readonly string[] {
  switch (key) {
    case 'channel':
      return CHANNELS;
    case 'mailbox':
      return mailboxes;
    case 'queue':
      return queues;
    case 'tier':
      return tiers;
    case 'chosenLevel':
      return levels.map(({ name }) => name);
    default:
      return [];
  }
}

import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import type { Metric, Target } from '../../sla/promises.js';
import { Levels, type LevelItem } from '../../tickets/levels.js';
import { Roles } from '../access.js';
import { faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { targetInWords } from '../target-in-words.js';
import { seenOf } from './desk-edits.js';
import { DeskChoices } from './desk-choices.js';
import { EditFlow, type ReadEdit } from './edit-flow.js';
import { options, textIn } from './form-fields.js';
import { inOrder, orderingIn, type Ordering } from './ordering.js';
import { PROMISED, type PromisedMetric } from './promised-metrics.js';
import { faultOfTarget, readTarget } from './target-field.js';

const PATH = '/admin/levels';
const FIELDS = ['name', 'title', 'description', 'calendar', ...PROMISED.map(({ metric }) => `targets.${metric}`)];

/** The support levels: what they mean, what they promise, and their order of urgency. */
@Roles('manager')
@Controller('admin/levels')
export class LevelsController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly levels: Levels,
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
    const ordering = orderingIn(
      form,
      (await this.all()).map(({ name }) => name),
    );
    if (!['review', 'save'].includes(textIn(form, 'step'))) return this.showList(reply, ordering);

    await this.flow.do(request, reply, {
      title: 'Order of the levels',
      action: `${PATH}/order`,
      back: PATH,
      label: 'Save the order',
      deed: {
        section: 'levels',
        name: null,
        make: (tx) => this.levels.order(tx, ordering.names, userOf(request)),
      },
      saved: 'The levels stand in their new order.',
    });
  }

  @Get('new')
  async blank(@Res() reply: FastifyReply): Promise<void> {
    await this.showForm(reply, null, {}, []);
  }

  @Post('new')
  @Roles('admin')
  async add(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const form = await readForm(request);
    const name = textIn(form, 'name');
    await this.flow.edit(request, reply, {
      title: name === '' ? 'New level' : `New level ${name}`,
      action: `${PATH}/new`,
      back: PATH,
      read: async (given) => {
        const taken = (await this.all()).some((level) => level.name === name);
        return taken ? refusedName(name) : readLevel(name, given);
      },
      show: (given, faults) => this.showForm(reply, null, given.fields, faults),
      saved: `The level ${name} is there.`,
    });
  }

  @Get(':name')
  async one(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const level = await this.find(name);
    await this.showForm(reply, level, fieldsOf(level), []);
  }

  @Post(':name')
  @Roles('admin')
  async save(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const level = await this.find(name);
    await this.flow.edit(request, reply, {
      title: `Level ${name}`,
      action: `${PATH}/${encodeURIComponent(name)}`,
      back: PATH,
      read: (form) => readLevel(name, form),
      show: (form, faults) => this.showForm(reply, level, form.fields, faults),
      saved: `The level ${name} is saved.`,
    });
  }

  @Post(':name/removal')
  @Roles('admin')
  async remove(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.find(name);
    await this.flow.do(request, reply, {
      title: `Remove the level ${name}`,
      action: `${PATH}/${encodeURIComponent(name)}/removal`,
      back: PATH,
      label: 'Remove',
      deed: { section: 'levels', name, make: (tx) => this.levels.remove(tx, name, userOf(request)) },
      saved: `The level ${name} is removed.`,
    });
  }

  private async showList(reply: FastifyReply, ordering: Ordering | null): Promise<void> {
    const levels = await this.all();
    const counts = await this.database.query<{ level: string; open: number }>(
      `select level, count(*)::integer as open from ticket
       where status in ('new', 'open', 'waiting', 'on-hold') and merged_into is null group by level`,
    );
    const stored = levels.map(({ name }) => name);
    const rows = levels.map((level) => ({
      name: level.name,
      title: level.title,
      description: level.description ?? '',
      href: `${PATH}/${encodeURIComponent(level.name)}`,
      targets: PROMISED.map(({ metric, label }) => ({ label, within: within(level.targets, metric) })),
      calendar: level.calendar ?? null,
      open: counts.find((one) => one.level === level.name)?.open ?? 0,
    }));
    const order = ordering ?? { names: stored, moved: null, way: null };
    await this.pages.show(reply, 'settings/levels', {
      title: 'Levels',
      headings: PROMISED.map(({ label }) => label),
      rows: inOrder(rows, order),
      order: order.names,
      reordered: order.names.join('\n') !== stored.join('\n'),
      seen: seenOf(levels),
    });
  }

  private async showForm(
    reply: FastifyReply,
    level: LevelItem | null,
    fields: SentForm['fields'],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const choices = await this.choices.read();
    const value = Object.fromEntries(FIELDS.map((field) => [field, textIn({ fields }, field)]));
    const fault = faultsByField(FIELDS, faults);
    const model = {
      title: level === null ? 'New level' : `Level ${level.name}`,
      name: level?.name ?? null,
      action: level === null ? `${PATH}/new` : `${PATH}/${encodeURIComponent(level.name)}`,
      removal: level === null ? null : `${PATH}/${encodeURIComponent(level.name)}/removal`,
      value,
      fault,
      faults,
      targets: PROMISED.map((promised) => targetField(promised, value, fault)),
      calendars: options(
        choices.calendars,
        value['calendar'] ?? '',
        'The customer’s: organisation, else queue, else desk',
      ),
      seen: textIn({ fields }, 'seen') || seenOf(level),
    };
    await this.pages.show(reply, 'settings/level', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async all(): Promise<LevelItem[]> {
    return this.database.readOnly((tx) => this.levels.all(tx));
  }

  private async find(name: string): Promise<LevelItem> {
    const level = (await this.all()).find((one) => one.name === name);
    if (level === undefined) throw Problem.notFound(`There is no level named ${name}.`);
    return level;
  }
}

function within(targets: LevelItem['targets'], metric: Metric): string | null {
  const target = targets[metric] ?? null;
  return target === null || target === 0 ? null : targetInWords(target);
}

function targetField(
  { metric, label, meaning }: PromisedMetric,
  value: Readonly<Record<string, string>>,
  fault: Readonly<Record<string, string | null>>,
): object {
  const field = `targets.${metric}`;
  return { field, label, meaning, value: value[field] ?? '', fault: fault[field] ?? null };
}

function fieldsOf({ name, title, description, targets, calendar }: LevelItem): SentForm['fields'] {
  const fields = PROMISED.map(({ metric }) => [`targets.${metric}`, within(targets, metric) ?? '']);
  return {
    name,
    title,
    description: description ?? '',
    calendar: calendar ?? '',
    ...Object.fromEntries(fields),
  } as Record<string, string>;
}

function refusedName(name: string): ReadEdit {
  return { ok: false, faults: [{ field: 'name', detail: `There is a level named ${name} already.` }] };
}

/** What the form leaves empty is not promised. A target that the form does not ask for stays out. */
function readLevel(name: string, form: SentForm): ReadEdit {
  const title = textIn(form, 'title');
  const description = textIn(form, 'description');
  const calendar = textIn(form, 'calendar');
  const targets: Record<string, Target> = {};
  const faults: FieldFault[] = [
    ...(name === '' ? [{ field: 'name', detail: 'Give the level a name, such as L1.' }] : []),
    ...(title === '' ? [{ field: 'title', detail: 'Say in a few words what it means, such as “Service down”.' }] : []),
  ];
  for (const { metric } of PROMISED) {
    const text = textIn(form, `targets.${metric}`);
    if (text === '') continue;

    const target = readTarget(text);
    if (target === null) faults.push({ field: `targets.${metric}`, detail: faultOfTarget(text) });
    else targets[metric] = target;
  }
  if (faults.length > 0) return { ok: false, faults };

  const level: LevelItem = {
    name,
    title,
    ...(description !== '' && { description }),
    targets,
    ...(calendar !== '' && { calendar }),
  };
  return { ok: true, value: { levels: [level] } };
}

import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Path } from '../../desk-file/desk-file-problem.js';
import { Chains, DESKS_CHAIN, type ChainEntry } from '../../escalation/chains.js';
import { Responders } from '../../escalation/responders.js';
import { Rotas } from '../../escalation/rotas.js';
import { Steps } from '../../escalation/steps.js';
import { MethodVerification } from '../../escalation/verification.js';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import { Roles } from '../access.js';
import { faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { seenOf } from '../settings/desk-edits.js';
import { EditFlow, type ReadEdit } from '../settings/edit-flow.js';
import { textIn, textsIn } from '../settings/form-fields.js';

const PATH = '/admin/chains';
const FIELDS = ['name', 'repeat', 'restart'] as const;
const MOST_STEPS = 20;

/** Who is called in which order when a promise is broken. */
@Roles('manager')
@Controller('admin/chains')
export class ChainsController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly chains: Chains,
    private readonly responders: Responders,
    private readonly rotas: Rotas,
    private readonly steps: Steps,
    private readonly verification: MethodVerification,
    private readonly flow: EditFlow,
    private readonly now: Now,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply): Promise<void> {
    const rows = (await this.all()).map((chain) => ({
      ...chain,
      href: addressOf(chain.name),
      isDesks: chain.name === DESKS_CHAIN,
      steps: chain.steps.map(({ afterMinutes, notify }) => ({ afterMinutes, notify: notify.join(', ') })),
    }));
    await this.pages.show(reply, 'on-call/chains', { title: 'Chains', rows });
  }

  @Get('new')
  async blank(@Res() reply: FastifyReply): Promise<void> {
    await this.showForm(reply, null, { 'step.0.after': '0' }, []);
  }

  @Post('new')
  @Roles('admin')
  async add(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const name = textIn(await readForm(request), 'name');
    await this.flow.edit(request, reply, {
      title: name === '' ? 'New chain' : `New chain ${name}`,
      action: `${PATH}/new`,
      back: PATH,
      read: async (form) => {
        const taken = (await this.all()).some((one) => one.name === name);
        const detail = `There is a chain named ${name} already.`;
        return taken ? { ok: false, faults: [{ field: 'name', detail }] } : readChain(name, form);
      },
      show: (form, faults) => this.showForm(reply, null, form.fields, faults),
      fieldOf,
      saved: `The chain ${name} is there. Name it in a queue or a policy.`,
    });
  }

  @Get(':name')
  async one(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const chain = await this.find(name);
    await this.showForm(reply, chain, fieldsOf(chain), []);
  }

  @Post(':name')
  @Roles('admin')
  async save(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const chain = await this.find(name);
    await this.flow.edit(request, reply, {
      title: `Chain ${name}`,
      action: addressOf(name),
      back: PATH,
      read: (form) => readChain(name, form),
      show: (form, faults) => this.showForm(reply, chain, form.fields, faults),
      fieldOf,
      saved: `The chain ${name} is saved. Incidents under way keep the one they opened with.`,
    });
  }

  @Post(':name/removal')
  @Roles('admin')
  async remove(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.find(name);
    await this.flow.do(request, reply, {
      title: `Remove the chain ${name}`,
      action: `${addressOf(name)}/removal`,
      back: PATH,
      label: 'Remove',
      deed: { section: 'chains', name, make: (tx) => this.chains.remove(tx, name, userOf(request)) },
      saved: `The chain ${name} is removed.`,
    });
  }

  /** Everybody whom the chain would call at this moment gets a test by all their ways. */
  @Post(':name/test')
  async test(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const chain = await this.find(name);
    const { people, sent } = await this.database.transaction(async (tx) => {
      const { onCall: turns, emergency } = await this.steps.onDuty(tx, this.now.read());
      const named = chain.steps.flatMap(({ notify }) => notify.map((who) => turns?.get(who) ?? who));
      const everybody = [...new Set([...named, ...(emergency === null ? [] : [emergency])])];
      return { people: everybody, sent: await this.verification.testAll(tx, everybody) };
    });
    const text =
      sent === 0
        ? 'Nobody of this chain can be reached: there is no way to call them.'
        : `${sent === 1 ? 'One test is' : `${sent} tests are`} on the way to ${people.join(', ')}. Their pages say what became of them.`;
    await this.pages.go(reply, addressOf(name), { tone: sent === 0 ? 'bad' : 'good', text });
  }

  private async showForm(
    reply: FastifyReply,
    chain: ChainEntry | null,
    fields: SentForm['fields'],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const form = { fields };
    const { people, rotas } = await this.database.readOnly(async (tx) => ({
      people: (await this.responders.all(tx)).map(({ name }) => name),
      rotas: (await this.rotas.all(tx)).map(({ name }) => name),
    }));
    const steps = Array.from({ length: MOST_STEPS }, (_, step) => step).filter(
      (step) => textIn(form, `step.${step}.after`) !== '' || textsIn(form, `step.${step}.notify`).length > 0,
    );
    const last = steps.at(-1) ?? -1;
    const fault = faultsByField(
      [...FIELDS, ...steps.flatMap((step) => [`step.${step}.after`, `step.${step}.notify`])],
      faults,
    );
    const choices = (step: number): object[] => {
      const chosen = textsIn(form, `step.${step}.notify`);
      const all = [...new Set([...rotas, ...people, ...chosen])];
      return all.map((value) => ({ value, rota: rotas.includes(value), checked: chosen.includes(value) }));
    };
    const model = {
      title: chain === null ? 'New chain' : `Chain ${chain.name}`,
      name: chain?.name ?? null,
      action: chain === null ? `${PATH}/new` : addressOf(chain.name),
      removal: chain === null || chain.name === DESKS_CHAIN ? null : `${addressOf(chain.name)}/removal`,
      test: chain === null ? null : `${addressOf(chain.name)}/test`,
      value: Object.fromEntries(FIELDS.map((field) => [field, textIn(form, field)])),
      fault,
      faults,
      steps: Array.from({ length: Math.min(MOST_STEPS, last + 2) }, (_, step) => ({
        step,
        number: step + 1,
        after: textIn(form, `step.${step}.after`),
        fault: fault[`step.${step}.after`] ?? null,
        faultOfPeople: fault[`step.${step}.notify`] ?? null,
        choices: choices(step),
      })),
      seen: textIn(form, 'seen') || seenOf(chain),
    };
    await this.pages.show(reply, 'on-call/chain', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async all(): Promise<ChainEntry[]> {
    return this.database.readOnly((tx) => this.chains.all(tx));
  }

  private async find(name: string): Promise<ChainEntry> {
    const chain = (await this.all()).find((one) => one.name === name);
    if (chain === undefined) throw Problem.notFound(`There is no chain named ${name}.`);
    return chain;
  }
}

function addressOf(name: string): string {
  return `${PATH}/${encodeURIComponent(name)}`;
}

function fieldsOf({ name, steps, repeatEveryMinutes, restartAfterMinutes }: ChainEntry): SentForm['fields'] {
  const rows = steps.flatMap(({ afterMinutes, notify }, step) => [
    [`step.${step}.after`, String(afterMinutes)],
    [`step.${step}.notify`, [...notify]],
  ]);
  return {
    name,
    repeat: String(repeatEveryMinutes ?? ''),
    restart: String(restartAfterMinutes ?? ''),
    ...(Object.fromEntries(rows) as object),
  };
}

/** A step in which nobody is named is none. */
function readChain(name: string, form: SentForm): ReadEdit {
  if (name === '') return { ok: false, faults: [{ field: 'name', detail: 'Give the chain a name, such as Nights.' }] };

  const steps = Array.from({ length: MOST_STEPS }, (_, step) => ({
    afterMinutes: Number(textIn(form, `step.${step}.after`).replace(',', '.') || '0'),
    notify: textsIn(form, `step.${step}.notify`),
    step,
  })).filter(({ notify }) => notify.length > 0);
  const faults = steps
    .filter(({ afterMinutes }) => !Number.isFinite(afterMinutes))
    .map(({ step }) => ({ field: `step.${step}.after`, detail: 'must be a number of minutes.' }));
  const numbers = { repeatEveryMinutes: textIn(form, 'repeat'), restartAfterMinutes: textIn(form, 'restart') };
  for (const [field, key] of [['repeat', 'repeatEveryMinutes'] as const, ['restart', 'restartAfterMinutes'] as const])
    if (!Number.isFinite(Number(numbers[key]))) faults.push({ field, detail: 'must be a number of minutes.' });
  if (faults.length > 0) return { ok: false, faults };

  const chain: ChainEntry = {
    name,
    steps: steps.map(({ afterMinutes, notify }) => ({ afterMinutes, notify })),
    ...(numbers.repeatEveryMinutes !== '' && { repeatEveryMinutes: Number(numbers.repeatEveryMinutes) }),
    ...(numbers.restartAfterMinutes !== '' && { restartAfterMinutes: Number(numbers.restartAfterMinutes) }),
  };
  return { ok: true, value: { chains: [chain] } };
}

function fieldOf(path: Path): string {
  const [field, step, part] = path.slice(2);
  if (field === 'steps' && step !== undefined) return `step.${step}.${part === 'notify' ? 'notify' : 'after'}`;
  return { repeatEveryMinutes: 'repeat', restartAfterMinutes: 'restart' }[String(field)] ?? 'name';
}

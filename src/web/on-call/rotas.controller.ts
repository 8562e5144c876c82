import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DeskStore } from '../../desk/desk.store.js';
import type { Path } from '../../desk-file/desk-file-problem.js';
import { Responders } from '../../escalation/responders.js';
import { Rotas, type RotaEntry } from '../../escalation/rotas.js';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import { Roles } from '../access.js';
import { faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { seenOf } from '../settings/desk-edits.js';
import { EditFlow, type ReadEdit } from '../settings/edit-flow.js';
import { options, textIn, textsIn } from '../settings/form-fields.js';

const PATH = '/admin/rotas';
const BACK = '/admin/on-call';
const FIELDS = ['name', 'timezone', 'every', 'at', 'startsOn', 'members', 'emergency'] as const;

/** Who takes turns, and when they hand over. Who stands in is said where one sees who is on call. */
@Roles('manager')
@Controller('admin/rotas')
export class RotasController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly rotas: Rotas,
    private readonly responders: Responders,
    private readonly desk: DeskStore,
    private readonly flow: EditFlow,
    private readonly now: Now,
  ) {}

  @Get('new')
  async blank(@Res() reply: FastifyReply): Promise<void> {
    const { timezone } = await this.desk.read();
    const startsOn = this.now.read().toISOString().slice(0, 10);
    await this.showForm(reply, null, { timezone, every: 'week', at: '09:00', startsOn }, []);
  }

  @Post('new')
  @Roles('admin')
  async add(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const name = textIn(await readForm(request), 'name');
    await this.flow.edit(request, reply, {
      title: name === '' ? 'New rota' : `New rota ${name}`,
      action: `${PATH}/new`,
      back: BACK,
      read: async (form) => {
        const taken = (await this.all()).some((one) => one.name === name);
        const detail = `There is a rota named ${name} already.`;
        return taken ? { ok: false, faults: [{ field: 'name', detail }] } : readRota(name, form);
      },
      show: (form, faults) => this.showForm(reply, null, form.fields, faults),
      fieldOf,
      saved: `The rota ${name} is there. Name it in a chain.`,
    });
  }

  @Get(':name')
  async one(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const rota = await this.find(name);
    await this.showForm(reply, rota, fieldsOf(rota), []);
  }

  @Post(':name')
  @Roles('admin')
  async save(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const rota = await this.find(name);
    await this.flow.edit(request, reply, {
      title: `Rota ${name}`,
      action: addressOf(name),
      back: BACK,
      read: (form) => readRota(name, form, rota.overrides),
      show: (form, faults) => this.showForm(reply, rota, form.fields, faults),
      fieldOf,
      saved: `The rota ${name} is saved.`,
    });
  }

  @Post(':name/removal')
  @Roles('admin')
  async remove(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.find(name);
    await this.flow.do(request, reply, {
      title: `Remove the rota ${name}`,
      action: `${addressOf(name)}/removal`,
      back: BACK,
      label: 'Remove',
      deed: { section: 'rotas', name, make: (tx) => this.rotas.remove(tx, name, userOf(request)) },
      saved: `The rota ${name} is removed.`,
    });
  }

  private async showForm(
    reply: FastifyReply,
    rota: RotaEntry | null,
    fields: SentForm['fields'],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const form = { fields };
    const people = (await this.database.readOnly((tx) => this.responders.all(tx))).map(({ name }) => name);
    const members = textsIn(form, 'members');
    const model = {
      title: rota === null ? 'New rota' : `Rota ${rota.name}`,
      name: rota?.name ?? null,
      action: rota === null ? `${PATH}/new` : addressOf(rota.name),
      removal: rota === null ? null : `${addressOf(rota.name)}/removal`,
      value: Object.fromEntries(FIELDS.map((field) => [field, textIn(form, field)])),
      emergency: textIn(form, 'emergency') !== '',
      periods: [
        { value: 'week', label: 'Each week', selected: textIn(form, 'every') !== 'day' },
        { value: 'day', label: 'Each day', selected: textIn(form, 'every') === 'day' },
      ],
      turns: Array.from({ length: Math.max(members.length + 2, 3) }, (_, turn) => ({
        number: turn + 1,
        people: options(people, members[turn] ?? '', 'nobody'),
      })),
      fault: faultsByField(FIELDS, faults),
      faults,
      seen: textIn(form, 'seen') || seenOf(rota),
    };
    await this.pages.show(reply, 'on-call/rota', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async all(): Promise<RotaEntry[]> {
    return this.database.readOnly((tx) => this.rotas.all(tx));
  }

  private async find(name: string): Promise<RotaEntry> {
    const rota = (await this.all()).find((one) => one.name === name);
    if (rota === undefined) throw Problem.notFound(`There is no rota named ${name}.`);
    return rota;
  }
}

function addressOf(name: string): string {
  return `${PATH}/${encodeURIComponent(name)}`;
}

function fieldsOf({ name, timezone, every, at, startsOn, members, emergency }: RotaEntry): SentForm['fields'] {
  const flag = emergency === true ? 'on' : '';
  return { name, timezone, every, at, startsOn, members: [...members], emergency: flag };
}

function readRota(name: string, form: SentForm, overrides: RotaEntry['overrides'] = []): ReadEdit {
  const members = textsIn(form, 'members');
  const faults: FieldFault[] = [
    ...(name === '' ? [{ field: 'name', detail: 'Give the rota a name, such as Nights.' }] : []),
    ...(members.length === 0 ? [{ field: 'members', detail: 'Somebody must be on call: choose at least one.' }] : []),
  ];
  if (faults.length > 0) return { ok: false, faults };

  const rota: RotaEntry = {
    name,
    timezone: textIn(form, 'timezone'),
    every: textIn(form, 'every') === 'day' ? 'day' : 'week',
    at: textIn(form, 'at'),
    startsOn: textIn(form, 'startsOn'),
    members,
    ...(overrides.length > 0 && { overrides }),
    emergency: textIn(form, 'emergency') !== '',
  };
  return { ok: true, value: { rotas: [rota] } };
}

function fieldOf(path: Path): string {
  const field = String(path[2] ?? 'name');
  return (FIELDS as readonly string[]).includes(field) ? field : 'name';
}

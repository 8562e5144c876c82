import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Path } from '../../desk-file/desk-file-problem.js';
import { HeartbeatMonitors, type HeartbeatEntry, type HeartbeatMonitor } from '../../escalation/heartbeat-monitors.js';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Roles } from '../access.js';
import { faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { seenOf } from '../settings/desk-edits.js';
import { EditFlow, type ReadEdit } from '../settings/edit-flow.js';
import { options, textIn } from '../settings/form-fields.js';

const PATH = '/admin/heartbeats';
const FIELDS = ['name', 'everyMinutes', 'graceMinutes', 'level', 'queue'] as const;

/** Programs outside that must be heard of: a backup, a cron job, a branch office’s router. Their silence calls somebody. */
@Roles('manager')
@Controller('admin/heartbeats')
export class HeartbeatsController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly monitors: HeartbeatMonitors,
    private readonly flow: EditFlow,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply): Promise<void> {
    const rows = (await this.monitors.list(this.database)).map((monitor) => ({
      ...monitor,
      href: addressOf(monitor.name),
      mark: markOf(monitor),
    }));
    await this.pages.show(reply, 'on-call/heartbeats', { title: 'Heartbeats', rows });
  }

  @Get('new')
  async blank(@Res() reply: FastifyReply): Promise<void> {
    await this.showForm(reply, null, { everyMinutes: '60' }, []);
  }

  @Post('new')
  @Roles('admin')
  async add(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const name = textIn(await readForm(request), 'name');
    await this.flow.edit(request, reply, {
      title: name === '' ? 'New heartbeat' : `New heartbeat ${name}`,
      action: `${PATH}/new`,
      back: name === '' ? PATH : addressOf(name),
      read: async (form) => {
        const taken = (await this.monitors.list(this.database)).some((one) => one.name === name);
        const detail = `There is a heartbeat named ${name} already.`;
        return taken ? { ok: false, faults: [{ field: 'name', detail }] } : readHeartbeat(name, form);
      },
      show: (form, faults) => this.showForm(reply, null, form.fields, faults),
      fieldOf,
      saved: `${name} is awaited once it has been heard of for the first time.`,
    });
  }

  @Get(':name')
  async one(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const monitor = await this.find(name);
    await this.showForm(reply, monitor, fieldsOf(monitor), []);
  }

  @Post(':name')
  @Roles('admin')
  async save(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const monitor = await this.find(name);
    await this.flow.edit(request, reply, {
      title: `Heartbeat ${name}`,
      action: addressOf(name),
      back: addressOf(name),
      read: (form) => readHeartbeat(name, form),
      show: (form, faults) => this.showForm(reply, monitor, form.fields, faults),
      fieldOf,
      saved: `${name} is saved.`,
    });
  }

  @Post(':name/link')
  @Roles('admin')
  async renew(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.database.transaction((tx) => this.monitors.renewLink(tx, name, userOf(request)));
    const text = `${name} has a new address. What asks the old one is not heard any more.`;
    await this.pages.go(reply, addressOf(name), { tone: 'good', text });
  }

  @Post(':name/removal')
  @Roles('admin')
  async remove(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.find(name);
    await this.flow.do(request, reply, {
      title: `Remove the heartbeat ${name}`,
      action: `${addressOf(name)}/removal`,
      back: PATH,
      label: 'Remove',
      deed: { section: 'heartbeats', name, make: (tx) => this.monitors.remove(tx, name, userOf(request)) },
      saved: `${name} is awaited no more.`,
    });
  }

  private async showForm(
    reply: FastifyReply,
    monitor: HeartbeatMonitor | null,
    fields: SentForm['fields'],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const form = { fields };
    const [choices] = await this.database.query<{ levels: string[]; queues: string[] }>(
      `select array(select name from level order by position) as levels,
         array(select name from queue order by name collate "und-x-icu") as queues`,
    );
    const model = {
      title: monitor === null ? 'New heartbeat' : monitor.name,
      name: monitor?.name ?? null,
      action: monitor === null ? `${PATH}/new` : addressOf(monitor.name),
      removal: monitor === null ? null : `${addressOf(monitor.name)}/removal`,
      renewal: monitor === null ? null : `${addressOf(monitor.name)}/link`,
      address: monitor === null ? null : this.monitors.addressOf(monitor),
      mark: monitor === null ? null : markOf(monitor),
      heardAt: monitor?.heardAt ?? null,
      dueAt: monitor?.dueAt ?? null,
      silentSince: monitor?.silentSince ?? null,
      ticket: monitor?.ticket ?? null,
      value: Object.fromEntries(FIELDS.map((field) => [field, textIn(form, field)])),
      levels: options(choices?.levels ?? [], textIn(form, 'level'), 'The most urgent'),
      queues: options(choices?.queues ?? [], textIn(form, 'queue'), 'As the rules say'),
      fault: faultsByField(FIELDS, faults),
      faults,
      seen: textIn(form, 'seen') || seenOf(monitor === null ? null : fieldsOf(monitor)),
    };
    await this.pages.show(reply, 'on-call/heartbeat', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async find(name: string): Promise<HeartbeatMonitor> {
    const monitor = (await this.monitors.list(this.database)).find((one) => one.name === name);
    if (monitor === undefined) throw Problem.notFound(`There is no heartbeat named ${name}.`);
    return monitor;
  }
}

function markOf({ heardAt, silentSince }: HeartbeatMonitor): { tone: string; symbol: string; words: string } {
  if (silentSince !== null) return { tone: 'unproven', symbol: 'siren', words: 'Silent' };
  if (heardAt === null) return { tone: '', symbol: 'circle', words: 'Never heard of' };
  return { tone: 'proven', symbol: 'circle-check', words: 'Heard of' };
}

function addressOf(name: string): string {
  return `${PATH}/${encodeURIComponent(name)}`;
}

function fieldsOf({ name, everyMinutes, graceMinutes, level, queue }: HeartbeatMonitor): SentForm['fields'] {
  const [every, grace] = [String(everyMinutes), String(graceMinutes)];
  return { name, everyMinutes: every, graceMinutes: grace, level, queue: queue ?? '' };
}

function readHeartbeat(name: string, form: SentForm): ReadEdit {
  if (name === '') return { ok: false, faults: [{ field: 'name', detail: 'Give it a name, such as Nightly backup.' }] };

  const [every, grace] = [textIn(form, 'everyMinutes'), textIn(form, 'graceMinutes')];
  const faults = [
    ...(/^\d{1,6}$/.test(every) ? [] : [{ field: 'everyMinutes', detail: 'must be a whole number of minutes.' }]),
    ...(/^\d{0,6}$/.test(grace) ? [] : [{ field: 'graceMinutes', detail: 'must be a whole number of minutes.' }]),
  ];
  if (faults.length > 0) return { ok: false, faults };

  const [level, queue] = [textIn(form, 'level'), textIn(form, 'queue')];
  const heartbeat: HeartbeatEntry = {
    ...{ name, everyMinutes: Number(every) },
    ...(grace !== '' && { graceMinutes: Number(grace) }),
    ...(level !== '' && { level }),
    ...(queue !== '' && { queue }),
  };
  return { ok: true, value: { heartbeats: [heartbeat] } };
}

function fieldOf(path: Path): string {
  const field = String(path[2] ?? 'name');
  return (FIELDS as readonly string[]).includes(field) ? field : 'name';
}

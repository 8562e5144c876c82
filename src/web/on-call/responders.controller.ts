import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Path } from '../../desk-file/desk-file-problem.js';
import { METHOD_KINDS, nameOf, type MethodEntry, type MethodKind } from '../../escalation/methods.js';
import { Responders, type ResponderEntry } from '../../escalation/responders.js';
import { MethodVerification } from '../../escalation/verification.js';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Roles } from '../access.js';
import { faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { seenOf } from '../settings/desk-edits.js';
import { EditFlow, type ReadEdit } from '../settings/edit-flow.js';
import { options, textIn } from '../settings/form-fields.js';
import { METHODS, RespondersPage } from './responders.page.js';

const PATH = '/admin/responders';
const FIELDS = ['name', 'email', 'phone', 'emergency', 'timezone'] as const;
/** Rows of the form; one more than there are, so that one can be added without a script. */
const MOST_ROWS = 20;

/** Who can be called, by which ways, and the proof that these work. */
@Roles('manager')
@Controller('admin/responders')
export class RespondersController {
  constructor(
    private readonly pages: Pages,
    private readonly page: RespondersPage,
    private readonly database: Database,
    private readonly responders: Responders,
    private readonly verification: MethodVerification,
    private readonly flow: EditFlow,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply): Promise<void> {
    await this.pages.show(reply, 'on-call/responders', await this.page.list());
  }

  @Get('new')
  async blank(@Res() reply: FastifyReply): Promise<void> {
    await this.showForm(reply, null, { 'method.0.kind': 'email' }, []);
  }

  @Post('new')
  @Roles('admin')
  async add(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const name = textIn(await readForm(request), 'name');
    await this.flow.edit(request, reply, {
      title: name === '' ? 'New responder' : `New responder ${name}`,
      action: `${PATH}/new`,
      back: name === '' ? PATH : addressOf(name),
      read: async (form) => {
        const taken = (await this.all()).some((one) => one.name === name);
        const detail = `There is a responder named ${name} already.`;
        return taken ? { ok: false, faults: [{ field: 'name', detail }] } : readResponder(name, form);
      },
      show: (form, faults) => this.showForm(reply, null, form.fields, faults),
      fieldOf,
      saved: `${name} can be called now. Send a code, so that it is certain.`,
    });
  }

  /** The one whom the banner speaks of. */
  @Get('emergency')
  async emergency(@Res() reply: FastifyReply): Promise<void> {
    const contact = (await this.all()).find(({ emergency }) => emergency === true);
    await this.pages.go(reply, contact === undefined ? '/admin/emergency-contact' : addressOf(contact.name));
  }

  @Get(':name')
  async one(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const responder = await this.find(name);
    await this.showForm(reply, responder, fieldsOf(responder), []);
  }

  @Post(':name')
  @Roles('admin')
  async save(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const responder = await this.find(name);
    await this.flow.edit(request, reply, {
      title: `Responder ${name}`,
      action: addressOf(name),
      back: addressOf(name),
      read: (form) => readResponder(name, form, responder.methods),
      show: (form, faults) => this.showForm(reply, responder, form.fields, faults),
      fieldOf,
      saved: `${name} is saved.`,
    });
  }

  @Post(':name/removal')
  @Roles('admin')
  async remove(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.find(name);
    await this.flow.do(request, reply, {
      title: `Remove the responder ${name}`,
      action: `${addressOf(name)}/removal`,
      back: PATH,
      label: 'Remove',
      deed: { section: 'responders', name, make: (tx) => this.responders.remove(tx, name, userOf(request)) },
      saved: `${name} is removed.`,
    });
  }

  @Post(':name/methods/:position/test')
  async test(
    @Param('name') name: string,
    @Param('position') position: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { address } = await this.database.transaction((tx) => this.verification.test(tx, name, Number(position)));
    await this.pages.go(reply, addressOf(name), { tone: 'good', text: `A test is on its way to ${address}.` });
  }

  @Post(':name/methods/:position/verification')
  async sendCode(
    @Param('name') name: string,
    @Param('position') position: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { address } = await this.database.transaction((tx) => this.verification.begin(tx, name, Number(position)));
    const text = `A code is on its way to ${address}. Enter it here, or open the link that comes with it.`;
    await this.pages.go(reply, addressOf(name), { tone: 'good', text });
  }

  @Post(':name/methods/:position/code')
  async enterCode(
    @Param('name') name: string,
    @Param('position') position: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const code = textIn(await readForm(request), 'code');
    const outcome = await this.database.transaction((tx) =>
      this.verification.byCode(tx, name, Number(position), code, userOf(request)),
    );
    const words = {
      verified: 'Confirmed: calls get through this way.',
      wrong: 'That is not the code that was sent.',
      expired: 'This code is too old, or was tried too often. Send a new one.',
    } as const;
    await this.pages.go(reply, addressOf(name), {
      tone: outcome === 'verified' ? 'good' : 'bad',
      text: words[outcome],
    });
  }

  /** What is secret goes straight to its place, and never through a page that shows it. */
  @Post(':name/methods/:position/secret')
  @Roles('admin')
  async setSecret(
    @Param('name') name: string,
    @Param('position') position: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const secret = textIn(await readForm(request), 'secret');
    const responder = await this.find(name);
    const method = responder.methods?.[Number(position)];
    if (method === undefined) throw Problem.notFound(`${name} has no such method.`);
    if (method.kind === 'webhook') return this.renewSecret(request, reply, name, method.url);

    const methods = (responder.methods ?? []).map((one) => (one === method ? withSecret(one, secret) : one));
    await this.database.transaction((tx) => this.responders.save(tx, { ...responder, methods }, userOf(request)));
    await this.pages.go(reply, addressOf(name), { tone: 'good', text: 'It is kept, sealed. Now send a code.' });
  }

  private async renewSecret(request: FastifyRequest, reply: FastifyReply, name: string, url: string): Promise<void> {
    const secret = await this.database.transaction((tx) => this.responders.renewSecret(tx, name, url, userOf(request)));
    await this.pages.show(reply, 'on-call/secret', {
      title: 'Signing secret',
      name,
      url,
      secret,
      back: addressOf(name),
    });
  }

  private async showForm(
    reply: FastifyReply,
    responder: ResponderEntry | null,
    fields: SentForm['fields'],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const form = { fields };
    const filled = Array.from({ length: MOST_ROWS }, (_, row) => row).filter(
      (row) => textIn(form, `method.${row}.kind`) !== '',
    );
    const last = filled.at(-1) ?? -1;
    const fault = faultsByField(
      [...FIELDS, 'rest', ...filled.flatMap((row) => [`method.${row}.place`, `method.${row}.kind`])],
      faults,
    );
    const model = {
      title: responder === null ? 'New responder' : responder.name,
      name: responder?.name ?? null,
      action: responder === null ? `${PATH}/new` : addressOf(responder.name),
      removal: responder === null || responder.emergency === true ? null : `${addressOf(responder.name)}/removal`,
      value: Object.fromEntries(FIELDS.map((field) => [field, textIn(form, field)])),
      emergency: textIn(form, 'emergency') !== '',
      isEmergency: responder?.emergency === true,
      fault,
      faults,
      rows: Array.from({ length: Math.min(MOST_ROWS, last + 2) }, (_, row) => ({
        row,
        kinds: options([...METHOD_KINDS], textIn(form, `method.${row}.kind`), 'none').map((option) => ({
          ...option,
          label: option.value === '' ? 'none' : METHODS[option.value as MethodKind].label,
        })),
        place: textIn(form, `method.${row}.place`),
        after: textIn(form, `method.${row}.after`),
        fault: fault[`method.${row}.place`] ?? fault[`method.${row}.kind`] ?? null,
      })),
      quiet: timesOf(form, 'quiet'),
      away: timesOf(form, 'away'),
      faultOfRest: fault['rest'] ?? null,
      methods: responder === null ? [] : await this.page.methods(responder.name),
      seen: textIn(form, 'seen') || seenOf(responder),
    };
    await this.pages.show(reply, 'on-call/responder', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async all(): Promise<ResponderEntry[]> {
    return this.database.readOnly((tx) => this.responders.all(tx));
  }

  private async find(name: string): Promise<ResponderEntry> {
    const responder = (await this.all()).find((one) => one.name === name);
    if (responder === undefined) throw Problem.notFound(`There is no responder named ${name}.`);
    return responder;
  }
}

function addressOf(name: string): string {
  return `${PATH}/${encodeURIComponent(name)}`;
}

/** Rows of beginning and end; one more than there are. */
function timesOf(form: Pick<SentForm, 'fields'>, name: string): { row: number; from: string; to: string }[] {
  const rows = Array.from({ length: MOST_ROWS }, (_, row) => ({
    row,
    from: textIn(form, `${name}.${row}.from`),
    to: textIn(form, `${name}.${row}.to`),
  }));
  const last = rows.findLastIndex(({ from, to }) => from !== '' || to !== '');
  return rows.slice(0, Math.min(MOST_ROWS, last + 2));
}

function fieldsOf({
  name,
  email = '',
  phone = '',
  emergency,
  methods = [],
  ...rest
}: ResponderEntry): SentForm['fields'] {
  const { timezone = '', quietHours = [], away = [] } = rest;
  const times = [
    ...quietHours.flatMap(([from, to], row) => [
      [`quiet.${row}.from`, from],
      [`quiet.${row}.to`, to],
    ]),
    ...away.flatMap(({ from, to }, row) => [
      [`away.${row}.from`, from],
      [`away.${row}.to`, to],
    ]),
  ];
  const rows = methods.flatMap((method, row) => [
    [`method.${row}.kind`, method.kind],
    [`method.${row}.place`, placeOf(method)],
    [`method.${row}.after`, method.afterSeconds === undefined ? '' : String(method.afterSeconds)],
  ]);
  const flag = emergency === true ? 'on' : '';
  return { name, email, phone, emergency: flag, timezone, ...(Object.fromEntries([...rows, ...times]) as object) };
}

function placeOf(method: MethodEntry): string {
  switch (method.kind) {
    case 'email':
      return '';
    case 'sms':
    case 'voice':
      return method.phone ?? '';
    case 'webhook':
    case 'ntfy':
      return method.url;
    default:
      return method.label ?? '';
  }
}

function readResponder(name: string, form: SentForm, before: readonly MethodEntry[] = []): ReadEdit {
  const email = textIn(form, 'email');
  const phone = textIn(form, 'phone');
  if (name === '') return { ok: false, faults: [{ field: 'name', detail: 'Give them a name, such as Night phone.' }] };

  const faults: FieldFault[] = [];
  const methods: MethodEntry[] = [];
  for (let row = 0; row < MOST_ROWS; row++) {
    const kind = textIn(form, `method.${row}.kind`);
    if (kind === '') continue;
    const after = textIn(form, `method.${row}.after`);
    const method = methodFrom(
      kind as MethodKind,
      textIn(form, `method.${row}.place`),
      after === '' ? 0 : Number(after),
    );
    if (method === null) faults.push({ field: `method.${row}.place`, detail: 'This method needs a URL.' });
    else methods.push(withPermission(method, before));
  }
  if (faults.length > 0) return { ok: false, faults };
  const given = (kind: string) => timesOf(form, kind).filter(({ from, to }) => from !== '' || to !== '');
  const timezone = textIn(form, 'timezone');
  const quietHours = given('quiet').map(({ from, to }): [string, string] => [from, to]);
  const away = given('away').map(({ from, to }) => ({ from: from.slice(0, 16), to: to.slice(0, 16) }));
  const responder: ResponderEntry = {
    name,
    ...(email !== '' && { email }),
    ...(phone !== '' && { phone }),
    methods,
    ...(textIn(form, 'emergency') !== '' && { emergency: true }),
    ...(timezone !== '' && { timezone }),
    ...(quietHours.length > 0 && { quietHours }),
    ...(away.length > 0 && { away }),
  };
  return { ok: true, value: { responders: [responder] } };
}

/** What only the desk file says of a method stays as it says. */
function withPermission(method: MethodEntry, before: readonly MethodEntry[]): MethodEntry {
  const known = before.find((one) => nameOf(one) === nameOf(method));
  return known !== undefined && 'allowPrivate' in known
    ? ({ ...method, allowPrivate: known.allowPrivate } as MethodEntry)
    : method;
}

function methodFrom(kind: MethodKind, place: string, afterSeconds: number): MethodEntry | null {
  const after = afterSeconds === 0 ? {} : { afterSeconds };
  switch (kind) {
    case 'email':
      return { kind, ...after };
    case 'sms':
    case 'voice':
      return { kind, ...(place !== '' && { phone: place }), ...after };
    case 'webhook':
    case 'ntfy':
      return place === '' ? null : { kind, url: place, ...after };
    default:
      return { kind, ...(place !== '' && { label: place }), ...after };
  }
}

function withSecret(method: MethodEntry, secret: string): MethodEntry {
  if (secret === '') throw Problem.invalid('Enter what is to be kept.', [{ field: 'secret', detail: 'is empty' }]);
  switch (method.kind) {
    case 'slack':
    case 'teams':
    case 'mattermost':
      return { ...method, url: secret };
    case 'ntfy':
      return { ...method, token: secret };
    case 'pushover':
      return { ...method, userKey: secret };
    default:
      throw Problem.conflict('This method has no secret.');
  }
}

/** `responders.0.methods.2.url` stands in the field of the third method’s place. */
function fieldOf(path: Path): string {
  const [field, row] = path.slice(2);
  if (field === 'quietHours' || field === 'away') return 'rest';
  return field === 'methods' && row !== undefined ? `method.${row}.place` : String(field ?? 'name');
}

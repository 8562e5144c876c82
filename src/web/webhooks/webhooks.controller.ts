import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Removals } from '../../desk-file/removals.js';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { SUBSCRIPTIONS } from '../../webhooks/event-types.js';
import { Webhooks, type WebhookEntry, type WebhookStanding } from '../../webhooks/webhooks.js';
import { Roles } from '../access.js';
import { faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { seenOf } from '../settings/desk-edits.js';
import { EditFlow, type ReadEdit } from '../settings/edit-flow.js';
import { textIn, textsIn } from '../settings/form-fields.js';
import { deliveriesOf, pathOfWebhook, standingMark, WEBHOOKS } from './webhook-words.js';

const FIELDS = ['name', 'url', 'events', 'enabled', 'allowPrivate'];
const KINDS = [
  { kind: 'ticket', title: 'Tickets' },
  { kind: 'clock', title: 'Clocks' },
  { kind: 'incident', title: 'Incidents' },
];

/** The programs that are told what happens here. */
@Roles('admin')
@Controller('admin/webhooks')
export class WebhooksController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly webhooks: Webhooks,
    private readonly removals: Removals,
    private readonly flow: EditFlow,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply): Promise<void> {
    const { all, standing } = await this.read();
    const rows = all.map((webhook) => ({
      ...{ name: webhook.name, url: webhook.url, href: pathOfWebhook(webhook.name) },
      events: webhook.events ?? null,
      mark: standingMark(webhook, standing.get(webhook.name)),
      deliveries: deliveriesOf(webhook.name),
    }));
    await this.pages.show(reply, 'webhooks/list', { title: 'Webhooks', rows });
  }

  @Get('new')
  async blank(@Res() reply: FastifyReply): Promise<void> {
    await this.showForm(reply, null, { enabled: 'on' }, []);
  }

  @Post('new')
  async add(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const name = textIn(await readForm(request), 'name');
    await this.flow.edit(request, reply, {
      title: name === '' ? 'New webhook' : `New webhook ${name}`,
      action: `${WEBHOOKS}/new`,
      back: name === '' ? WEBHOOKS : pathOfWebhook(name),
      read: async (form) => {
        const taken = (await this.read()).all.some((webhook) => webhook.name === name);
        return taken
          ? { ok: false, faults: [{ field: 'name', detail: `There is a webhook named ${name} already.` }] }
          : readWebhook(name, form);
      },
      show: (form, faults) => this.showForm(reply, null, form.fields, faults),
      fieldOf: fieldOfWebhook,
      saved: `${name} is there. Make its signing secret, and send it a test.`,
    });
  }

  @Get(':name')
  async one(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const { webhook } = await this.find(name);
    await this.showForm(reply, webhook, fieldsOf(webhook), []);
  }

  @Post(':name')
  async save(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { webhook } = await this.find(name);
    await this.flow.edit(request, reply, {
      title: `Webhook ${name}`,
      action: pathOfWebhook(name),
      back: pathOfWebhook(name),
      read: (form) => readWebhook(name, form),
      show: (form, faults) => this.showForm(reply, webhook, form.fields, faults),
      fieldOf: fieldOfWebhook,
      saved: `The webhook ${name} is saved.`,
    });
  }

  @Post(':name/removal')
  async remove(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.find(name);
    await this.flow.do(request, reply, {
      title: `Remove the webhook ${name}`,
      action: `${pathOfWebhook(name)}/removal`,
      back: WEBHOOKS,
      label: 'Remove',
      deed: { section: 'webhooks', name, make: (tx) => this.removals.remove(tx, 'webhooks', name, userOf(request)) },
      saved: `The webhook ${name} is removed.`,
    });
  }

  /** Shown on this page alone: whoever reloads it makes another one. */
  @Post(':name/secret')
  async renewSecret(
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { webhook } = await this.find(name);
    const secret = await this.database.transaction((tx) => this.webhooks.renewSecret(tx, name, userOf(request)));
    await this.pages.show(reply, 'webhooks/secret', {
      ...{ title: 'Signing secret', name, url: webhook.url, secret },
      back: pathOfWebhook(name),
    });
  }

  private async showForm(
    reply: FastifyReply,
    webhook: WebhookEntry | null,
    fields: SentForm['fields'],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const value = (field: string): string => textIn({ fields }, field);
    const chosen = textsIn({ fields }, 'events');
    const path = webhook === null ? null : pathOfWebhook(webhook.name);
    const model = {
      title: webhook?.name ?? 'New webhook',
      name: webhook?.name ?? null,
      action: path ?? `${WEBHOOKS}/new`,
      about: webhook === null || path === null ? null : await this.about(webhook, path),
      value: Object.fromEntries(FIELDS.map((field) => [field, value(field)])),
      fault: faultsByField(FIELDS, faults),
      faults,
      kinds: KINDS.map(({ kind, title }) => ({
        title,
        events: SUBSCRIPTIONS.filter((event) => event.startsWith(`${kind}.`)).map((event) => ({
          event,
          label: event === `${kind}.*` ? 'all of them' : event,
          checked: chosen.includes(event),
        })),
      })),
      seen: value('seen') || seenOf(webhook),
    };
    await this.pages.show(reply, 'webhooks/webhook', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async about(webhook: WebhookEntry, path: string): Promise<object> {
    const standing = (await this.read()).standing.get(webhook.name);
    return {
      mark: standingMark(webhook, standing),
      failingSince: standing?.failingSince ?? null,
      disabledBecause: standing?.disabledBecause ?? null,
      enabled: webhook.enabled ?? true,
      ...{
        deliveries: deliveriesOf(webhook.name),
        test: `${path}/test`,
        secret: `${path}/secret`,
        removal: `${path}/removal`,
      },
    };
  }

  private async read(): Promise<{ all: WebhookEntry[]; standing: Map<string, WebhookStanding> }> {
    return this.database.readOnly(async (tx) => ({
      all: await this.webhooks.all(tx),
      standing: await this.webhooks.standing(tx),
    }));
  }

  private async find(name: string): Promise<{ webhook: WebhookEntry }> {
    const webhook = (await this.read()).all.find((one) => one.name === name);
    if (webhook === undefined) throw Problem.notFound(`There is no webhook named ${name}.`);
    return { webhook };
  }
}

/** `webhooks.0.events.2` is the one list of events. */
const fieldOfWebhook = (path: readonly (string | number)[]): string => String(path[2] ?? '');

function fieldsOf({ name, url, events = [], enabled = true, allowPrivate = false }: WebhookEntry): SentForm['fields'] {
  return {
    ...{ name, url, events: [...events] },
    ...(enabled && { enabled: 'on' }),
    ...(allowPrivate && { allowPrivate: 'on' }),
  };
}

function readWebhook(name: string, form: SentForm): ReadEdit {
  const url = textIn(form, 'url');
  const faults: FieldFault[] = [
    ...(name === '' ? [{ field: 'name', detail: 'Give the webhook a name.' }] : []),
    ...(url === '' ? [{ field: 'url', detail: 'Enter the address that is told.' }] : []),
  ];
  if (faults.length > 0) return { ok: false, faults };

  const events = textsIn(form, 'events');
  const webhook: WebhookEntry = {
    ...{ name, url },
    ...(events.length > 0 && { events }),
    ...(textIn(form, 'enabled') !== 'on' && { enabled: false }),
    ...(textIn(form, 'allowPrivate') === 'on' && { allowPrivate: true }),
  };
  return { ok: true, value: { webhooks: [webhook] } };
}

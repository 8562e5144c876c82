import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Providers, type ProviderEntry, type ProviderName } from '../../escalation/providers.js';
import { Config } from '../../platform/config/config.js';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Roles } from '../access.js';
import { faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { textIn } from '../settings/form-fields.js';

const NAMES: Readonly<Record<ProviderName, string>> = { twilio: 'Twilio', pushover: 'Pushover' };
const FIELDS = ['accountSid', 'authToken', 'from', 'voiceFrom', 'appToken', 'apiUrl'] as const;

/** Accounts with those who carry SMS, calls and pushes. They hold secrets, so they are saved straight, and no page shows them again. */
@Roles('admin')
@Controller('admin/providers')
export class ProvidersController {
  constructor(
    private readonly pages: Pages,
    private readonly providers: Providers,
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply): Promise<void> {
    const { all, usable } = await this.database.readOnly(async (tx) => ({
      all: await this.providers.all(tx),
      usable: await this.providers.usableOnes(tx),
    }));
    const rows = (Object.keys(NAMES) as ProviderName[]).map((name) => ({
      label: NAMES[name],
      href: `/admin/providers/${name}`,
      carries: name === 'twilio' ? 'SMS and phone calls' : 'Pushes that ring until somebody acknowledges',
      known: all.some((one) => one.name === name),
      usable: usable.has(name),
    }));
    await this.pages.show(reply, 'on-call/providers', { title: 'Accounts', rows });
  }

  @Get(':name')
  async one(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const provider = named(name);
    const known = (await this.all()).find((one) => one.name === provider) ?? { name: provider };
    await this.showForm(reply, provider, known, []);
  }

  @Post(':name')
  async save(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const provider = named(name);
    const form = await readForm(request);
    const given = FIELDS.flatMap((field) => (textIn(form, field) === '' ? [] : [[field, textIn(form, field)]]));
    const entry = { name: provider, ...(Object.fromEntries(given) as object) } as ProviderEntry;
    try {
      await this.database.transaction((tx) => this.providers.save(tx, entry, userOf(request)));
    } catch (error) {
      if (!(error instanceof Problem) || error.faults.length === 0) throw error;
      return this.showForm(reply, provider, form.fields, error.faults);
    }
    return this.pages.go(reply, '/admin/providers', {
      tone: 'good',
      text: `The account with ${NAMES[provider]} is saved.`,
    });
  }

  @Post(':name/removal')
  async remove(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const provider = named(name);
    await this.database.transaction((tx) => this.providers.remove(tx, provider, userOf(request)));
    const text = `The account with ${NAMES[provider]} is gone. What needs it reaches nobody.`;
    await this.pages.go(reply, '/admin/providers', { tone: 'good', text });
  }

  private async showForm(
    reply: FastifyReply,
    name: ProviderName,
    fields: SentForm['fields'],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const usable = await this.database.readOnly((tx) => this.providers.usableOnes(tx));
    const value = Object.fromEntries(FIELDS.map((field) => [field, textIn({ fields }, field)]));
    const model = {
      title: NAMES[name],
      isTwilio: name === 'twilio',
      action: `/admin/providers/${name}`,
      // What is secret is not given back, not even to who has just typed it.
      value: { ...value, authToken: '', appToken: '' },
      fault: faultsByField(FIELDS, faults),
      faults,
      usable: usable.has(name),
      known: (await this.all()).some((one) => one.name === name),
      inbound: `${this.config.publicUrl}/channels/twilio/inbound`,
    };
    await this.pages.show(reply, 'on-call/provider', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async all(): Promise<ProviderEntry[]> {
    return this.database.readOnly((tx) => this.providers.all(tx));
  }
}

function named(name: string): ProviderName {
  if (name === 'twilio' || name === 'pushover') return name;
  throw Problem.notFound(`There is no provider named ${name}.`);
}

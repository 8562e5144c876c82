import { Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { DeskStore } from '../../desk/desk.store.js';
import { EMAIL_ADDRESS } from '../../platform/config/email-address.js';
import { EMERGENCIES, EmergencyRequests } from '../../escalation/emergency-requests.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import { RequestIntake } from '../../tickets/request-intake.js';
import { PROOF_BITS, RequestProofs } from '../../tickets/request-proofs.js';
import { ThreadLinks } from '../../tickets/thread-links.js';
import { Public } from '../access.js';
import { check, faultsByField, givenIn, readForm } from '../forms.js';
import { Pages } from '../pages.js';
import { Reader } from '../reader.js';
import { visitorOf } from '../session.guard.js';
import { SupportHours } from './support-hours.js';
import { Urgencies } from './urgencies.js';

const FIELDS = ['email', 'name', 'subject', 'body', 'urgency', 'emergency', 'files'] as const;

const newRequest = z.object({
  email: z
    .string()
    .trim()
    .max(320)
    .pipe(z.email({ pattern: EMAIL_ADDRESS, error: 'We need an e-mail address to answer to.' })),
  name: z.string().trim().max(200, 'A name has 200 characters at the most.').default(''),
  subject: z
    .string()
    .trim()
    .min(1, 'Say in a few words what it is about.')
    .max(250, 'A subject has 250 characters at the most.'),
  body: z
    .string()
    .trim()
    .min(1, 'Tell us what happened, and what you expected.')
    .max(100_000, 'That is too long for one message.'),
  urgency: z.string().max(50).default(''),
  emergency: z.enum(['', ...EMERGENCIES]).default(''),
});

/** What people see who need help: every way to get it, and the form. */
@Controller()
@Public()
export class RequestsController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly desks: DeskStore,
    private readonly hours: SupportHours,
    private readonly urgencies: Urgencies,
    private readonly intake: RequestIntake,
    private readonly proofs: RequestProofs,
    private readonly emergencies: EmergencyRequests,
    private readonly links: ThreadLinks,
    private readonly reader: Reader,
  ) {}

  @Get()
  async helpCentre(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { timezone } = await this.reader.zone(request);
    const { supportAddress } = await this.desks.read();
    const urgencies = await this.urgencies.read();
    await this.pages.show(reply, 'requests/help-centre', {
      title: 'Help centre',
      supportAddress,
      hours: await this.hours.read(timezone),
      urgencies,
      emergency: urgencies.find(({ roundTheClock }) => roundTheClock) ?? null,
    });
  }

  /** The same hours again, once the browser has told in which zone it lives. */
  @Get('hours')
  async hoursAgain(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { timezone } = await this.reader.zone(request);
    await this.pages.showPart(reply, 'requests/hours', { hours: await this.hours.read(timezone) });
  }

  @Get('requests/new')
  async form(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query('urgency') urgency?: string,
  ): Promise<void> {
    const user = visitorOf(request);
    const given = { email: user?.email ?? '', name: user?.name ?? '', ...(typeof urgency === 'string' && { urgency }) };
    await this.showForm(reply, given, faultsByField(FIELDS, []));
  }

  @Post('requests/new')
  @RouteConfig({ rateLimit: { max: 10, timeWindow: '1 minute' } })
  async send(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const form = await readForm(request);
    const { website = '', task = '', answer = '' } = givenIn(form.fields);
    // A field that people do not see: whoever fills it in is a program, and learns nothing.
    if (website !== '') return this.pages.show(reply, 'requests/thanks', { title: 'Thank you' });

    const checked = check(newRequest, form);
    if (!checked.ok) return this.showForm(reply, checked.given, faultsByField(FIELDS, checked.faults), 422);

    const { urgency: chosen, emergency, ...request_ } = checked.value;
    const urgencies = await this.urgencies.read();
    // An emergency is of the highest level, whatever was chosen beside it.
    const urgency = emergency === '' ? chosen : (urgencies[0]?.level ?? chosen);
    const known = urgencies.some(({ level }) => level === urgency);
    if (urgency !== '' && !known) throw Problem.invalid('Choose how urgent it is from the list.');

    const zone = await this.reader.zone(request);
    const link = await this.database.transaction(async (tx) => {
      await this.proofs.take(tx, { task, answer, address: request.ip });
      const ticket = await this.intake.submit(tx, {
        ...request_,
        urgency: urgency === '' ? undefined : urgency,
        attachments: form.files,
        ...(zone.own && { timezone: zone.timezone }),
      });
      if (emergency !== '') await this.emergencies.raise(tx, ticket.number, emergency);
      return this.links.link(tx, ticket.number, ticket.requesterId);
    });
    return this.pages.go(reply, `${new URL(link).pathname}?sent=1`);
  }

  private async showForm(
    reply: FastifyReply,
    given: Readonly<Record<string, string>>,
    faults: Readonly<Record<(typeof FIELDS)[number], string | null>>,
    status = 200,
  ): Promise<void> {
    const urgencies = await this.urgencies.read();
    const model = {
      title: 'New request',
      proof: { task: this.proofs.task(), bits: PROOF_BITS },
      given: Object.fromEntries(FIELDS.map((field) => [field, given[field] ?? ''])),
      faults,
      faultList: FIELDS.filter((field) => faults[field] !== null).map((field) => ({ field, detail: faults[field] })),
      urgencies: urgencies.map((urgency) => ({ ...urgency, chosen: urgency.level === given['urgency'] })),
      emergencies: [
        { value: '', label: 'No', chosen: (given['emergency'] ?? '') === '' },
        { value: 'service-down', label: 'A service is down', chosen: given['emergency'] === 'service-down' },
        { value: 'data-loss', label: 'Data is being lost', chosen: given['emergency'] === 'data-loss' },
      ],
      undecided: !urgencies.some(({ level }) => level === given['urgency']),
    };
    await this.pages.show(reply, 'requests/new', model, { status });
  }
}

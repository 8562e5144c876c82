import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WEEKDAYS } from '../../calendar/opening-hours.js';
import { Setup, setupAnswers, type SetupAnswers } from '../../desk-file/setup.js';
import { DeskStore } from '../../desk/desk.store.js';
import { EmergencyContact } from '../../escalation/emergency-contact.js';
import { Sessions } from '../../identity/sessions.js';
import { SetupLink } from '../../identity/setup-link.js';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Calendars } from '../../support-hours/calendars.js';
import { Public, Roles } from '../access.js';
import { weekInWords } from '../calendar-in-words.js';
import { Cookies } from '../cookies.js';
import { check, faultsByField, givenIn, readForm } from '../forms.js';
import { Pages } from '../pages.js';
import { Urgencies } from '../requests/urgencies.js';

const FIELDS = [
  ...['deskName', 'supportAddress', 'timezone', 'days', 'from', 'to'],
  ...['emergencyEmail', 'emergencyPhone', 'adminName', 'adminEmail', 'adminPassword'],
];
const DAY_NAMES: Record<(typeof WEEKDAYS)[number], string> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
};
const OFFICE_DAYS = ['mon', 'tue', 'wed', 'thu', 'fri'];

/** The first admin sets the desk up by the link that the first start printed, and is shown what was made of it. */
@Controller()
export class SetUpController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly setup: Setup,
    private readonly setupLink: SetupLink,
    private readonly sessions: Sessions,
    private readonly cookies: Cookies,
    private readonly desks: DeskStore,
    private readonly calendars: Calendars,
    private readonly emergencyContact: EmergencyContact,
    private readonly urgencies: Urgencies,
  ) {}

  @Get('setup/:token')
  @Public()
  async form(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    await this.refuseSpentLink(token);
    const { timezone, supportAddress } = await this.desks.read();
    await this.show(reply, token, { timezone, supportAddress, from: '09:00', to: '17:00' }, OFFICE_DAYS, []);
  }

  @Post('setup/:token')
  @Public()
  @RouteConfig({ rateLimit: { max: 20, timeWindow: '1 minute' } })
  async finish(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('token') token: string,
  ): Promise<void> {
    await this.refuseSpentLink(token);
    const form = await readForm(request);
    const days = [form.fields['days'] ?? []].flat();
    const checked = check(setupAnswers, form);
    if (!checked.ok) return this.show(reply, token, checked.given, days, checked.faults);

    try {
      await this.open(request, reply, token, checked.value);
    } catch (error) {
      if (!(error instanceof Problem) || error.faults.length === 0) throw error;
      return this.show(reply, token, givenIn(form.fields), days, error.faults);
    }
    return this.pages.go(reply, '/setup/done');
  }

  @Get('setup/done')
  @Roles('admin')
  async done(@Res() reply: FastifyReply): Promise<void> {
    const desk = await this.desks.read();
    const calendar = await this.calendars.byName(this.database, desk.defaultCalendar);
    const contact = await this.emergencyContact.read();
    await this.pages.show(reply, 'set-up/done', {
      desk,
      calendar: desk.defaultCalendar,
      hours: calendar === null ? [] : weekInWords(calendar.definition),
      emergency: contact === null ? null : [contact.email, contact.phone].filter((way) => way !== null).join(', '),
      levels: await this.urgencies.read(),
    });
  }

  private async refuseSpentLink(token: string): Promise<void> {
    if (await this.setupLink.isGood(token)) return;
    throw Problem.notFound(
      'This set-up link has been used already, or a later start of the desk has printed a newer one.',
    );
  }

  private async open(
    request: FastifyRequest,
    reply: FastifyReply,
    token: string,
    answers: SetupAnswers,
  ): Promise<void> {
    const visitor = { address: request.ip, userAgent: request.headers['user-agent'] ?? '' };
    const session = await this.database.transaction(async (tx) => {
      const { adminId } = await this.setup.finish(tx, token, answers);
      return this.sessions.start(tx, adminId, visitor);
    });
    this.cookies.set(reply, 'session', session.token, session.expiresAt);
  }

  private async show(
    reply: FastifyReply,
    token: string,
    given: Readonly<Record<string, string>>,
    days: readonly string[],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const model = {
      action: `/setup/${token}`,
      given: Object.fromEntries(FIELDS.map((field) => [field, given[field] ?? ''])),
      faults: faultsByField(FIELDS, faults),
      faultList: faults,
      days: WEEKDAYS.map((value) => ({ value, label: DAY_NAMES[value], chosen: days.includes(value) })),
      zones: Intl.supportedValuesOf('timeZone'),
    };
    await this.pages.show(reply, 'set-up/form', model, { status: faults.length > 0 ? 422 : 200 });
  }
}

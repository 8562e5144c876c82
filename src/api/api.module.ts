import { Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IdentityModule } from '../identity/identity.module.js';
import { MailModule } from '../mail/mail.module.js';
import { ReportsModule } from '../reports/reports.module.js';
import { SupportHoursModule } from '../support-hours/support-hours.module.js';
import { ApiProblemFilter } from './api-problem.filter.js';
import { prepare } from './body-parsers.js';
import { CalendarsController } from './calendars.controller.js';
import { Contract } from './contract.js';
import { DocumentController } from './document.controller.js';
import { GivenCalendars } from './given-calendar.js';
import { Idempotency } from './idempotency.js';
import { MailController } from './mail.controller.js';
import { ReportsController } from './reports.controller.js';
import { SlaController } from './sla.controller.js';

/**
 * Owns: idempotency_key.
 * Announces: nothing.
 * Follows: nothing.
 */
@Module({
  imports: [IdentityModule, SupportHoursModule, MailModule, ReportsModule],
  controllers: [CalendarsController, SlaController, MailController, ReportsController, DocumentController],
  providers: [Contract, ApiProblemFilter, Idempotency, GivenCalendars],
  exports: [Idempotency],
})
export class ApiModule {
  constructor(host: HttpAdapterHost, problems: ApiProblemFilter) {
    // A process without the role web has no adapter.
    const adapter: unknown = host.httpAdapter;
    if (adapter instanceof FastifyAdapter) prepare(adapter, problems);
  }
}

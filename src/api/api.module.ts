import { Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CustomersModule } from '../customers/customers.module.js';
import { DeskFileModule } from '../desk-file/desk-file.module.js';
import { EscalationModule } from '../escalation/escalation.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { MailModule } from '../mail/mail.module.js';
import { ReportsModule } from '../reports/reports.module.js';
import { SlaModule } from '../sla/sla.module.js';
import { SupportHoursModule } from '../support-hours/support-hours.module.js';
import { TicketsModule } from '../tickets/tickets.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { ApiProblemFilter } from './api-problem.filter.js';
import { prepare } from './body-parsers.js';
import { BackTestsController } from './back-tests.controller.js';
import { CalendarsController } from './calendars.controller.js';
import { Contract } from './contract.js';
import { ConversationQuery } from './conversation.query.js';
import { DeskResources } from './desk-resources.js';
import { deskResourceControllers } from './desk-resources.controller.js';
import { DocumentController } from './document.controller.js';
import { GivenCalendars } from './given-calendar.js';
import { Idempotency } from './idempotency.js';
import { IncidentsController } from './incidents.controller.js';
import { MailController } from './mail.controller.js';
import { ReportsController } from './reports.controller.js';
import { RulesTestController } from './rules-test.controller.js';
import { SlaController } from './sla.controller.js';
import { TicketChanges } from './ticket-changes.js';
import { TicketPages } from './ticket.query.js';
import { TicketWords } from './ticket-words.js';
import { TicketsController } from './tickets.controller.js';
import { TokenGuard } from './token.guard.js';
import { WebhookDeliveriesController } from './webhook-deliveries.controller.js';

/**
 * Owns: idempotency_key.
 * Announces: nothing.
 * Follows: nothing.
 */
@Module({
  imports: [
    MailModule,
    IdentityModule,
    SupportHoursModule,
    CustomersModule,
    TicketsModule,
    SlaModule,
    EscalationModule,
    WebhooksModule,
    ReportsModule,
    DeskFileModule,
  ],
  controllers: [
    TicketsController,
    MailController,
    CalendarsController,
    SlaController,
    BackTestsController,
    IncidentsController,
    ReportsController,
    RulesTestController,
    WebhookDeliveriesController,
    ...deskResourceControllers,
    DocumentController,
  ],
  providers: [
    ApiProblemFilter,
    Contract,
    ConversationQuery,
    DeskResources,
    GivenCalendars,
    Idempotency,
    TicketChanges,
    TicketPages,
    TicketWords,
    TokenGuard,
  ],
  exports: [Contract, Idempotency],
})
export class ApiModule {
  constructor(host: HttpAdapterHost, problems: ApiProblemFilter) {
    // A process without the role web has no adapter.
    const adapter: unknown = host.httpAdapter;
    if (adapter instanceof FastifyAdapter) prepare(adapter as FastifyAdapter, problems);
  }
}

import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { CustomersModule } from '../customers/customers.module.js';
import { DeskFileModule } from '../desk-file/desk-file.module.js';
import { EscalationModule } from '../escalation/escalation.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { MailModule } from '../mail/mail.module.js';
import { ReportsModule } from '../reports/reports.module.js';
import { SlaModule } from '../sla/sla.module.js';
import { SupportHoursModule } from '../support-hours/support-hours.module.js';
import { TicketsModule } from '../tickets/tickets.module.js';
import { AdminController } from './admin/admin.controller.js';
import { AdminPage } from './admin/admin.page.js';
import { ApiDocsController } from './api-docs/api-docs.controller.js';
import { ApiDocsPage } from './api-docs/api-docs.page.js';
import { AcknowledgementsController } from './incidents/acknowledgements.controller.js';
import { IncidentPage } from './incidents/incident.page.js';
import { IncidentsController } from './incidents/incidents.controller.js';
import { IncidentsPage } from './incidents/incidents.page.js';
import { MailLogController } from './mail-log/mail-log.controller.js';
import { OutboxController } from './outbox/outbox.controller.js';
import { CompliancePage } from './reports/compliance.page.js';
import { JudgedClocksPage } from './reports/judged-clocks.page.js';
import { ReportPagesController } from './reports/reports.controller.js';
import { ServiceLevelsController } from './service-levels/service-levels.controller.js';
import { ServiceLevelsPage } from './service-levels/service-levels.page.js';
import { Banners } from './banners.js';
import { Cookies } from './cookies.js';
import { Csrf } from './csrf.js';
import { HealthController } from './health/health.controller.js';
import { Navigation } from './navigation.js';
import { Pages } from './pages.js';
import { ProblemFilter } from './problem.filter.js';
import { Reader } from './reader.js';
import { OwnRequestsController } from './requests/own-requests.controller.js';
import { OwnRequestsPage } from './requests/own-requests.page.js';
import { RequestsController } from './requests/requests.controller.js';
import { SupportHours } from './requests/support-hours.js';
import { ThreadController } from './requests/thread.controller.js';
import { RequestThreadPage } from './requests/thread.page.js';
import { Urgencies } from './requests/urgencies.js';
import { SessionGuard } from './session.guard.js';
import { SetUpController } from './set-up/set-up.controller.js';
import { SignInController } from './sign-in/sign-in.controller.js';
import { ClockRows } from './tickets/clock-rows.js';
import { TicketClocksPage } from './tickets/clocks.page.js';
import { FilesController } from './tickets/files.controller.js';
import { TicketListPage } from './tickets/list.page.js';
import { NewTicketPage } from './tickets/new-ticket.page.js';
import { TicketPage } from './tickets/ticket.page.js';
import { TicketsController } from './tickets/tickets.controller.js';
import { WorkController } from './tickets/work.controller.js';

/**
 * Owns: nothing.
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
    ReportsModule,
    DeskFileModule,
  ],
  controllers: [
    HealthController,
    SignInController,
    SetUpController,
    TicketsController,
    WorkController,
    FilesController,
    RequestsController,
    ThreadController,
    OwnRequestsController,
    AcknowledgementsController,
    IncidentsController,
    ReportPagesController,
    ServiceLevelsController,
    AdminController,
    OutboxController,
    MailLogController,
    ApiDocsController,
  ],
  providers: [
    { provide: APP_GUARD, useClass: SessionGuard },
    { provide: APP_FILTER, useClass: ProblemFilter },
    ...[Banners, Cookies, Csrf, Navigation, Pages, Reader],
    ...[ClockRows, NewTicketPage, TicketClocksPage, TicketListPage, TicketPage],
    ...[AdminPage, ApiDocsPage, CompliancePage, IncidentPage, IncidentsPage, JudgedClocksPage, ServiceLevelsPage],
    ...[OwnRequestsPage, RequestThreadPage, SupportHours, Urgencies],
  ],
})
export class WebModule {}

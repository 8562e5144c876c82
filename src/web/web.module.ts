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
import { TeamsModule } from '../teams/teams.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { TicketsModule } from '../tickets/tickets.module.js';
import { AdminController } from './admin/admin.controller.js';
import { SetAsideController } from './admin/set-aside.controller.js';
import { AdminPage } from './admin/admin.page.js';
import { ApiDocsController } from './api-docs/api-docs.controller.js';
import { ApiDocsPage } from './api-docs/api-docs.page.js';
import { BackTestController } from './back-test/back-test.controller.js';
import { BackTestPage } from './back-test/back-test.page.js';
import { CalendarFormPage } from './calendars/calendar-form.page.js';
import { CalendarPage } from './calendars/calendar.page.js';
import { CalendarPagesController } from './calendars/calendars.controller.js';
import { CalendarsPage } from './calendars/calendars.page.js';
import { AcknowledgementsController } from './incidents/acknowledgements.controller.js';
import { IncidentPage } from './incidents/incident.page.js';
import { BeatsController } from './on-call/beats.controller.js';
import { HeartbeatsController } from './on-call/heartbeats.controller.js';
import { ShortLinksController } from './incidents/short-links.controller.js';
import { IncidentsController } from './incidents/incidents.controller.js';
import { IncidentsPage } from './incidents/incidents.page.js';
import { MailLogController } from './mail-log/mail-log.controller.js';
import { CapturedController } from './on-call/captured.controller.js';
import { ChainsController } from './on-call/chains.controller.js';
import { ProvidersController } from './on-call/providers.controller.js';
import { RespondersController } from './on-call/responders.controller.js';
import { RespondersPage } from './on-call/responders.page.js';
import { RotasController } from './on-call/rotas.controller.js';
import { VerificationsController } from './on-call/verifications.controller.js';
import { TwilioController } from './incidents/twilio.controller.js';
import { OnCallController } from './on-call/on-call.controller.js';
import { OnCallPage } from './on-call/on-call.page.js';
import { RotaFeedController } from './on-call/rota-feed.controller.js';
import { OutboxController } from './outbox/outbox.controller.js';
import { CompliancePage } from './reports/compliance.page.js';
import { JudgedClocksPage } from './reports/judged-clocks.page.js';
import { WorkloadPage } from './reports/workload.page.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditPage } from './audit/audit.page.js';
import { MailboxesController } from './mailboxes/mailboxes.controller.js';
import { SigningController } from './mailboxes/signing.controller.js';
import { MailboxesPage } from './mailboxes/mailboxes.page.js';
import { OrganisationsController } from './organisations/organisations.controller.js';
import { OrganisationsPage } from './organisations/organisations.page.js';
import { AccountController } from './people/account.controller.js';
import { PeopleController } from './people/people.controller.js';
import { PeoplePage } from './people/people.page.js';
import { ReportPagesController } from './reports/reports.controller.js';
import { ServiceLevelsController } from './service-levels/service-levels.controller.js';
import { HowWeCountPage } from './service-levels/how-we-count.page.js';
import { ServiceLevelsPage } from './service-levels/service-levels.page.js';
import { Banners } from './banners.js';
import { Cookies } from './cookies.js';
import { Csrf } from './csrf.js';
import { HealthController } from './health/health.controller.js';
import { Navigation } from './navigation.js';
import { Pages } from './pages.js';
import { ProblemFilter } from './problem.filter.js';
import { RecountController } from './recount/recount.controller.js';
import { Recount } from './recount/recount.js';
import { Reader } from './reader.js';
import { OwnRequestsController } from './requests/own-requests.controller.js';
import { OwnRequestsPage } from './requests/own-requests.page.js';
import { RequestsController } from './requests/requests.controller.js';
import { SupportHours } from './requests/support-hours.js';
import { ThreadController } from './requests/thread.controller.js';
import { RequestThreadPage } from './requests/thread.page.js';
import { Urgencies } from './requests/urgencies.js';
import { SessionGuard } from './session.guard.js';
import { DeskChoices } from './settings/desk-choices.js';
import { DeskEdits } from './settings/desk-edits.js';
import { DeskSettingsController } from './settings/desk-settings.controller.js';
import { EditFlow } from './settings/edit-flow.js';
import { LevelsController } from './settings/levels.controller.js';
import { PoliciesController } from './settings/policies.controller.js';
import { PoliciesPage } from './settings/policies.page.js';
import { QueuesController } from './settings/queues.controller.js';
import { RuleTrial } from './settings/rule-trial.js';
import { RulesController } from './settings/rules.controller.js';
import { SettingsController } from './settings/settings.controller.js';
import { SetUpController } from './set-up/set-up.controller.js';
import { PasswordsController } from './sign-in/passwords.controller.js';
import { SimulatorController } from './simulator/simulator.controller.js';
import { SimulatorPage } from './simulator/simulator.page.js';
import { SignInController } from './sign-in/sign-in.controller.js';
import { ClockRows } from './tickets/clock-rows.js';
import { TicketClocksPage } from './tickets/clocks.page.js';
import { DueDatesController } from './tickets/due-dates.controller.js';
import { EditController } from './tickets/edit.controller.js';
import { LettersController } from './letters/letters.controller.js';
import { UnsubscriptionsController } from './requests/unsubscriptions.controller.js';
import { MessageContent } from './message-content.js';
import { FilesController } from './tickets/files.controller.js';
import { TicketListPage } from './tickets/list.page.js';
import { NewTicketPage } from './tickets/new-ticket.page.js';
import { TicketPage } from './tickets/ticket.page.js';
import { TeamsController } from './teams/teams.controller.js';
import { TicketChange } from './tickets/ticket-change.js';
import { BulkController } from './tickets/bulk.controller.js';
import { TicketsController } from './tickets/tickets.controller.js';
import { WorkController } from './tickets/work.controller.js';
import { WebhookDeliveriesPages } from './webhooks/deliveries.controller.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';

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
    TeamsModule,
    TicketsModule,
    SlaModule,
    EscalationModule,
    WebhooksModule,
    ReportsModule,
    DeskFileModule,
  ],
  controllers: [
    BackTestController,
    RecountController,
    SimulatorController,
    HealthController,
    SignInController,
    PasswordsController,
    AccountController,
    PeopleController,
    TeamsController,
    OrganisationsController,
    MailboxesController,
    LettersController,
    UnsubscriptionsController,
    SigningController,
    AuditController,
    SetUpController,
    BulkController,
    TicketsController,
    WorkController,
    EditController,
    DueDatesController,
    FilesController,
    RequestsController,
    ThreadController,
    OwnRequestsController,
    AcknowledgementsController,
    ShortLinksController,
    BeatsController,
    HeartbeatsController,
    IncidentsController,
    ReportPagesController,
    ServiceLevelsController,
    AdminController,
    SetAsideController,
    SettingsController,
    LevelsController,
    CalendarPagesController,
    PoliciesController,
    RulesController,
    QueuesController,
    DeskSettingsController,
    OnCallController,
    ...[CapturedController, ChainsController, ProvidersController, RespondersController, RotasController],
    ...[TwilioController, VerificationsController],
    RotaFeedController,
    ...[WebhooksController, WebhookDeliveriesPages],
    OutboxController,
    MailLogController,
    ApiDocsController,
  ],
  providers: [
    MessageContent,
    BackTestPage,
    Recount,
    SimulatorPage,
    { provide: APP_GUARD, useClass: SessionGuard },
    { provide: APP_FILTER, useClass: ProblemFilter },
    ...[Banners, Cookies, Csrf, Navigation, Pages, Reader],
    ...[ClockRows, NewTicketPage, TicketClocksPage, TicketListPage, TicketPage, TicketChange],
    ...[
      HowWeCountPage,
      AdminPage,
      ApiDocsPage,
      CompliancePage,
      IncidentPage,
      IncidentsPage,
      JudgedClocksPage,
      WorkloadPage,
      ServiceLevelsPage,
    ],
    ...[CalendarFormPage, CalendarPage, CalendarsPage],
    ...[DeskChoices, DeskEdits, EditFlow, PoliciesPage, RuleTrial],
    ...[OnCallPage, RespondersPage],
    ...[AuditPage, MailboxesPage, OrganisationsPage, PeoplePage],
    ...[OwnRequestsPage, RequestThreadPage, SupportHours, Urgencies],
  ],
})
export class WebModule {}

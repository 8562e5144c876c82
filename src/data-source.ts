import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { Platform1795305601000 } from '../migrations/1795305601000-platform.js';
import { Desk1795305602000 } from '../migrations/1795305602000-desk.js';
import { Mail1795305603000 } from '../migrations/1795305603000-mail.js';
import { Identity1795305604000 } from '../migrations/1795305604000-identity.js';
import { SupportHours1795305605000 } from '../migrations/1795305605000-support-hours.js';
import { Customers1795305606000 } from '../migrations/1795305606000-customers.js';
import { Tickets1795305607000 } from '../migrations/1795305607000-tickets.js';
import { Sla1795305608000 } from '../migrations/1795305608000-sla.js';
import { Escalation1795305609000 } from '../migrations/1795305609000-escalation.js';
import { Api1795305610000 } from '../migrations/1795305610000-api.js';
import { Teams1795400005000 } from '../migrations/1795400005000-teams.js';
import { ChoosingPasswords1795400050000 } from '../migrations/1795400050000-choosing-passwords.js';
import { HolidaySources1795400010000 } from '../migrations/1795400010000-holiday-sources.js';
import { TicketsHaveTeams1795400020000 } from '../migrations/1795400020000-tickets-have-teams.js';
import { Measures1795400021000 } from '../migrations/1795400021000-measures.js';
import { UncountedTickets1795400022000 } from '../migrations/1795400022000-uncounted-tickets.js';
import { MailAccounts1795400060000 } from '../migrations/1795400060000-mail-accounts.js';
import { WaysOut1795400061000 } from '../migrations/1795400061000-ways-out.js';
import { SoftBounces1795400062000 } from '../migrations/1795400062000-soft-bounces.js';
import { Rotas1795400080000 } from '../migrations/1795400080000-rotas.js';
import { BackTests1795400030000 } from '../migrations/1795400030000-back-tests.js';
import { WhatRecountsDid1795400031000 } from '../migrations/1795400031000-what-recounts-did.js';
import { RecomputationParts1795400090000 } from '../migrations/1795400090000-recomputation-parts.js';
import { LongLists1795400091000 } from '../migrations/1795400091000-long-lists.js';
import { ClocksInOrder1795400092000 } from '../migrations/1795400092000-clocks-in-order.js';
import { WaysToReachPeople1795400081000 } from '../migrations/1795400081000-ways-to-reach-people.js';
import { IncidentsInHands1795400082000 } from '../migrations/1795400082000-incidents-in-hands.js';
import { Drafts1796099096416 } from '../migrations/1796099096416-drafts.js';
import { SingleKeys1796099096463 } from '../migrations/1796099096463-single-keys.js';
import { RequestProofs1796099096512 } from '../migrations/1796099096512-request-proofs.js';
import { Webhooks1796097505881 } from '../migrations/1796097505881-webhooks.js';
import { HeartbeatMonitors1796099098970 } from '../migrations/1796099098970-heartbeat-monitors.js';
import { RespondersRest1796099098971 } from '../migrations/1796099098971-responders-rest.js';
import { LettersWaitForTheRelay1796109367243 } from '../migrations/1796109367243-letters-wait-for-the-relay.js';
import { CopiesJoinByMail1796117758676 } from '../migrations/1796117758676-copies-join-by-mail.js';
import { TaggedTickets1796125505755 } from '../migrations/1796125505755-tagged-tickets.js';
import { OffersAreAnswered1796124813060 } from '../migrations/1796124813060-offers-are-answered.js';
import { LastCallOfThoseTried1796110484339 } from '../migrations/1796110484339-last-call-of-those-tried.js';
import { CopiesOfLetters1796098716411 } from '../migrations/1796098716411-copies-of-letters.js';
import { SilencedParticipants1796098716412 } from '../migrations/1796098716412-silenced-participants.js';
import { Languages1796098716413 } from '../migrations/1796098716413-languages.js';
import { LettersOfQueues1796098716414 } from '../migrations/1796098716414-letters-of-queues.js';
import { BlobRow } from './platform/blobs/blob.entity.js';
import { DeskRow } from './desk/desk.entity.js';
import { MailboxRow } from './mail/mailbox.entity.js';
import { ImapAccountRow } from './mail/inbound/imap-account.entity.js';
import { ImapMessageRow } from './mail/inbound/imap-message.entity.js';
import { InboundMailRow } from './mail/inbound/inbound-mail.entity.js';
import { DkimKeyRow } from './mail/outbound/dkim-key.entity.js';
import { OutgoingMailRow } from './mail/outbound/outgoing-mail.entity.js';
import { SendingAllowanceRow } from './mail/outbound/sending-allowance.entity.js';
import { ApiTokenRow } from './identity/api-token.entity.js';
import { AppUserRow } from './identity/app-user.entity.js';
import { AuditEntryRow } from './identity/audit-entry.entity.js';
import { PasswordLinkRow, PasswordRequestRow } from './identity/password-link.entity.js';
import { SessionRow } from './identity/session.entity.js';
import { SetupLinkRow } from './identity/setup-link.entity.js';
import { SignInAttemptRow } from './identity/sign-in-attempt.entity.js';
import { CalendarRow } from './support-hours/calendar.entity.js';
import { CalendarVersionRow } from './support-hours/calendar-version.entity.js';
import { HolidayFeedRow } from './support-hours/holiday-feed.entity.js';
import { Contact } from './customers/contact.entity.js';
import { Organisation } from './customers/organisation.entity.js';
import { SoftBounceRow } from './customers/soft-bounce.entity.js';
import { Team, TeamMember } from './teams/team.entity.js';
import { AcknowledgementRow } from './tickets/acknowledgement.entity.js';
import { DraftRow } from './tickets/draft.entity.js';
import { RequestProofRow } from './tickets/request-proof.entity.js';
import { Attachment } from './tickets/attachment.entity.js';
import { Level } from './tickets/level.entity.js';
import { Message } from './tickets/message.entity.js';
import { Participant } from './tickets/participant.entity.js';
import { Queue } from './tickets/queue.entity.js';
import { RuleRow } from './tickets/rule.entity.js';
import { Ticket } from './tickets/ticket.entity.js';
import { TicketEvent } from './tickets/ticket-event.entity.js';
import { IdempotencyKeyRow } from './api/idempotency-key.entity.js';
import { PolicyRow, PolicyVersionRow } from './sla/policy.entity.js';
import { BackTestClockEntity, BackTestEntity } from './sla/back-test.entity.js';
import { ClockRow } from './sla/clock.entity.js';
import { ClockEventRow } from './sla/clock-event.entity.js';
import { RecomputationPartRow, RecomputationRow } from './sla/recomputation.entity.js';
import { MeasureRow } from './sla/measure.entity.js';
import { UncountedTicketRow } from './sla/uncounted-ticket.entity.js';
import { ResponderRow } from './escalation/responder.entity.js';
import { WorkerHeartbeatRow } from './escalation/worker-heartbeat.entity.js';
import { HeartbeatMonitorRow } from './escalation/heartbeat-monitor.entity.js';
import { MethodVerificationRow } from './escalation/method-verification.entity.js';
import { ProviderRow } from './escalation/provider.entity.js';
import { RotaRow } from './escalation/rota.entity.js';
import { ChainRow } from './escalation/chain.entity.js';
import { IncidentRow } from './escalation/incident.entity.js';
import { NotificationRow } from './escalation/notification.entity.js';
import { IncidentEventRow } from './escalation/incident-event.entity.js';
import { AlarmRow } from './escalation/alarm.entity.js';
import { WebhookRow } from './webhooks/webhook.entity.js';
import { WebhookAttemptRow, WebhookDeliveryRow, WebhookEventRow } from './webhooks/webhook-delivery.entity.js';

/** Every table's row, in floor order. */
export const entities = [
  BlobRow,
  DeskRow,
  MailboxRow,
  InboundMailRow,
  ImapAccountRow,
  ImapMessageRow,
  OutgoingMailRow,
  DkimKeyRow,
  SendingAllowanceRow,
  AppUserRow,
  SessionRow,
  ApiTokenRow,
  SetupLinkRow,
  PasswordLinkRow,
  PasswordRequestRow,
  SignInAttemptRow,
  AuditEntryRow,
  CalendarRow,
  CalendarVersionRow,
  HolidayFeedRow,
  Organisation,
  Contact,
  SoftBounceRow,
  Team,
  TeamMember,
  Level,
  Queue,
  RuleRow,
  Ticket,
  Participant,
  Message,
  Attachment,
  TicketEvent,
  AcknowledgementRow,
  DraftRow,
  RequestProofRow,
  IdempotencyKeyRow,
  PolicyRow,
  PolicyVersionRow,
  ClockRow,
  ClockEventRow,
  RecomputationRow,
  RecomputationPartRow,
  BackTestEntity,
  BackTestClockEntity,
  MeasureRow,
  UncountedTicketRow,
  ResponderRow,
  RotaRow,
  ProviderRow,
  WorkerHeartbeatRow,
  HeartbeatMonitorRow,
  MethodVerificationRow,
  ChainRow,
  IncidentRow,
  NotificationRow,
  IncidentEventRow,
  AlarmRow,
  ...[WebhookRow, WebhookEventRow, WebhookDeliveryRow, WebhookAttemptRow],
];

/** Every step from an empty database to today's, in order. */
export const migrations = [
  Platform1795305601000,
  Desk1795305602000,
  Mail1795305603000,
  Identity1795305604000,
  SupportHours1795305605000,
  Customers1795305606000,
  Tickets1795305607000,
  Sla1795305608000,
  Escalation1795305609000,
  Api1795305610000,
  Teams1795400005000,
  HolidaySources1795400010000,
  TicketsHaveTeams1795400020000,
  Measures1795400021000,
  UncountedTickets1795400022000,
  BackTests1795400030000,
  WhatRecountsDid1795400031000,
  ChoosingPasswords1795400050000,
  MailAccounts1795400060000,
  WaysOut1795400061000,
  SoftBounces1795400062000,
  Rotas1795400080000,
  RecomputationParts1795400090000,
  LongLists1795400091000,
  ClocksInOrder1795400092000,
  WaysToReachPeople1795400081000,
  IncidentsInHands1795400082000,
  Webhooks1796097505881,
  Drafts1796099096416,
  SingleKeys1796099096463,
  RequestProofs1796099096512,
  HeartbeatMonitors1796099098970,
  RespondersRest1796099098971,
  LettersWaitForTheRelay1796109367243,
  CopiesJoinByMail1796117758676,
  LastCallOfThoseTried1796110484339,
  CopiesOfLetters1796098716411,
  SilencedParticipants1796098716412,
  Languages1796098716413,
  LettersOfQueues1796098716414,
  OffersAreAnswered1796124813060,
  TaggedTickets1796125505755,
];

export interface DataSourceSettings {
  readonly url: string;
  /** How many connections this process may hold at the most. */
  readonly poolSize?: number;
  readonly applicationName?: string;
  /** Commits do not wait for the disk: for what can be made again if the machine breaks down meanwhile. */
  readonly canBeMadeAgain?: boolean;
  /** Only these migrations, by name; for restoring what an older release has saved. */
  readonly steps?: readonly string[];
}

/** TypeORM's view of the database, the same for the process, the command line and the tests. */
export function createDataSource({
  url,
  poolSize = 12,
  applicationName = 'punctual',
  canBeMadeAgain = false,
  steps,
}: DataSourceSettings): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    poolSize,
    applicationName,
    entities,
    migrations: steps === undefined ? migrations : migrations.filter(({ name }) => steps.includes(name)),
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    installExtensions: false,
    synchronize: false,
    logging: false,
    extra: { keepAlive: true, ...(canBeMadeAgain && { options: '-c synchronous_commit=off' }) },
  });
}

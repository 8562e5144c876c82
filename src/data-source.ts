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
import { BlobRow } from './platform/blobs/blob.entity.js';
import { DeskRow } from './desk/desk.entity.js';
import { MailboxRow } from './mail/mailbox.entity.js';
import { InboundMailRow } from './mail/inbound/inbound-mail.entity.js';
import { OutgoingMailRow } from './mail/outbound/outgoing-mail.entity.js';
import { ApiTokenRow } from './identity/api-token.entity.js';
import { AppUserRow } from './identity/app-user.entity.js';
import { AuditEntryRow } from './identity/audit-entry.entity.js';
import { SessionRow } from './identity/session.entity.js';
import { SetupLinkRow } from './identity/setup-link.entity.js';
import { SignInAttemptRow } from './identity/sign-in-attempt.entity.js';
import { CalendarRow } from './support-hours/calendar.entity.js';
import { CalendarVersionRow } from './support-hours/calendar-version.entity.js';
import { Contact } from './customers/contact.entity.js';
import { Organisation } from './customers/organisation.entity.js';
import { AcknowledgementRow } from './tickets/acknowledgement.entity.js';
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
import { ClockRow } from './sla/clock.entity.js';
import { ClockEventRow } from './sla/clock-event.entity.js';
import { RecomputationRow } from './sla/recomputation.entity.js';
import { ResponderRow } from './escalation/responder.entity.js';
import { ChainRow } from './escalation/chain.entity.js';
import { IncidentRow } from './escalation/incident.entity.js';
import { NotificationRow } from './escalation/notification.entity.js';
import { IncidentEventRow } from './escalation/incident-event.entity.js';
import { AlarmRow } from './escalation/alarm.entity.js';

/** Every table's row, in floor order. */
export const entities = [
  BlobRow,
  DeskRow,
  MailboxRow,
  InboundMailRow,
  OutgoingMailRow,
  AppUserRow,
  SessionRow,
  ApiTokenRow,
  SetupLinkRow,
  SignInAttemptRow,
  AuditEntryRow,
  CalendarRow,
  CalendarVersionRow,
  Organisation,
  Contact,
  Level,
  Queue,
  RuleRow,
  Ticket,
  Participant,
  Message,
  Attachment,
  TicketEvent,
  AcknowledgementRow,
  IdempotencyKeyRow,
  PolicyRow,
  PolicyVersionRow,
  ClockRow,
  ClockEventRow,
  RecomputationRow,
  ResponderRow,
  ChainRow,
  IncidentRow,
  NotificationRow,
  IncidentEventRow,
  AlarmRow,
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
];

export interface DataSourceSettings {
  readonly url: string;
  /** How many connections this process may hold at the most. */
  readonly poolSize?: number;
  readonly applicationName?: string;
  /** Only these migrations, by name; for restoring what an older release has saved. */
  readonly steps?: readonly string[];
}

/** TypeORM's view of the database, the same for the process, the command line and the tests. */
export function createDataSource({
  url,
  poolSize = 12,
  applicationName = 'punctual',
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
    extra: { keepAlive: true },
  });
}

import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { DeskModule } from '../desk/desk.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { TicketsModule } from '../tickets/tickets.module.js';
import { MailModule } from '../mail/mail.module.js';
import { AcknowledgementLinks } from './acknowledgement-links.js';
import { Acknowledgement } from './acknowledgement.js';
import { AdvanceDueIncidents } from './advance-due-incidents.job.js';
import { Alarms } from './alarms.js';
import { AuditEscalation } from './audit-escalation.job.js';
import { Chains } from './chains.js';
import { EmergencyContact } from './emergency-contact.js';
import { Heartbeat } from './heartbeat.js';
import { HeartbeatMonitors } from './heartbeat-monitors.js';
import { HeartbeatsOfOthers } from './heartbeats-of-others.js';
import { MissHeartbeats } from './miss-heartbeats.job.js';
import { IncidentLog } from './incident-log.js';
import { Incidents } from './incidents.js';
import { MailStormAlarms } from './mail-storm-alarms.js';
import { Notices } from './notices.js';
import { MethodSecrets } from './method-secrets.js';
import { Bundles } from './notifying/bundles.js';
import { MattermostChannel } from './notifying/mattermost.channel.js';
import { NtfyChannel } from './notifying/ntfy.channel.js';
import { PushoverChannel } from './notifying/pushover.channel.js';
import { SlackChannel } from './notifying/slack.channel.js';
import { SmsChannel } from './notifying/sms.channel.js';
import { TeamsChannel } from './notifying/teams.channel.js';
import { VoiceChannel } from './notifying/voice.channel.js';
import { Providers } from './providers.js';
import { MethodVerification } from './verification.js';
import { Briefings } from './notifying/briefings.js';
import { EmailChannel } from './notifying/email.channel.js';
import { EmergencyRequests } from './emergency-requests.js';
import { HandOver } from './hand-over.js';
import { MailAnswers } from './mail-answers.js';
import { PollReceipts } from './poll-receipts.job.js';
import { Restart } from './restart.js';
import { SyntheticNotification } from './synthetic-notification.js';
import { WorkerHeartbeat } from './worker-heartbeat.js';
import { TwilioCallbacks } from './twilio-callbacks.js';
import { Fates } from './notifying/fates.js';
import { WebhookChannel } from './notifying/webhook.channel.js';
import { Responders } from './responders.js';
import { RotaFeeds } from './rota-feeds.js';
import { Rotas } from './rotas.js';
import { SendNotification } from './send-notification.job.js';
import { Steps } from './steps.js';
import { Timeline } from './timeline.js';

const doorstep = [
  Acknowledgement,
  AcknowledgementLinks,
  Alarms,
  Chains,
  EmergencyContact,
  EmergencyRequests,
  HandOver,
  HeartbeatMonitors,
  HeartbeatsOfOthers,
  TwilioCallbacks,
  IncidentLog,
  Responders,
  MethodVerification,
  Providers,
  RotaFeeds,
  Rotas,
  Steps,
];
const jobs = [
  AdvanceDueIncidents,
  AuditEscalation,
  Heartbeat,
  MailStormAlarms,
  MissHeartbeats,
  PollReceipts,
  SendNotification,
  WorkerHeartbeat,
];
const channels = [
  ...[EmailChannel, MattermostChannel, NtfyChannel, PushoverChannel, SlackChannel, SmsChannel, TeamsChannel],
  ...[VoiceChannel, WebhookChannel],
];
const rooms = [
  Briefings,
  Bundles,
  Fates,
  Incidents,
  MailAnswers,
  MethodSecrets,
  Notices,
  Restart,
  SyntheticNotification,
  Timeline,
];

/**
 * Owns: responder, method_verification, provider, rota, chain, incident, notification, incident_event, alarm,
 *   worker_heartbeat, heartbeat_monitor.
 * Announces: IncidentOpened, IncidentAcknowledged, IncidentClosed.
 * Follows: ClockBreached, ClockStopped, ClockCancelled, BreachRetracted; LetterHandedOver, LetterGivenUp, MailBounced, MailReceived; MailStorm;
 *   StatusChanged, TicketMerged.
 */
@Module({
  imports: [CustomersModule, DeskModule, MailModule, IdentityModule, TicketsModule],
  providers: [...doorstep, ...jobs, ...rooms, ...channels],
  exports: doorstep,
})
export class EscalationModule {}

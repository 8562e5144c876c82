import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module.js';
import { AcknowledgementLinks } from './acknowledgement-links.js';
import { Acknowledgement } from './acknowledgement.js';
import { AdvanceDueIncidents } from './advance-due-incidents.job.js';
import { Alarms } from './alarms.js';
import { AuditEscalation } from './audit-escalation.job.js';
import { Chains } from './chains.js';
import { EmergencyContact } from './emergency-contact.js';
import { Heartbeat } from './heartbeat.js';
import { IncidentLog } from './incident-log.js';
import { Incidents } from './incidents.js';
import { Notices } from './notices.js';
import { Briefings } from './notifying/briefings.js';
import { EmailChannel } from './notifying/email.channel.js';
import { Fates } from './notifying/fates.js';
import { WebhookChannel } from './notifying/webhook.channel.js';
import { Responders } from './responders.js';
import { SendNotification } from './send-notification.job.js';
import { Steps } from './steps.js';
import { Timeline } from './timeline.js';

const doorstep = [Acknowledgement, AcknowledgementLinks, Alarms, Chains, EmergencyContact, IncidentLog, Responders];
const jobs = [AdvanceDueIncidents, AuditEscalation, Heartbeat, SendNotification];
const rooms = [Briefings, EmailChannel, Fates, Incidents, Notices, Steps, Timeline, WebhookChannel];

/**
 * Owns: responder, chain, incident, notification, incident_event, alarm.
 * Announces: IncidentOpened, IncidentAcknowledged, IncidentClosed.
 * Follows: ClockBreached, ClockStopped, ClockCancelled, BreachRetracted; LetterHandedOver, LetterGivenUp, MailBounced.
 */
@Module({ imports: [MailModule], providers: [...doorstep, ...jobs, ...rooms], exports: doorstep })
export class EscalationModule {}

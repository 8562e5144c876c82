import type { INestApplicationContext, Type } from '@nestjs/common';
import { Idempotency } from './api/idempotency.js';
import { AdvanceDueIncidents } from './escalation/advance-due-incidents.job.js';
import { AuditEscalation } from './escalation/audit-escalation.job.js';
import { MissHeartbeats } from './escalation/miss-heartbeats.job.js';
import { Heartbeat } from './escalation/heartbeat.js';
import { MailStormAlarms } from './escalation/mail-storm-alarms.js';
import { PollReceipts } from './escalation/poll-receipts.job.js';
import { WorkerHeartbeat } from './escalation/worker-heartbeat.js';
import { SendNotification } from './escalation/send-notification.job.js';
import { AnswerPasswordRequest } from './identity/answer-password-request.job.js';
import { ForgetExpired } from './identity/forget-expired.job.js';
import { ReadMailJob } from './mail/inbound/read-mail.job.js';
import { DkimKeys } from './mail/dkim-keys.js';
import { DeliverMailJob } from './mail/outbound/deliver-mail.job.js';
import type { RecurringWork, Sweeper } from './platform/queue/recurring.js';
import { RecomputeClocks } from './sla/recompute-clocks.job.js';
import { RunBackTests } from './sla/run-back-tests.job.js';
import { StrikeDueClocks } from './sla/strike-due-clocks.job.js';
import { RefreshHolidays } from './support-hours/refresh-holidays.job.js';
import { DeliverWebhookJob } from './webhooks/deliver-webhook.job.js';
import { ForgetDeliveries } from './webhooks/forget-deliveries.job.js';
import { Closing } from './tickets/closing.js';
import { RequestProofs } from './tickets/request-proofs.js';

interface ScheduleEntry {
  readonly name: string;
  readonly everySeconds: number;
  readonly sweeper: Type<Sweeper>;
  /** Whether it does something only when something is due, so that repeating it comes to an end. */
  readonly settles: boolean;
}

/** Everything that recurs in a worker, in one table. */
export const schedule: readonly ScheduleEntry[] = [
  { name: 'read-mail', everySeconds: 5, sweeper: ReadMailJob, settles: true },
  { name: 'close-resolved', everySeconds: 60, sweeper: Closing, settles: true },
  { name: 'deliver-mail', everySeconds: 5, sweeper: DeliverMailJob, settles: true },
  { name: 'check-dkim-keys', everySeconds: 600, sweeper: DkimKeys, settles: true },
  { name: 'forget-idempotency-keys', everySeconds: 3600, sweeper: Idempotency, settles: true },
  { name: 'strike-due-clocks', everySeconds: 1, sweeper: StrikeDueClocks, settles: true },
  { name: 'recompute-clocks', everySeconds: 10, sweeper: RecomputeClocks, settles: true },
  { name: 'run-back-tests', everySeconds: 10, sweeper: RunBackTests, settles: true },
  { name: 'advance-due-incidents', everySeconds: 1, sweeper: AdvanceDueIncidents, settles: true },
  { name: 'send-notification', everySeconds: 1, sweeper: SendNotification, settles: true },
  { name: 'deliver-webhook', everySeconds: 5, sweeper: DeliverWebhookJob, settles: true },
  { name: 'poll-receipts', everySeconds: 10, sweeper: PollReceipts, settles: false },
  { name: 'miss-heartbeats', everySeconds: 5, sweeper: MissHeartbeats, settles: true },
  { name: 'worker-heartbeat', everySeconds: 10, sweeper: WorkerHeartbeat, settles: false },
  { name: 'audit-escalation', everySeconds: 60, sweeper: AuditEscalation, settles: false },
  { name: 'mail-storm-alarms', everySeconds: 60, sweeper: MailStormAlarms, settles: true },
  { name: 'heartbeat', everySeconds: 60, sweeper: Heartbeat, settles: false },
  { name: 'refresh-holidays', everySeconds: 30, sweeper: RefreshHolidays, settles: true },
  { name: 'answer-password-requests', everySeconds: 10, sweeper: AnswerPasswordRequest, settles: true },
  { name: 'forget-request-proofs', everySeconds: 3600, sweeper: RequestProofs, settles: true },
  { name: 'forget-webhook-deliveries', everySeconds: 3600, sweeper: ForgetDeliveries, settles: true },
  { name: 'forget-expired', everySeconds: 3600, sweeper: ForgetExpired, settles: true },
];

/** The schedule with its sweepers taken from a running house. */
export function recurringWork(house: INestApplicationContext): (RecurringWork & { settles: boolean })[] {
  return schedule.map(({ sweeper, ...entry }) => ({ ...entry, sweeper: house.get(sweeper, { strict: false }) }));
}

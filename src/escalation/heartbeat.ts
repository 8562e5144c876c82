import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { Log } from '../platform/log/logger.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Alarms } from './alarms.js';
import { SyntheticNotification } from './synthetic-notification.js';
import { AuditEscalation } from './audit-escalation.job.js';

const PATIENCE_MS = 10_000;

/**
 * Tells somebody outside (HEARTBEAT_URL) that the desk is alive, that nothing is wrong with its alarms and that notifications get out. If this process, its database
 * or the alarm system fails, nothing is told: it is the silence that alarms.
 */
@Injectable()
export class Heartbeat implements Sweeper {
  constructor(
    private readonly config: Config,
    private readonly audit: AuditEscalation,
    private readonly alarms: Alarms,
    private readonly synthetic: SyntheticNotification,
    private readonly log: Log,
  ) {}

  /** Answers how many beats were sent, one or none. */
  async sweep(): Promise<number> {
    const arrived = await this.synthetic.beat();
    const { heartbeatUrl } = this.config;
    if (heartbeatUrl === undefined) return 0;
    if (arrived === false || (await this.audit.sweep()) > 0 || (await this.alarms.standing()).length > 0) return 0;

    try {
      const { status } = await fetch(heartbeatUrl, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' });
      if (status < 300) return 1;
      this.log.warn({ status }, 'The heartbeat was refused.');
    } catch (error) {
      this.log.warn({ err: error }, 'The heartbeat could not be sent.');
    }
    return 0;
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { Log } from '../platform/log/logger.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Now } from '../platform/time/now.js';
import { Acknowledgement } from './acknowledgement.js';
import { Fates } from './notifying/fates.js';
import { PushoverChannel } from './notifying/pushover.channel.js';

/** Of more, chance takes its turns, so that none is left unasked for ever; what rings in vain is stopped first. */
const BATCH = 20;
/** Pushover rings for three hours; after that there is nothing to ask. */
const WORTH_ASKING_MS = 3 * 3_600_000;

/**
 * Asks Pushover what became of emergency pushes: whether they arrived, and whether somebody has acknowledged in the app, which
 * acknowledges here. What is needed no more is made to stop ringing.
 */
@Injectable()
export class PollReceipts implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly pushover: PushoverChannel,
    private readonly fates: Fates,
    private readonly acknowledgement: Acknowledgement,
    private readonly now: Now,
    private readonly log: Log,
  ) {}

  /** Answers how many were asked for. */
  async sweep(): Promise<number> {
    const pushes = await this.database.query<Push>(
      `select * from (
         select distinct on (receipt) notification.id, receipt, coalesce(incident.state = 'open', true) as wanted,
           coalesce(handed_over_at, first_tried_at) < $1 as old
         from notification left join incident on incident.id = notification.incident_id
         where method = 'pushover' and receipt is not null and notification.kind in ('alert', 'test', 'verification')
         order by receipt, wanted desc) as push
       order by old desc, wanted, random() limit ${BATCH}`,
      [new Date(this.now.read().getTime() - WORTH_ASKING_MS)],
    );
    for (const push of pushes) {
      try {
        await this.look(push);
      } catch (error) {
        this.log.warn({ err: error, notification: push.id }, 'Pushover did not say what became of a push.');
      }
    }
    return pushes.length;
  }

  private async look({ id, receipt, wanted, old }: Push): Promise<void> {
    if (old) return this.forget(receipt);
    if (!wanted) {
      await this.pushover.cancel(receipt);
      return this.forget(receipt);
    }
    const state = await this.pushover.look(receipt);
    if (state === null) return;

    await this.database.transaction(async (tx) => {
      if (state.delivered) await this.fates.receipt(tx, id, { delivered: true });
      if (state.acknowledged) await this.acknowledgement.byNotification(tx, id, 'pushover');
    });
    if (state.acknowledged || state.expired) await this.forget(receipt);
  }

  private async forget(receipt: string): Promise<void> {
    await this.database.query(`update notification set receipt = null, receipt_due_at = null where receipt = $1`, [
      receipt,
    ]);
  }
}

interface Push {
  readonly id: string;
  readonly receipt: string;
  /** Whether its incident still waits for somebody. */
  readonly wanted: boolean;
  readonly old: boolean;
}

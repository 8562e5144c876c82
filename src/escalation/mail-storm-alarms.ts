import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { EventBus } from '../platform/events/event-bus.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { MailStorm, MailStorms } from '../tickets/mail-storms.js';
import { Alarms } from './alarms.js';

/** Raises an alarm when one sender floods the desk, and clears it when they have calmed down. */
@Injectable()
export class MailStormAlarms implements Sweeper {
  constructor(
    events: EventBus,
    private readonly database: Database,
    private readonly alarms: Alarms,
    private readonly storms: MailStorms,
  ) {
    events.follow(MailStorm, (tx, facts) =>
      this.alarms.raise(
        tx,
        facts.map(({ sender, mails }) => ({
          kind: 'mail-storm',
          subject: sender,
          detail: `${sender} floods the desk: ${mails} mails within ten minutes. They are kept in one ticket and not acknowledged.`,
        })),
      ),
    );
  }

  /** Answers how many have calmed down. */
  async sweep(): Promise<number> {
    return this.database.transaction(async (tx) => {
      const standing = await tx.query<{ sender: string }>(
        `select subject as sender from alarm where kind = 'mail-storm' and cleared_at is null`,
      );
      const senders = standing.map(({ sender }) => sender);
      const raging = await this.storms.raging(tx, senders);
      const calm = senders.filter((sender) => !raging.includes(sender));
      await this.alarms.clear(tx, calm, ['mail-storm']);
      return calm.length;
    });
  }
}

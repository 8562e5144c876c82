import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Now } from '../platform/time/now.js';

/** So long it can be seen what was told, and told again. */
const KEPT_DAYS = 30;
const BATCH = 5_000;

/** Deletes what happened long ago from the log of webhooks; what still waits to be told stays. */
@Injectable()
export class ForgetDeliveries implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly now: Now,
  ) {}

  async sweep(): Promise<number> {
    const rows = await this.database.query(
      `delete from webhook_event where id in (
         select event.id from webhook_event as event
         where event.at < $1 and not exists (
           select from webhook_delivery as delivery
           where delivery.event_id = event.id and (delivery.state = 'queued' or delivery.round_began_at >= $1))
         limit ${BATCH})
       returning id`,
      [new Date(this.now.read().getTime() - KEPT_DAYS * 86_400_000)],
    );
    return rows.length;
  }
}

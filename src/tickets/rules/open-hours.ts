import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../platform/database/transaction.js';
import { Calendars } from '../../support-hours/calendars.js';

/** Whether somebody's support hours are open: those of their organisation, else of the queue, else of the desk. */
@Injectable()
export class OpenHours {
  constructor(private readonly calendars: Calendars) {}

  async isOpen(
    tx: Transaction,
    { organisationId, at }: { readonly organisationId: string | null; readonly at: Date },
    queue: string | null,
  ): Promise<boolean> {
    const [calendar] = await tx.query<{ id: string; version: number }>(
      `select id, current_version as version from calendar where id = coalesce(
         (select calendar_id from organisation where id = $1),
         (select calendar_id from queue where name = $2),
         (select calendar.id from desk join calendar on calendar.name = desk.default_calendar))`,
      [organisationId, queue],
    );
    if (!calendar) throw new Error('The desk has no calendar to tell open hours by.');
    return (await this.calendars.compiled(tx, calendar.id, calendar.version)).isOpen(at);
  }
}

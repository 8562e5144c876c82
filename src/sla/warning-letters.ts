import { Injectable } from '@nestjs/common';
import { DeskStore } from '../desk/desk.store.js';
import { Postman } from '../mail/postman.js';
import { Config } from '../platform/config/config.js';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { ClockWarned } from './clock-events.js';
import type { Metric } from './clock/timeline.js';

interface Addressee {
  readonly ticket: number;
  readonly subject: string;
  readonly level: string;
  readonly email: string;
  readonly name: string;
  readonly timezone: string | null;
}

const PROMISES: Record<Metric, string> = {
  firstResponse: 'a first answer',
  nextResponse: 'an answer',
  update: 'news',
  resolution: 'a solution',
  handling: 'handling by the team',
  requesterWait: 'the end of the wait',
  agentWork: 'the end of the work',
};

/** Tells the assignee of a ticket and the lead of its team that a promise is about to be broken. A ticket that is nobody's warns nobody. */
@Injectable()
export class WarningLetters {
  constructor(
    private readonly postman: Postman,
    private readonly desk: DeskStore,
    private readonly config: Config,
    events: EventBus,
  ) {
    events.follow(ClockWarned, (tx, warnings) => this.write(tx, warnings));
  }

  private async write(tx: Transaction, warnings: readonly ClockWarned[]): Promise<void> {
    const addressees = await tx.query<Addressee>(
      `select ticket.number as ticket, ticket.subject, ticket.level, app_user.email, app_user.name, app_user.timezone
       from ticket
         left join team on team.id = ticket.team_id
         join app_user on app_user.id in (ticket.assignee_id, team.lead_id)
       where ticket.number = any($1::integer[]) and app_user.disabled_at is null and app_user.role <> 'customer'
       order by ticket.number, app_user.id`,
      [warnings.map(({ ticket }) => ticket)],
    );
    if (addressees.length === 0) return;

    const desk = await this.desk.readIn(tx);
    for (const { ticket, metric, percent, dueAt } of latest(warnings)) {
      for (const { subject, level, email, name, timezone } of addressees.filter((one) => one.ticket === ticket))
        await this.postman.post(tx, {
          words: {
            template: 'clock-warned',
            data: {
              number: ticket,
              subject,
              level,
              percent,
              promise: PROMISES[metric],
              dueAt,
              timezone: timezone ?? desk.timezone,
              deskName: desk.name,
              link: `${this.config.publicUrl}/tickets/${ticket}`,
            },
          },
          to: [{ email, name }],
          automatic: 'notice',
        });
    }
  }
}

/** Of several warnings about one clock, found at once, the last one says it all. */
function latest(warnings: readonly ClockWarned[]): ClockWarned[] {
  const last = new Map<string, ClockWarned>();
  for (const warning of warnings) {
    if ((last.get(warning.clock)?.percent ?? 0) < warning.percent) last.set(warning.clock, warning);
  }
  return [...last.values()];
}

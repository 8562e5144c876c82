import { Injectable } from '@nestjs/common';
import type { CurrentUser } from '../identity/current-user.js';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { AcknowledgementLinks } from './acknowledgement-links.js';
import { RESTART_AFTER_MINUTES } from './chain/chain.js';
import { Alarms } from './alarms.js';
import { IncidentAcknowledged } from './incident-events.js';
import type { AcknowledgedBy, IncidentState } from './incident.entity.js';
import { Notices } from './notices.js';
import { Timeline } from './timeline.js';

/** Twice does no harm: who comes second, or after the end, learns how it stands. */
export type AcknowledgementOutcome =
  | { readonly outcome: 'acknowledged'; readonly incident: string }
  | { readonly outcome: 'already'; readonly incident: string; readonly by: AcknowledgedBy; readonly at: Date }
  | { readonly outcome: 'closed'; readonly incident: string };

/** By which road it came. */
export type AcknowledgedVia = 'link' | 'mail' | 'sms' | 'voice' | 'pushover' | 'page' | 'api' | 'hand-over';

/** "I am on it": from then on nobody is notified any more, and those who were are told. */
@Injectable()
export class Acknowledgement {
  constructor(
    private readonly links: AcknowledgementLinks,
    private readonly notices: Notices,
    private readonly timeline: Timeline,
    private readonly alarms: Alarms,
    private readonly events: EventBus,
    private readonly now: Now,
  ) {}

  /** By the link in a notification; the button on its page leads here, opening the page does not. */
  async byLink(tx: Transaction, token: string): Promise<AcknowledgementOutcome> {
    const opened = await this.links.open(tx, token);
    if (opened === null) throw Problem.notFound('This link is not valid, or no longer.');

    const { incident, responder } = opened;
    return this.acknowledge(tx, incident, { kind: 'responder', id: responder.id, name: responder.name }, 'link');
  }

  /** By an answer to what was sent: a letter, a message, a key that was pressed. All that the same message was about is meant. */
  async byNotification(tx: Transaction, notification: string, via: AcknowledgedVia): Promise<AcknowledgementOutcome[]> {
    const told = await tx.query<{ incident: string; id: string; name: string }>(
      `select distinct other.incident_id as incident, responder.id, responder.name
       from notification sent
         join notification other on other.id = sent.id
           or (other.kind, other.responder_name, other.method, other.address) = (sent.kind, sent.responder_name, sent.method, sent.address)
             and (other.receipt = sent.receipt or other.outgoing_mail_id = sent.outgoing_mail_id)
         join responder on responder.id = sent.responder_id
       where sent.id = $1 and sent.kind = 'alert' and other.incident_id is not null order by other.incident_id`,
      [notification],
    );
    const outcomes: AcknowledgementOutcome[] = [];
    for (const { incident, id, name } of told)
      outcomes.push(await this.acknowledge(tx, incident, { kind: 'responder', id, name }, via));
    return outcomes;
  }

  /** Every open incident that the responder behind a link has been called for. */
  async allByLink(tx: Transaction, token: string): Promise<AcknowledgementOutcome[]> {
    const opened = await this.links.open(tx, token);
    if (opened === null) throw Problem.notFound('This link is not valid, or no longer.');

    const { responder } = opened;
    const open = await tx.query<{ id: string }>(
      `select id from incident where state = 'open' and exists (
         select from notification where incident_id = incident.id and kind = 'alert' and responder_id = $1) order by id`,
      [responder.id],
    );
    const outcomes: AcknowledgementOutcome[] = [];
    for (const { id } of open)
      outcomes.push(
        await this.acknowledge(tx, id, { kind: 'responder', id: responder.id, name: responder.name }, 'link'),
      );
    return outcomes;
  }

  /** By a member of staff, on a page or by the API. */
  async byUser(
    tx: Transaction,
    incident: string,
    { id, name, email }: CurrentUser,
    via: AcknowledgedVia = 'page',
  ): Promise<AcknowledgementOutcome> {
    return this.acknowledge(tx, incident, { kind: 'user', id, name, email }, via);
  }

  private async acknowledge(
    tx: Transaction,
    id: string,
    by: AcknowledgedBy,
    via: AcknowledgedVia,
  ): Promise<AcknowledgementOutcome> {
    const [incident] = await tx.query<Standing>(
      `select state, ticket_number as "ticketNumber", acknowledged_by as "acknowledgedBy", acknowledged_at as "acknowledgedAt"
       from incident where id = $1 for no key update`,
      [id],
    );
    if (incident === undefined) throw Problem.notFound('There is no such incident.');
    if (incident.state === 'open') return this.stop(tx, id, incident.ticketNumber, by, via);
    if (incident.state === 'closed' || incident.acknowledgedBy === null || incident.acknowledgedAt === null) {
      return { outcome: 'closed', incident: id };
    }
    return { outcome: 'already', incident: id, by: incident.acknowledgedBy, at: incident.acknowledgedAt };
  }

  private async stop(
    tx: Transaction,
    id: string,
    ticket: number,
    by: AcknowledgedBy,
    via: AcknowledgedVia,
  ): Promise<AcknowledgementOutcome> {
    const at = this.now.read();
    await tx.query(
      `update incident set state = 'acknowledged', acknowledged_at = $2::timestamptz, acknowledged_by = $3, next_step_at = null,
         restart_at = $2::timestamptz + coalesce((chain ->> 'restartAfterMinutes')::float8, $4) * interval '1 minute'
       where id = $1`,
      [id, at, JSON.stringify(by), RESTART_AFTER_MINUTES],
    );
    await this.notices.withdrawAlerts(tx, [id]);
    await this.timeline.write(tx, [{ incident: id, at, type: 'acknowledged', data: { by, via } }]);
    await this.notices.tellEverybody(tx, [id], 'acknowledged', by.kind === 'responder' ? by.id : null);
    await this.alarms.clear(tx, [id]);
    await this.events.publish(tx, [new IncidentAcknowledged(id, ticket, at)]);
    return { outcome: 'acknowledged', incident: id };
  }
}

interface Standing {
  readonly state: IncidentState;
  readonly ticketNumber: number;
  readonly acknowledgedBy: AcknowledgedBy | null;
  readonly acknowledgedAt: Date | null;
}

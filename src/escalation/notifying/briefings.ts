import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { Database } from '../../platform/database/database.js';
import type { AcknowledgedBy, ClosingReason, IncidentState } from '../incident.entity.js';

/** What a responder must know at three in the morning: who, what, since when. */
export interface Briefing {
  readonly deskName: string;
  readonly timezone: string;
  readonly incident: string;
  readonly state: IncidentState;
  /** As the API names it, and in words. */
  readonly metric: string;
  readonly promise: string;
  /** A customer has asked for help in an emergency: no clock has run out. */
  readonly isEmergency: boolean;
  /** A program outside has fallen silent: no clock has run out either. */
  readonly isHeartbeat: boolean;
  readonly dueAt: string;
  readonly openedAt: string;
  readonly acknowledgedBy: string | null;
  readonly closedBecause: ClosingReason | null;
  readonly outcome: string;
  /** The colleague who was asked last to take over, once it is known how that ended. */
  readonly offer: Offer | null;
  readonly ticket: {
    readonly number: number;
    readonly subject: string;
    readonly level: string;
    readonly levelTitle: string;
    readonly status: string;
    readonly requester: string;
    readonly organisation: string | null;
    readonly assignee: string | null;
    readonly url: string;
  };
}

export interface Offer {
  readonly to: string;
  readonly answer: 'accepted' | 'declined' | 'unanswered';
}

const PROMISES: Record<string, string> = {
  firstResponse: 'First response',
  nextResponse: 'Next response',
  update: 'Update',
  resolution: 'Resolution',
  handling: 'Handling',
  requesterWait: 'Requester wait',
  agentWork: 'Agent work',
  emergency: 'Emergency request',
  heartbeat: 'No heartbeat',
};

const OUTCOMES: Record<ClosingReason, string> = {
  stopped: 'What was promised has been done, late.',
  cancelled: 'The promise no longer holds: the ticket was merged, marked as spam, or is measured no more.',
  retracted: 'The promise was kept after all: it turned out not to have been broken.',
};

/** What the end of it means where no clock was running. */
const WITHOUT_CLOCK: Readonly<Record<string, string>> = {
  emergency: 'The ticket is resolved.',
  heartbeat: 'It is heard of again, or the ticket is resolved.',
};

/** Gathers what notifications tell. */
@Injectable()
export class Briefings {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  async of(incidents: readonly string[]): Promise<Map<string, Briefing>> {
    const rows = await this.database.query<Row>(
      `select incident.id, incident.state, incident.metric, incident.due_at as "dueAt",
         incident.opened_at as "openedAt", incident.acknowledged_by as "acknowledgedBy", incident.closed_because as "closedBecause",
         ticket.number, ticket.subject, ticket.status, ticket.level, level.title as "levelTitle",
         coalesce(nullif(contact.name, ''), contact.email) as requester, organisation.name as organisation,
         assignee.name as assignee, desk.name as "deskName", desk.timezone, offer.value as offer
       from incident
         join ticket on ticket.number = incident.ticket_number
         join level on level.name = ticket.level
         join contact on contact.id = ticket.requester_id
         left join organisation on organisation.id = ticket.organisation_id
         left join app_user assignee on assignee.id = ticket.assignee_id
         cross join desk
         left join lateral (
           select jsonb_build_object('to', coalesce(data ->> 'to', data #>> '{by,name}'), 'answer', type) as value from incident_event
           where incident_id = incident.id and type in ('accepted', 'declined', 'unanswered') order by id desc limit 1) as offer on true
       where incident.id = any($1::uuid[])`,
      [incidents],
    );
    return new Map(rows.map((row) => [row.id, this.briefing(row)]));
  }

  /** The open incidents that a responder has been called for, those first that waited longest. */
  async openFor(responder: string, most: number): Promise<{ incidents: Briefing[]; more: number }> {
    const rows = await this.database.query<{ id: string; total: number }>(
      `select id, (count(*) over ())::integer as total from incident
       where state = 'open' and exists (
         select from notification where incident_id = incident.id and kind = 'alert' and responder_name = $1)
       order by opened_at, id limit $2`,
      [responder, most],
    );
    const known = await this.of(rows.map(({ id }) => id));
    const incidents = rows.flatMap(({ id }) => known.get(id) ?? []);
    return { incidents, more: Math.max(0, (rows[0]?.total ?? 0) - rows.length) };
  }

  private briefing(row: Row): Briefing {
    const { id, state, metric, dueAt, openedAt, acknowledgedBy, closedBecause, deskName, timezone, offer, ...ticket } =
      row;
    return {
      deskName,
      timezone,
      incident: id,
      state,
      metric,
      promise: PROMISES[metric] ?? metric,
      isEmergency: metric === 'emergency',
      isHeartbeat: metric === 'heartbeat',
      dueAt: dueAt.toISOString(),
      openedAt: openedAt.toISOString(),
      acknowledgedBy: acknowledgedBy?.name ?? null,
      closedBecause,
      outcome: outcomeOf(metric, closedBecause),
      offer,
      ticket: { ...ticket, url: `${this.config.publicUrl}/tickets/${ticket.number}` },
    };
  }
}

function outcomeOf(metric: string, because: ClosingReason | null): string {
  if (because === null) return '';
  return because === 'stopped' ? (WITHOUT_CLOCK[metric] ?? OUTCOMES[because]) : OUTCOMES[because];
}

interface Row {
  readonly id: string;
  readonly state: IncidentState;
  readonly metric: string;
  readonly dueAt: Date;
  readonly openedAt: Date;
  readonly acknowledgedBy: AcknowledgedBy | null;
  readonly closedBecause: ClosingReason | null;
  readonly number: number;
  readonly subject: string;
  readonly status: string;
  readonly level: string;
  readonly levelTitle: string;
  readonly requester: string;
  readonly organisation: string | null;
  readonly assignee: string | null;
  readonly deskName: string;
  readonly timezone: string;
  readonly offer: Offer | null;
}

import type { ClockJson } from '../../sla/promises.js';
import type { FieldValue } from '../../tickets/ticket.entity.js';
import type { TicketChannel } from '../../tickets/ticket-events.js';
import type { TicketStatus } from '../../tickets/status.js';

/** A ticket's row with the names that the API tells instead of ids. */
export interface TicketRecord {
  readonly number: number;
  readonly subject: string;
  readonly status: TicketStatus;
  readonly level: string;
  readonly queue: string;
  readonly team: string | null;
  readonly assignee: string | null;
  readonly requesterEmail: string;
  readonly requesterName: string;
  readonly organisation: string | null;
  readonly tags: readonly string[];
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly channel: TicketChannel;
  readonly mergedInto: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly version: number;
}

export const ticketColumns = `ticket.number, ticket.subject, ticket.status, ticket.level, queue.name as queue, team.name as team,
  assignee.email as assignee, requester.email as "requesterEmail", requester.name as "requesterName",
  organisation.name as organisation, ticket.tags, ticket.fields, ticket.channel, ticket.merged_into as "mergedInto",
  ticket.created_at as "createdAt", ticket.updated_at as "updatedAt", ticket.version`;

export const ticketTables = `ticket
  join queue on queue.id = ticket.queue_id
  join contact requester on requester.id = ticket.requester_id
  left join app_user assignee on assignee.id = ticket.assignee_id
  left join team on team.id = ticket.team_id
  left join organisation on organisation.id = ticket.organisation_id`;

export interface TicketJson extends Omit<
  TicketRecord,
  'requesterEmail' | 'requesterName' | 'createdAt' | 'updatedAt' | 'version'
> {
  readonly requester: { readonly email: string; readonly name: string };
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly clocks: readonly ClockJson[];
}

export function ticketJson(ticket: TicketRecord, clocks: readonly ClockJson[]): TicketJson {
  const { requesterEmail, requesterName, createdAt, updatedAt, version: _, ...same } = ticket;
  return {
    ...same,
    requester: { email: requesterEmail, name: requesterName },
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    clocks,
  };
}

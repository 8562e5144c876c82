import { Injectable } from '@nestjs/common';
import type { AcknowledgedBy } from '../../escalation/incident.entity.js';
import { Database } from '../../platform/database/database.js';
import type { Metric } from '../../sla/promises.js';
import { MOST_COUNTED } from '../../platform/rendering/helpers.js';
import { causeName } from './incident.page.js';
import { incidentMark, type IncidentMark } from './incident-mark.js';

const PAGE_SIZE = 50;

interface ListedIncident {
  readonly id: string;
  readonly ticket: number;
  readonly subject: string;
  readonly organisation: string | null;
  readonly level: string;
  readonly metric: Metric | 'emergency' | 'heartbeat';
  readonly state: IncidentMark['name'];
  readonly dueAt: Date;
  readonly openedAt: Date;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: AcknowledgedBy | null;
  readonly closedAt: Date | null;
  readonly notified: number;
}

/** All incidents: those that nobody has heard yet, which are those with a next step, first, then the latest. */
@Injectable()
export class IncidentsPage {
  constructor(private readonly database: Database) {}

  async read(asked: unknown): Promise<object> {
    const page = typeof asked === 'string' && /^[1-9]\d{0,5}$/.test(asked) ? Number(asked) : 1;
    const [incidents, totals] = await Promise.all([
      this.database.query<ListedIncident>(
        `select incident.id, incident.ticket_number as ticket, ticket.subject, organisation.name as organisation, ticket.level,
           incident.metric, incident.state, incident.due_at as "dueAt", incident.opened_at as "openedAt",
           incident.acknowledged_at as "acknowledgedAt", incident.acknowledged_by as "acknowledgedBy", incident.closed_at as "closedAt",
           (select count(*)::integer from notification
            where incident_id = incident.id and kind = 'alert' and state = 'handedOver') as notified
         from (
             (select id as shown, true as waits, opened_at as since from incident
              where next_step_at is not null order by opened_at desc, id desc limit $1::integer + $2::integer)
             union all
             (select id, false, opened_at from incident
              where next_step_at is null order by opened_at desc, id desc limit $1::integer + $2::integer)
             order by waits desc, since desc, shown desc limit $1 offset $2) as page
           join incident on incident.id = page.shown
           join ticket on ticket.number = incident.ticket_number
           left join organisation on organisation.id = ticket.organisation_id
         order by waits desc, since desc, shown desc`,
        [PAGE_SIZE, (page - 1) * PAGE_SIZE],
      ),
      this.database.query<{ total: number; open: number }>(
        `select (select count(*)::integer from (select from incident limit ${MOST_COUNTED}) as counted) as total,
           (select count(*)::integer from (select from incident where next_step_at is not null limit ${MOST_COUNTED}) as counted) as open`,
      ),
    ]);
    const { total, open } = totals[0] ?? { total: 0, open: 0 };
    const from = (page - 1) * PAGE_SIZE + 1;
    const to = from + incidents.length - 1;
    return {
      title: 'Incidents',
      open,
      rows: incidents.map((incident) => ({
        ...incident,
        href: `/incidents/${incident.id}`,
        metricName: causeName(incident.metric),
        mark: incidentMark(incident.state),
        heardBy: incident.acknowledgedBy?.name ?? null,
      })),
      pages: {
        total,
        from: incidents.length === 0 ? 0 : from,
        to,
        previous: page > 1 ? `/incidents?page=${page - 1}` : null,
        next:
          to < total || (total === MOST_COUNTED && incidents.length === PAGE_SIZE)
            ? `/incidents?page=${page + 1}`
            : null,
      },
    };
  }
}

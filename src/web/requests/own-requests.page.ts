import { Injectable } from '@nestjs/common';
import type { CurrentUser } from '../../identity/current-user.js';
import { Database } from '../../platform/database/database.js';
import type { TicketStatus } from '../../tickets/status.js';
import { TicketAccess } from '../../tickets/ticket-access.js';
import { statusMark, type StatusMark } from '../tickets/marks.js';

const MOST = 200;

interface OwnRequest {
  readonly number: number;
  readonly subject: string;
  readonly status: TicketStatus;
  readonly requester: string;
  readonly at: Date;
}

/** All requests a customer may see, the one that moved last first. */
@Injectable()
export class OwnRequestsPage {
  constructor(
    private readonly database: Database,
    private readonly access: TicketAccess,
  ) {}

  async read(user: CurrentUser): Promise<(Omit<OwnRequest, 'status'> & { status: StatusMark })[]> {
    const visible = this.access.visible(user, 1);
    const requests = await this.database.query<OwnRequest>(
      `select ticket.number, ticket.subject, ticket.status, coalesce(nullif(requester.name, ''), requester.email) as requester,
         coalesce(ticket.last_message_at, ticket.created_at) as at
       from ticket join contact as requester on requester.id = ticket.requester_id
       where ticket.merged_into is null and ${visible.sql} order by at desc, ticket.number desc limit ${MOST}`,
      visible.parameters,
    );
    return requests.map((request) => ({ ...request, status: statusMark(request.status) }));
  }
}

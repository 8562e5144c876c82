import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import type { AcknowledgedBy, ClosingReason, IncidentState } from './incident.entity.js';
import type { MethodKind } from './methods.js';
import type { NotificationState } from './notification.entity.js';
import type { IncidentEventType } from './timeline.js';

/** An incident as the REST API and the pages show it. */
export interface IncidentRecord {
  readonly id: string;
  readonly ticket: number;
  /** Null where a customer has asked for help in an emergency. */
  readonly clock: { readonly id: string; readonly metric: string; readonly cycle: number } | null;
  /** When what was promised should have been done. */
  readonly dueAt: Date;
  readonly state: IncidentState;
  readonly openedAt: Date;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: AcknowledgedBy | null;
  readonly closedAt: Date | null;
  readonly closedBecause: ClosingReason | null;
  readonly nextStepAt: Date | null;
  /** Calls for help only; the news that somebody acknowledged, or that it is over, is in the timeline. */
  readonly notifications: readonly NotificationRecord[];
}

interface NotificationRecord {
  readonly responder: string;
  readonly method: MethodKind;
  readonly state: NotificationState;
  readonly attempts: number;
  /** ISO 8601. */
  readonly handedOverAt: string | null;
  readonly lastError: string | null;
}

export interface IncidentQuestion {
  readonly state?: IncidentState;
  readonly ticket?: number;
  readonly limit?: number;
  /** The last incident already seen. */
  readonly after?: { readonly openedAt: Date; readonly id: string };
}

/** What has happened to incidents, for reading. */
@Injectable()
export class IncidentLog {
  constructor(private readonly database: Database) {}

  async find(id: string, asked: Pick<Transaction, 'query'> = this.database): Promise<IncidentRecord | null> {
    const [incident] = await asked.query<IncidentRecord>(`${SELECT} where incident.id = $1`, [id]);
    return incident ?? null;
  }

  /** The newest first. */
  async list({ state, ticket, limit = 50, after }: IncidentQuestion = {}): Promise<IncidentRecord[]> {
    return this.database.query<IncidentRecord>(
      `${SELECT}
       where ($1::text is null or state = $1) and ($2::integer is null or ticket_number = $2)
         and ($3::timestamptz is null or (opened_at, incident.id) < ($3, $4::uuid))
       order by opened_at desc, incident.id desc limit $5`,
      [state ?? null, ticket ?? null, after?.openedAt ?? null, after?.id ?? null, limit],
    );
  }

  /** Every decision and sending, in order. */
  async timeline(id: string): Promise<{ at: Date; type: IncidentEventType; data: Record<string, unknown> }[]> {
    return this.database.query(`select at, type, data from incident_event where incident_id = $1 order by id`, [id]);
  }
}

const SELECT = `select incident.id, ticket_number as ticket,
    case when clock_id is not null then jsonb_build_object('id', clock_id::text, 'metric', metric, 'cycle', cycle) end as clock, due_at as "dueAt", state,
    opened_at as "openedAt", acknowledged_at as "acknowledgedAt", acknowledged_by as "acknowledgedBy", closed_at as "closedAt",
    closed_because as "closedBecause", next_step_at as "nextStepAt",
    coalesce((
      select jsonb_agg(jsonb_build_object('responder', responder_name, 'method', method, 'state', notification.state,
        'attempts', attempts, 'handedOverAt', to_char(handed_over_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'lastError', last_error) order by created_at, step, responder_name, position)
      from notification where incident_id = incident.id and kind = 'alert'), '[]') as notifications
  from incident`;

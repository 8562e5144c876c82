import type { IncidentRecord } from '../../escalation/incident-log.js';
import type { ClockJson } from '../../sla/promises.js';

export interface IncidentJson {
  readonly id: string;
  readonly ticket: number;
  /** Null where a customer has asked for help in an emergency. */
  readonly clock: ClockJson | null;
  readonly state: IncidentRecord['state'];
  readonly openedAt: string;
  readonly acknowledgedAt: string | null;
  readonly acknowledgedBy: { readonly email: string | null; readonly name: string } | null;
  readonly closedAt: string | null;
  readonly closedBecause: string | null;
  readonly notifications: readonly {
    readonly responder: string;
    readonly method: string;
    readonly state: string;
    readonly attempts: number;
    readonly handedOverAt: string | null;
  }[];
}

export function incidentJson(incident: IncidentRecord, clock: ClockJson | null): IncidentJson {
  const { id, ticket, state, acknowledgedBy, closedBecause } = incident;
  return {
    id,
    ticket,
    clock,
    state,
    openedAt: incident.openedAt.toISOString(),
    acknowledgedAt: incident.acknowledgedAt?.toISOString() ?? null,
    acknowledgedBy: acknowledgedBy && { email: acknowledgedBy.email ?? null, name: acknowledgedBy.name },
    closedAt: incident.closedAt?.toISOString() ?? null,
    closedBecause,
    notifications: incident.notifications.map(({ responder, method, state: sent, attempts, handedOverAt }) => ({
      responder,
      method,
      state: sent,
      attempts,
      handedOverAt,
    })),
  };
}

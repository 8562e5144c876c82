import type { ClosingReason } from './incident.entity.js';

/** The facts that escalation announces: an incident, by its id, and the ticket it is about. */
export abstract class IncidentFact {
  constructor(
    readonly incident: string,
    readonly ticket: number,
    readonly at: Date,
  ) {}
}

export class IncidentOpened extends IncidentFact {}

export class IncidentAcknowledged extends IncidentFact {}

export class IncidentClosed extends IncidentFact {
  constructor(
    incident: string,
    ticket: number,
    at: Date,
    readonly because: ClosingReason,
  ) {
    super(incident, ticket, at);
  }
}

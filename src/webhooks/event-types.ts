import { IncidentAcknowledged, IncidentClosed, IncidentOpened } from '../escalation/incident-events.js';
import {
  BreachRetracted,
  ClockBreached,
  ClockCancelled,
  ClockStarted,
  ClockStopped,
  ClockWarned,
} from '../sla/clock-events.js';
import {
  AgentReplied,
  AssigneeChanged,
  AutomaticMailFiled,
  CustomerWrote,
  LevelChanged,
  ManualDueSet,
  NoteWritten,
  OrganisationChanged,
  QueueChanged,
  StatusChanged,
  SubjectChanged,
  TagsChanged,
  TicketMerged,
  TicketOpened,
  TicketUnmerged,
} from '../tickets/ticket-events.js';

type FactClass = abstract new (...values: never[]) => object;

/** What other programs can be told, and the fact behind each. */
export const EVENT_OF = {
  'ticket.opened': TicketOpened,
  'ticket.customerWrote': CustomerWrote,
  'ticket.agentReplied': AgentReplied,
  'ticket.noteWritten': NoteWritten,
  'ticket.automaticMailFiled': AutomaticMailFiled,
  'ticket.statusChanged': StatusChanged,
  'ticket.levelChanged': LevelChanged,
  'ticket.queueChanged': QueueChanged,
  'ticket.assigneeChanged': AssigneeChanged,
  'ticket.organisationChanged': OrganisationChanged,
  'ticket.tagsChanged': TagsChanged,
  'ticket.subjectChanged': SubjectChanged,
  'ticket.merged': TicketMerged,
  'ticket.unmerged': TicketUnmerged,
  'ticket.dueDateSet': ManualDueSet,
  'clock.started': ClockStarted,
  'clock.warned': ClockWarned,
  'clock.breached': ClockBreached,
  'clock.breachRetracted': BreachRetracted,
  'clock.stopped': ClockStopped,
  'clock.cancelled': ClockCancelled,
  'incident.opened': IncidentOpened,
  'incident.acknowledged': IncidentAcknowledged,
  'incident.closed': IncidentClosed,
} as const satisfies Record<string, FactClass>;

export type WebhookEventType = keyof typeof EVENT_OF;

export const EVENT_TYPES = Object.keys(EVENT_OF) as readonly WebhookEventType[];

/** Sent by the test button, whatever a webhook wants to hear. */
export const TEST_EVENT = 'webhook.test';

/** What a webhook may ask for: one type, or all of a kind. */
export const SUBSCRIPTIONS: readonly string[] = [...['ticket.*', 'clock.*', 'incident.*'], ...EVENT_TYPES];

/** The type under which a fact is told; null: it stays in the house. */
export function typeOfFact(fact: object): WebhookEventType | null {
  return EVENT_TYPES.find((type) => fact instanceof EVENT_OF[type]) ?? null;
}

/** Whether who asked for `events` (null: for everything) wants to hear of this type. */
export function wants(events: readonly string[] | null, type: string): boolean {
  if (events === null) return true;
  return events.includes(type) || events.includes(`${type.slice(0, type.indexOf('.'))}.*`);
}

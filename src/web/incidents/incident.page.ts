import { Injectable } from '@nestjs/common';
import type { AcknowledgedBy, ClosingReason } from '../../escalation/incident.entity.js';
import type { MethodKind } from '../../escalation/methods.js';
import type { IncidentEventType } from '../../escalation/timeline.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem } from '../../platform/problems/problem.js';
import type { Metric } from '../../sla/promises.js';
import { metricName } from '../clock-chip.js';
import { incidentMark, type IncidentMark } from './incident-mark.js';

interface IncidentSql {
  readonly id: string;
  readonly ticket: number;
  readonly subject: string;
  readonly words: string | null;
  readonly requester: string;
  readonly organisation: string | null;
  readonly level: string;
  readonly levelTitle: string;
  readonly queue: string;
  readonly assignee: string | null;
  readonly metric: Metric | 'emergency' | 'heartbeat';
  readonly state: IncidentMark['name'];
  readonly dueAt: Date;
  readonly openedAt: Date;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: AcknowledgedBy | null;
  readonly closedAt: Date | null;
  readonly closedBecause: ClosingReason | null;
  readonly nextStepAt: Date | null;
  readonly restartAt: Date | null;
  readonly offeredTo: string | null;
}

interface NotificationSql {
  readonly responder: string;
  readonly method: MethodKind;
  readonly address: string;
  readonly kind: keyof typeof SAYS;
  readonly state: 'queued' | 'handedOver' | 'failed' | 'unknown';
  readonly attempts: number;
  readonly createdAt: Date;
  readonly handedOverAt: Date | null;
  readonly deliveredAt: Date | null;
  readonly lastError: string | null;
}

const CLOSED: Record<ClosingReason, string> = {
  stopped: 'the clock was stopped',
  cancelled: 'the clock was cancelled',
  retracted: 'it turned out that the promise was not broken',
};
const SAYS = {
  alert: 'called',
  acknowledged: 'told that somebody is on it',
  closed: 'told that it is over',
  offered: 'asked to take over',
  answered: 'told what became of their request',
} as const;
const METHODS: Record<MethodKind, string> = {
  email: 'e-mail',
  sms: 'SMS',
  voice: 'call',
  webhook: 'webhook',
  slack: 'Slack',
  teams: 'Teams',
  mattermost: 'Mattermost',
  ntfy: 'ntfy',
  pushover: 'Pushover',
};
const VIA: Readonly<Record<string, string>> = {
  ...{ link: ' by the link', mail: ' by answering the mail', sms: ' by SMS', voice: ' by a key during the call' },
  ...{ pushover: ' in Pushover', page: ' on the page', api: ' by the API', 'hand-over': ' by taking it over' },
};
const STATES = { queued: 'on its way', handedOver: 'handed over', failed: 'failed', unknown: 'not certain' } as const;

interface TimelineSql {
  readonly at: Date;
  readonly type: IncidentEventType;
  readonly data: Record<string, unknown>;
}

/** One broken promise: who waits for what since when, who has been called, who has it. */
@Injectable()
export class IncidentPage {
  constructor(private readonly database: Database) {}

  async read(id: string, asked: Pick<Transaction, 'query'> = this.database): Promise<IncidentModel> {
    const [incident] = /^[0-9a-f-]{36}$/i.test(id)
      ? await asked.query<IncidentSql>(
          `select incident.id, incident.ticket_number as ticket, ticket.subject, said.text as words,
             coalesce(nullif(contact.name, ''), contact.email) as requester, organisation.name as organisation,
             ticket.level, level.title as "levelTitle", queue.name as queue, app_user.name as assignee,
             incident.metric, incident.state, incident.due_at as "dueAt", incident.opened_at as "openedAt",
             incident.acknowledged_at as "acknowledgedAt", incident.acknowledged_by as "acknowledgedBy",
             incident.closed_at as "closedAt", incident.closed_because as "closedBecause", incident.next_step_at as "nextStepAt",
             incident.restart_at as "restartAt", offered.name as "offeredTo"
           from incident
             join ticket on ticket.number = incident.ticket_number
             join contact on contact.id = ticket.requester_id
             join level on level.name = ticket.level
             join queue on queue.id = ticket.queue_id
             left join organisation on organisation.id = ticket.organisation_id
             left join responder offered on offered.id = incident.offered_to
             left join app_user on app_user.id = ticket.assignee_id
             left join lateral (
               select left(new_text, 1200) as text from message
               where ticket_number = ticket.number and kind = 'customer' order by created_at desc, position desc limit 1) as said on true
           where incident.id = $1`,
          [id],
        )
      : [];
    if (incident === undefined) throw Problem.notFound('There is no such incident.');

    const notifications = await asked.query<NotificationSql>(
      `select responder_name as responder, method, address, kind, state, attempts, created_at as "createdAt",
         handed_over_at as "handedOverAt", delivered_at as "deliveredAt", last_error as "lastError"
       from notification where incident_id = $1 order by created_at desc, position, id limit 100`,
      [incident.id],
    );
    const timeline = await asked.query<TimelineSql>(
      `select at, type, data from incident_event where incident_id = $1 order by id desc limit 200`,
      [incident.id],
    );
    const people = await asked.query<{ name: string }>(`select name from responder order by name collate "und-x-icu"`);
    return modelOf(
      incident,
      notifications,
      timeline,
      people.map(({ name }) => name),
    );
  }
}

export type IncidentModel = ReturnType<typeof modelOf>;

function modelOf(
  incident: IncidentSql,
  notifications: readonly NotificationSql[],
  timeline: readonly TimelineSql[],
  people: readonly string[],
) {
  const isEmergency = incident.metric === 'emergency';
  const isHeartbeat = incident.metric === 'heartbeat';
  const promise = causeName(incident.metric);
  return {
    ...incident,
    title: isEmergency || isHeartbeat ? `${promise}: #${incident.ticket}` : `${promise} missed on #${incident.ticket}`,
    metricName: promise,
    isEmergency,
    isHeartbeat,
    isAcknowledged: incident.state === 'acknowledged',
    colleagues: people.filter((name) => name !== incident.acknowledgedBy?.name),
    timeline: timeline.map(({ at, type, data }) => ({ at, words: happened(type, data, incident.metric) })),
    offer: `/incidents/${incident.id}/offer`,
    mark: incidentMark(incident.state),
    isOpen: incident.state === 'open',
    heardBy: incident.acknowledgedBy?.name ?? null,
    closedWords: incident.closedBecause === null ? null : closedWords(incident.metric, incident.closedBecause),
    action: `/incidents/${incident.id}/acknowledgement`,
    ticketHref: `/tickets/${incident.ticket}`,
    notifications: notifications.map((one) => ({
      ...one,
      method: METHODS[one.method],
      says: SAYS[one.kind],
      stateWords: one.deliveredAt === null ? STATES[one.state] : 'delivered',
    })),
  };
}

function closedWords(metric: IncidentSql['metric'], because: ClosingReason): string {
  if (because !== 'stopped') return CLOSED[because];
  if (metric === 'emergency') return 'the ticket was resolved';
  return metric === 'heartbeat' ? 'it was heard of again, or the ticket was resolved' : CLOSED.stopped;
}

/** What an incident is about: a promise, or what is worse. */
export function causeName(metric: Metric | 'emergency' | 'heartbeat'): string {
  if (metric === 'emergency') return 'Emergency request';
  return metric === 'heartbeat' ? 'No heartbeat' : metricName(metric);
}

/** A line of the timeline, for people. */
function happened(type: IncidentEventType, data: Record<string, unknown>, metric: IncidentSql['metric']): string {
  const by = (data['by'] as { name?: string } | undefined)?.name ?? 'Somebody';
  const whom = `${text(data['responder'])} by ${METHODS[data['method'] as MethodKind]}`;
  switch (type) {
    case 'opened':
      return (data['chain'] ?? null) === null
        ? 'Opened; no chain is set up'
        : `Opened, on the chain ${text(data['chain'])}`;
    case 'stepTaken':
      return stepInWords(data);
    case 'stepEmpty':
      return `Step ${text(data['step'])} was passed over: nobody of it can be reached`;
    case 'alarm':
      return text(data['detail']);
    case 'notified':
      return `${whom}: ${handedOver(data)}`;
    case 'delivered':
      return `${whom}: delivered`;
    case 'uncertain':
      return `${whom}: nobody knows whether it arrived`;
    case 'retried':
      return `${whom}: attempt ${text(data['attempts'])} failed, another follows. ${text(data['error'])}`;
    case 'notificationFailed':
      return `${whom}: failed. ${text(data['error'])}`;
    case 'withdrawn':
      return `${whom}: not needed any more`;
    case 'acknowledged':
      return `${by} acknowledged${VIA[text(data['via'])] ?? ''}`;
    case 'answerIgnored':
      return `An answer to ${whom} acknowledges nothing: ${text(data['because'])}`;
    case 'offered':
      return `${by} asked ${text(data['to'])} to take over`;
    case 'accepted':
      return `${by} took over`;
    case 'declined':
      return `${by} declined to take over`;
    case 'unanswered':
      return `${text(data['to'])} has not answered; it stays where it is`;
    case 'restarted':
      return `Not done in time by ${by}; it began again`;
    case 'closed':
      return `Closed: ${closedWords(metric, data['because'] as ClosingReason)}`;
  }
}

/** `Step 2: Ann and Bob (on call in Nights) are called` */
function stepInWords(data: Record<string, unknown>): string {
  const turns = Object.entries((data['onCall'] ?? {}) as Record<string, string>);
  const people = ((data['notify'] ?? []) as string[]).map((name) => {
    const rotas = turns.filter(([, who]) => who === name).map(([rota]) => rota);
    return rotas.length === 0 ? name : `${name} (on call in ${rotas.join(' and ')})`;
  });
  const round = Number(data['round'] ?? 0);
  const words = new Intl.ListFormat('en-GB').format(people);
  const verb = people.length === 1 ? 'is' : 'are';
  return round === 0
    ? `Step ${text(data['step'])}: ${words} ${verb} called`
    : `Round ${round}: ${words} ${verb} called`;
}

function handedOver(data: Record<string, unknown>): string {
  const told =
    data['kind'] === 'alert' || data['kind'] === undefined ? '' : `${SAYS[data['kind'] as keyof typeof SAYS]}, `;
  if (data['captured'] === true) return `${told}kept in the outbox, for no relay is set; nobody got it`;
  const others = Number(data['together'] ?? 1) - 1;
  const receipt = text(data['receipt']);
  const company = others > 0 ? `, in one message with ${others} ${others === 1 ? 'other' : 'others'}` : '';
  return `${told}handed over${receipt === '' ? '' : ` (${receipt})`}${company}`;
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

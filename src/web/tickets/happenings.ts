import { fullTime } from '../../platform/rendering/times.js';
import type { TicketEventData, TicketEventType } from '../../tickets/ticket-events.js';
import { metricName } from '../clock-chip.js';
import { targetInWords } from '../target-in-words.js';
import type { Metric } from '../../sla/promises.js';
import { statusMark } from './marks.js';

/** An event of a ticket's history that is no message, as it is read from its table. */
export type StoredEvent = {
  [T in TicketEventType]: {
    readonly at: Date;
    readonly type: T;
    readonly by: { readonly name: string; readonly email?: string };
    readonly data: TicketEventData[T];
  };
}[TicketEventType];

export interface Happening {
  readonly at: Date;
  readonly symbol: string;
  readonly text: string;
  /** What is said when several are folded into one line and this one matters most: a promise was broken, or is another one now. */
  readonly brief?: string | undefined;
}

/** The event in one line; null for those that are shown as the message they are about. */
export function happening(event: StoredEvent): Happening | null {
  const who = event.by.name;
  const told = tell(event, who);
  return told === null ? null : { at: event.at, symbol: told[0], text: told[1] };
}

function tell(event: StoredEvent, who: string): [symbol: string, text: string] | null {
  switch (event.type) {
    case 'customerMessage':
    case 'agentReply':
    case 'call':
    case 'note':
    case 'autoReply':
      return null;
    case 'created':
      return ['circle-plus', `${who} opened the ticket${event.data.by === 'staff' ? ' for the desk itself' : ''}`];
    case 'rule':
      return ['workflow', `Rule “${event.data.rule}” set ${effects(event.data.set)} (${event.data.why})`];
    case 'status':
      return [
        statusMark(event.data.status).symbol,
        `${who}: ${statusMark(event.data.from).label} → ${statusMark(event.data.status).label}${event.data.withoutReply === true ? ', without a reply' : ''}`,
      ];
    case 'level':
      return ['signal', `${who}: level ${event.data.from} → ${event.data.level}${because(event.data.reason)}`];
    case 'queue':
      return ['inbox', `${who}: queue ${event.data.from} → ${event.data.queue}`];
    case 'assigned':
      return assignment(event.by, event.data);
    case 'organisation':
      return ['building-2', `${who}: organisation ${event.data.from ?? 'none'} → ${event.data.organisation ?? 'none'}`];
    case 'tags':
      return ['tag', `${who} set the tags: ${event.data.tags.length === 0 ? 'none' : event.data.tags.join(', ')}`];
    case 'subject':
      return ['pencil', `${who} changed the subject from “${event.data.from}”`];
    case 'copies':
      return ['users', copies(who, event.data)];
    case 'merged':
      return ['git-merge', `${who} merged this ticket into #${event.data.into}`];
    case 'unmerged':
      return ['git-branch', `${who} took this ticket out of #${event.data.from} again`];
    case 'manualDue':
      return ['calendar-clock', `${who}: ${due(event.data)}${because(event.data.reason)}`];
    case 'policy':
      return ['scroll-text', `Policy ${event.data.policy}, version ${event.data.version}: ${event.data.why}`];
    case 'calendar':
      return ['calendar', `Calendar ${event.data.calendar}, version ${event.data.version}: ${event.data.why}`];
    case 'agreement':
      return ['users', agreement(event.data)];
  }
}

function assignment(
  { name: who, email }: StoredEvent['by'],
  { assignee, from, team, teamFrom }: TicketEventData['assigned'],
): [string, string] {
  if (team !== undefined) {
    const handed = team === null ? `took it from the team ${teamFrom ?? ''}` : `gave it to the team ${team}`;
    const person = assignee !== null ? `, to ${assignee}` : from !== null ? `; ${from} has it no more` : '';
    return ['users', `${who} ${handed}${assignee === from ? '' : person}`];
  }
  if (assignee === null) return ['user-round-x', `${who} took it from ${from ?? 'nobody'}`];
  return assignee === email ? ['hand', `${who} took it`] : ['user-round-check', `${who} gave it to ${assignee}`];
}

/** What a team has agreed to, as its ticket keeps it. */
function agreement({ team, handling, calendar }: TicketEventData['agreement']): string {
  if (team === null) return 'No agreement of a team holds';
  const target = handling === null ? 'handling as the policy says' : `handling within ${targetInWords(handling)}`;
  return `Team ${team}: ${target}${calendar === null ? '' : `, calendar ${calendar.calendar}, version ${calendar.version}`}`;
}

function effects({ level, queue, team, assignee, tags }: TicketEventData['rule']['set']): string {
  const parts = [
    level === undefined ? null : `level ${level}`,
    queue === undefined ? null : `queue ${queue}`,
    team === undefined ? null : `team ${team}`,
    assignee === undefined ? null : `assignee ${assignee}`,
    tags === undefined || tags.length === 0 ? null : `tags ${tags.join(', ')}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

function due({ metric, dueAt }: TicketEventData['manualDue']): string {
  const name = metricName(metric as Metric).toLowerCase();
  return dueAt === null
    ? `no due date by hand for the ${name} any more`
    : `${name} due by hand: ${fullTime(new Date(dueAt), 'UTC')}`;
}

function because(reason: string | undefined): string {
  return reason === undefined || reason === '' ? '' : ` (${reason})`;
}

/** One line for several events. */
export function summary(happenings: readonly Happening[]): string {
  const [first, second] = happenings;
  if (first === undefined) return '';
  if (second === undefined) return first.text;
  if (happenings.length === 2) return `${first.text} · ${second.text}`;

  const brief = happenings.findLast((one) => one.brief !== undefined)?.brief;
  return `${brief ?? first.text} · and ${happenings.length - 1} more`;
}

function copies(who: string, { added, removed }: TicketEventData['copies']): string {
  return added.length > 0
    ? `${who} put ${added.join(', ')} in copy`
    : `${who} took ${removed.join(', ')} out of the conversation`;
}

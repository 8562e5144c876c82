import { Problem } from '../../platform/problems/problem.js';

/** One of the piles that the workspace offers. The condition is SQL over `ticket`; `$me` stands for who looks. */
export interface TicketView {
  readonly key: string;
  readonly label: string;
  readonly symbol: string;
  readonly condition: string;
  /** Its number is shown as something that burns. */
  readonly hot: boolean;
  readonly counted: boolean;
}

export const LIVING = `ticket.status in ('new', 'open', 'waiting', 'on-hold') and ticket.merged_into is null`;

/** Past the last warning but one, or over: the promise is in danger. */
export const IN_DANGER = `exists (select from clock where clock.ticket_number = ticket.number and clock.state = 'running' and clock.withdrawn_at is null
  and (clock.breached_at is not null or clock.warnings @? '$[*] ? (@.percent >= 75)'))`;

function view(
  key: string,
  label: string,
  symbol: string,
  condition: string,
  more: Partial<TicketView> = {},
): TicketView {
  return { key, label, symbol, condition, hot: false, counted: true, ...more };
}

export const TICKET_VIEWS: readonly TicketView[] = [
  view('mine', 'My work', 'user-round', `${LIVING} and ticket.assignee_id = $me`),
  view('unassigned', 'Unassigned', 'inbox', `${LIVING} and ticket.assignee_id is null`),
  view(
    'first-reply',
    'Needs first reply',
    'message-circle-warning',
    `${LIVING} and ticket.first_replied_at is null and ticket.opened_by = 'customer'`,
  ),
  view(
    'next-reply',
    'Needs next reply',
    'message-circle-reply',
    `${LIVING} and ticket.first_replied_at is not null and ticket.last_actor = 'customer'`,
  ),
  view('breaching', 'Breaching', 'alarm-clock', `${LIVING} and ${IN_DANGER}`, { hot: true }),
  view('open', 'All open', 'layers', LIVING),
  view('all', 'All tickets', 'archive', `ticket.merged_into is null and ticket.status <> 'spam'`, { counted: false }),
];

export const FIRST_VIEW = 'open';

const QUEUE_PREFIX = 'queue:';

export function queueView(name: string): string {
  return QUEUE_PREFIX + name;
}

/** The queue that a view's key names, or null if the view is not a queue's. */
export function queueOf(key: string): string | null {
  return key.startsWith(QUEUE_PREFIX) ? key.slice(QUEUE_PREFIX.length) : null;
}

export function viewFor(key: string): TicketView {
  const queue = queueOf(key);
  if (queue !== null) return view(key, queue, 'folder', LIVING);

  const known = TICKET_VIEWS.find((one) => one.key === key);
  if (known === undefined) throw Problem.notFound('There is no such view of the tickets.');
  return known;
}

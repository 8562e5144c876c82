/** The states of a ticket and every way from one to another. Pure: the only place that knows. */

export const statuses = ['new', 'open', 'waiting', 'on-hold', 'resolved', 'closed', 'spam'] as const;
export type TicketStatus = (typeof statuses)[number];

/** What a person may ask for by name: in a reply, in PATCH, by a button. Nothing becomes new again. */
export const choosableStatuses = ['open', 'waiting', 'on-hold', 'resolved', 'closed', 'spam'] as const;
export type ChoosableStatus = (typeof choosableStatuses)[number];

const liveStatuses: readonly TicketStatus[] = ['new', 'open', 'waiting', 'on-hold'];
export const isLive = (status: TicketStatus): boolean => liveStatuses.includes(status);

/**
 * What happens to a ticket, as far as its status is concerned. A customer who writes to a closed ticket is let in only
 * within the queue's window (conversation.ts asks); then they find it open again.
 */
export type StatusCause =
  | { readonly cause: 'customer-writes' }
  | { readonly cause: 'answered' }
  | { readonly cause: 'chosen'; readonly status: ChoosableStatus }
  | { readonly cause: 'customer-resolves' }
  | { readonly cause: 'customer-reopens' }
  | { readonly cause: 'auto-close' }
  | { readonly cause: 'not-spam'; readonly before: TicketStatus };

type StatusOutcome = { readonly steps: readonly TicketStatus[] } | { readonly refused: string };

/**
 * The statuses that a ticket goes through because of this, none if it stays as it is. Closing an unresolved ticket
 * resolves it on the way, so that its clocks are judged like any other's.
 */
export function statusAfter(status: TicketStatus, what: StatusCause): StatusOutcome {
  switch (what.cause) {
    case 'customer-writes':
      return go(status, status === 'new' || status === 'spam' ? status : 'open');
    case 'answered':
      return status === 'spam' ? refused(spamFirst) : go(status, status === 'new' ? 'open' : status);
    case 'chosen':
      return chosen(status, what.status);
    case 'customer-resolves':
      return go(status, isLive(status) ? 'resolved' : status);
    case 'customer-reopens':
      return status === 'closed' ? refused(isOver) : go(status, status === 'resolved' ? 'open' : status);
    case 'auto-close':
      return go(status, status === 'resolved' ? 'closed' : status);
    case 'not-spam':
      return status === 'spam' ? go(status, what.before) : refused('This ticket is not marked as spam.');
  }
}

const isOver = 'This request is closed. Write a new message if you still need help.';
const spamFirst = 'This ticket is marked as spam. Say that it is not spam first.';

function chosen(status: TicketStatus, wanted: ChoosableStatus): StatusOutcome {
  if (status === 'spam') return wanted === 'spam' ? go(status, wanted) : refused(spamFirst);
  if (wanted === 'closed' && isLive(status)) return { steps: ['resolved', 'closed'] };
  return go(status, wanted);
}

const refused = (because: string): StatusOutcome => ({ refused: because });
const go = (from: TicketStatus, to: TicketStatus): StatusOutcome => ({ steps: from === to ? [] : [to] });

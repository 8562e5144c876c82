/**
 * What happens to a ticket, as far as its clocks care: the types of a ticket's journal and of the simulator. Nothing is
 * implied: a status changes only by a `status` event.
 */

export const metrics = [
  'firstResponse',
  'nextResponse',
  'update',
  'resolution',
  'handling',
  'requesterWait',
  'agentWork',
] as const;
export type Metric = (typeof metrics)[number];

/** These are counted whether anything is promised of them or not. */
export const measured = ['requesterWait', 'agentWork', 'handling'] as const satisfies readonly Metric[];
export type Measured = (typeof measured)[number];
/** Of these there is one for the whole life of a ticket: it goes on after each reopening. */
export const lifelong = ['requesterWait', 'agentWork'] as const satisfies readonly Measured[];

export const statuses = ['new', 'open', 'waiting', 'on-hold', 'resolved', 'closed', 'spam'] as const;
export type Status = (typeof statuses)[number];

export type TimelineEvent = {
  readonly at: Date;
  /** Who did it, where that is a user: the one to whom the end of a clock is put down. */
  readonly person?: string | null;
} & (
  | {
      readonly type: 'created';
      readonly by: 'customer' | 'staff';
      readonly status?: Status | undefined;
      readonly level?: string | undefined;
    }
  | { readonly type: 'customerMessage' | 'agentReply' | 'call' | 'note' | 'autoReply' | 'merged' | 'unmerged' }
  | { readonly type: 'status'; readonly status: Status }
  | { readonly type: 'level'; readonly level: string }
  /** What the policy and the calendar are is for the terms to say: inline, or by name and version. */
  | { readonly type: 'policy'; readonly policy: unknown }
  | { readonly type: 'calendar'; readonly calendar: unknown }
  /** What the team that has the ticket has agreed to; null: nothing of its own. */
  | { readonly type: 'agreement'; readonly agreement: unknown }
  /** Without a team it is only the person who changes. */
  | { readonly type: 'assigned'; readonly team?: string | null | undefined }
  | { readonly type: 'manualDue'; readonly metric: Metric; readonly dueAt: Date | null }
  | { readonly type: 'queue' | 'organisation' | 'tags' | 'subject' | 'copies' | 'rule' }
);

export type Timeline = readonly TimelineEvent[];

/** Resolved for good or for now: nothing is owed in these. */
export const isConcluded = (status: Status): boolean => status === 'resolved' || status === 'closed';

/** In the order in which they count; events of one instant keep the order in which they were given. */
export function inOrder(timeline: Timeline): Timeline {
  const sorted = timeline.every((event, i) => i === 0 || (timeline[i - 1] as TimelineEvent).at <= event.at);
  return sorted ? timeline : timeline.toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

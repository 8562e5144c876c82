import type { TicketStatus } from './status.js';

/** What a ticket's history is made of. A ticket's events, in the order of `at` and id, are all that its clocks need. */
export interface TicketEventData {
  created: {
    readonly by: 'customer' | 'staff';
    readonly level: string;
    readonly status: TicketStatus;
    readonly channel: TicketChannel;
    readonly queue: string;
    readonly message: string | null;
    /** An older ticket that this one follows: closed too long ago, or written to by a stranger. */
    readonly follows?: number;
  };
  customerMessage: { readonly message: string; readonly unverified?: true };
  agentReply: { readonly message: string };
  call: { readonly message: string };
  note: { readonly message: string };
  autoReply: { readonly message: string };
  status: { readonly status: TicketStatus; readonly from: TicketStatus; readonly withoutReply?: true };
  level: { readonly level: string; readonly from: string; readonly reason?: string };
  queue: { readonly queue: string; readonly from: string };
  /** A team is named only where it is another one now; null: no team has it any more. */
  assigned: {
    readonly assignee: string | null;
    readonly from: string | null;
    readonly team?: string | null;
    readonly teamFrom?: string | null;
  };
  organisation: { readonly organisation: string | null; readonly from: string | null };
  tags: { readonly tags: readonly string[]; readonly from: readonly string[] };
  subject: { readonly subject: string; readonly from: string };
  /** Who was put in copy and who was taken out, by address. */
  copies: { readonly added: readonly string[]; readonly removed: readonly string[] };
  rule: { readonly rule: string; readonly why: string; readonly set: RuleEffect };
  merged: { readonly into: number; readonly messages: readonly string[]; readonly people: readonly string[] };
  unmerged: { readonly from: number };
  manualDue: { readonly metric: string; readonly dueAt: string | null; readonly reason: string };
  /** With all that was promised in it, so that no later change of a level or a policy can falsify it. */
  policy: {
    readonly policy: string;
    readonly version: number;
    readonly why: string;
    readonly id: string;
    readonly terms: object;
  };
  calendar: { readonly calendar: string; readonly version: number; readonly why: string; readonly id: string };
  /** What the team that has the ticket has agreed to for its handling, as it was then; without a team: nothing of its own. */
  agreement: {
    readonly team: string | null;
    readonly why: string;
    readonly id: string | null;
    readonly handling: number | { readonly workingDays: number } | null;
    readonly calendar: { readonly calendar: string; readonly version: number; readonly id: string } | null;
  };
}

export type TicketEventType = keyof TicketEventData;
export type TicketChannel = 'mail' | 'form' | 'api' | 'agent';

export interface RuleEffect {
  readonly level?: string;
  readonly queue?: string;
  readonly team?: string;
  readonly assignee?: string;
  readonly tags?: readonly string[];
}

/** Something happened to a ticket. Followers of this class hear all that follows below. */
export abstract class TicketFact {
  constructor(
    readonly ticket: number,
    /** The row in ticket_event that says it. */
    readonly event: string,
    /** The moment that counts, which may lie before the moment it was written down. */
    readonly at: Date,
  ) {}
}

export class TicketOpened extends TicketFact {}
export class CustomerWrote extends TicketFact {}
/** A public reply by a person, or a logged call. */
export class AgentReplied extends TicketFact {}
export class NoteWritten extends TicketFact {}
export class AutomaticMailFiled extends TicketFact {}
export class StatusChanged extends TicketFact {}
export class LevelChanged extends TicketFact {}
export class QueueChanged extends TicketFact {}
export class AssigneeChanged extends TicketFact {}
export class OrganisationChanged extends TicketFact {}
export class TagsChanged extends TicketFact {}
export class SubjectChanged extends TicketFact {}
export class TicketMerged extends TicketFact {}
export class TicketUnmerged extends TicketFact {}
export class ManualDueSet extends TicketFact {}

import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { MailModule } from '../mail/mail.module.js';
import { SupportHoursModule } from '../support-hours/support-hours.module.js';
import { TeamsModule } from '../teams/teams.module.js';
import { Acknowledgements } from './acknowledgements.js';
import { Assignment } from './assignment.js';
import { Attachments } from './attachments.js';
import { Closing } from './closing.js';
import { Conversation } from './conversation.js';
import { Drafts } from './drafts.js';
import { Copies } from './copies.js';
import { FindThread } from './intake/find-thread.js';
import { MailFiling } from './intake/mail-filing.js';
import { Letters } from './letters.js';
import { Levels } from './levels.js';
import { MailStorms } from './mail-storms.js';
import { ManualDue } from './manual-due.js';
import { Merging } from './merging.js';
import { MessageStore } from './message.store.js';
import { Opening } from './opening.js';
import { Participants } from './participants.js';
import { Queues } from './queues.js';
import { ReplyTokens } from './reply-tokens.js';
import { RequestIntake } from './request-intake.js';
import { RequestProofs } from './request-proofs.js';
import { Resolution } from './resolution.js';
import { RichWords } from './rich-words.js';
import { Rules } from './rules.js';
import { OpenHours } from './rules/open-hours.js';
import { StatusChanges } from './status-changes.js';
import { ThreadLinks } from './thread-links.js';
import { TicketAccess } from './ticket-access.js';
import { TicketJournal } from './ticket-journal.js';
import { TicketStore } from './ticket.store.js';
import { Triage } from './triage.js';
import { Unsubscribing } from './unsubscribing.js';
import { Waiting } from './waiting.js';

const doorstep = [
  Assignment,
  Attachments,
  Closing,
  Conversation,
  Drafts,
  Copies,
  Letters,
  Levels,
  MailStorms,
  ManualDue,
  Merging,
  Participants,
  Queues,
  RequestIntake,
  RequestProofs,
  Resolution,
  RichWords,
  Rules,
  StatusChanges,
  ThreadLinks,
  Unsubscribing,
  TicketAccess,
  TicketJournal,
  TicketStore,
  Triage,
  Waiting,
];

/**
 * Owns: level, queue, rule, ticket, participant, message, attachment, ticket_event, acknowledgement,
 * draft, request_proof.
 * Announces: all that happens to a ticket, as ticket-events.ts lists it; MailStorm.
 * Follows: MailReceived, MailBounced.
 */
@Module({
  imports: [CustomersModule, IdentityModule, MailModule, SupportHoursModule, TeamsModule],
  providers: [...doorstep, Acknowledgements, FindThread, MailFiling, MessageStore, OpenHours, Opening, ReplyTokens],
  exports: doorstep,
})
export class TicketsModule {}

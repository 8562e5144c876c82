import { Module } from '@nestjs/common';
import { DeskModule } from '../desk/desk.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { MailModule } from '../mail/mail.module.js';
import { SupportHoursModule } from '../support-hours/support-hours.module.js';
import { TicketsModule } from '../tickets/tickets.module.js';
import { ClockKeeper } from './clock-keeper.js';
import { Clocks } from './clocks.js';
import { DueClockTimer } from './due-clock-timer.js';
import { ClockJournal } from './keeping/clock-journal.js';
import { TicketTerms } from './keeping/ticket-terms.js';
import { TicketTimelines } from './keeping/ticket-timelines.js';
import { Policies } from './policies.js';
import { Receipts } from './receipts.js';
import { RecomputeClocks } from './recompute-clocks.job.js';
import { Replay } from './replay.js';
import { Simulation } from './simulation.js';
import { StrikeDueClocks } from './strike-due-clocks.job.js';
import { WarningLetters } from './warning-letters.js';

const doorstep = [Clocks, DueClockTimer, Policies, RecomputeClocks, Replay, Simulation, StrikeDueClocks];

/**
 * Owns: policy, policy_version, clock, clock_event, recomputation.
 * Announces: ClockStarted, ClockWarned, ClockBreached, BreachRetracted, ClockStopped, ClockCancelled, ClockSetAside.
 * Follows: all that happens to a ticket; its own warnings.
 */
@Module({
  imports: [DeskModule, IdentityModule, MailModule, SupportHoursModule, TicketsModule],
  providers: [...doorstep, ClockJournal, ClockKeeper, Receipts, TicketTerms, TicketTimelines, WarningLetters],
  exports: doorstep,
})
export class SlaModule {}

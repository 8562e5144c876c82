import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { DeskModule } from '../desk/desk.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { MailModule } from '../mail/mail.module.js';
import { SupportHoursModule } from '../support-hours/support-hours.module.js';
import { TicketsModule } from '../tickets/tickets.module.js';
import { BackTests } from './back-test.js';
import { ClockKeeper } from './clock-keeper.js';
import { Clocks } from './clocks.js';
import { DueClockTimer } from './due-clock-timer.js';
import { ClockJournal } from './keeping/clock-journal.js';
import { MeasureRows } from './keeping/measure-rows.js';
import { Recounting } from './keeping/recounting.js';
import { TicketTerms } from './keeping/ticket-terms.js';
import { TicketTimelines } from './keeping/ticket-timelines.js';
import { Uncounted } from './keeping/uncounted.js';
import { Measures } from './measures.js';
import { Policies } from './policies.js';
import { Receipts } from './receipts.js';
import { RecomputeClocks } from './recompute-clocks.job.js';
import { RecountFigures } from './recount-figures.js';
import { Rehearsal } from './rehearsal.js';
import { Replay } from './replay.js';
import { RequestTrial } from './request-trial.js';
import { SetAside } from './set-aside.js';
import { RunBackTests } from './run-back-tests.job.js';
import { Simulation } from './simulation.js';
import { Stories } from './stories.js';
import { StrikeDueClocks } from './strike-due-clocks.job.js';
import { WarningLetters } from './warning-letters.js';

const doorstep = [
  BackTests,
  RunBackTests,
  Clocks,
  DueClockTimer,
  Measures,
  Policies,
  RecomputeClocks,
  Rehearsal,
  Replay,
  RequestTrial,
  SetAside,
  Simulation,
  Stories,
  StrikeDueClocks,
];

/**
 * Owns: policy, policy_version, clock, clock_event, measure, uncounted_ticket, recomputation, recomputation_part.
 * Announces: ClockStarted, ClockWarned, ClockBreached, BreachRetracted, ClockStopped, ClockCancelled, ClockSetAside.
 * Follows: all that happens to a ticket; its own warnings.
 */
@Module({
  imports: [CustomersModule, DeskModule, IdentityModule, MailModule, SupportHoursModule, TicketsModule],
  providers: [
    ...doorstep,
    RecountFigures,
    ClockJournal,
    ClockKeeper,
    MeasureRows,
    Receipts,
    Recounting,
    TicketTerms,
    TicketTimelines,
    Uncounted,
    WarningLetters,
  ],
  exports: doorstep,
})
export class SlaModule {}

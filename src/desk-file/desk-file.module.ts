import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { EscalationModule } from '../escalation/escalation.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { MailModule } from '../mail/mail.module.js';
import { SlaModule } from '../sla/sla.module.js';
import { SupportHoursModule } from '../support-hours/support-hours.module.js';
import { TeamsModule } from '../teams/teams.module.js';
import { TicketsModule } from '../tickets/tickets.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { DeskFiles } from './desk-files.js';
import { FirstRun } from './first-run.js';
import { Removals } from './removals.js';
import { Sections } from './sections.js';
import { Setup } from './setup.js';

/**
 * Owns: nothing; it keeps house in all the contexts below, through their doors.
 * Announces: nothing.
 * Follows: nothing.
 */
@Module({
  imports: [
    MailModule,
    IdentityModule,
    SupportHoursModule,
    CustomersModule,
    TeamsModule,
    TicketsModule,
    SlaModule,
    EscalationModule,
    WebhooksModule,
  ],
  providers: [DeskFiles, FirstRun, Removals, Sections, Setup],
  exports: [DeskFiles, FirstRun, Removals, Setup],
})
export class DeskFileModule {}

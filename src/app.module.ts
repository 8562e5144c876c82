import { Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from './api/api.module.js';
import { CustomersModule } from './customers/customers.module.js';
import { DeskFileModule } from './desk-file/desk-file.module.js';
import { DeskModule } from './desk/desk.module.js';
import { MailModule } from './mail/mail.module.js';
import { EscalationModule } from './escalation/escalation.module.js';
import { IdentityModule } from './identity/identity.module.js';
import { PlatformModule, type Ground } from './platform/platform.module.js';
import { SlaModule } from './sla/sla.module.js';
import { SupportHoursModule } from './support-hours/support-hours.module.js';
import { TeamsModule } from './teams/teams.module.js';
import { TicketsModule } from './tickets/tickets.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';
import { WebModule } from './web/web.module.js';

/** The list of contexts, in floor order; nothing else. */
@Module({})
export class AppModule {
  static on(ground: Ground): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.on(ground),
        // contexts, lowest floor first
        DeskModule,
        MailModule,
        IdentityModule,
        SupportHoursModule,
        CustomersModule,
        TeamsModule,
        TicketsModule,
        SlaModule,
        EscalationModule,
        WebhooksModule,
        DeskFileModule,
        WebModule,
        ApiModule,
      ],
    };
  }
}

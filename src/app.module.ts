import { Module, type DynamicModule } from '@nestjs/common';
import { IdentityModule } from './identity/identity.module.js';
import { PlatformModule, type Ground } from './platform/platform.module.js';

/** The list of contexts, in floor order; nothing else. */
@Module({})
export class AppModule {
  static on(ground: Ground): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.on(ground),
        // contexts, lowest floor first
        IdentityModule,
      ],
    };
  }
}

import { Module, type DynamicModule } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { BlobStore } from './blobs/blob-store.js';
import { Config } from './config/config.js';
import { DatabaseAddress } from './database/database-address.js';
import { Database } from './database/database.js';
import { Listener } from './database/listener.js';
import { EventBus } from './events/event-bus.js';
import { Metrics } from './health/metrics.js';
import { Readiness } from './health/readiness.js';
import { Log } from './log/logger.js';
import { JobQueue } from './queue/job-queue.js';
import { Precedence } from './queue/precedence.js';
import { Templates } from './rendering/templates.js';
import { Signer } from './secrets/signer.js';
import { Vault } from './secrets/vault.js';
import { Now } from './time/now.js';

/** What a process knows before its contexts are made. */
export interface Ground {
  readonly config: Config;
  /** Open, migrated. */
  readonly dataSource: DataSource;
  readonly databaseUrl: string;
  readonly secretKey: string;
  readonly log: Log;
}

/**
 * Owns: blob.
 * Announces: nothing.
 * Follows: nothing.
 */
@Module({})
export class PlatformModule {
  static on({ config, dataSource, databaseUrl, secretKey, log }: Ground): DynamicModule {
    const address = new DatabaseAddress(databaseUrl);
    const given = [
      { provide: Config, useValue: config },
      { provide: DataSource, useValue: dataSource },
      { provide: DatabaseAddress, useValue: address },
      { provide: Signer, useValue: new Signer(secretKey) },
      { provide: Vault, useValue: new Vault(secretKey) },
      { provide: Log, useValue: log },
      { provide: JobQueue, useFactory: () => new JobQueue(address, config.redisUrl, log) },
    ];
    const made = [Database, Listener, EventBus, Precedence, Now, BlobStore, Templates, Readiness, Metrics];
    return {
      module: PlatformModule,
      global: true,
      providers: [...given, ...made],
      exports: [...given.map(({ provide }) => provide), ...made],
    };
  }
}

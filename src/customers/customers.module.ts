import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { Directory } from './directory.js';
import { Organisations } from './organisations.js';
import { Undeliverable } from './undeliverable.js';

/**
 * Owns: organisation, contact.
 * Announces: nothing.
 * Follows: nothing.
 */
@Module({
  imports: [IdentityModule],
  providers: [Directory, Organisations, Undeliverable],
  exports: [Directory, Organisations, Undeliverable],
})
export class CustomersModule {}

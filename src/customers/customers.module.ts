import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { ColleaguesRequests } from './colleagues-requests.js';
import { Directory } from './directory.js';
import { Membership } from './membership.js';
import { Organisations } from './organisations.js';
import { Undeliverable } from './undeliverable.js';

/**
 * Owns: organisation, contact, soft_bounce.
 * Announces: nothing.
 * Follows: nothing.
 */
@Module({
  imports: [IdentityModule],
  providers: [ColleaguesRequests, Directory, Membership, Organisations, Undeliverable],
  exports: [ColleaguesRequests, Directory, Membership, Organisations, Undeliverable],
})
export class CustomersModule {}

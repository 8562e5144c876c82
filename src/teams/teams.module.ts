import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { Teams } from './teams.js';

/**
 * Owns: team, team_member.
 * Announces: nothing.
 * Follows: nothing.
 */
@Module({ imports: [IdentityModule], providers: [Teams], exports: [Teams] })
export class TeamsModule {}

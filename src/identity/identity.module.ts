import { Module } from '@nestjs/common';
import { ApiTokens } from './api-tokens.js';
import { Audit } from './audit.js';
import { FirstAdmin } from './first-admin.js';
import { ForgetExpired } from './forget-expired.job.js';
import { Passwords } from './passwords.js';
import { Sessions } from './sessions.js';
import { SetupLink } from './setup-link.js';
import { SignIn } from './sign-in.js';
import { Users } from './users.js';

const doorstep = [ApiTokens, Audit, FirstAdmin, Passwords, Sessions, SetupLink, SignIn, Users];

/**
 * Owns: app_user, session, api_token, setup_link, sign_in_attempt, audit_entry.
 * Announces: nothing.
 * Follows: nothing.
 */
@Module({ providers: [...doorstep, ForgetExpired], exports: doorstep })
export class IdentityModule {}

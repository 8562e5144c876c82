import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module.js';
import { AnswerPasswordRequest } from './answer-password-request.job.js';
import { ApiTokens } from './api-tokens.js';
import { Audit } from './audit.js';
import { FirstAdmin } from './first-admin.js';
import { ForgetExpired } from './forget-expired.job.js';
import { KnownDevices } from './known-devices.js';
import { PasswordLinks } from './password-links.js';
import { Passwords } from './passwords.js';
import { Sessions } from './sessions.js';
import { SetupLink } from './setup-link.js';
import { SignIn } from './sign-in.js';
import { Users } from './users.js';

const doorstep = [
  ApiTokens,
  Audit,
  FirstAdmin,
  KnownDevices,
  PasswordLinks,
  Passwords,
  Sessions,
  SetupLink,
  SignIn,
  Users,
];

/**
 * Owns: app_user, session, api_token, setup_link, password_link, password_request, sign_in_attempt, audit_entry.
 * Announces: nothing.
 * Follows: nothing.
 */
@Module({
  imports: [MailModule],
  providers: [...doorstep, AnswerPasswordRequest, ForgetExpired],
  exports: doorstep,
})
export class IdentityModule {}

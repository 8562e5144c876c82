import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { PasswordLinks } from './password-links.js';
import { Sessions } from './sessions.js';
import { SignIn } from './sign-in.js';

/** Deletes ended sessions, old links and old sign-in attempts. Nothing rests on it: what has expired opens nothing anyway. */
@Injectable()
export class ForgetExpired implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly sessions: Sessions,
    private readonly signIn: SignIn,
    private readonly links: PasswordLinks,
  ) {}

  async sweep(): Promise<number> {
    return this.database.transaction(
      async (tx) =>
        (await this.sessions.forgetExpired(tx)) +
        (await this.signIn.forgetOld(tx)) +
        (await this.links.forgetExpired(tx)),
    );
  }
}

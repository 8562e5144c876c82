import { Controller, Get, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { MethodVerification } from '../../escalation/verification.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import { Public } from '../access.js';
import { Pages } from '../pages.js';
import { METHODS } from './responders.page.js';

/** The page behind the link that proves a method. Looking at it proves nothing, since mail scanners look at every link; its button does. */
@Public()
@Controller('verifications')
export class VerificationsController {
  constructor(
    private readonly pages: Pages,
    private readonly verification: MethodVerification,
    private readonly database: Database,
  ) {}

  @Get(':token')
  async show(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    const found = await this.database.transaction((tx) => this.verification.read(tx, token));
    if (found === null) throw expired();
    reply.header('referrer-policy', 'no-referrer').header('x-robots-tag', 'noindex');
    const model = { ...found, method: METHODS[found.method].label, action: `/verifications/${token}` };
    await this.pages.show(reply, 'on-call/verification', { ...model, title: 'Does this reach you?' });
  }

  @Post(':token')
  async confirm(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    const outcome = await this.database.transaction((tx) => this.verification.byLink(tx, token));
    if (outcome !== 'verified') throw expired();
    await this.pages.go(reply, `/verifications/${token}`, {
      tone: 'good',
      text: 'Thank you. Calls get through to you.',
    });
  }
}

function expired(): Problem {
  return Problem.notFound('This link is not valid, or no longer. Ask for a new code.');
}

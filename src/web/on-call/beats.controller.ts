import { Controller, Get, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { HeartbeatsOfOthers } from '../../escalation/heartbeats-of-others.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem } from '../../platform/problems/problem.js';
import { Signed } from '../access.js';

/**
 * Where programs outside say that they live, or, at the end of `/fail`, that something went wrong. The address itself is signed; a plain
 * GET is enough, since cron jobs and old machines can do nothing else.
 */
@Signed()
@Controller('heartbeats')
export class BeatsController {
  constructor(
    private readonly heartbeats: HeartbeatsOfOthers,
    private readonly database: Database,
  ) {}

  @Get(':token')
  async beat(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(reply, (tx) => this.heartbeats.hear(tx, token));
  }

  @Post(':token')
  async beatByPost(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(reply, (tx) => this.heartbeats.hear(tx, token));
  }

  @Get(':token/fail')
  async fail(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(reply, (tx) => this.heartbeats.hearFailure(tx, token));
  }

  @Post(':token/fail')
  async failByPost(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(reply, (tx) => this.heartbeats.hearFailure(tx, token));
  }

  private async answer(reply: FastifyReply, hear: (tx: Transaction) => Promise<string | null>): Promise<void> {
    const name = await this.database.transaction(hear);
    if (name === null) throw Problem.notFound('No heartbeat is awaited at this address, or no longer.');
    await reply.status(200).type('text/plain; charset=utf-8').header('cache-control', 'no-store').send('ok\n');
  }
}

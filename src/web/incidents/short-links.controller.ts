import { Controller, Get, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AcknowledgementLinks } from '../../escalation/acknowledgement-links.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import { Public } from '../access.js';

/** The links in text messages, which must be short. Following one leads to the page with the button and changes nothing. */
@Public()
@Controller('a')
export class ShortLinksController {
  constructor(
    private readonly links: AcknowledgementLinks,
    private readonly database: Database,
  ) {}

  @Get(':token')
  async follow(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    const address = await this.database.readOnly((tx) => this.links.openShort(tx, token));
    if (address === null)
      throw Problem.notFound('This link is not valid, or no longer. The latest notification has a fresh one.');
    await reply
      .header('referrer-policy', 'no-referrer')
      .header('x-robots-tag', 'noindex')
      .header('cache-control', 'no-store')
      .redirect(new URL(address).pathname, 303);
  }
}

import { Controller, Get, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { RotaFeeds } from '../../escalation/rota-feeds.js';
import { Problem } from '../../platform/problems/problem.js';
import { Public } from '../access.js';

/** A rota for calendar programs, which cannot sign in: whoever has the signed address may read it. */
@Public()
@Controller('on-call')
export class RotaFeedController {
  constructor(private readonly feeds: RotaFeeds) {}

  @Get(':feed')
  async read(@Param('feed') feed: string, @Res() reply: FastifyReply): Promise<void> {
    const found = await this.feeds.read(feed.replace(/\.ics$/, ''));
    if (found === null) throw Problem.notFound('There is no such calendar, or no longer at this address.');

    await reply
      .type('text/calendar; charset=utf-8')
      .header('cache-control', 'private, no-store')
      .header('x-robots-tag', 'noindex')
      .send(found.text);
  }
}

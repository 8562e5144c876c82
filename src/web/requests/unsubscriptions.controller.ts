import { Controller, Get, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Database } from '../../platform/database/database.js';
import { Unsubscribing } from '../../tickets/unsubscribing.js';
import { Public, Signed } from '../access.js';
import { Pages } from '../pages.js';

/**
 * Where the link in a copy leads. Looking at it changes nothing, since scanners look at every link; the button does, and so does the
 * one click of a mail program (RFC 8058), which has no cookies and no form of ours: the token alone says whose mail ends.
 */
@Controller('unsubscriptions/:token')
export class UnsubscriptionsController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly unsubscribing: Unsubscribing,
  ) {}

  @Get()
  @Public()
  async show(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    const copied = await this.database.readOnly((tx) => this.unsubscribing.read(tx, token));
    reply.header('referrer-policy', 'no-referrer').header('x-robots-tag', 'noindex');
    await this.pages.show(reply, 'requests/unsubscription', {
      title: 'No more mail about this request',
      ...copied,
      action: `/unsubscriptions/${token}`,
    });
  }

  @Post()
  @Signed()
  async silence(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    const copied = await this.database.transaction((tx) => this.unsubscribing.silence(tx, token));
    await this.pages.show(reply, 'requests/unsubscription', {
      title: 'No more mail about this request',
      ...{ ...copied, silenced: true },
      action: `/unsubscriptions/${token}`,
    });
  }
}

import { Controller, Get, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AcknowledgementLinks } from '../../escalation/acknowledgement-links.js';
import { Acknowledgement } from '../../escalation/acknowledgement.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import { Public } from '../access.js';
import { Pages } from '../pages.js';
import { IncidentPage } from './incident.page.js';
import { outcomeWords } from './outcome-words.js';

/**
 * The page behind the link in a notification, made for a phone at night. Looking at it changes nothing, since mail scanners look at every
 * link; only its one button does.
 */
@Public()
@Controller('acknowledgements')
export class AcknowledgementsController {
  constructor(
    private readonly pages: Pages,
    private readonly incident: IncidentPage,
    private readonly links: AcknowledgementLinks,
    private readonly acknowledgement: Acknowledgement,
    private readonly database: Database,
  ) {}

  @Get(':token')
  async show(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    const model = await this.database.readOnly(async (tx) => {
      const opened = await this.links.open(tx, token);
      if (opened === null) throw expired();
      return { ...(await this.incident.read(opened.incident, tx)), responder: opened.responder.name };
    });
    reply.header('referrer-policy', 'no-referrer').header('x-robots-tag', 'noindex');
    await this.pages.show(reply, 'incidents/night', { ...model, action: `/acknowledgements/${token}` });
  }

  @Post(':token')
  async acknowledge(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    const outcome = await this.database.transaction((tx) => this.acknowledgement.byLink(tx, token));
    await this.pages.go(reply, `/acknowledgements/${token}`, { tone: 'good', text: outcomeWords(outcome) });
  }
}

function expired(): Problem {
  return Problem.notFound('This link is not valid, or no longer. The latest notification has a fresh one.');
}

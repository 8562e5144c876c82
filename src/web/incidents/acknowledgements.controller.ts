import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AcknowledgementLinks } from '../../escalation/acknowledgement-links.js';
import { Acknowledgement } from '../../escalation/acknowledgement.js';
import { HandOver } from '../../escalation/hand-over.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import { Public } from '../access.js';
import { givenIn, readForm } from '../forms.js';
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
    private readonly handOver: HandOver,
    private readonly database: Database,
  ) {}

  @Get(':token')
  async show(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    const model = await this.database.readOnly(async (tx) => {
      const opened = await this.links.open(tx, token);
      if (opened === null) throw expired();
      const incident = await this.incident.read(opened.incident, tx);
      const others = await tx.query<OpenIncident>(
        `select ticket_number as ticket, ticket.subject from incident join ticket on ticket.number = ticket_number
         where state = 'open' and incident.id <> $1 and exists (
           select from notification where incident_id = incident.id and kind = 'alert' and responder_id = $2)
         order by opened_at limit 100`,
        [opened.incident, opened.responder.id],
      );
      const { name } = opened.responder;
      const mine = incident.isAcknowledged && incident.heardBy === name;
      return { ...incident, responder: name, others, mine, offered: incident.offeredTo === name };
    });
    reply.header('referrer-policy', 'no-referrer').header('x-robots-tag', 'noindex');
    await this.pages.show(reply, 'incidents/night', { ...model, action: `/acknowledgements/${token}` });
  }

  @Post(':token')
  async acknowledge(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    const outcome = await this.database.transaction((tx) => this.acknowledgement.byLink(tx, token));
    await this.pages.go(reply, `/acknowledgements/${token}`, { tone: 'good', text: outcomeWords(outcome) });
  }

  /** All that this person was called for and nobody has yet. */
  @Post(':token/all')
  async acknowledgeAll(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    const outcomes = await this.database.transaction((tx) => this.acknowledgement.allByLink(tx, token));
    const count = outcomes.filter(({ outcome }) => outcome === 'acknowledged').length;
    const text =
      count === 0
        ? 'There was nothing left to take.'
        : `${count} ${count === 1 ? 'incident is' : 'incidents are'} yours now.`;
    await this.pages.go(reply, `/acknowledgements/${token}`, { tone: 'good', text });
  }

  @Post(':token/offer')
  async offer(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('token') token: string,
  ): Promise<void> {
    const to = givenIn((await readForm(request)).fields)['to'] ?? '';
    await this.database.transaction((tx) => this.handOver.offerByLink(tx, token, to));
    const text = `${to} is asked. Until they accept, it stays with you.`;
    await this.pages.go(reply, `/acknowledgements/${token}`, { tone: 'good', text });
  }

  @Post(':token/acceptance')
  async accept(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    await this.database.transaction((tx) => this.handOver.answer(tx, token, true));
    await this.pages.go(reply, `/acknowledgements/${token}`, { tone: 'good', text: 'It is yours now.' });
  }

  @Post(':token/refusal')
  async decline(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    await this.database.transaction((tx) => this.handOver.answer(tx, token, false));
    await this.pages.go(reply, `/acknowledgements/${token}`, {
      tone: 'good',
      text: 'Declined. It stays where it was.',
    });
  }
}

interface OpenIncident {
  readonly ticket: number;
  readonly subject: string;
}

function expired(): Problem {
  return Problem.notFound('This link is not valid, or no longer. The latest notification has a fresh one.');
}

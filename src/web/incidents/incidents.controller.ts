import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Acknowledgement } from '../../escalation/acknowledgement.js';
import { HandOver } from '../../escalation/hand-over.js';
import { Database } from '../../platform/database/database.js';
import { Roles } from '../access.js';
import { givenIn, readForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { IncidentPage } from './incident.page.js';
import { IncidentsPage } from './incidents.page.js';
import { outcomeWords } from './outcome-words.js';

/** Broken promises, for those who work here. */
@Roles('agent')
@Controller('incidents')
export class IncidentsController {
  constructor(
    private readonly pages: Pages,
    private readonly incidents: IncidentsPage,
    private readonly incident: IncidentPage,
    private readonly acknowledgement: Acknowledgement,
    private readonly handOver: HandOver,
    private readonly database: Database,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply, @Query('page') page: unknown): Promise<void> {
    await this.pages.show(reply, 'incidents/list', await this.incidents.read(page));
  }

  @Get(':id')
  async show(@Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    await this.pages.show(reply, 'incidents/incident', await this.incident.read(id));
  }

  @Post(':id/acknowledgement')
  async acknowledge(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<void> {
    const { id: incident } = await this.incident.read(id);
    const outcome = await this.database.transaction((tx) => this.acknowledgement.byUser(tx, incident, userOf(request)));
    await this.pages.go(reply, `/incidents/${incident}`, { tone: 'good', text: outcomeWords(outcome) });
  }

  /** A colleague is asked to take over; until they accept, it stays where it is. */
  @Post(':id/offer')
  async offer(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    const { id: incident } = await this.incident.read(id);
    const to = givenIn((await readForm(request)).fields)['to'] ?? '';
    await this.database.transaction((tx) => this.handOver.offer(tx, incident, to, userOf(request)));
    await this.pages.go(reply, `/incidents/${incident}`, {
      tone: 'good',
      text: `${to} is asked. Until they accept, it stays where it is.`,
    });
  }
}

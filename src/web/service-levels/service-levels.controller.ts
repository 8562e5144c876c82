import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../access.js';
import { Pages } from '../pages.js';
import { HowWeCountPage } from './how-we-count.page.js';
import { ServiceLevelsPage } from './service-levels.page.js';

/** The published terms. */
@Public()
@Controller('sla')
export class ServiceLevelsController {
  constructor(
    private readonly pages: Pages,
    private readonly serviceLevels: ServiceLevelsPage,
    private readonly howWeCount: HowWeCountPage,
  ) {}

  @Get()
  async show(@Res() reply: FastifyReply): Promise<void> {
    await this.pages.show(reply, 'service-levels/service-levels', await this.serviceLevels.read());
  }

  @Get('how-we-count')
  async rules(@Res() reply: FastifyReply): Promise<void> {
    await this.pages.show(reply, 'service-levels/how-we-count', await this.howWeCount.read());
  }
}

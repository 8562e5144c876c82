import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../access.js';
import { Pages } from '../pages.js';
import { ApiDocsPage } from './api-docs.page.js';

/** The REST API, for people. */
@Public()
@Controller('api/docs')
export class ApiDocsController {
  constructor(
    private readonly pages: Pages,
    private readonly docs: ApiDocsPage,
  ) {}

  @Get()
  async show(@Res() reply: FastifyReply): Promise<void> {
    await this.pages.show(reply, 'api-docs/api-docs', this.docs.read());
  }
}

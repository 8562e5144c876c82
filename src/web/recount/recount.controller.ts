import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Roles } from '../access.js';
import { Pages } from '../pages.js';
import { Recount } from './recount.js';

/** For a page that is open while clocks are counted anew. */
@Roles('agent')
@Controller('admin/recount')
export class RecountController {
  constructor(
    private readonly pages: Pages,
    private readonly recount: Recount,
  ) {}

  @Get()
  async show(@Res() reply: FastifyReply): Promise<void> {
    await this.pages.showPart(reply, 'partials/recount', { recount: await this.recount.read() });
  }
}

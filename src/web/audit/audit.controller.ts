import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Roles } from '../access.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { AuditPage } from './audit.page.js';

const text = z.string().trim().max(200).catch('');
const date = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .catch('');
const state = z.object({
  who: text,
  what: text,
  q: text,
  from: date,
  to: date,
  before: z
    .string()
    .regex(/^\d{1,18}$/)
    .catch(''),
});

/** Who changed what. Entries are only ever added; there is nothing to do here but to read. */
@Roles('admin')
@Controller('admin/audit')
export class AuditController {
  constructor(
    private readonly pages: Pages,
    private readonly page: AuditPage,
  ) {}

  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Query() query: unknown): Promise<void> {
    const model = await this.page.read(state.parse(query ?? {}), userOf(request).timezone);
    await this.pages.show(reply, 'audit/list', model);
  }
}

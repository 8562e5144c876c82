import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Roles } from '../access.js';
import { Pages } from '../pages.js';

/** The way to all that can be set. */
@Roles('manager')
@Controller('admin/settings')
export class SettingsController {
  constructor(private readonly pages: Pages) {}

  @Get()
  async index(@Res() reply: FastifyReply): Promise<void> {
    await this.pages.show(reply, 'settings/index', { title: 'Settings' });
  }
}

import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { MethodKind } from '../../escalation/methods.js';
import { Database } from '../../platform/database/database.js';
import { Roles } from '../access.js';
import { Pages } from '../pages.js';
import { METHODS } from './responders.page.js';

/** Messages, calls and pushes that no provider could carry: what they would have said, and that nobody got them. */
@Roles('admin')
@Controller('admin/outbox/captured')
export class CapturedController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply): Promise<void> {
    const rows = await this.database.query<Captured>(
      `select created_at as at, method, responder_name as responder, address, captured as text, incident_id as incident
       from notification where captured is not null order by number desc limit 100`,
    );
    await this.pages.show(reply, 'on-call/captured', {
      title: 'Captured calls',
      rows: rows.map((row) => ({ ...row, method: METHODS[row.method].label, symbol: METHODS[row.method].symbol })),
    });
  }
}

interface Captured {
  readonly at: Date;
  readonly method: MethodKind;
  readonly responder: string;
  readonly address: string;
  readonly text: string;
  readonly incident: string | null;
}

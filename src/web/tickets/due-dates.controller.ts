import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { zoneOf } from '../../calendar/local-time.js';
import { fullTime } from '../../platform/rendering/times.js';
import { Database } from '../../platform/database/database.js';
import { Now } from '../../platform/time/now.js';
import { metrics } from '../../sla/promises.js';
import { ManualDue } from '../../tickets/manual-due.js';
import { Roles } from '../access.js';
import { metricName } from '../clock-chip.js';
import { demand, readForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { TicketNumber } from '../ticket-number.pipe.js';
import { deedOf } from './deed.js';

const reason = z.string().trim().min(1, 'Say why the due date is changed by hand.').max(500);
const dueDate = z.object({
  metric: z.enum(metrics),
  dueAt: z
    .string()
    .trim()
    .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/, 'Say when it is due, such as 2026-12-24T18:00.'),
  reason,
});
const removal = z.object({ metric: z.enum(metrics), reason });

/** A manager's word on when something is due, and taking it back. */
@Roles('manager')
@Controller('tickets/:number/due-dates')
export class DueDatesController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly manualDue: ManualDue,
    private readonly now: Now,
  ) {}

  @Post()
  async set(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { metric, dueAt: local, reason: why } = demand(dueDate, await readForm(request));
    const user = userOf(request);
    const dueAt = new Date(zoneOf(user.timezone).toInstant(Date.parse(`${local}Z`)));
    await this.database.transaction((tx) =>
      this.manualDue.set(tx, number, { metric, dueAt, reason: why }, deedOf(user, this.now.read())),
    );
    const text = `${metricName(metric)} is due ${fullTime(dueAt, user.timezone)} until you take that back.`;
    return this.pages.go(reply, `/tickets/${number}/clocks`, { tone: 'good', text });
  }

  @Post('removal')
  async remove(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { metric, reason: why } = demand(removal, await readForm(request));
    await this.database.transaction((tx) =>
      this.manualDue.remove(tx, number, { metric, reason: why }, deedOf(userOf(request), this.now.read())),
    );
    const text = `${metricName(metric)} is due as its policy says again.`;
    return this.pages.go(reply, `/tickets/${number}/clocks`, { tone: 'good', text });
  }
}

import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SetAside } from '../../sla/set-aside.js';
import { Problem } from '../../platform/problems/problem.js';
import { Roles } from '../access.js';
import { metricName } from '../clock-chip.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { TicketNumber } from '../ticket-number.pipe.js';

/** Clocks that could not be judged, and tickets whose clocks could not be counted anew: why, since when, and once more. */
@Roles('admin')
@Controller('admin/clocks')
export class SetAsideController {
  constructor(
    private readonly pages: Pages,
    private readonly setAside: SetAside,
  ) {}

  @Get()
  async show(@Res() reply: FastifyReply): Promise<void> {
    const { clocks, tickets } = await this.setAside.read();
    await this.pages.show(reply, 'admin/set-aside', {
      title: 'Clocks set aside',
      clocks: clocks.map((clock) => ({ ...clock, metric: metricName(clock.metric) })),
      tickets,
    });
  }

  @Post(':clock/retry')
  async tryClock(
    @Param('clock') clock: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!/^\d{1,18}$/.test(clock)) throw Problem.notFound('There is no such clock.');
    await this.tell(reply, await this.setAside.tryClock(clock, userOf(request)));
  }

  @Post('tickets/:number/retry')
  async tryTicket(
    @Param('number', TicketNumber) number: number,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.tell(reply, await this.setAside.tryTicket(number, userOf(request)));
  }

  private async tell(reply: FastifyReply, works: boolean): Promise<void> {
    await this.pages.go(
      reply,
      '/admin/clocks',
      works ? { tone: 'good', text: 'It works now.' } : { tone: 'bad', text: 'It still does not work. See why below.' },
    );
  }
}
